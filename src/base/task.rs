//! Progress and cancellation of long work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The phase of long work. Front ends name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading and hashing the file.
    Reading,
    /// Decoding pixels.
    Decoding,
    /// Loading models.
    Loading,
    /// Finding faces.
    Finding,
    /// Examining faces.
    Examining,
    /// Examining the frames of a clip.
    Watching,
    /// Writing results.
    Writing,
    /// Ordering a queue.
    Ranking,
    /// Training steps.
    Training,
    /// Measuring a model.
    Evaluating,
}

/// One report of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub phase: Phase,
    /// Steps done in this phase.
    pub done: u64,
    /// Steps of this phase, 0 when unknown.
    pub total: u64,
}

/// The work was stopped on request. Not a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// A cancellation flag shared by threads.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl From<Arc<AtomicBool>> for Cancel {
    /// A flag that something else sets as well, for instance a signal.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Cancel {
    /// Asks the work to stop at its next safe point.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Passed through long work: reports progress, checks cancellation.
pub struct TaskCtx<'a> {
    /// The cancellation flag.
    pub cancel: Cancel,
    /// Called at every step; must return quickly.
    pub on_progress: &'a (dyn Fn(Progress) + Sync),
}

impl TaskCtx<'_> {
    /// A context that ignores progress and is never cancelled.
    pub fn silent() -> TaskCtx<'static> {
        TaskCtx { cancel: Cancel::default(), on_progress: &|_| {} }
    }

    /// Reports a step, and fails if the work was cancelled.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the flag is set.
    pub fn step(&self, phase: Phase, done: u64, total: u64) -> Result<(), Cancelled> {
        (self.on_progress)(Progress { phase, done, total });
        if self.cancel.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}
