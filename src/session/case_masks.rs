//! Masks between what is shown and the case: every finished stroke goes to the disk, what was drawn
//! before comes back.
//!
//! * **In**: masks of documents, masks of the case. **Out**: jobs for the thread of the case, masks
//!   laid over pictures.
//! * **Not here**: commands (`case_desk`), how a mask is drawn (`masks`).

use std::collections::BTreeMap;

use super::DocumentId;
use super::case_worker::Job;
use super::state::Session;
use crate::base::ModelRef;
use crate::case::{self, FrameRef, ItemId, StoredMask};

impl Session {
    /// Hands every mask of an item that was changed to the thread of the case; strokes in hand wait
    /// for their end.
    pub(super) fn keep_masks(&mut self) {
        let ids: Vec<DocumentId> =
            self.view.documents.iter().filter(|d| d.item.is_some()).map(|d| d.id).collect();
        for id in ids {
            self.keep_masks_of(id, false);
        }
    }

    pub(super) fn keep_masks_of(&mut self, id: DocumentId, even_empty: bool) {
        let Some(case) = self.view.case.as_ref().filter(|case| case.is_writable()) else { return };
        let author = case.author.clone();
        let Some(document) = self.document(id) else { return };
        let Some(item) = document.item else { return };
        let model = document.report.as_ref().map(|report| report.model.clone());
        let model = model.or_else(|| {
            let card = &self.view.model.as_ref()?.card;
            Some(ModelRef { name: card.name.clone(), sha256: card.file.sha256.clone() })
        });
        let in_hand = self.masks.key_in_hand();
        let mut kept = Vec::new();
        for (frame, view) in &document.masks {
            let key = (id, *frame);
            let now = (view.version, view.label.clone());
            let saved = self.case.saved.get(&key);
            // One that was emptied again is kept as empty.
            let is_worth_it =
                saved.is_some() || view.is_unsaved() || view.saved_to.is_some() || even_empty;
            if in_hand == Some(key) || saved == Some(&now) || !is_worth_it || view.is_unreviewed() {
                continue;
            }
            let time = document.video.as_ref().and_then(|video| video.frames.get(*frame));
            let frame_ref = time.map(|time| {
                let (numerator, denominator) =
                    document.video.as_ref().map_or((0, 1), |video| video.info.time_base);
                let time_base = [numerator, denominator];
                FrameRef { index: time.index, pts: time.pts, time_base, t_s: time.t_s }
            });
            let mask = StoredMask {
                item,
                frame: frame_ref,
                author: author.clone(),
                mask: view.mask.as_ref().clone(),
                label: view.label.clone(),
                started_from_map_at: view.started_from_map_at,
                model: model.clone(),
                tools: view.tools.iter().map(|(tool, n)| ((*tool).to_owned(), *n)).collect(),
                at: case::now(),
                reviewer: None,
            };
            kept.push((key, now, mask));
        }
        for (key, now, mask) in kept {
            if let Some(view) = self.document_mut(id).and_then(|d| d.masks.get_mut(&key.1)) {
                view.set_saved();
            }
            self.case.send(Job::SaveMask(Box::new(mask), key, now.0));
            self.case.saved.insert(key, now);
            if let Some(case) = &mut self.view.case {
                case.read.insert(item);
            }
        }
    }

    /// Masks of the case wait until the picture they belong to is there.
    pub(super) fn arrive(&mut self, item: ItemId, masks: Vec<StoredMask>) {
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

    /// Takes away what others drew on the item shown and nobody has drawn on since.
    pub(super) fn drop_masks_of_others(&mut self) {
        let Some((id, masks)) =
            self.view.document().filter(|d| d.item.is_some()).map(|d| (d.id, &d.masks))
        else {
            return;
        };
        let is_foreign = |frame: usize, view: &super::MaskView| {
            !view.is_unsaved() && !self.case.saved.contains_key(&(id, frame))
        };
        let foreign: Vec<usize> =
            masks.iter().filter(|(at, view)| is_foreign(**at, view)).map(|(at, _)| *at).collect();
        if let Some(document) = self.document_mut(id) {
            document.masks.retain(|at, _| !foreign.contains(at));
        }
        self.masks.histories.retain(|(of, at), _| *of != id || !foreign.contains(at));
    }

    /// Lays masks of the case over their pictures; what was drawn meanwhile stays.
    pub(super) fn lay_out_masks(&mut self) -> bool {
        let ready: Vec<DocumentId> = self
            .case
            .arrived
            .keys()
            .filter(|id| self.document(**id).is_some_and(|d| d.image_px().is_some()))
            .copied()
            .collect();
        for id in &ready {
            for stored in self.case.arrived.remove(id).unwrap_or_default() {
                self.lay_out(*id, stored);
            }
        }
        !ready.is_empty()
    }

    fn lay_out(&mut self, id: DocumentId, stored: StoredMask) {
        let key = (id, stored.frame.map_or(0, |frame| frame.index));
        let size = self.document(id).and_then(super::Document::image_px);
        let own = self.view.case.as_ref().is_some_and(|case| case.author == stored.author);
        if size != Some([stored.mask.width_px(), stored.mask.height_px()]) {
            let what = "A mask of the case does not fit this picture: the file is not the one it \
                        was drawn on. It stays in the case.";
            return self.notify(what.to_owned());
        }
        let is_drawn_on =
            self.document(id).and_then(|d| d.masks.get(&key.1)).is_some_and(|m| m.n_set > 0);
        if is_drawn_on {
            return;
        }
        let version = self.masks.next_version();
        let Some(view) = self.mask_mut(key) else { return };
        view.take_over(stored.mask, stored.label, stored.started_from_map_at, version);
        let now = (view.version, view.label.clone());
        if own {
            self.case.saved.insert(key, now);
        }
    }
}
