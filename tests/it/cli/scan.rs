//! `scan` and `merge` with the real child: killed, stopped, and compared with `inspect`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{portrait, root};

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.current_dir(folder).env("HOME", folder);
    command.env("PENTIMENTO_MODELS", root().join("models")).args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(folder, arguments).output().unwrap();
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), printed.concat())
}

/// Small files that are read quickly.
fn many_files(folder: &Path, n: usize) {
    let files = folder.join("files");
    std::fs::create_dir(&files).unwrap();
    let small = root().join("assets/samples/astronaut.png");
    let bytes = std::fs::read(small).unwrap();
    for i in 0..n {
        // Cut short in different places, so that each file has another hash.
        std::fs::write(files.join(format!("{i:05}.png")), &bytes[..2000 + i]).unwrap();
    }
}

/// Result lines without what differs from run to run.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
    let timeless = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("seconds").unwrap();
        if let Some(inspect) = value["inspect"].as_object_mut() {
            inspect.remove("elapsed_ms").unwrap();
        }
        value
    };
    text.lines().map(timeless).collect()
}

#[test]
fn a_file_has_the_same_answer_alone_and_in_a_shard() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    for name in ["astronaut.png", "astronaut-forged.png"] {
        std::fs::copy(portrait().with_file_name(name), files.join(name)).unwrap();
    }
    std::fs::write(files.join("a.txt"), "no picture").unwrap();
    let scan = ["scan", "--manifest", "files", "--out", "out", "--engine", "rten"];
    let (code, scanned) = run(folder.path(), &scan);
    assert_eq!(code, Some(2), "{scanned}");
    let found = lines(&folder.path().join("out/shard-0-of-1.jsonl"));
    let classes: Vec<_> = found.iter().map(|line| line["failure"]["class"].as_str()).collect();
    assert_eq!(classes, [Some("refused"), None, None]);
    for line in &found[1..] {
        let name = line["path"].as_str().unwrap();
        for (kind, arguments) in [
            ("inspect", &["inspect", "--json", "--engine", "rten", name][..]),
            ("metadata", &["metadata", "--json", name]),
        ] {
            let output = command(&files, arguments).output().unwrap();
            let mut alone: Value = serde_json::from_slice(&output.stdout).unwrap();
            alone.as_object_mut().unwrap().remove("elapsed_ms");
            assert_eq!(line[kind], alone, "{name} {kind}");
        }
    }
    let (code, printed) = run(folder.path(), &["merge", "out", "--json"]);
    assert_eq!(code, Some(0), "{printed}");
    let summary: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&summary["files"], &summary["failures"]["refused"]), (&3.into(), &1.into()));
    assert_eq!(summary["detector"], "lae");
}

#[test]
fn killed_at_any_moment_a_scan_goes_on_and_ends_the_same() {
    let n_kills: usize = std::env::var("PENTIMENTO_KILLS").map_or(12, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    many_files(folder.path(), 40);
    let arguments = |out: &'static str, shard: &'static str| {
        ["scan", "--manifest", "files", "--out", out, "--only", "metadata", "--shard", shard]
    };
    let shards = ["0/3", "1/3", "2/3"];
    for shard in shards {
        assert_eq!(run(folder.path(), &arguments("undisturbed", shard)).0, Some(0));
    }
    let mut n_killed = 0;
    let mut wait = Duration::from_millis(20);
    while n_killed < n_kills {
        for shard in shards {
            let mut child = command(folder.path(), &arguments("killed", shard)).spawn().unwrap();
            std::thread::sleep(wait);
            // At another moment each time, and later where nothing would ever be done.
            wait = Duration::from_millis((wait.as_millis() as u64 * 7 + 13) % 400);
            child.kill().unwrap();
            n_killed += usize::from(!child.wait().unwrap().success());
        }
        if n_killed + 3 < n_kills
            && shards.iter().all(|s| folder.path().join("killed").join(done_name(s)).exists())
        {
            std::fs::remove_dir_all(folder.path().join("killed")).unwrap();
        }
    }
    for shard in shards {
        let (code, printed) = run(folder.path(), &arguments("killed", shard));
        assert_eq!(code, Some(0), "{printed}");
        let name = done_name(shard).replace("done", "jsonl");
        let [killed, undisturbed] =
            ["killed", "undisturbed"].map(|out| lines(&folder.path().join(out).join(&name)));
        assert_eq!(killed, undisturbed, "shard {shard}");
    }
    let (code, printed) = run(folder.path(), &["merge", "killed"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("40 files of 3 shards"), "{printed}");
    println!("{n_killed} kills");
}

fn done_name(shard: &str) -> String {
    format!("shard-{}.done", shard.replace('/', "-of-"))
}

#[test]
fn told_to_stop_it_ends_soon_and_asks_to_be_started_again() {
    let folder = tempfile::tempdir().unwrap();
    many_files(folder.path(), 1500);
    let arguments = ["scan", "--manifest", "files", "--out", "out", "--only", "metadata"];
    let mut child = command(folder.path(), &arguments).spawn().unwrap();
    let results = folder.path().join("out/shard-0-of-1.jsonl");
    let start = Instant::now();
    while std::fs::metadata(&results).map_or(0, |facts| facts.len()) == 0 {
        assert!(start.elapsed() < Duration::from_mins(2), "no line was written");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = run(folder.path(), &arguments);
    assert!(second.0 == Some(1) && second.1.contains("another process"), "{second:?}");
    let start = Instant::now();
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(75), "{status:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let n_before = lines(&results).len();
    assert!((1..1500).contains(&n_before), "{n_before}");
    assert!(!folder.path().join("out").join(done_name("0/1")).exists());
}
