//! A question to a child process that may hang, crash or babble.
//!
//! * **In**: a program, its arguments, a time limit. **Out**: the one line of its standard output
//!   that carries the mark, or a reason in words.
//! * **Not here**: what is asked and what the answer means (`probe`).

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::telemetry;

/// The hidden subcommand.
pub(super) const SUBCOMMAND: &str = "probe-provider";
/// Begins the line with the answer; drivers print lines of their own.
pub(super) const MARK: &str = "pentimento-probe ";
/// A child that prints more than this is not listened to any further.
const MAX_OUTPUT_BYTES: u64 = 1 << 20;
/// What is kept of its messages.
const KEPT_MESSAGE_BYTES: usize = 4096;
/// How long a child that has answered may take to leave.
const LEAVE_LIMIT: Duration = Duration::from_secs(2);

enum Heard {
    Answer(String),
    EndOfOutput,
    Messages(String),
}

/// Starts `program probe-provider ARGS` and returns its answer without the mark.
pub(super) fn ask(program: &Path, args: &[OsString], limit: Duration) -> Result<String, String> {
    let mut command = Command::new(program);
    command
        .arg(SUBCOMMAND)
        .args(args)
        .env(telemetry::VARIABLE, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        command.creation_flags(CREATE_NO_WINDOW);
    }
    let mut child =
        command.spawn().map_err(|e| format!("the program that tries it out did not start: {e}"))?;
    let result = listen(&mut child, Instant::now() + limit, limit);
    let grace = if result.is_ok() { LEAVE_LIMIT } else { Duration::ZERO };
    end(&mut child, Instant::now() + grace);
    result
}

fn listen(child: &mut Child, deadline: Instant, limit: Duration) -> Result<String, String> {
    let (sender, heard) = mpsc::sync_channel(2);
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        read_aside("probe output", move || read_output(stdout, &sender))?;
    }
    if let Some(stderr) = child.stderr.take() {
        read_aside("probe messages", move || read_messages(stderr, &sender))?;
    }
    let mut messages = None;
    let mut is_silent = false;
    while !(is_silent && messages.is_some()) {
        match heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Heard::Answer(answer)) => return Ok(answer),
            Ok(Heard::EndOfOutput) => is_silent = true,
            Ok(Heard::Messages(text)) => messages = Some(text),
            Err(_) => {
                let secs = limit.as_secs_f32();
                return Err(format!("it did not answer within {secs} s and was stopped"));
            }
        }
    }
    let status = end(child, deadline).map_or_else(|| "stopped".to_owned(), |s| s.to_string());
    let messages = messages.unwrap_or_default();
    let last = messages.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(format!("trying it out ended without an answer ({status}): {}", last.trim()))
}

/// Not joined: a grandchild may keep a pipe open for as long as it likes.
fn read_aside(name: &str, read: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(read);
    thread.map(drop).map_err(|e| format!("its answer cannot be read: {e}"))
}

/// Lines are read as bytes: a driver may print anything.
fn read_output(stdout: impl Read, sender: &mpsc::SyncSender<Heard>) {
    for line in BufReader::new(stdout.take(MAX_OUTPUT_BYTES)).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if let Some(answer) = line.strip_prefix(MARK) {
            // Nobody listens any more: then nobody needs the answer.
            drop(sender.send(Heard::Answer(answer.trim_end().to_owned())));
            return;
        }
    }
    drop(sender.send(Heard::EndOfOutput));
}

/// Reads to the end, so that the child never waits for us, and keeps the end.
fn read_messages(mut stderr: impl Read, sender: &mpsc::SyncSender<Heard>) {
    let (mut kept, mut chunk) = (Vec::new(), [0; 1024]);
    while let Ok(n @ 1..) = stderr.read(&mut chunk) {
        kept.extend_from_slice(chunk.get(..n).unwrap_or_default());
        let surplus = kept.len().saturating_sub(KEPT_MESSAGE_BYTES);
        kept.drain(..surplus);
    }
    drop(sender.send(Heard::Messages(String::from_utf8_lossy(&kept).into_owned())));
}

/// Waits until the deadline for the child to leave, then kills it. Its status if it left.
fn end(child: &mut Child, deadline: Instant) -> Option<std::process::ExitStatus> {
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    if let Err(error) = child.kill().and_then(|()| child.wait().map(|_| ())) {
        tracing::warn!(%error, "a child process could not be stopped");
    }
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// A program that is a shell script.
    fn script(text: &str, limit: Duration) -> Result<String, String> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        // Another test's fork may hold the script open for writing for a moment.
        for _ in 0..50 {
            match ask(&path, &["cpu".into()], limit) {
                Err(reason) if reason.contains("Text file busy") => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                other => return other,
            }
        }
        panic!("the script stayed busy");
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn the_marked_line_is_the_answer_whatever_else_is_printed() {
        let text = "echo driver 1.0; printf '\\377\\n'; echo \"pentimento-probe $1 $2\"; echo bye";
        assert_eq!(script(text, LONG), Ok("probe-provider cpu".to_owned()));
    }

    #[test]
    fn a_crash_is_told_with_its_last_words() {
        let reason = script("echo cannot open the device >&2; exit 3", LONG).unwrap_err();
        assert!(reason.contains('3') && reason.ends_with("cannot open the device"), "{reason}");
    }

    #[test]
    fn a_child_that_hangs_is_stopped_even_if_it_left_a_grandchild() {
        let start = Instant::now();
        let reason = script("sleep 20; echo late", Duration::from_millis(300)).unwrap_err();
        assert!(reason.contains("did not answer within 0.3 s"), "{reason}");
        assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
    }

    #[test]
    fn a_program_that_is_not_there_is_a_reason() {
        let reason = ask(Path::new("/nonexistent/program"), &[], LONG).unwrap_err();
        assert!(reason.contains("did not start"), "{reason}");
    }
}
