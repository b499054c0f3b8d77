//! Progress of long trainings: a bar on a terminal, a log line per minute elsewhere.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::base::Progress;
use crate::cli::progress::ProgressLine;

/// Shows each step on the progress line and logs one step per minute.
pub(in crate::cli) struct StepLog<'a> {
    line: &'a ProgressLine,
    started: Instant,
    last: Mutex<Instant>,
}

impl<'a> StepLog<'a> {
    pub(in crate::cli) fn new(line: &'a ProgressLine) -> Self {
        let now = Instant::now();
        Self { line, started: now, last: Mutex::new(now) }
    }

    pub(in crate::cli) fn step(&self, progress: Progress) {
        self.line.step(progress);
        let mut last = self.last.lock();
        if last.elapsed() >= Duration::from_mins(1) {
            *last = Instant::now();
            let minutes = self.started.elapsed().as_secs() / 60;
            let Progress { phase, done, total } = progress;
            tracing::info!("{phase:?} {done} of {total} after {minutes} min");
        }
    }
}
