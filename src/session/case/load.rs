//! Masks from the case: what was drawn before is shown over its picture.
//!
//! Until they are loaded, nothing of the document is saved, so that a stored mask is never replaced by
//! one that was begun without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::controller::CaseController;
use super::job::CaseJob;
use crate::annotate::{Mask, MaskLabel};
use crate::case::{ItemId, StoredMask};
use crate::session::document::id::DocumentId;
use crate::session::document::mask::DrawnMask;
use crate::session::document::open::Document;
use crate::session::workspace::Workspace;

impl CaseController {
    /// Asks the writer for the masks of the item shown.
    pub(super) fn request_masks(&self, ws: &Workspace) {
        if let Some(item) = ws.documents.active().and_then(|d| d.item) {
            self.send(CaseJob::ReadMasks(item));
        }
    }

    /// The masks of an item were read. They wait in its document until the picture is there.
    pub(super) fn masks_loaded(
        &mut self,
        ws: &mut Workspace,
        item: ItemId,
        masks: Vec<StoredMask>,
    ) {
        let active = ws.documents.active_id();
        let document = ws.documents.iter_mut().find(|d| d.item == Some(item));
        let Some((document, case)) = document.zip(self.open.as_mut()) else { return };
        let author = &case.author;
        if active == Some(document.id) {
            let others = masks.iter().filter(|mask| mask.author != *author && !case.is_blind);
            let others: BTreeSet<String> = others.map(|mask| mask.author.clone()).collect();
            let frame = |mask: &StoredMask| mask.frame.map(|frame| frame.index);
            let agreed = masks.iter().filter(|mask| mask.reviewer.as_ref() == Some(author));
            case.agreed = agreed.map(|mask| (mask.author.clone(), frame(mask))).collect();
            case.other_readers = others.into_iter().collect();
        }
        let preferred = preferred_masks(masks, author, case.is_blind);
        document.case_item.loaded_masks = Some(preferred);
    }

    /// Hides the masks of other readers that nobody has drawn on since.
    pub(super) fn hide_masks_of_others(&mut self, ws: &mut Workspace) {
        let Some(case) = &mut self.open else { return };
        case.forget_readers();
        for document in ws.documents.iter_mut() {
            if let Some(masks) = &mut document.case_item.loaded_masks {
                masks.retain(|mask| mask.author == case.author);
            }
            if document.item.is_some() {
                drop_masks(document, |mask| mask.shown_author().is_some());
            }
        }
    }

    /// Shows loaded masks over their pictures. What was drawn meanwhile becomes a step on top. True
    /// when masks are shown now.
    pub(super) fn show_loaded_masks(&mut self, ws: &mut Workspace, is_mask_busy: bool) -> bool {
        let drawn_on = ws.documents.stroke_key().map(|key| key.0);
        let active = ws.documents.active_id();
        let is_ready = |document: &&Document| {
            let is_busy =
                drawn_on == Some(document.id) || (is_mask_busy && active == Some(document.id));
            !is_busy && document.case_item.loaded_masks.is_some() && document.image_px().is_some()
        };
        let ready: Vec<DocumentId> = ws.documents.iter().filter(is_ready).map(|d| d.id).collect();
        for id in &ready {
            let Some(case) = &mut self.open else { return false };
            let Some(document) = ws.documents.get_mut(*id) else { continue };
            let masks = document.case_item.loaded_masks.take().unwrap_or_default();
            let mut fits = true;
            if !document.case_item.is_other_file() {
                for stored in masks {
                    let is_own = stored.author == case.author;
                    fits &= show_stored_mask(document, stored, is_own);
                }
                if active == Some(*id) {
                    // The reader whose mask is shown is named first.
                    let shown = document.mask().and_then(DrawnMask::shown_author);
                    case.other_readers.sort_by_key(|name| Some(name.as_str()) != shown);
                }
            }
            document.case_item.has_masks = true;
            if !fits {
                ws.notify(
                    "A mask of the case does not fit this picture: the file is not the one it was \
                     drawn on. It stays in the case.",
                );
            }
        }
        !ready.is_empty()
    }

    /// Compares hashes of files that became known with those that the case has.
    pub(super) fn check_files(&self, ws: &mut Workspace) {
        let Some(case) = &self.open else { return };
        let mut changed_files = Vec::new();
        for document in ws.documents.iter_mut() {
            let Some((item, sha256)) = document.item.zip(document.media_sha256()) else { continue };
            if document.case_item.file_check.as_ref().is_some_and(|(known, _)| *known == sha256) {
                continue;
            }
            let Some(row) = case.row(item) else { continue };
            let is_other = row.sha256.as_ref().is_some_and(|known| *known != sha256);
            if row.sha256.is_none() && case.is_writable() {
                self.send(CaseJob::Identify(item, sha256.clone()));
            }
            document.case_item.file_check = Some((sha256, is_other));
            if is_other {
                drop_masks(document, |mask| !mask.is_unsaved());
                changed_files.push(document.name());
            }
        }
        for name in changed_files {
            ws.notify(format!(
                "{name} was changed since the case got to know it: masks of the case are not \
                 shown, and nothing drawn on it is kept. Put the old file back, or add the new one \
                 under another name."
            ));
        }
    }

    /// Why the item shown cannot be marked as done yet.
    pub(super) fn may_be_done(&self, ws: &Workspace, id: DocumentId) -> Result<(), String> {
        let Some((document, case)) = ws.documents.get(id).zip(self.open.as_ref()) else {
            return Ok(());
        };
        if document.case_item.is_other_file() {
            return Err("The file is not the one that the case knows, so nothing is kept of it. \
                        Skip the item, or put the old file back."
                .to_owned());
        }
        if document.image_px().is_none() {
            return Err("The picture is not there yet, so it cannot have been looked at.".into());
        }
        if !document.case_item.has_masks {
            self.request_masks(ws);
            return Err(
                "One moment: the masks of this item are still being loaded. Then mark the \
                        item again."
                    .to_owned(),
            );
        }
        let is_own = |frame: &usize, mask: &DrawnMask| {
            let is_sent = document.case_item.sent_version(*frame).is_some();
            mask.shown_author().is_none() && (is_sent || !mask.is_nothing() || mask.n_undo > 0)
        };
        if document.masks.iter().any(|(frame, mask)| is_own(frame, mask)) {
            return Ok(());
        }
        let mut others = document.masks.iter().filter_map(|(i, m)| Some((*i, m.shown_author()?)));
        let frame = |index: usize| document.video.is_some().then_some(index);
        let has_agreed = others.clone().any(|(index, author)| {
            case.agreed.iter().any(|agreed| agreed.0 == author && agreed.1 == frame(index))
        });
        match others.next() {
            Some((_, author)) if !has_agreed => Err(format!(
                "What is shown was drawn by {author}. Agree with it (F8), or draw your own; then \
                 mark the item as done."
            )),
            _ => Ok(()),
        }
    }
}

/// One mask for each frame: one's own, else the newest of others, unless the person reads blind.
fn preferred_masks(masks: Vec<StoredMask>, author: &str, is_blind: bool) -> Vec<StoredMask> {
    let mut preferred: BTreeMap<Option<usize>, StoredMask> = BTreeMap::new();
    for mask in masks {
        let is_own = mask.author == author;
        if is_blind && !is_own {
            continue;
        }
        let frame = mask.frame.map(|frame| frame.index);
        let is_better = preferred
            .get(&frame)
            .is_none_or(|other| other.author != author && (is_own || mask.at > other.at));
        if is_better {
            preferred.insert(frame, mask);
        }
    }
    preferred.into_values().collect()
}

/// Shows a mask of the case in a document; false when its size is not that of the picture. Another
/// reader's mask gives way to what was drawn, one's own is put below it.
fn show_stored_mask(document: &mut Document, stored: StoredMask, is_own: bool) -> bool {
    if document.image_px() != Some([stored.mask.width_px(), stored.mask.height_px()]) {
        return false;
    }
    let frame = stored.frame.map_or(0, |frame| frame.index);
    let has_masks = document.case_item.has_masks;
    let mask = document.masks.get(&frame);
    let is_untouched = mask.is_none_or(|mask| {
        mask.mask.is_empty()
            && (mask.n_undo, mask.n_redo) == (0, 0)
            && mask.label == MaskLabel::default()
    });
    let is_known = has_masks && document.case_item.sent_version(frame).is_some();
    if is_known || !(is_untouched || is_own && !has_masks) {
        return true;
    }
    let drawn = mask.filter(|_| !is_untouched).map(|m| (Arc::clone(&m.mask), m.label.clone()));
    document.case_item.add_seen(frame, &stored, is_own);
    let Some(mask) = document.mask_mut(frame) else { return true };
    mask.show_stored(stored, is_own);
    let (version, shown_label) = (mask.version, mask.label.clone());
    if let Some((drawn, label)) = drawn {
        let both = union(&mask.mask, &drawn);
        mask.replace_with(&both, "brush");
        if label != MaskLabel::default() {
            mask.set_label(label);
        }
    }
    if is_own {
        document.case_item.set_sent(frame, version, shown_label);
    }
    true
}

fn drop_masks(document: &mut Document, is_meant: impl Fn(&DrawnMask) -> bool) {
    for frame in document.drop_masks(is_meant) {
        document.case_item.forget_sent(frame);
    }
}

fn union(a: &Mask, b: &Mask) -> Mask {
    let mut both = a.clone();
    for y in 0..b.height_px().min(a.height_px()) {
        for run in b.runs(y) {
            both.set_span(y, run);
        }
    }
    both
}
