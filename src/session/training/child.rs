//! The trainer as a child process: started, listened to, stopped.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::Deserialize;

use super::values::{TrainingRun, TrainingState};
use crate::session::worker::Wake;

/// Events of the child that wait to be taken; more make it wait.
const MAX_EVENTS: usize = 256;
/// Longest line of the log.
const MAX_LINE: usize = 2000;

/// What the child writes.
pub(super) enum TrainerEvent {
    /// A line of the log.
    Line(String),
    /// The phase, and steps done of how many.
    Progress(String, u64, u64),
    /// A line of the result.
    Output(String),
    /// One of its pipes was closed.
    PipeClosed,
}

/// A trainer that runs.
pub(super) struct Trainer {
    child: Child,
    events: Receiver<TrainerEvent>,
    output: String,
    /// Pipes of the child that are still open.
    n_open: usize,
    was_stopped: bool,
}

impl Trainer {
    /// Starts the child; what it writes is read by threads that end with it.
    pub(super) fn start(
        program: &Path,
        set: &Path,
        run: &Path,
        wake: &Wake,
    ) -> std::io::Result<Self> {
        let mut child = Process::new(program)
            .args(["train", "--progress", "json", "--json", "--from"])
            .arg(set)
            .arg("--runs")
            .arg(run)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, events) = sync_channel(MAX_EVENTS);
        let mut n_open = 0;
        if let Some(stdout) = child.stdout.take() {
            n_open += listen(stdout, sender.clone(), Wake::clone(wake), TrainerEvent::Output);
        }
        if let Some(stderr) = child.stderr.take() {
            n_open += listen(stderr, sender, Wake::clone(wake), log_event);
        }
        Ok(Self { child, events, output: String::new(), n_open, was_stopped: false })
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
                TrainerEvent::Output(line) => self.output.push_str(&line),
                TrainerEvent::PipeClosed => self.n_open = self.n_open.saturating_sub(1),
            }
        }
        has_changed
    }

    /// Whether it has closed its pipes: then its result is there.
    pub(super) const fn is_over(&self) -> bool {
        self.n_open == 0
    }

    /// What became of it.
    pub(super) fn result(mut self, training: &TrainingRun) -> TrainingState {
        let status = self.child.wait();
        if self.was_stopped {
            return TrainingState::Stopped;
        }
        state_of(status.is_ok_and(|status| status.success()), &self.output, training.last_line())
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

/// Reads lines until the pipe closes; 1 when there is a thread to do so.
fn listen(
    pipe: impl Read + Send + 'static,
    events: SyncSender<TrainerEvent>,
    wake: Wake,
    event: fn(String) -> TrainerEvent,
) -> usize {
    let thread = std::thread::Builder::new().name("trainer".into()).spawn(move || {
        for mut line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let is_output = matches!(event(String::new()), TrainerEvent::Output(_));
            if !is_output && line.len() > MAX_LINE {
                line = line.chars().take(MAX_LINE).collect();
            }
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
