//! Children that try what they may not.

use std::path::PathBuf;

use super::*;
use crate::base::skip_test;
use crate::confine::safeguards;

fn shell(
    script: &str,
    limits: ResourceLimits,
    limit: Duration,
) -> (Result<ChildResult, Error>, String) {
    let child = start(Path::new("/bin/sh"), &arguments(["-c", script]), limits, OPEN).unwrap();
    let mut output = Vec::new();
    let end = run(child, ReadFrom::Output, limit, &TaskCtx::silent(), |piece| {
        output.extend_from_slice(piece);
        output.len() < 1 << 20
    });
    (end, String::from_utf8_lossy(&output).into_owned())
}

/// Without the sandbox, as on systems that have none: a shell starts programs.
const OPEN: Reach<'_> = Reach::nothing().sandboxed(false);

const SMALL: ResourceLimits = ResourceLimits { memory_bytes: 256 << 20, cpu_s: 1 };
const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_child_has_no_environment_and_little_room() {
    let script = "env; ulimit -n; ulimit -v; ulimit -t; ulimit -f; ulimit -c; \
                  grep NoNewPrivs /proc/self/status; echo bad >&2";
    let (end, output) = shell(script, SMALL, LONG);
    let end = end.unwrap();
    assert!(end.status.is_some_and(|s| s.success()), "{end:?}");
    assert_eq!(end.messages, "bad\n");
    assert!(!output.contains("HOME=") && !output.contains("CARGO"), "{output}");
    let tail: Vec<&str> = output.lines().rev().take(6).collect();
    assert_eq!(tail, ["NoNewPrivs:\t1", "0", "0", "1", "262144", "64"], "{output}");
}

#[test]
fn a_child_may_not_write_files() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("trap '' XFSZ; echo text > {}/file", folder.path().display());
    shell(&script, SMALL, LONG).0.unwrap();
    let written = std::fs::metadata(folder.path().join("file")).map_or(0, |m| m.len());
    assert_eq!(written, 0, "not a byte");
}

#[test]
fn a_child_that_works_or_waits_too_long_is_stopped() {
    let begun = Instant::now();
    let (end, _) = shell("while :; do :; done", SMALL, LONG);
    let status = end.unwrap().status.unwrap();
    assert_eq!(status.code(), None, "killed by the system: {status}");
    assert!(begun.elapsed() < Duration::from_secs(15), "took {:?}", begun.elapsed());
    let (end, _) = shell("sleep 20", SMALL, Duration::from_millis(200));
    assert!(matches!(end, Err(Error::Stalled { .. })), "{end:?}");
    let (end, _) = shell("while :; do echo endless; done", SMALL, LONG);
    assert_eq!(end.unwrap().status, None, "nobody wanted more");
}

#[test]
fn a_child_does_not_outlive_its_owner() {
    let child =
        start(Path::new("/bin/sleep"), &arguments(["30"]), SMALL, Reach::nothing()).unwrap();
    let process = format!("/proc/{}", child.0.id());
    assert!(Path::new(&process).exists(), "at work");
    drop(child);
    assert!(!Path::new(&process).exists(), "killed and reaped");
}

/// A folder with a picture that a child may read, and a secret beside it.
fn scene() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let [picture, secret] = ["picture", "secret"].map(|name| folder.path().join(name));
    std::fs::write(&picture, "picture").unwrap();
    std::fs::write(&secret, "secret").unwrap();
    (folder, picture, secret)
}

/// What [`child_that_tries_everything`] managed to do, as words.
fn tried(reach: Reach<'_>, picture: &Path, secret: &Path) -> Vec<String> {
    let own = std::env::current_exe().unwrap();
    let name = "media::video::child::tests::child_that_tries_everything";
    let mut args = arguments([name, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    args.extend([picture.as_os_str().to_owned(), secret.as_os_str().to_owned()]);
    let room = ResourceLimits { memory_bytes: 4 << 30, cpu_s: 20 };
    let child = start(&own, &args, room, reach).unwrap();
    let mut output = Vec::new();
    let end = run(child, ReadFrom::Output, LONG, &TaskCtx::silent(), |piece| {
        output.extend_from_slice(piece);
        true
    });
    let output = String::from_utf8_lossy(&output).into_owned();
    assert!(end.unwrap().status.is_some_and(|s| s.success()), "{output}");
    output.lines().filter_map(|line| line.strip_prefix("DID ")).map(str::to_owned).collect()
}

#[test]
#[ignore = "not a test: the program that the tests below start"]
fn child_that_tries_everything() {
    use std::io::Write as _;
    let did = |what: &str| writeln!(std::io::stdout(), "\nDID {what}").unwrap();
    let paths: Vec<PathBuf> = std::env::args_os().rev().take(2).map(PathBuf::from).collect();
    let [secret, picture] = paths.as_slice() else { return };
    let beside = secret.with_file_name("written");
    let write = |path: &Path| std::fs::OpenOptions::new().write(true).open(path);
    let tries: [(&str, bool); 16] = [
        ("read the picture", std::fs::read(picture).is_ok()),
        ("make a thread", std::thread::Builder::new().spawn(|| ()).is_ok()),
        ("write the picture", write(picture).is_ok()),
        ("read the secret", std::fs::read(secret).is_ok()),
        ("read /etc/passwd", std::fs::read("/etc/passwd").is_ok()),
        ("list the folder", std::fs::read_dir(secret.parent().unwrap()).is_ok()),
        ("write the secret", write(secret).is_ok()),
        ("make a file", std::fs::File::create(&beside).is_ok()),
        ("make a folder", std::fs::create_dir(&beside).is_ok()),
        ("rename the secret", std::fs::rename(secret, &beside).is_ok()),
        ("remove the secret", std::fs::remove_file(secret).is_ok()),
        ("bind TCP", std::net::TcpListener::bind("127.0.0.1:0").is_ok()),
        ("bind UDP", std::net::UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("make local sockets", std::os::unix::net::UnixStream::pair().is_ok()),
        ("start a program", Command::new("/bin/true").status().is_ok()),
        ("trace its parent", traces_parent()),
    ];
    for (what, is_done) in tries {
        if is_done {
            did(what);
        }
    }
}

#[expect(unsafe_code, reason = "ptrace has no safe wrapper")]
fn traces_parent() -> bool {
    let nothing: *const libc::c_void = std::ptr::null();
    let parent = std::os::unix::process::parent_id();
    // SAFETY: attaching takes a number and no memory.
    let status = unsafe { libc::ptrace(libc::PTRACE_SEIZE, parent, nothing, nothing) };
    status == 0
}

/// Whether this kernel has all of the confinement.
fn is_confining() -> bool {
    let missing: Vec<&str> =
        safeguards().iter().filter(|part| !part.is_in_force).map(|part| part.name).collect();
    if !missing.is_empty() {
        skip_test(&format!("this kernel lacks {missing:?}"));
    }
    missing.is_empty()
}

#[test]
fn a_child_reads_its_file_and_reaches_nothing_else() {
    if !is_confining() {
        return;
    }
    let (folder, picture, secret) = scene();
    let did = tried(Reach::reads(&picture), &picture, &secret);
    assert_eq!(did, ["read the picture", "make a thread"]);
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was added");
    let did = tried(Reach::nothing(), &picture, &secret);
    assert_eq!(did, ["make a thread"], "a child without a file");
}

#[test]
fn a_child_that_writes_a_video_writes_that_file_only() {
    if !is_confining() {
        return;
    }
    let (folder, picture, secret) = scene();
    let did = tried(Reach::writes(&picture), &picture, &secret);
    assert_eq!(did, ["read the picture", "make a thread", "write the picture"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was added");
}

/// Without this the tests above could pass because the child does nothing.
#[test]
fn without_a_sandbox_the_same_child_does_much() {
    let (_folder, picture, secret) = scene();
    let did = tried(Reach::reads(&picture).sandboxed(false), &picture, &secret);
    for what in ["read the secret", "list the folder", "start a program", "bind UDP"] {
        assert!(did.iter().any(|done| done == what), "{what}: {did:?}");
    }
}

#[test]
fn a_path_that_would_break_a_message_into_lines_is_refused() {
    assert!(file_url(Path::new("/a b/sei type: c.ts")).is_ok());
    for path in ["/a\nb.ts", "/folder\r/a.ts", "/a\u{1b}[2K.ts"] {
        let error = file_url(Path::new(path)).unwrap_err().to_string();
        assert!(error.contains("to another name"), "{error}");
    }
}
