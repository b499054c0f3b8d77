//! Masks between the session and the case: those that were sent, and those that were loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::annotate::MaskLabel;
use crate::case::StoredMask;
use crate::session::document::id::{DocumentId, DrawnMaskKey};
use crate::session::document::mask::{DrawnMask, MaskCopy};

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
    pub(super) key: DrawnMaskKey,
    pub(super) version: u64,
    pub(super) label: MaskLabel,
    pub(super) copy: Option<MaskCopy>,
}

/// Masks that were sent to the writer and are not answered yet.
#[derive(Default)]
pub(super) struct PendingSaves {
    by_ticket: BTreeMap<u64, PendingSave>,
    last_ticket: u64,
}

impl PendingSaves {
    /// Remembers a mask as it is sent. Returns the ticket that the answer will name.
    pub(super) fn add(&mut self, key: DrawnMaskKey, mask: &DrawnMask) -> u64 {
        self.last_ticket += 1;
        let save =
            PendingSave { key, version: mask.version, label: mask.label.clone(), copy: mask.copy };
        self.by_ticket.insert(self.last_ticket, save);
        self.last_ticket
    }

    pub(super) fn take(&mut self, ticket: u64) -> Option<PendingSave> {
        self.by_ticket.remove(&ticket)
    }

    pub(super) fn has_document(&self, id: DocumentId) -> bool {
        self.by_ticket.values().any(|save| save.key.0 == id)
    }

    pub(super) fn has_version(&self, key: DrawnMaskKey, version: u64) -> bool {
        self.by_ticket.values().any(|save| save.key == key && save.version == version)
    }
}

/// What the case part keeps of a document. It is empty while the document shows no item.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct CaseItem {
    /// By frame, version and label of the mask last sent to the case.
    sent: BTreeMap<usize, (u64, MaskLabel)>,
    /// Frames whose mask could not be saved.
    failed: BTreeSet<usize>,
    /// By frame, a label that may still be edited, and when it was changed last.
    label_edits: BTreeMap<usize, (MaskLabel, Instant)>,
    /// The document is closed as soon as its masks are on the disk.
    pub(super) closes_when_saved: bool,
    /// Masks of the case that wait until the picture is there.
    pub(super) loaded_masks: Option<Vec<StoredMask>>,
    /// By frame, the readers whose masks were shown; `None` where an older program recorded none.
    seen_readers: BTreeMap<usize, Option<BTreeSet<String>>>,
    /// The masks of the case are shown.
    pub(super) has_masks: bool,
    /// Hash of the file, and whether the case knows another one for the item.
    pub(super) file_check: Option<(String, bool)>,
}

impl CaseItem {
    /// Whether the masks of the case are shown.
    pub(in crate::session) const fn has_masks(&self) -> bool {
        self.has_masks
    }

    /// A person looks at the document: it is not closed when its masks are saved.
    pub(in crate::session) const fn keep_open(&mut self) {
        self.closes_when_saved = false;
    }

    /// A mask of the case is shown: another reader's, or one's own with what was shown before it.
    pub(super) fn add_seen(&mut self, frame: usize, stored: &StoredMask, is_own: bool) {
        let seen = if is_own {
            stored.seen_readers.clone()
        } else {
            Some(BTreeSet::from([stored.author.clone()]))
        };
        let known = self.seen_readers.entry(frame).or_default();
        if let Some(seen) = seen {
            known.get_or_insert_default().extend(seen);
        }
    }

    /// The readers whose masks were shown over a frame; `None`: not recorded.
    pub(super) fn seen_readers(&self, frame: usize) -> Option<BTreeSet<String>> {
        self.seen_readers.get(&frame).cloned().unwrap_or_else(|| Some(BTreeSet::new()))
    }

    /// Whether the file is not the one that the case knows.
    pub(super) fn is_other_file(&self) -> bool {
        self.file_check.as_ref().is_some_and(|(_, is_other)| *is_other)
    }

    /// Forgets the case. A document that waits for its masks to be saved still does.
    pub(in crate::session) fn leave_case(&mut self) {
        let closes_when_saved = self.closes_when_saved;
        *self = Self { closes_when_saved, ..Self::default() };
    }

    /// Whether masks may be sent. A mask that is in the case already must not be replaced before it
    /// was loaded, nor by that of another file.
    pub(super) fn may_be_saved(&self) -> bool {
        self.has_masks && !self.is_other_file()
    }

    /// The mask of a frame was sent as it is now, or came from the case.
    pub(super) fn set_sent(&mut self, frame: usize, version: u64, label: MaskLabel) {
        self.label_edits.remove(&frame);
        self.sent.insert(frame, (version, label));
    }

    pub(super) fn forget_sent(&mut self, frame: usize) {
        self.sent.remove(&frame);
    }

    /// A mask could not be saved: the document stays open.
    pub(super) fn set_failed(&mut self, frame: usize) {
        self.closes_when_saved = false;
        self.failed.insert(frame);
    }

    /// Masks that could not be saved count as not sent.
    pub(super) fn retry_failed(&mut self) {
        for frame in std::mem::take(&mut self.failed) {
            self.sent.remove(&frame);
        }
    }

    /// The version that was sent last.
    pub(super) fn sent_version(&self, frame: usize) -> Option<u64> {
        self.sent.get(&frame).map(|(version, _)| *version)
    }

    /// Whether a mask was sent as it is now.
    pub(super) fn is_sent(&self, frame: usize, mask: &DrawnMask) -> bool {
        let sent = self.sent.get(&frame);
        sent.is_some_and(|(version, label)| *version == mask.version && *label == mask.label)
    }

    /// Whether a label was changed less than `pause` ago.
    pub(super) fn is_label_edited(
        &mut self,
        frame: usize,
        label: &MaskLabel,
        pause: Duration,
    ) -> bool {
        let now = Instant::now();
        let edit = self.label_edits.entry(frame).or_insert_with(|| (label.clone(), now));
        if edit.0 != *label {
            *edit = (label.clone(), now);
        }
        now.duration_since(edit.1) < pause
    }
}
