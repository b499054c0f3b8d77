//! The trainer as a child process: started, listened to, stopped.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::Deserialize;

use super::values::{TrainingRun, TrainingState};
use crate::confine::end_with_parent;
use crate::session::worker::Wake;

/// Events of the child that wait to be taken; more make it wait.
const MAX_EVENTS: usize = 256;
/// Bytes of a line of the log that are kept.
const MAX_LINE: usize = 2000;
/// Bytes of the result that are kept.
const MAX_OUTPUT: usize = 1 << 20;
/// How often a child that has closed its pipes is looked at.
const END_INTERVAL: Duration = Duration::from_millis(20);

/// What the child writes.
pub(super) enum TrainerEvent {
    /// A line of the log.
    Line(String),
    /// The phase, and steps done of how many.
    Progress(String, u64, u64),
    /// A line of the result.
    Output(String),
    PipeClosed,
}

pub(super) struct Trainer {
    child: Child,
    events: Receiver<TrainerEvent>,
    output: String,
    /// Pipes of the child that are still open.
    n_open: usize,
    was_stopped: bool,
    wake: Wake,
    /// Held while a thread wakes the front end to check whether the child has ended.
    end_watch: Option<Arc<()>>,
}

impl Trainer {
    /// Starts the child; what it writes is read by threads that end with it.
    pub(super) fn start(
        program: &Path,
        set: &Path,
        run: &Path,
        wake: &Wake,
    ) -> std::io::Result<Self> {
        let mut process = Process::new(program);
        process
            .args(["train", "--progress", "json", "--json", "--from"])
            .arg(set)
            .arg("--runs")
            .arg(run)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        end_with_parent(&mut process);
        let mut child = process.spawn()?;
        let (sender, events) = sync_channel(MAX_EVENTS);
        let mut n_open = 0;
        if let Some(stdout) = child.stdout.take() {
            let wake = Wake::clone(wake);
            n_open += listen(stdout, MAX_OUTPUT, sender.clone(), wake, TrainerEvent::Output);
        }
        if let Some(stderr) = child.stderr.take() {
            n_open += listen(stderr, MAX_LINE, sender, Wake::clone(wake), log_event);
        }
        let (output, wake) = (String::new(), Wake::clone(wake));
        Ok(Self { child, events, output, n_open, was_stopped: false, wake, end_watch: None })
    }

    /// Stops it on request.
    pub(super) fn stop(&mut self) {
        self.was_stopped = true;
        self.end();
    }

    /// Takes in what it has written; true when something was there.
    pub(super) fn poll(&mut self, training: &mut TrainingRun) -> bool {
        let mut has_changed = false;
        for event in self.events.try_iter() {
            has_changed = true;
            match event {
                TrainerEvent::Line(line) => training.add_line(line),
                TrainerEvent::Progress(phase, done, total) => {
                    training.progress = Some((phase, done, total));
                }
                TrainerEvent::Output(line) if self.output.len() + line.len() <= MAX_OUTPUT => {
                    self.output.push_str(&line);
                }
                // Too long for a result: what there is of it is reported as damaged.
                TrainerEvent::Output(_) => {}
                TrainerEvent::PipeClosed => self.n_open = self.n_open.saturating_sub(1),
            }
        }
        has_changed
    }

    /// How it ended; `None` until it has closed its pipes, when its result is there, and has ended.
    /// Never waits: a child may close its pipes and go on.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if self.n_open > 0 {
            return None;
        }
        match self.child.try_wait() {
            Ok(None) => {}
            Ok(ended) => return ended,
            Err(error) => tracing::warn!("the trainer cannot be waited for: {error}"),
        }
        if self.end_watch.is_none() {
            let watch = Arc::new(());
            let (watched, wake) = (Arc::downgrade(&watch), Wake::clone(&self.wake));
            if wake_until_gone(watched, wake) {
                self.end_watch = Some(watch);
            }
        }
        None
    }

    /// What became of it.
    pub(super) fn result(&self, status: ExitStatus, training: &TrainingRun) -> TrainingState {
        if self.was_stopped {
            return TrainingState::Stopped;
        }
        state_of(status.success(), &self.output, training.last_line())
    }

    fn end(&mut self) {
        // One that has ended already cannot be killed.
        if self.child.kill().is_ok() {
            tracing::debug!("the trainer was stopped");
        }
        if let Err(error) = self.child.wait() {
            tracing::warn!("the trainer did not end: {error}");
        }
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a trainer has come to that ended by itself.
pub(super) fn state_of(is_ok: bool, output: &str, last_line: Option<&str>) -> TrainingState {
    if is_ok {
        return serde_json::from_str(output).map_or_else(
            |error| TrainingState::Failed(format!("The trainer's answer is damaged: {error}")),
            TrainingState::Done,
        );
    }
    let what = last_line.map_or("The trainer ended without a word.", |line| {
        line.strip_prefix("error: ").unwrap_or(line)
    });
    TrainingState::Failed(what.to_owned())
}

/// Has the front end poll until the watch is dropped; false when there is no thread to do so.
fn wake_until_gone(watch: Weak<()>, wake: Wake) -> bool {
    let run = move || {
        while watch.strong_count() > 0 {
            std::thread::sleep(END_INTERVAL);
            wake();
        }
    };
    std::thread::Builder::new().name("trainer end".into()).spawn(run).is_ok()
}

/// Reads lines until the pipe closes; 1 when there is a thread to do so.
fn listen(
    pipe: impl Read + Send + 'static,
    max_bytes: usize,
    events: SyncSender<TrainerEvent>,
    wake: Wake,
    event: fn(String) -> TrainerEvent,
) -> usize {
    let thread = std::thread::Builder::new().name("trainer".into()).spawn(move || {
        let mut pipe = BufReader::new(pipe);
        while let Some(line) = next_line(&mut pipe, max_bytes) {
            if events.send(event(line)).is_err() {
                return;
            }
            wake();
        }
        // Nobody may listen any more.
        if events.send(TrainerEvent::PipeClosed).is_ok() {
            wake();
        }
    });
    usize::from(thread.is_ok())
}

/// The first `max_bytes` of the next line; `None` at the end. What is not UTF-8 is replaced.
pub(super) fn next_line(pipe: &mut impl BufRead, max_bytes: usize) -> Option<String> {
    let (mut line, mut has_line) = (Vec::new(), false);
    loop {
        let (n_read, is_whole) = match pipe.fill_buf() {
            Ok([]) => (0, true),
            Ok(bytes) => {
                has_line = true;
                let end = bytes.iter().position(|byte| *byte == b'\n');
                let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
                line.extend(part.iter().take(max_bytes.saturating_sub(line.len())));
                (part.len() + usize::from(end.is_some()), end.is_some())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => (0, true),
        };
        pipe.consume(n_read);
        if is_whole {
            let line = String::from_utf8_lossy(&line);
            return has_line.then(|| line.strip_suffix('\r').unwrap_or(&line).to_owned());
        }
    }
}

/// A line of stderr: progress as JSON, or a line of the log.
pub(super) fn log_event(line: String) -> TrainerEvent {
    #[derive(Deserialize)]
    struct Progress {
        phase: String,
        done: u64,
        total: u64,
    }
    match serde_json::from_str::<Progress>(&line) {
        Ok(Progress { phase, done, total }) => TrainerEvent::Progress(phase, done, total),
        Err(_) => TrainerEvent::Line(line),
    }
}
