//! What a document that shows an item of a case has of that case.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::annotate::MaskLabel;
use crate::case::StoredMask;

/// What the case part keeps of a document. It is empty while the document shows no item.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct CaseItem {
    /// By frame, version and label of the mask last sent to the case.
    pub(in crate::session) sent: BTreeMap<usize, (u64, MaskLabel)>,
    /// Frames whose mask could not be saved.
    pub(in crate::session) failed: BTreeSet<usize>,
    /// By frame, a label that may still be edited, and when it was changed last.
    pub(in crate::session) label_edits: BTreeMap<usize, (MaskLabel, Instant)>,
    /// The document is closed as soon as its masks are on the disk.
    pub(in crate::session) closes_when_saved: bool,
    /// Masks of the case that wait until the picture is there.
    pub(in crate::session) loaded_masks: Option<Vec<StoredMask>>,
    /// The masks of the case are shown.
    pub(in crate::session) has_masks: bool,
    /// Hash of the file, and whether the case knows another one for the item.
    pub(in crate::session) file_check: Option<(String, bool)>,
}

impl CaseItem {
    /// Whether the file is not the one that the case knows.
    pub(in crate::session) fn is_other_file(&self) -> bool {
        self.file_check.as_ref().is_some_and(|(_, is_other)| *is_other)
    }

    /// Forgets the case. A document that waits for its masks to be saved still does.
    pub(in crate::session) fn leave_case(&mut self) {
        let closes_when_saved = self.closes_when_saved;
        *self = Self { closes_when_saved, ..Self::default() };
    }
}
