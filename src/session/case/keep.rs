//! Masks on their way to the disk.
//!
//! * **In**: masks of documents that show items. **Out**: jobs for the thread of the case; a mask
//!   counts as saved when that thread says so, not before.
//! * **Not here**: masks that come from the case (`case_masks`), drawing (`masks`).
//!
//! A document that gives way to the next item stays open until its masks are on the disk; where
//! they could not be saved, it stays open with them.

use std::time::{Duration, Instant};

use crate::annotate::MaskLabel;
use crate::base::ModelRef;
use crate::case::{self, FrameRef, ItemId, StoredMask};
use crate::session::case::desk::{CaseDesk, Key};
use crate::session::case::view::CaseView;
use crate::session::case::worker::{Job, ToKeep};
use crate::session::router::Session;
use crate::session::{CopyView, DocumentId};

/// What is only said of a mask, not drawn, is kept so long after the last key.
const SAID_AFTER: Duration = Duration::from_secs(1);

/// A mask that was handed over.
pub(in crate::session) struct OnItsWay {
    key: Key,
    version: u64,
    label: MaskLabel,
    copy: Option<CopyView>,
}

/// What is kept beside finished strokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Keep {
    /// Only those: words wait until they are all there.
    Strokes,
    /// All of it, and what failed before once more.
    All,
    /// All of it; nothing drawn is a decision, too.
    Decision,
}

impl CaseDesk {
    fn is_on_its_way(&self, id: DocumentId) -> bool {
        self.on_way.values().any(|way| way.key.0 == id)
    }
}

impl Session {
    /// Hands every mask of an item that was changed to the thread of the case; strokes in hand wait
    /// for their end.
    pub(in crate::session) fn keep_masks(&mut self, keep: Keep) {
        let ids: Vec<DocumentId> =
            self.view.documents.iter().filter(|d| d.item.is_some()).map(|d| d.id).collect();
        for id in ids {
            self.keep_masks_of(id, keep);
        }
    }

    pub(in crate::session) fn keep_masks_of(&mut self, id: DocumentId, keep: Keep) {
        let is_writable = self.view.case.as_ref().is_some_and(CaseView::is_writable);
        // What is there already must be known before anything takes its place.
        if !is_writable || !self.case.fetched.contains(&id) || self.is_other_file(id) {
            return;
        }
        for (frame, is_only_said) in self.frames_to_keep(id, keep) {
            let key = (id, frame);
            if is_only_said && keep == Keep::Strokes && !self.is_said_out(key) {
                continue;
            }
            self.case.said.remove(&key);
            if let Some(mask) = self.stored_mask(key) {
                self.hand_over(key, mask);
            }
        }
    }

    /// Frames whose mask is not on the disk, and whether nothing but words has changed.
    fn frames_to_keep(&mut self, id: DocumentId, keep: Keep) -> Vec<(usize, bool)> {
        if keep != Keep::Strokes {
            let failed: Vec<Key> =
                self.case.failed.iter().filter(|key| key.0 == id).copied().collect();
            for key in failed {
                self.case.failed.remove(&key);
                self.case.saved.remove(&key);
            }
        }
        let in_hand = self.masks.key_in_hand();
        let Some(document) = self.document(id) else { return Vec::new() };
        let mut frames = Vec::new();
        for (frame, view) in &document.masks {
            let key = (id, *frame);
            let saved = self.case.saved.get(&key);
            let is_saved = saved.is_some_and(|s| *s == (view.version, view.label.clone()));
            // One that was emptied again is kept as empty.
            let is_worth_it = saved.is_some()
                || view.is_unsaved()
                || view.saved_to.is_some()
                || keep == Keep::Decision;
            let is_of_another = view.laid_out_of().is_some();
            if in_hand == Some(key)
                || is_saved
                || !is_worth_it
                || is_of_another
                || view.is_unreviewed()
            {
                continue;
            }
            let kept_version = saved.map_or(view.saved_version, |saved| saved.0);
            frames.push((*frame, view.version == kept_version));
        }
        frames
    }

    /// Whether nothing was said of a mask for a while.
    fn is_said_out(&mut self, key: Key) -> bool {
        let Some(label) =
            self.document(key.0).and_then(|d| Some(d.masks.get(&key.1)?.label.clone()))
        else {
            return false;
        };
        match self.case.said.get(&key) {
            Some((said, since)) if *said == label => since.elapsed() >= SAID_AFTER,
            _ => {
                self.case.said.insert(key, (label, Instant::now()));
                self.case.send(Job::Nudge(SAID_AFTER + Duration::from_millis(20)));
                false
            }
        }
    }

    fn stored_mask(&self, (id, frame): Key) -> Option<StoredMask> {
        let author = self.view.case.as_ref()?.author.clone();
        let document = self.document(id)?;
        let view = document.masks.get(&frame)?;
        // A mask begun on another model's map stays that model's.
        let earlier = view.started_from.clone().filter(|_| view.started_from_map_at.is_some());
        let model = earlier.or_else(|| document.report.as_ref().map(|r| r.model.clone()));
        let model = model.or_else(|| {
            let card = &self.view.model.as_ref()?.card;
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
            mask: view.mask.as_ref().clone(),
            label: view.label.clone(),
            started_from_map_at: view.started_from_map_at,
            model,
            tools: view.tools.clone(),
            at: case::now(),
            reviewer: None,
        })
    }

    fn hand_over(&mut self, key: Key, mask: StoredMask) {
        let media_sha256 = self.media_sha256(key.0);
        let Some(view) = self.document(key.0).and_then(|d| d.masks.get(&key.1)) else { return };
        let (version, label, copy) = (view.version, view.label.clone(), view.copy);
        if let Some(case) = &mut self.view.case {
            case.read.insert(mask.item);
        }
        self.case.last_ticket += 1;
        let ticket = self.case.last_ticket;
        self.case.saved.insert(key, (version, label.clone()));
        self.case.on_way.insert(ticket, OnItsWay { key, version, label, copy });
        self.case.send(Job::SaveMask(ToKeep { ticket, mask: Box::new(mask), media_sha256 }));
    }

    pub(in crate::session) fn take_in_saved(&mut self, ticket: u64) {
        let Some(OnItsWay { key, version, label, copy }) = self.case.on_way.remove(&ticket) else {
            return;
        };
        if let Some(view) = self.document_mut(key.0).and_then(|d| d.masks.get_mut(&key.1)) {
            view.set_kept(version, label, copy);
        }
        self.close_what_is_kept();
    }

    /// The mask is here only; it is not tried again until it is drawn on or decided about.
    pub(in crate::session) fn take_in_not_saved(&mut self, ticket: u64, what: &str) {
        let Some(way) = self.case.on_way.remove(&ticket) else { return };
        let id = way.key.0;
        self.case.leaving.remove(&id);
        let name = self.document(id).map(crate::session::Document::name);
        if name.is_some() {
            self.case.failed.insert(way.key);
        }
        self.notify(match name {
            Some(name) => format!(
                "The mask of {name} could not be saved in the case: {what} It is still here, and \
                 the file stays open; mend that, then draw on, mark the item again or save the \
                 mask as a file."
            ),
            None => format!("A mask could not be saved in the case: {what} Its file was closed."),
        });
    }

    /// Closes a document of an item as soon as its masks are on the disk.
    pub(in crate::session) fn put_away(&mut self, id: DocumentId) {
        let is_unsaved = self.document(id).is_some_and(|d| d.n_unsaved_masks() > 0);
        if !is_unsaved {
            self.close_now(id);
        } else if self.is_all_on_its_way(id) {
            self.case.leaving.insert(id);
            // What comes next is not to wait for it.
            self.queue.retain(|job| job.document != id);
            if let Some(running) = self.running.as_ref().filter(|r| r.document == id) {
                running.cancel.cancel();
            }
        }
    }

    fn is_all_on_its_way(&self, id: DocumentId) -> bool {
        let is_it = |frame: usize, version: u64| {
            self.case.on_way.values().any(|w| w.key == (id, frame) && w.version == version)
        };
        self.document(id).is_some_and(|document| {
            let mut unsaved = document.masks.iter().filter(|(_, view)| view.is_unsaved());
            unsaved.all(|(frame, view)| is_it(*frame, view.version))
        })
    }

    /// Whether a document will be closed by itself.
    pub(in crate::session) fn is_leaving(&mut self, id: DocumentId) -> bool {
        let is_item = self.document(id).is_some_and(|d| d.item.is_some());
        if is_item {
            self.end_stroke();
            self.keep_masks_of(id, Keep::All);
            self.put_away(id);
        }
        is_item && (self.document(id).is_none() || self.case.leaving.contains(&id))
    }

    fn close_what_is_kept(&mut self) {
        let kept: Vec<DocumentId> = self
            .case
            .leaving
            .iter()
            .filter(|id| {
                !self.case.is_on_its_way(**id)
                    && self.document(**id).is_none_or(|d| d.n_unsaved_masks() == 0)
            })
            .copied()
            .collect();
        for id in kept {
            self.case.leaving.remove(&id);
            self.close_now(id);
        }
    }

    /// Closes the documents of items when the case is left; those whose masks are not on the disk
    /// stay as files, until they are.
    pub(in crate::session) fn let_items_go(&mut self) {
        let of_items: Vec<(DocumentId, Option<ItemId>)> =
            self.view.documents.iter().map(|d| (d.id, d.item)).collect();
        for (id, item) in of_items {
            if item.is_none() {
                continue;
            }
            if let Some(document) = self.document_mut(id) {
                document.item = None;
            }
            self.put_away(id);
        }
    }
}
