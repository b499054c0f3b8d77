//! Masks that come from the case: what was drawn before is laid over its picture.
//!
//! * **In**: masks of the case, hashes of files. **Out**: masks of documents.
//! * **Not here**: commands (`case_desk`), the way back to the disk (`case_keep`), how a mask is
//!   drawn (`masks`).
//!
//! Until they are there nothing of the document is kept, so that a stored mask never gives way to
//! one that was begun without it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::annotate::{Mask, MaskLabel, Patch};
use crate::case::{ItemId, StoredMask};
use crate::session::case::worker::Job;
use crate::session::router::Session;
use crate::session::{DocumentId, MaskView};

impl Session {
    /// Masks of the case wait until the picture they belong to is there.
    pub(in crate::session) fn arrive(&mut self, item: ItemId, masks: Vec<StoredMask>) {
        let Some(id) = self.view.documents.iter().find(|d| d.item == Some(item)).map(|d| d.id)
        else {
            return;
        };
        let Some(case) = &mut self.view.case else { return };
        let (author, is_blind) = (case.author.clone(), case.is_blind);
        if self.view.active == Some(id) {
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
        self.case.arrived.insert(id, chosen.into_values().collect());
    }

    /// Takes away what others drew and nobody has drawn on since, of every item that is open.
    pub(in crate::session) fn drop_masks_of_others(&mut self) {
        if let Some(case) = &mut self.view.case {
            case.other_readers.clear();
            case.agreed.clear();
            let author = &case.author;
            for masks in self.case.arrived.values_mut() {
                masks.retain(|mask| mask.author == *author);
            }
        }
        self.drop_masks(|document, view| document.item.is_some() && view.laid_out_of().is_some());
    }

    fn drop_masks(&mut self, is_meant: impl Fn(&crate::session::Document, &MaskView) -> bool) {
        let mut dropped = Vec::new();
        for document in &self.view.documents {
            let meant = document.masks.iter().filter(|(_, view)| is_meant(document, view));
            dropped.extend(meant.map(|(at, _)| (document.id, *at)));
        }
        for key in dropped {
            if let Some(document) = self.document_mut(key.0) {
                document.masks.remove(&key.1);
            }
            self.masks.histories.remove(&key);
            self.case.saved.remove(&key);
        }
    }

    /// Lays masks of the case over their pictures; what was drawn meanwhile becomes a step on top.
    pub(in crate::session) fn lay_out_masks(&mut self) -> bool {
        let in_hand = self.masks.key_in_hand().map(|key| key.0);
        let is_busy = self.masks.is_busy;
        let is_ready = |id: DocumentId| {
            let is_free = in_hand != Some(id) && !(is_busy && self.view.active == Some(id));
            is_free && self.document(id).is_some_and(|d| d.image_px().is_some())
        };
        let ready: Vec<DocumentId> =
            self.case.arrived.keys().filter(|id| is_ready(**id)).copied().collect();
        for id in &ready {
            let arrived = self.case.arrived.remove(id).unwrap_or_default();
            if !self.is_other_file(*id) {
                for stored in arrived {
                    self.lay_out(*id, stored);
                }
                self.name_shown_reader(*id);
            }
            self.case.fetched.insert(*id);
        }
        if let (false, Some(case)) = (ready.is_empty(), &mut self.view.case) {
            case.fetched.clone_from(&self.case.fetched);
        }
        !ready.is_empty()
    }

    fn lay_out(&mut self, id: DocumentId, stored: StoredMask) {
        let key = (id, stored.frame.map_or(0, |frame| frame.index));
        let size = self.document(id).and_then(crate::session::Document::image_px);
        let own = self.view.case.as_ref().is_some_and(|case| case.author == stored.author);
        if size != Some([stored.mask.width_px(), stored.mask.height_px()]) {
            let what = "A mask of the case does not fit this picture: the file is not the one it \
                        was drawn on. It stays in the case.";
            return self.notify(what.to_owned());
        }
        let is_known = self.case.fetched.contains(&id) && self.case.saved.contains_key(&key);
        let view = self.document(id).and_then(|d| d.masks.get(&key.1));
        let is_untouched = view.is_none_or(|view| {
            view.mask.is_empty()
                && (view.n_undo, view.n_redo) == (0, 0)
                && view.label == MaskLabel::default()
        });
        // Another reader's gives way to what was drawn; one's own is what it was drawn on.
        if is_known || !(is_untouched || own && !self.case.fetched.contains(&id)) {
            return;
        }
        let drawn = view.filter(|_| !is_untouched).map(|v| (Arc::clone(&v.mask), v.label.clone()));
        let version = self.masks.next_version();
        self.masks.histories.remove(&key);
        self.masks.adjustable.take_if(|last| last.key == key);
        let Some(view) = self.mask_mut(key) else { return };
        view.take_over(stored, own, version);
        let base = Arc::clone(&view.mask);
        if own {
            let now = (view.version, view.label.clone());
            self.case.saved.insert(key, now);
        }
        let Some((drawn, label)) = drawn else { return };
        let patch = Patch::between(&base, &united(&base, &drawn));
        self.commit(key, patch, "brush");
        if let Some(view) = self.mask_mut(key).filter(|_| label != MaskLabel::default()) {
            view.label = label;
        }
    }

    /// The reader whose mask is shown is named first.
    fn name_shown_reader(&mut self, id: DocumentId) {
        let Some(document) = self.document(id).filter(|_| self.view.active == Some(id)) else {
            return;
        };
        let shown = document.mask().and_then(MaskView::laid_out_of).map(str::to_owned);
        if let Some(case) = &mut self.view.case {
            case.other_readers.sort_by_key(|name| Some(name) != shown.as_ref());
        }
    }

    /// Whether the file of an item is not the one that the case knows.
    pub(in crate::session) fn is_other_file(&self, id: DocumentId) -> bool {
        self.case.checked.get(&id).is_some_and(|(_, is_other)| *is_other)
    }

    /// Compares hashes of files that have become known with those the case knows.
    pub(in crate::session) fn check_media(&mut self) {
        let found: Vec<(DocumentId, ItemId, String)> = self
            .view
            .documents
            .iter()
            .filter_map(|d| Some((d.id, d.item?, self.media_sha256(d.id)?)))
            .filter(|(id, _, sha256)| self.case.checked.get(id).is_none_or(|c| c.0 != *sha256))
            .collect();
        for (id, item, sha256) in found {
            let Some(case) = &self.view.case else { return };
            let Some(row) = case.row(item) else { continue };
            let is_other = row.sha256.as_ref().is_some_and(|known| *known != sha256);
            if row.sha256.is_none() && case.is_writable() {
                self.case.send(Job::Identify(item, sha256.clone()));
            }
            self.case.checked.insert(id, (sha256, is_other));
            if is_other {
                let name =
                    self.document(id).map(crate::session::Document::name).unwrap_or_default();
                self.drop_masks(|document, view| document.id == id && !view.is_unsaved());
                self.notify(format!(
                    "{name} was changed since the case got to know it: masks of the case are not \
                     shown, and nothing drawn on it is kept. Put the old file back, or add the new \
                     one under another name."
                ));
            }
        }
    }

    /// Why the item shown cannot be done yet.
    pub(in crate::session) fn may_be_done(&self, id: DocumentId) -> Result<(), String> {
        if self.is_other_file(id) {
            return Err("The file is not the one that the case knows, so nothing is kept of it. \
                        Put the item aside, or put the old file back."
                .to_owned());
        }
        let Some((document, case)) = self.document(id).zip(self.view.case.as_ref()) else {
            return Ok(());
        };
        if document.image_px().is_none() {
            return Err("The picture is not there yet, so it cannot have been looked at.".into());
        }
        if !self.case.fetched.contains(&id) {
            self.fetch_masks();
            return Err(
                "One moment: what was drawn here before is still being fetched. Then mark \
                        the item again."
                    .to_owned(),
            );
        }
        let is_own = |at: usize, view: &MaskView| {
            let is_kept = self.case.saved.contains_key(&(id, at));
            view.laid_out_of().is_none() && (is_kept || !view.is_nothing() || view.n_undo > 0)
        };
        let has_own = document.masks.iter().any(|(at, view)| is_own(*at, view));
        let mut others = document.masks.iter().filter_map(|(at, v)| Some((*at, v.laid_out_of()?)));
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
    pub(in crate::session) fn fetch_masks(&self) {
        if let Some(item) = self.view.document().and_then(|d| d.item) {
            self.case.send(Job::Masks(item));
        }
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
