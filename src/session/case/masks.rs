//! Masks that come from the case: what was drawn before is laid over its picture.
//!
//! Until they are there nothing of the document is kept, so that a stored mask never gives way to
//! one that was begun without it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::desk::CaseDesk;
use super::worker::Job;
use crate::annotate::{Mask, MaskLabel};
use crate::case::{ItemId, StoredMask};
use crate::session::document::id::DocumentId;
use crate::session::document::mask::MaskView;
use crate::session::document::open::Document;
use crate::session::workspace::Workspace;

impl CaseDesk {
    /// Masks of the case wait until the picture they belong to is there.
    pub(super) fn arrive(&mut self, ws: &mut Workspace, item: ItemId, masks: Vec<StoredMask>) {
        let Some(id) = ws.documents.iter().find(|d| d.item == Some(item)).map(|d| d.id)
        else {
            return;
        };
        let Some(case) = &mut self.open else { return };
        let (author, is_blind) = (case.author.clone(), case.is_blind);
        if ws.documents.active_id() == Some(id) {
            let mut others: Vec<String> = masks
                .iter()
                .filter(|mask| mask.author != author)
                .map(|mask| mask.author.clone())
                .collect();
            others.sort();
            others.dedup();
            case.other_readers = if is_blind { Vec::new() } else { others };
            let agreed = masks.iter().filter(|mask| mask.reviewer.as_ref() == Some(&author));
            let place = |mask: &StoredMask| mask.frame.map(|frame| frame.index);
            case.agreed = agreed.map(|mask| (mask.author.clone(), place(mask))).collect();
        }
        let mut chosen: BTreeMap<Option<usize>, StoredMask> = BTreeMap::new();
        for mask in masks {
            let is_own = mask.author == author;
            if is_blind && !is_own {
                continue;
            }
            let frame = mask.frame.map(|frame| frame.index);
            let is_better = chosen
                .get(&frame)
                .is_none_or(|other| other.author != author && (is_own || mask.at > other.at));
            if is_better {
                chosen.insert(frame, mask);
            }
        }
        if let Some(document) = ws.documents.get_mut(id) {
            document.case_item.loaded_masks = Some(chosen.into_values().collect());
        }
    }

    /// Takes away what others drew and nobody has drawn on since, of every item that is open.
    pub(super) fn drop_masks_of_others(&mut self, ws: &mut Workspace) {
        let Some(case) = &mut self.open else { return };
        case.other_readers.clear();
        case.agreed.clear();
        for document in ws.documents.iter_mut() {
            for masks in &mut document.case_item.loaded_masks {
                masks.retain(|mask| mask.author == case.author);
            }
            if document.item.is_some() {
                drop_masks(document, |mask| mask.laid_out_of().is_some());
            }
        }
    }

    /// Lays masks of the case over their pictures; what was drawn meanwhile becomes a step on top.
    /// True when masks were laid out.
    pub(super) fn lay_out_masks(&mut self, ws: &mut Workspace, is_mask_busy: bool) -> bool {
        let in_hand = ws.documents.stroke_key().map(|key| key.0);
        let active = ws.documents.active_id();
        let is_ready = |document: &&Document| {
            let is_free = in_hand != Some(document.id)
                && !(is_mask_busy && active == Some(document.id));
            is_free && document.case_item.loaded_masks.is_some() && document.image_px().is_some()
        };
        let ready: Vec<DocumentId> =
            ws.documents.iter().filter(is_ready).map(|document| document.id).collect();
        for id in &ready {
            let Some(document) = ws.documents.get_mut(*id) else { continue };
            let loaded = document.case_item.loaded_masks.take().unwrap_or_default();
            if !document.case_item.is_other_file() {
                for stored in loaded {
                    self.lay_out(ws, *id, stored);
                }
                self.name_shown_reader(ws, *id);
            }
            ws.documents.get_mut(*id).into_iter().for_each(|d| d.case_item.has_masks = true);
        }
        !ready.is_empty()
    }

    fn lay_out(&self, ws: &mut Workspace, id: DocumentId, stored: StoredMask) {
        let frame = stored.frame.map_or(0, |frame| frame.index);
        let is_own = self.open.as_ref().is_some_and(|case| case.author == stored.author);
        let Some(document) = ws.documents.get_mut(id) else { return };
        if document.image_px() != Some([stored.mask.width_px(), stored.mask.height_px()]) {
            return ws.notify(
                "A mask of the case does not fit this picture: the file is not the one it was \
                 drawn on. It stays in the case.",
            );
        }
        let has_masks = document.case_item.has_masks;
        let is_known = has_masks && document.case_item.sent.contains_key(&frame);
        let mask = document.masks.get(&frame);
        let is_untouched = mask.is_none_or(|mask| {
            mask.mask.is_empty()
                && (mask.n_undo, mask.n_redo) == (0, 0)
                && mask.label == MaskLabel::default()
        });
        // Another reader's gives way to what was drawn; one's own is what it was drawn on.
        if is_known || !(is_untouched || is_own && !has_masks) {
            return;
        }
        let drawn = mask.filter(|_| !is_untouched).map(|m| (Arc::clone(&m.mask), m.label.clone()));
        let Some(mask) = document.mask_mut(frame) else { return };
        mask.show_stored(stored, is_own);
        let shown = (mask.version, mask.label.clone());
        if let Some((drawn, label)) = drawn {
            let both = united(&mask.mask, &drawn);
            mask.replace_with(&both, "brush");
            if label != MaskLabel::default() {
                mask.label = label;
            }
        }
        if is_own {
            document.case_item.sent.insert(frame, shown);
        }
    }

    /// The reader whose mask is shown is named first.
    fn name_shown_reader(&mut self, ws: &Workspace, id: DocumentId) {
        let Some(document) = ws.documents.active().filter(|d| d.id == id) else { return };
        let shown = document.mask().and_then(MaskView::laid_out_of).map(str::to_owned);
        if let Some(case) = &mut self.open {
            case.other_readers.sort_by_key(|name| Some(name) != shown.as_ref());
        }
    }

    /// Compares hashes of files that have become known with those the case knows.
    pub(super) fn check_media(&self, ws: &mut Workspace) {
        let Some(case) = &self.open else { return };
        let mut other_files = Vec::new();
        for document in ws.documents.iter_mut() {
            let Some((item, sha256)) = document.item.zip(document.media_sha256()) else { continue };
            if document.case_item.file_check.as_ref().is_some_and(|(known, _)| *known == sha256) {
                continue;
            }
            let Some(row) = case.row(item) else { continue };
            let is_other = row.sha256.as_ref().is_some_and(|known| *known != sha256);
            if row.sha256.is_none() && case.is_writable() {
                self.send(Job::Identify(item, sha256.clone()));
            }
            document.case_item.file_check = Some((sha256, is_other));
            if is_other {
                drop_masks(document, |mask| !mask.is_unsaved());
                other_files.push(document.name());
            }
        }
        for name in other_files {
            ws.notify(format!(
                "{name} was changed since the case got to know it: masks of the case are not \
                 shown, and nothing drawn on it is kept. Put the old file back, or add the new one \
                 under another name."
            ));
        }
    }

    /// Why the item shown cannot be done yet.
    pub(super) fn may_be_done(&self, ws: &Workspace, id: DocumentId) -> Result<(), String> {
        let Some((document, case)) = ws.documents.get(id).zip(self.open.as_ref()) else {
            return Ok(());
        };
        if document.case_item.is_other_file() {
            return Err("The file is not the one that the case knows, so nothing is kept of it. \
                        Put the item aside, or put the old file back."
                .to_owned());
        }
        if document.image_px().is_none() {
            return Err("The picture is not there yet, so it cannot have been looked at.".into());
        }
        if !document.case_item.has_masks {
            self.fetch_masks(ws);
            return Err(
                "One moment: what was drawn here before is still being fetched. Then mark the \
                 item again."
                    .to_owned(),
            );
        }
        let is_own = |at: usize, mask: &MaskView| {
            let is_kept = document.case_item.sent.contains_key(&at);
            mask.laid_out_of().is_none() && (is_kept || !mask.is_nothing() || mask.n_undo > 0)
        };
        let has_own = document.masks.iter().any(|(at, mask)| is_own(*at, mask));
        let mut others = document.masks.iter().filter_map(|(at, m)| Some((*at, m.laid_out_of()?)));
        let place = |at: usize| document.video.is_some().then_some(at);
        let has_agreed = others.clone().any(|(at, author)| {
            case.agreed.iter().any(|(name, frame)| name == author && *frame == place(at))
        });
        match others.next() {
            Some((_, author)) if !has_own && !has_agreed => Err(format!(
                "What is shown was drawn by {author}. Agree with it (F8), or draw your own; then \
                 mark the item as done."
            )),
            _ => Ok(()),
        }
    }

    /// Asks for the masks of the item shown.
    pub(super) fn fetch_masks(&self, ws: &Workspace) {
        if let Some(item) = ws.documents.active().and_then(|d| d.item) {
            self.send(Job::Masks(item));
        }
    }
}

fn drop_masks(document: &mut Document, is_meant: impl Fn(&MaskView) -> bool) {
    let meant = document.masks.iter().filter(|(_, mask)| is_meant(mask));
    let frames: Vec<usize> = meant.map(|(frame, _)| *frame).collect();
    for frame in frames {
        document.masks.remove(&frame);
        document.case_item.sent.remove(&frame);
    }
}

fn united(a: &Mask, b: &Mask) -> Mask {
    let mut both = a.clone();
    for y in 0..b.height_px().min(a.height_px()) {
        for run in b.runs(y) {
            both.set_span(y, run);
        }
    }
    both
}
