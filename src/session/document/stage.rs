//! How far the examination of a document is. The examine part calls these.

use super::open::{Document, DocumentState};
use crate::base::Verdict;

impl Document {
    /// Whether it neither waits to be examined nor is being examined.
    pub(in crate::session) const fn is_idle(&self) -> bool {
        !matches!(self.facts.state, DocumentState::Waiting | DocumentState::Working)
    }

    /// It is to be examined again.
    pub(in crate::session) fn wait(&mut self) {
        self.facts.state = DocumentState::Waiting;
    }

    /// The examination begins. Of a clip that was examined before, what is known stays meanwhile.
    pub(in crate::session) fn begin(&mut self) {
        if self.video.is_none() {
            self.forget_findings();
        }
        self.facts.state = DocumentState::Working;
    }

    /// The full pass over a clip begins.
    pub(in crate::session) fn begin_full_pass(&mut self) {
        if let Some(video) = &mut self.facts.video {
            video.begin_full_pass();
        }
        self.facts.state = DocumentState::Working;
    }

    /// A shorter job goes first: the full pass over a clip waits again.
    pub(in crate::session) fn give_way(&mut self) {
        if let Some(video) = &mut self.facts.video {
            video.give_way();
        }
        self.wait();
    }

    /// Everything is examined.
    pub(in crate::session) fn finish(&mut self) {
        self.facts.state = DocumentState::Done;
    }

    /// The examination was stopped on request.
    pub(in crate::session) fn stop(&mut self) {
        self.end_early(DocumentState::Cancelled);
    }

    /// The engine or a model failed; `reason` is a sentence for people.
    pub(in crate::session) fn fail(&mut self, reason: String) {
        self.end_early(DocumentState::Failed(reason));
    }

    fn end_early(&mut self, state: DocumentState) {
        let was_working = self.facts.state == DocumentState::Working;
        if let Some(video) = self.facts.video.as_mut().filter(|_| was_working) {
            video.stop_pass();
        }
        self.facts.state = state;
    }

    /// The file cannot be read, for this reason.
    pub(in crate::session) fn refuse(&mut self, reason: String) {
        let facts = &mut self.facts;
        facts.state = DocumentState::Done;
        (facts.verdict, facts.reason) = (Some(Verdict::NotExamined), Some(reason));
        (facts.picture, facts.thumbnail) = (None, None);
    }
}
