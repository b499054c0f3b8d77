//! Masks on their way to the disk.
//!
//! A mask counts as saved when the thread of the case says so, not before. A document that gives way
//! to the next item stays open until its masks are on the disk; where they could not be saved, it
//! stays open with them.

use std::time::{Duration, Instant};

use super::desk::CaseDesk;
use super::keep_state::{Keep, PendingSave};
use super::worker::{Job, ToKeep};
use crate::base::ModelRef;
use crate::case::{self, FrameRef, StoredMask};
use crate::session::document::id::{DocumentId, MaskKey};
use crate::session::document::open::Document;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

/// A label that was edited without drawing is saved so long after the last key.
const LABEL_PAUSE: Duration = Duration::from_secs(1);

impl CaseDesk {
    /// Hands every mask of an item that was changed to the thread of the case; a stroke being drawn
    /// waits for its end.
    pub(in crate::session) fn keep_masks(&mut self, ws: &mut Workspace, keep: Keep) {
        let items = ws.documents.iter().filter(|d| d.item.is_some());
        let ids: Vec<DocumentId> = items.map(|d| d.id).collect();
        for id in ids {
            self.keep_masks_of(ws, id, keep);
        }
    }

    pub(super) fn keep_masks_of(&mut self, ws: &mut Workspace, id: DocumentId, keep: Keep) {
        if !self.is_writable() {
            return;
        }
        let in_hand = ws.documents.stroke_key();
        let Some(document) = ws.documents.get_mut(id) else { return };
        // What is there already must be known before anything takes its place.
        if !document.case_item.has_masks || document.case_item.is_other_file() {
            return;
        }
        let mut frames = Vec::new();
        for (frame, is_only_label) in frames_to_keep(document, in_hand, keep) {
            if is_only_label && keep == Keep::Strokes && !self.is_label_settled(document, frame) {
                continue;
            }
            document.case_item.label_edits.remove(&frame);
            frames.push(frame);
        }
        for frame in frames {
            if let Some(mask) = self.stored_mask(ws, (id, frame)) {
                self.hand_over(ws, (id, frame), mask);
            }
        }
    }

    /// Whether the label of a mask was not edited for a while.
    fn is_label_settled(&self, document: &mut Document, frame: usize) -> bool {
        let Some(label) = document.masks.get(&frame).map(|mask| mask.label.clone()) else {
            return false;
        };
        match document.case_item.label_edits.get(&frame) {
            Some((edited, since)) if *edited == label => since.elapsed() >= LABEL_PAUSE,
            _ => {
                document.case_item.label_edits.insert(frame, (label, Instant::now()));
                self.send(Job::Nudge(LABEL_PAUSE + Duration::from_millis(20)));
                false
            }
        }
    }

    fn stored_mask(&self, ws: &Workspace, (id, frame): MaskKey) -> Option<StoredMask> {
        let author = self.open.as_ref()?.author.clone();
        let document = ws.documents.get(id)?;
        let mask = document.masks.get(&frame)?;
        // A mask begun on another model's map stays that model's.
        let earlier = mask.started_from.clone().filter(|_| mask.started_from_map_at.is_some());
        let model = earlier.or_else(|| document.report.as_ref().map(|r| r.model.clone()));
        let model = model.or_else(|| {
            let card = &ws.detector.as_ref()?.card;
            Some(ModelRef { name: card.name.clone(), sha256: card.file.sha256.clone() })
        });
        let time = document.video.as_ref().and_then(|video| video.frames.get(frame));
        let frame = time.map(|time| {
            let (numerator, denominator) =
                document.video.as_ref().map_or((0, 1), |video| video.info.time_base);
            let time_base = [numerator, denominator];
            FrameRef { index: time.index, pts: time.pts, time_base, t_s: time.t_s }
        });
        Some(StoredMask {
            item: document.item?,
            frame,
            author,
            mask: mask.mask.as_ref().clone(),
            label: mask.label.clone(),
            started_from_map_at: mask.started_from_map_at,
            model,
            tools: mask.tools.clone(),
            at: case::now(),
            reviewer: None,
        })
    }

    fn hand_over(&mut self, ws: &mut Workspace, key: MaskKey, stored: StoredMask) {
        let Some(document) = ws.documents.get_mut(key.0) else { return };
        let media_sha256 = document.media_sha256();
        let Some(mask) = document.masks.get(&key.1) else { return };
        let (version, label, copy) = (mask.version, mask.label.clone(), mask.copy);
        if let Some(case) = &mut self.open {
            case.read.insert(stored.item);
        }
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        document.case_item.sent.insert(key.1, (version, label.clone()));
        self.pending_saves.insert(ticket, PendingSave { key, version, label, copy });
        self.send(Job::SaveMask(ToKeep { ticket, mask: Box::new(stored), media_sha256 }));
    }

    /// The mask is on the disk.
    pub(super) fn take_in_saved(&mut self, ws: &mut Workspace, ticket: u64) {
        let Some(PendingSave { key, version, label, copy }) = self.pending_saves.remove(&ticket)
        else {
            return;
        };
        let document = ws.documents.get_mut(key.0);
        if let Some(mask) = document.and_then(|d| d.masks.get_mut(&key.1)) {
            mask.set_saved(version, label, copy);
        }
        self.close_what_is_kept(ws);
    }

    /// The mask is here only; it is not tried again until it is drawn on or decided about.
    pub(super) fn take_in_not_saved(&mut self, ws: &mut Workspace, ticket: u64, what: &str) {
        let Some(PendingSave { key: (id, frame), .. }) = self.pending_saves.remove(&ticket) else {
            return;
        };
        let Some(document) = ws.documents.get_mut(id) else {
            return ws.notify(format!(
                "A mask could not be saved in the case: {what} Its file was closed."
            ));
        };
        document.case_item.closes_when_saved = false;
        document.case_item.failed.insert(frame);
        let name = document.name();
        ws.notify(format!(
            "The mask of {name} could not be saved in the case: {what} It is still here, and the \
             file stays open; fix that, then continue drawing, mark the item again or save the \
             mask as a file."
        ));
    }

    /// Closes the document of an item as soon as its masks are on the disk; false when one of them
    /// cannot be saved.
    pub(super) fn put_away(&self, ws: &mut Workspace, id: DocumentId) -> bool {
        let Some(document) = ws.documents.get_mut(id) else { return true };
        if document.n_unsaved_masks() == 0 {
            ws.request(Request::Close(id));
            return true;
        }
        let is_sent = |frame: usize, version: u64| {
            self.pending_saves.values().any(|save| save.key == (id, frame) && save.version == version)
        };
        let mut unsaved = document.masks.iter().filter(|(_, mask)| mask.is_unsaved());
        if !unsaved.all(|(frame, mask)| is_sent(*frame, mask.version)) {
            return false;
        }
        document.case_item.closes_when_saved = true;
        // What comes next is not to wait for it.
        ws.request(Request::StopWork(id));
        true
    }

    /// A document is to be closed: true when it shows an item, and closes by itself.
    pub(in crate::session) fn closes_itself(&mut self, ws: &mut Workspace, id: DocumentId) -> bool {
        if ws.documents.get(id).is_none_or(|d| d.item.is_none()) {
            return false;
        }
        ws.documents.end_strokes();
        self.keep_masks_of(ws, id, Keep::All);
        self.put_away(ws, id)
    }

    fn close_what_is_kept(&self, ws: &mut Workspace) {
        let is_pending = |id| self.pending_saves.values().any(|save| save.key.0 == id);
        let kept: Vec<DocumentId> = ws
            .documents
            .iter()
            .filter(|d| d.case_item.closes_when_saved && d.n_unsaved_masks() == 0)
            .map(|d| d.id)
            .filter(|id| !is_pending(*id))
            .collect();
        kept.into_iter().for_each(|id| ws.request(Request::Close(id)));
    }

    /// Closes the documents of items when the case is left; those whose masks are not on the disk
    /// stay as files, until they are.
    pub(super) fn let_items_go(&self, ws: &mut Workspace) {
        let items: Vec<DocumentId> =
            ws.documents.iter().filter(|d| d.item.is_some()).map(|d| d.id).collect();
        for id in items {
            if let Some(document) = ws.documents.get_mut(id) {
                document.item = None;
            }
            self.put_away(ws, id);
        }
    }
}

/// Frames whose mask is not on the disk, and whether nothing but the label has changed.
fn frames_to_keep(
    document: &mut Document,
    in_hand: Option<MaskKey>,
    keep: Keep,
) -> Vec<(usize, bool)> {
    let item = &mut document.case_item;
    if keep != Keep::Strokes {
        for frame in std::mem::take(&mut item.failed) {
            item.sent.remove(&frame);
        }
    }
    let mut frames = Vec::new();
    for (frame, mask) in &document.masks {
        let sent = item.sent.get(frame);
        let is_sent = sent.is_some_and(|s| *s == (mask.version, mask.label.clone()));
        // A mask that was emptied again is kept as empty.
        let is_worth_it = sent.is_some()
            || mask.is_unsaved()
            || mask.saved_to.is_some()
            || keep == Keep::Decision;
        let is_in_hand = in_hand == Some((document.id, *frame));
        let is_of_another = mask.laid_out_of().is_some();
        if is_in_hand || is_sent || !is_worth_it || is_of_another || mask.is_unreviewed() {
            continue;
        }
        let kept_version = sent.map_or(mask.saved_version(), |sent| sent.0);
        frames.push((*frame, mask.version == kept_version));
    }
    frames
}
