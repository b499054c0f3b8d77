//! Masks on their way to the disk.
//!
//! A mask counts as saved when the writer says so. A document that gives way to the next item stays
//! open until its masks are saved; if one cannot be saved, the document stays open with it.

use std::time::Duration;

use super::controller::CaseController;
use super::job::{CaseJob, MaskToSave};
use super::mask_state::{PendingSave, SaveScope};
use crate::base::ModelRef;
use crate::case::{self, StoredMask};
use crate::session::document::id::DocumentId;
use crate::session::document::open::Document;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

/// A label that is being typed is saved this long after the last key.
const LABEL_PAUSE: Duration = Duration::from_secs(1);

impl CaseController {
    /// Sends masks that were changed to the writer: those of all items, or of one document `only`.
    pub(in crate::session) fn save_masks(
        &mut self,
        ws: &mut Workspace,
        only: Option<DocumentId>,
        scope: SaveScope,
    ) {
        let case = self.open.as_mut().filter(|case| case.is_writable());
        let Some((case, threads)) = case.zip(self.threads.as_ref()) else { return };
        let detector = ws.model_ref();
        let mut awaits_label = false;
        let documents = ws.documents.iter_mut().filter(|d| only.is_none_or(|id| d.id == id));
        for document in documents.filter(|d| d.item.is_some() && d.case_item.may_be_saved()) {
            let to_save = masks_to_save(document, scope);
            awaits_label |= to_save.awaits_label;
            for frame in to_save.frames {
                let stored = stored_mask(document, frame, &case.author, detector.as_ref());
                let Some((stored, mask)) = stored.zip(document.masks.get(&frame)) else { continue };
                case.add_read(stored.item);
                let ticket = self.pending_saves.add((document.id, frame), mask);
                let (version, label) = (mask.version, mask.label.clone());
                document.case_item.set_sent(frame, version, label);
                let media_sha256 = document.media_sha256();
                let job = MaskToSave { ticket, mask: stored, media_sha256 };
                threads.send(self.epoch, CaseJob::SaveMask(Box::new(job)));
            }
        }
        if awaits_label {
            threads.writer.wake_after(LABEL_PAUSE + Duration::from_millis(20));
        }
    }

    pub(super) fn mask_saved(&mut self, ws: &mut Workspace, ticket: u64) {
        let Some(save) = self.pending_saves.take(ticket) else { return };
        let (id, frame) = save.key;
        let Some(document) = ws.documents.get_mut(id) else { return };
        if let Some(mask) = document.known_mask_mut(frame) {
            mask.set_saved(save.version, save.label, save.copy);
        }
        let is_saved = document.n_unsaved_masks() == 0 && !self.pending_saves.has_document(id);
        if document.case_item.closes_when_saved && is_saved {
            ws.request(Request::Close(id));
        }
    }

    /// The writer could not save a mask. It is sent again when it is changed or decided about.
    pub(super) fn mask_not_saved(&mut self, ws: &mut Workspace, ticket: u64, reason: &str) {
        let Some(PendingSave { key: (id, frame), .. }) = self.pending_saves.take(ticket) else {
            return;
        };
        let Some(document) = ws.documents.get_mut(id) else {
            return ws.notify(format!(
                "A mask could not be saved in the case: {reason} Its file was closed."
            ));
        };
        document.case_item.set_failed(frame);
        let name = document.name();
        ws.notify(format!(
            "The mask of {name} could not be saved in the case: {reason} It is still here, and the \
             file stays open; fix that, then continue drawing, mark the item again or save the \
             mask as a file."
        ));
    }

    /// Closes a document as soon as its masks are saved. False when one of them was not sent, because
    /// it cannot be saved.
    pub(super) fn close_when_saved(&self, ws: &mut Workspace, id: DocumentId) -> bool {
        let Some(document) = ws.documents.get_mut(id) else { return true };
        if document.n_unsaved_masks() == 0 {
            ws.request(Request::Close(id));
            return true;
        }
        let mut unsaved = document.masks.iter().filter(|(_, mask)| mask.is_unsaved());
        let is_sent = |frame, version| self.pending_saves.has_version((id, frame), version);
        if !unsaved.all(|(frame, mask)| is_sent(*frame, mask.version)) {
            return false;
        }
        document.case_item.closes_when_saved = true;
        // The next item is not to wait for this one.
        ws.request(Request::StopWork(id));
        true
    }

    /// A person closes a document. True when it shows an item and needs no question: it closes when
    /// its masks are saved.
    pub(in crate::session) fn closes_itself(&mut self, ws: &mut Workspace, id: DocumentId) -> bool {
        if ws.documents.get(id).is_none_or(|d| d.item.is_none()) {
            return false;
        }
        ws.documents.end_strokes();
        self.save_masks(ws, Some(id), SaveScope::AllChanges);
        self.close_when_saved(ws, id)
    }
}

/// Frames of a document whose masks are to be sent.
struct MasksToSave {
    frames: Vec<usize>,
    /// A label that is being typed waits.
    awaits_label: bool,
}

/// Picks the masks that differ from what was sent last. A stroke that is being drawn waits.
fn masks_to_save(document: &mut Document, scope: SaveScope) -> MasksToSave {
    let (masks, item) = document.masks_with_case_item();
    if scope != SaveScope::FinishedStrokes {
        item.retry_failed();
    }
    let mut found = MasksToSave { frames: Vec::new(), awaits_label: false };
    for (&frame, mask) in masks {
        let sent_version = item.sent_version(frame);
        // A mask that the case has is saved also when it was emptied.
        let is_worth_it = sent_version.is_some()
            || mask.is_unsaved()
            || mask.saved_to.is_some()
            || scope == SaveScope::Decision;
        let is_of_other_reader = mask.shown_author().is_some();
        let may_be_sent = !mask.is_drawn_on() && !is_of_other_reader && !mask.is_unreviewed();
        if !may_be_sent || !is_worth_it || item.is_sent(frame, mask) {
            continue;
        }
        let is_only_label = mask.version == sent_version.unwrap_or_else(|| mask.saved_version());
        if is_only_label
            && scope == SaveScope::FinishedStrokes
            && item.is_label_edited(frame, &mask.label, LABEL_PAUSE)
        {
            found.awaits_label = true;
            continue;
        }
        found.frames.push(frame);
    }
    found
}

/// A mask as the case stores it. `detector` is the one in use.
fn stored_mask(
    document: &Document,
    frame: usize,
    author: &str,
    detector: Option<&ModelRef>,
) -> Option<StoredMask> {
    let mask = document.masks.get(&frame)?;
    // A mask that began as the heat map of another model keeps that model.
    let started_from = mask.started_from_model().cloned();
    let model = started_from
        .or_else(|| document.report.as_ref().map(|report| report.model.clone()))
        .or_else(|| detector.cloned());
    Some(StoredMask {
        item: document.item?,
        frame: document.frame_ref(frame),
        author: author.to_owned(),
        mask: mask.mask.as_ref().clone(),
        label: mask.label.clone(),
        started_from_map_at: mask.started_from_map_at,
        model,
        tools: mask.tools.clone(),
        seen_readers: document.case_item.seen_readers(frame),
        at: case::now(),
        reviewer: None,
    })
}
