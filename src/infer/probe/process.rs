//! Starts the child process of a provider test, which may hang, crash or print anything.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::infer::telemetry;

/// The hidden command.
const SUBCOMMAND: &str = "probe-provider";
/// Starts the line with the report; drivers print lines of their own.
pub(super) const MARK: &str = "pentimento-probe ";
/// Output beyond this is ignored.
const MAX_OUTPUT_BYTES: u64 = 1 << 20;
/// Length of the tail of stderr that is kept.
const MESSAGE_BYTES: usize = 4096;
/// How long the child may take to exit after its report.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

enum ChildOutput {
    Report(String),
    EndOfOutput,
    Messages(String),
}

/// Runs `program probe-provider ARGS` and returns the line after [`MARK`].
///
/// # Errors
///
/// A message when the child does not start, exits without report or exceeds the limit.
pub(in crate::infer) fn run_probe(
    program: &Path,
    args: &[OsString],
    limit: Duration,
) -> Result<String, String> {
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
        command.spawn().map_err(|e| format!("the program that tests it did not start: {e}"))?;
    let result = wait_for_report(&mut child, Instant::now() + limit, limit);
    let grace = if result.is_ok() { EXIT_LIMIT } else { Duration::ZERO };
    wait_or_kill(&mut child, Instant::now() + grace);
    result
}

fn wait_for_report(
    child: &mut Child,
    deadline: Instant,
    limit: Duration,
) -> Result<String, String> {
    let (sender, receiver) = mpsc::sync_channel(2);
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        spawn_reader("probe output", move || read_output(stdout, &sender))?;
    }
    if let Some(stderr) = child.stderr.take() {
        spawn_reader("probe messages", move || read_messages(stderr, &sender))?;
    }
    let mut messages = None;
    let mut is_output_closed = false;
    while !(is_output_closed && messages.is_some()) {
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(ChildOutput::Report(line)) => return Ok(line),
            Ok(ChildOutput::EndOfOutput) => is_output_closed = true,
            Ok(ChildOutput::Messages(text)) => messages = Some(text),
            Err(_) => {
                let secs = limit.as_secs_f32();
                return Err(format!("it did not answer within {secs} s and was stopped"));
            }
        }
    }
    let status =
        wait_or_kill(child, deadline).map_or_else(|| "stopped".to_owned(), |s| s.to_string());
    let messages = messages.unwrap_or_default();
    let last = messages.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(format!("its test ended without a report ({status}): {}", last.trim()))
}

/// The thread is not joined: a grandchild may keep the pipe open.
fn spawn_reader(name: &str, read: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(read);
    thread.map(drop).map_err(|e| format!("the report of its test cannot be read: {e}"))
}

/// Lines are read as bytes: drivers may print anything.
fn read_output(stdout: impl Read, sender: &mpsc::SyncSender<ChildOutput>) {
    for line in BufReader::new(stdout.take(MAX_OUTPUT_BYTES)).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if let Some(report) = line.strip_prefix(MARK) {
            // Sending fails after the time limit.
            drop(sender.send(ChildOutput::Report(report.trim_end().to_owned())));
            return;
        }
    }
    drop(sender.send(ChildOutput::EndOfOutput));
}

/// Reads to the end, so that the child never blocks, and keeps the tail.
fn read_messages(mut stderr: impl Read, sender: &mpsc::SyncSender<ChildOutput>) {
    let (mut kept, mut chunk) = (Vec::new(), [0; 1024]);
    while let Ok(n @ 1..) = stderr.read(&mut chunk) {
        kept.extend_from_slice(chunk.get(..n).unwrap_or_default());
        let surplus = kept.len().saturating_sub(MESSAGE_BYTES);
        kept.drain(..surplus);
    }
    drop(sender.send(ChildOutput::Messages(String::from_utf8_lossy(&kept).into_owned())));
}

/// Waits until the deadline, then kills the child. Returns its status if it exited by itself.
fn wait_or_kill(child: &mut Child, deadline: Instant) -> Option<std::process::ExitStatus> {
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
            match run_probe(&path, &["cpu".into()], limit) {
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
    fn the_marked_line_is_the_report_whatever_else_is_printed() {
        let text = "echo driver 1.0; printf '\\377\\n'; echo \"pentimento-probe $1 $2\"; echo bye";
        assert_eq!(script(text, LONG), Ok("probe-provider cpu".to_owned()));
    }

    #[test]
    fn a_crash_is_reported_with_its_last_message() {
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
        let reason = run_probe(Path::new("/nonexistent/program"), &[], LONG).unwrap_err();
        assert!(reason.contains("did not start"), "{reason}");
    }
}
