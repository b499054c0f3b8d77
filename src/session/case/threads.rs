//! The two threads of a case: the writer, which owns it, and the background.
//!
//! The writer saves strokes and does whatever else a person waits for. Adding, importing, ranking,
//! comparing and exporting run in the background, one at a time: they read by a handle of their own,
//! and the writer runs their batches of changes whenever nobody waits.

use std::time::Duration;

use super::background::{BackgroundHandler, BackgroundJob, BackgroundWork};
use super::job::{CaseEvent, CaseJob, Epoch, WriterJob, WriterQueue, WriterWork};
use super::writer::WriterHandler;
use crate::base::{Cancel, Progress};
use crate::session::worker::{AtEnd, JobSender, Wake, Worker, WorkerOptions};

/// No mask is turned away, and all that was drawn is saved at the end.
const WRITER: WorkerOptions =
    WorkerOptions { name: "case", max_jobs: usize::MAX, max_events: 4096, at_end: AtEnd::Finish };
const BACKGROUND: WorkerOptions =
    WorkerOptions { name: "case background", max_jobs: 64, max_events: 1, at_end: AtEnd::Finish };

/// What the controller needs of the threads of a case; tests have their own.
pub(super) trait CaseBackend: Send {
    /// Has the writer do something.
    fn send(&self, epoch: Epoch, job: CaseJob);

    /// Starts work in the background. [`CaseEvent::BackgroundEnded`] comes at its end in any case.
    fn start_background(&self, epoch: Epoch, work: BackgroundWork, cancel: Cancel);

    /// The next event of the writer, with the opening that it belongs to.
    fn next_event(&self) -> Option<(Epoch, CaseEvent)>;

    /// Progress of the work in the background.
    fn progress(&self) -> Option<Progress>;

    /// Wakes the front end after this time.
    fn wake_after(&self, delay: Duration);
}

/// Sends jobs to the writer.
pub(super) type WriterSender = JobSender<WriterJob, WriterQueue>;

/// The threads of a case.
pub(super) struct CaseThreads {
    /// Ends first: until then the writer runs its batches.
    background: Worker<BackgroundJob, ()>,
    writer: Worker<WriterJob, (Epoch, CaseEvent), WriterQueue>,
}

impl CaseThreads {
    pub(super) fn start(wake: &Wake) -> std::io::Result<Self> {
        let writer = Worker::start(WRITER, Wake::clone(wake), WriterHandler::default)?;
        let background = Worker::start(BACKGROUND, Wake::clone(wake), || BackgroundHandler)?;
        Ok(Self { background, writer })
    }

    #[cfg(test)]
    pub(super) fn wait_for_event(&self, limit: Duration) -> Option<(Epoch, CaseEvent)> {
        self.writer.wait_for_event(limit)
    }
}

impl CaseBackend for CaseThreads {
    fn send(&self, epoch: Epoch, job: CaseJob) {
        // The writer survives crashes of its jobs.
        if !self.writer.send(WriterJob { epoch, work: WriterWork::Interactive(job) }) {
            tracing::error!("the thread of the case is gone");
        }
    }

    fn start_background(&self, epoch: Epoch, work: BackgroundWork, cancel: Cancel) {
        let job = BackgroundJob { writer: self.writer.sender(), epoch, work, cancel };
        if !self.background.send(job) {
            tracing::error!("the background thread of the case is gone");
        }
    }

    fn next_event(&self) -> Option<(Epoch, CaseEvent)> {
        self.writer.next_event()
    }

    fn progress(&self) -> Option<Progress> {
        self.background.progress()
    }

    fn wake_after(&self, delay: Duration) {
        self.writer.wake_after(delay);
    }
}
