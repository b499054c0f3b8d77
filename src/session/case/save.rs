//! Masks on their way to the disk.
//!
//! A mask counts as saved when the writer says so. A document that gives way to the next item stays
//! open until its masks are saved; if one cannot be saved, the document stays open with it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::controller::CaseController;
use super::job::{CaseJob, MaskToSave};
use crate::annotate::MaskLabel;
use crate::base::ModelRef;
use crate::case::{self, FrameRef, StoredMask};
use crate::session::document::id::{DocumentId, MaskKey};
use crate::session::document::mask::MaskCopy;
use crate::session::document::open::Document;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

/// A label that is being typed is saved this long after the last key.
const LABEL_PAUSE: Duration = Duration::from_secs(1);

/// Which masks are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum SaveScope {
    /// Masks with a finished stroke. A label that is being typed waits.
    FinishedStrokes,
    /// All masks that were changed, and those that could not be saved before.
    AllChanges,
    /// As [`Self::AllChanges`], and empty masks too: an empty mask is a decision.
    Decision,
}

/// A mask that was sent to the writer, as it was then.
pub(super) struct PendingSave {
    key: MaskKey,
    version: u64,
    label: MaskLabel,
    copy: Option<MaskCopy>,
}

/// Masks that were sent to the writer and are not answered yet.
#[derive(Default)]
pub(super) struct PendingSaves {
    by_ticket: BTreeMap<u64, PendingSave>,
    last_ticket: u64,
}

impl PendingSaves {
    /// Returns the ticket that the answer will name.
    fn add(&mut self, save: PendingSave) -> u64 {
        self.last_ticket += 1;
        self.by_ticket.insert(self.last_ticket, save);
        self.last_ticket
    }

    fn take(&mut self, ticket: u64) -> Option<PendingSave> {
        self.by_ticket.remove(&ticket)
    }

    fn has_document(&self, id: DocumentId) -> bool {
        self.by_ticket.values().any(|save| save.key.0 == id)
    }

    fn has_version(&self, key: MaskKey, version: u64) -> bool {
        self.by_ticket.values().any(|save| save.key == key && save.version == version)
    }
}

impl CaseController {
    /// Sends the masks of all items that were changed to the writer.
    pub(in crate::session) fn save_masks(&mut self, ws: &mut Workspace, scope: SaveScope) {
        let items = ws.documents.iter().filter(|d| d.item.is_some());
        let items: Vec<DocumentId> = items.map(|d| d.id).collect();
        for id in items {
            self.save_masks_of(ws, id, scope);
        }
    }

    /// Sends the masks of a document that were changed to the writer.
    pub(super) fn save_masks_of(&mut self, ws: &mut Workspace, id: DocumentId, scope: SaveScope) {
        let drawn_on = ws.documents.stroke_key();
        let Some(case) = self.open.as_mut().filter(|case| case.is_writable()) else { return };
        let detector = ws.detector.as_ref().map(|model| ModelRef {
            name: model.card.name.clone(),
            sha256: model.card.file.sha256.clone(),
        });
        let Some(document) = ws.documents.get_mut(id) else { return };
        // A mask that is in the case already must not be replaced before it was loaded.
        if !document.case_item.has_masks || document.case_item.is_other_file() {
            return;
        }
        let MasksToSave { frames, awaits_label } = masks_to_save(document, drawn_on, scope);
        let media_sha256 = document.media_sha256();
        let mut jobs = Vec::new();
        for frame in frames {
            let stored = stored_mask(document, frame, &case.author, detector.as_ref());
            let Some((stored, mask)) = stored.zip(document.masks.get(&frame)) else { continue };
            let (key, version) = ((id, frame), mask.version);
            let save = PendingSave { key, version, label: mask.label.clone(), copy: mask.copy };
            document.case_item.sent.insert(frame, (version, mask.label.clone()));
            case.read.insert(stored.item);
            let ticket = self.pending_saves.add(save);
            jobs.push(MaskToSave { ticket, mask: stored, media_sha256: media_sha256.clone() });
        }
        for job in jobs {
            self.send(CaseJob::SaveMask(Box::new(job)));
        }
        if let Some(backend) = self.backend.as_ref().filter(|_| awaits_label) {
            backend.wake_after(LABEL_PAUSE + Duration::from_millis(20));
        }
    }

    /// The writer has saved a mask.
    pub(super) fn mask_saved(&mut self, ws: &mut Workspace, ticket: u64) {
        let Some(save) = self.pending_saves.take(ticket) else { return };
        let (id, frame) = save.key;
        let Some(document) = ws.documents.get_mut(id) else { return };
        if let Some(mask) = document.masks.get_mut(&frame) {
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
        document.case_item.closes_when_saved = false;
        document.case_item.failed.insert(frame);
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
        self.save_masks_of(ws, id, SaveScope::AllChanges);
        self.close_when_saved(ws, id)
    }
}

/// Frames of a document whose masks are to be sent.
struct MasksToSave {
    frames: Vec<usize>,
    /// A label that is being typed waits.
    awaits_label: bool,
}

/// `drawn_on`: the mask of a stroke that is not finished, which waits.
fn masks_to_save(
    document: &mut Document,
    drawn_on: Option<MaskKey>,
    scope: SaveScope,
) -> MasksToSave {
    let item = &mut document.case_item;
    if scope != SaveScope::FinishedStrokes {
        for frame in std::mem::take(&mut item.failed) {
            item.sent.remove(&frame);
        }
    }
    let mut found = MasksToSave { frames: Vec::new(), awaits_label: false };
    for (frame, mask) in &document.masks {
        let sent = item.sent.get(frame);
        let is_sent = sent.is_some_and(|sent| *sent == (mask.version, mask.label.clone()));
        // A mask that the case has is saved also when it was emptied.
        let is_worth_it = sent.is_some()
            || mask.is_unsaved()
            || mask.saved_to.is_some()
            || scope == SaveScope::Decision;
        let is_drawn_on = drawn_on == Some((document.id, *frame));
        let is_of_other_reader = mask.shown_author().is_some();
        if is_drawn_on || is_sent || !is_worth_it || is_of_other_reader || mask.is_unreviewed() {
            continue;
        }
        let saved_version = sent.map_or_else(|| mask.saved_version(), |sent| sent.0);
        let is_only_label = mask.version == saved_version;
        if is_only_label && scope == SaveScope::FinishedStrokes {
            let edit = item.label_edits.entry(*frame);
            let edit = edit.or_insert_with(|| (mask.label.clone(), Instant::now()));
            if edit.0 != mask.label {
                *edit = (mask.label.clone(), Instant::now());
            }
            if edit.1.elapsed() < LABEL_PAUSE {
                found.awaits_label = true;
                continue;
            }
        }
        item.label_edits.remove(frame);
        found.frames.push(*frame);
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
    let started_from = mask.started_from.clone().filter(|_| mask.started_from_map_at.is_some());
    let model = started_from
        .or_else(|| document.report.as_ref().map(|report| report.model.clone()))
        .or_else(|| detector.cloned());
    let frame = document.video.as_ref().and_then(|video| {
        let time = video.frames.get(frame)?;
        let (numerator, denominator) = video.info.time_base;
        let time_base = [numerator, denominator];
        Some(FrameRef { index: time.index, pts: time.pts, time_base, t_s: time.t_s })
    });
    Some(StoredMask {
        item: document.item?,
        frame,
        author: author.to_owned(),
        mask: mask.mask.as_ref().clone(),
        label: mask.label.clone(),
        started_from_map_at: mask.started_from_map_at,
        model,
        tools: mask.tools.clone(),
        at: case::now(),
        reviewer: None,
    })
}
