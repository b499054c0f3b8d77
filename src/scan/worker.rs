//! The child that examines one file after the other.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::record::Reply;
use super::{Error, Request};
use crate::confine::{end_with_parent, spawn};

/// Longest answer in bytes: that of a long clip with many faces.
const MAX_REPLY_BYTES: u64 = 256 << 20;
/// How often a wait is interrupted to look whether to stop.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// A child has loaded its models within this, on a busy machine as well.
const START: Duration = Duration::from_mins(5);

/// How the child is started.
#[derive(Debug)]
pub struct WorkerCommand {
    /// This program, by its absolute path.
    pub program: PathBuf,
    /// The hidden command and its options. Paths in it are absolute.
    pub args: Vec<OsString>,
    /// Its working folder: the root of the manifest.
    pub root: PathBuf,
}

/// The first line of the child; empty where it examines nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Name of the detector's bundle.
    pub detector: String,
    /// SHA-256 of its network.
    pub sha256: String,
    /// The engine that runs it.
    pub engine: String,
    /// The provider of the engine.
    pub provider: String,
}

/// What became of a file.
#[derive(Debug)]
pub(super) enum FileOutcome {
    Reply(Box<Reply>),
    /// The child was killed.
    TimedOut,
    /// The child ended, in these words.
    Died(String),
    /// The work is to stop; the child was killed.
    Stopped,
}

/// What the thread that reads passes on.
type Line = Result<Vec<u8>, String>;

/// Variables that name a place from which models, libraries or programs are taken.
const PLACES: [&str; 6] = [
    "HOME",
    "PENTIMENTO_FFMPEG",
    "PENTIMENTO_LIBRARY",
    "PENTIMENTO_MODELS",
    "PENTIMENTO_ONNXRUNTIME",
    "PENTIMENTO_PROBE_PROGRAM",
];

/// Those that are relative, made absolute. The child works in the folder of the evidence, where a relative
/// place would be the sender's.
fn absolute_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    variables.filter_map(|(name, value)| {
        let is_place = name.to_str().is_some_and(|name| PLACES.contains(&name));
        let path = Path::new(&value);
        if !is_place || value.is_empty() || path.is_absolute() {
            return None;
        }
        Some((name, std::path::absolute(path).ok()?.into()))
    })
}

/// A child that runs.
#[derive(Debug)]
pub(super) struct WorkerProcess {
    child: Child,
    to: ChildStdin,
    from: Receiver<Line>,
}

impl WorkerProcess {
    /// Starts a child and waits until it has loaded its models; `None` when the work is to stop.
    pub(super) fn start(
        command: &WorkerCommand,
        stop: &AtomicBool,
    ) -> Result<Option<(Self, Ready)>, Error> {
        let failed = |what: String| Error::Worker { what };
        let mut process = Command::new(&command.program);
        process.args(&command.args).current_dir(&command.root);
        process.envs(absolute_variables(std::env::vars_os()));
        process.stdin(Stdio::piped()).stdout(Stdio::piped());
        end_with_parent(&mut process);
        let mut child = spawn(process).map_err(|error| failed(error.to_string()))?;
        let (Some(to), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it has no pipes".to_owned()));
        };
        let (sender, from) = sync_channel(1);
        let read = move || {
            let mut out = BufReader::new(out);
            while let Some(line) = next_line(&mut out) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("answers".to_owned());
        thread.spawn(read).map_err(|error| failed(error.to_string()))?;
        let mut worker = Self { child, to, from };
        match worker.wait(Instant::now() + START, stop) {
            Wait::Line(line) => match serde_json::from_slice(&line) {
                Ok(ready) => Ok(Some((worker, ready))),
                Err(error) => Err(failed(format!("its first line is not understood: {error}"))),
            },
            Wait::Stopped => Ok(None),
            Wait::Late => Err(failed(format!("it was not ready in {} s", START.as_secs()))),
            Wait::Ended(how) => Err(failed(format!("{how}; see its message above"))),
        }
    }

    /// Has a file examined. After anything but a reply the child is gone.
    pub(super) fn ask(&mut self, path: &str, limit: Duration, stop: &AtomicBool) -> FileOutcome {
        let request = Request { path: path.to_owned() };
        let mut line = serde_json::to_vec(&request).unwrap_or_default();
        line.push(b'\n');
        // Fails where the child has ended, which the wait tells.
        let _gone = self.to.write_all(&line).and_then(|()| self.to.flush());
        let deadline = Instant::now() + limit;
        let mut lines = [(); 3].map(|()| String::new());
        for text in &mut lines {
            match self.wait(deadline, stop) {
                Wait::Line(line) => *text = String::from_utf8_lossy(&line).into_owned(),
                Wait::Late => return FileOutcome::TimedOut,
                Wait::Stopped => return FileOutcome::Stopped,
                Wait::Ended(how) => return FileOutcome::Died(how),
            }
        }
        let [head, inspect, metadata] = lines;
        match serde_json::from_str(&head) {
            Ok(head) => FileOutcome::Reply(Box::new(Reply { head, results: [inspect, metadata] })),
            Err(error) => {
                self.end();
                FileOutcome::Died(format!("its answer was not understood: {error}"))
            }
        }
    }

    fn wait(&mut self, deadline: Instant, stop: &AtomicBool) -> Wait {
        loop {
            if stop.load(Ordering::Relaxed) {
                self.end();
                return Wait::Stopped;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.end();
                return Wait::Late;
            }
            match self.from.recv_timeout(left.min(POLL_INTERVAL)) {
                Ok(Ok(line)) => return Wait::Line(line),
                Ok(Err(what)) => {
                    self.end();
                    return Wait::Ended(what);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let how = self.end();
                    // Whoever ends this program may end its children first.
                    std::thread::sleep(POLL_INTERVAL);
                    if stop.load(Ordering::Relaxed) {
                        return Wait::Stopped;
                    }
                    return Wait::Ended(how);
                }
            }
        }
    }

    /// Kills the child, if it runs, and says how it ended.
    fn end(&mut self) -> String {
        let ended = self.child.try_wait().ok().flatten();
        let status =
            ended.map_or_else(|| self.child.kill().and_then(|()| self.child.wait()).ok(), Some);
        status.map_or_else(|| "it ended".to_owned(), |status| format!("it ended ({status})"))
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a wait ended with.
enum Wait {
    Line(Vec<u8>),
    Late,
    Stopped,
    Ended(String),
}

/// A line without its end; `None` at the end of the output.
fn next_line(out: &mut BufReader<ChildStdout>) -> Option<Line> {
    let mut line = Vec::new();
    match out.by_ref().take(MAX_REPLY_BYTES).read_until(b'\n', &mut line) {
        Ok(0) => None,
        Ok(_) if line.pop_if(|last| *last == b'\n').is_some() => Some(Ok(line)),
        // A line without an end is one that was not finished, or never would be.
        Ok(_) if (line.len() as u64) < MAX_REPLY_BYTES => None,
        Ok(_) => Some(Err("it answered with more than can be kept".to_owned())),
        Err(error) => Some(Err(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_places_become_those_of_the_caller() {
        let given = [
            ("PENTIMENTO_MODELS", "mod"),
            ("HOME", "/root"),
            ("PENTIMENTO_FFMPEG", ""),
            ("A", "b"),
        ];
        let given = given.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let changed: Vec<_> = absolute_variables(given.into_iter()).collect();
        let here = std::env::current_dir().unwrap().join("mod");
        assert_eq!(changed, [(OsString::from("PENTIMENTO_MODELS"), here.into_os_string())]);
    }
}
