//! Showing the items of the queue, deciding about them, and the time spent on them.
//!
//! The item shown is an ordinary document that knows its item. It is closed when the next one is
//! shown, so that a long queue does not fill the memory.

use super::controller::CaseController;
use super::job::CaseJob;
use super::mask_state::SaveScope;
use super::work_clock::WorkClock;
use crate::case::{Examined, ItemId, ItemState, MaskKey};
use crate::session::document::id::DocumentId;
use crate::session::document::open::DocumentState;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl CaseController {
    /// Shows an item and starts work on it.
    pub(super) fn show_item(&mut self, ws: &mut Workspace, id: ItemId) {
        let Some(row) = self.open.as_ref().and_then(|case| case.row(id)).cloned() else { return };
        let shown = ws.documents.active().map(|d| (d.id, d.item));
        if shown.is_some_and(|(_, item)| item == Some(id)) {
            return;
        }
        self.save_before_leaving(ws);
        ws.open(&[row.path.to_path_buf()]);
        let Some(document) = ws.documents.active_mut() else { return };
        document.show_item(id);
        if document.state == DocumentState::Cancelled {
            let document = document.id;
            ws.request(Request::ExamineAgain(document));
        }
        if let Some(case) = &mut self.open {
            case.forget_readers();
        }
        if let Some((last, Some(_))) = shown {
            self.close_when_saved(ws, last);
        }
        if self.is_writable() {
            if row.state == ItemState::ToDo {
                self.send(CaseJob::SetState(id, ItemState::InWork));
            }
            if row.examined == Examined::Waiting {
                self.survey.put_first(id, &row.path);
            }
        }
        self.request_masks(ws);
        self.start_clock(ws);
    }

    /// Shows the next item that is to be done; with negative `steps` the previous one.
    pub(super) fn show_next(&mut self, ws: &mut Workspace, steps: i32) {
        let Some(case) = &self.open else { return };
        let shown = ws.documents.active().and_then(|d| d.item);
        match case.next_to_do(shown, steps < 0) {
            Some(id) => self.show_item(ws, id),
            None => ws.notify("Nothing else is to be done in the list shown."),
        }
    }

    /// Sets the state of the item shown. A finished or skipped item gives way to the next one.
    pub(super) fn mark(&mut self, ws: &mut Workspace, state: ItemState) {
        ws.documents.end_strokes();
        let Some((document, item)) = shown_item(ws) else {
            return ws.notify("What is shown is no item of the case.");
        };
        let mut scope = SaveScope::AllChanges;
        if state == ItemState::Done {
            if let Err(why) = self.may_be_done(ws, document) {
                return ws.notify(why);
            }
            scope = SaveScope::Decision;
            add_empty_mask(ws, document);
        }
        self.save_masks(ws, Some(document), scope);
        self.save_time();
        // The writer refuses `Done` when it could not save a mask of the item.
        self.send(CaseJob::SetState(item, state));
        // The next item is looked for from here, as if the writer had answered.
        if let Some(case) = &mut self.open {
            case.set_state(item, state);
        }
        if matches!(state, ItemState::Done | ItemState::Skipped) {
            self.show_next(ws, 1);
        }
        if let Some(case) = &mut self.open {
            case.arrange();
        }
        if self.clock.is_none() {
            self.start_clock(ws);
        }
    }

    /// Confirms the mask of another reader that is shown, or withdraws that.
    pub(super) fn review(&self, ws: &mut Workspace, agrees: bool) {
        let document = ws.documents.active();
        let Some((case, item)) = self.open.as_ref().zip(document.and_then(|d| d.item)) else {
            return;
        };
        match case.agreeable(document) {
            Ok((author, frame)) => {
                self.send(CaseJob::Review { key: MaskKey { item, frame, author }, agrees });
            }
            Err(why) => ws.notify(why),
        }
    }

    /// Counts time at work. Called before every command.
    pub(in crate::session) fn count_time(&mut self, ws: &Workspace) {
        let shown = shown_item(ws);
        if self.clock.as_mut().is_some_and(|clock| clock.count(shown)) {
            self.save_time();
            self.start_clock(ws);
        }
    }

    /// Counts the time spent on the item shown from now on.
    fn start_clock(&mut self, ws: &Workspace) {
        self.clock = shown_item(ws).map(|(document, item)| WorkClock::start(document, item));
    }

    /// Stops the clock and sends its time to the writer.
    pub(super) fn save_time(&mut self) {
        let Some((item, seconds)) = self.clock.take().map(WorkClock::stop) else { return };
        if seconds > 0.0 && self.is_writable() {
            self.send(CaseJob::AddSeconds(item, seconds));
        }
    }

    /// A document is about to be closed.
    pub(in crate::session) fn before_close(&mut self, id: DocumentId) {
        if self.clock.as_ref().is_some_and(|clock| clock.document() == id) {
            self.save_time();
        }
    }
}

fn shown_item(ws: &Workspace) -> Option<(DocumentId, ItemId)> {
    ws.documents.active().and_then(|d| Some((d.id, d.item?)))
}

/// A decision without a drawing is stored as an empty mask.
fn add_empty_mask(ws: &mut Workspace, id: DocumentId) {
    let Some(document) = ws.documents.get_mut(id).filter(|d| d.masks.is_empty()) else { return };
    if let Some(frame) = document.mask_frame() {
        document.mask_mut(frame);
    }
}
