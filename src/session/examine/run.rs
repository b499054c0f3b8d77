//! One job being done, with what it needs: the examiner, and the way back to the session.

use std::sync::Arc;

use super::examiner::Examiner;
use super::job::{ExamineEvent, ExamineJob, Happened};
use crate::base::TaskCtx;
use crate::session::worker::EventSender;

/// One job being done.
pub(super) struct Run<'a> {
    pub(super) examiner: &'a mut dyn Examiner,
    pub(super) job: &'a ExamineJob,
    pub(super) events: &'a EventSender<ExamineEvent>,
    pub(super) ctx: &'a TaskCtx<'a>,
}

impl Run<'_> {
    /// Sends what happened to the document of the job.
    pub(super) fn send(&self, happened: Happened) {
        self.events.send(ExamineEvent { document: self.job.document, happened });
    }

    /// Tells which detector is in use, once one is loaded.
    pub(super) fn send_model(&self) {
        if let Some(model) = self.examiner.model() {
            self.send(Happened::Model(Arc::new(model)));
        }
    }
}
