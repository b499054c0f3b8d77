//! The two threads of a case: the writer, which owns it, and the background.
//!
//! The writer saves strokes and does whatever else a person waits for. Adding, importing, ranking,
//! comparing, searching and exporting run in the background, one at a time: they read by a handle of their own,
//! and the writer runs their batches of changes whenever nobody waits.

use super::background::{BackgroundHandler, BackgroundJob, BackgroundWork};
use super::job::{CaseEvent, CaseJob, Epoch, WriterJob, WriterQueue};
use super::writer::WriterHandler;
use crate::base::Cancel;
use crate::session::worker::{AtEnd, Wake, Worker, WorkerOptions};

/// No mask is turned away, and all that was drawn is saved at the end.
const WRITER: WorkerOptions =
    WorkerOptions { name: "case", max_jobs: usize::MAX, max_events: 4096, at_end: AtEnd::Finish };
const BACKGROUND: WorkerOptions =
    WorkerOptions { name: "case background", max_jobs: 64, max_events: 1, at_end: AtEnd::Finish };

pub(super) struct CaseThreads {
    /// Ends first: until then the writer runs its batches.
    pub(super) background: Worker<BackgroundJob, ()>,
    /// Its events carry the opening of a case that they belong to.
    pub(super) writer: Worker<WriterJob, (Epoch, CaseEvent), WriterQueue>,
}

impl CaseThreads {
    pub(super) fn start(wake: &Wake) -> std::io::Result<Self> {
        let writer = Worker::start(WRITER, Wake::clone(wake), WriterHandler::default)?;
        let background = Worker::start(BACKGROUND, Wake::clone(wake), || BackgroundHandler)?;
        Ok(Self { background, writer })
    }

    /// Has the writer do something: a job in its queue, before all batches of the background.
    pub(super) fn send(&self, epoch: Epoch, job: CaseJob) {
        // The writer survives crashes of its jobs.
        if !self.writer.send(WriterJob { epoch, job }) {
            tracing::error!("the thread of the case is gone");
        }
    }

    /// Starts work in the background. [`CaseEvent::BackgroundEnded`] comes at its end in any case.
    pub(super) fn start_background(&self, epoch: Epoch, work: BackgroundWork, cancel: Cancel) {
        let job = BackgroundJob { writer: self.writer.sender(), epoch, work, cancel };
        if !self.background.send(job) {
            tracing::error!("the background thread of the case is gone");
        }
    }
}

impl Drop for CaseThreads {
    /// The background is waited for first, and waits for the writer, which must not wait for somebody
    /// to take its events.
    fn drop(&mut self) {
        self.writer.ignore_events();
    }
}

#[cfg(test)]
impl CaseThreads {
    /// Without threads: jobs stay in the queue.
    pub(super) fn without_threads() -> Self {
        Self {
            background: Worker::without_thread(BACKGROUND),
            writer: Worker::without_thread(WRITER),
        }
    }

    /// Takes the jobs that wait for the writer.
    pub(super) fn take_jobs(&self) -> Vec<(Epoch, CaseJob)> {
        self.writer.take_jobs().into_iter().map(|WriterJob { epoch, job }| (epoch, job)).collect()
    }
}
