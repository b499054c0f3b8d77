//! What is kept of a mask that was handed to the case, until it is answered.

use crate::annotate::MaskLabel;
use crate::session::document::id::MaskKey;
use crate::session::document::mask::CopyView;

/// A mask that was handed over.
pub(super) struct PendingSave {
    pub(super) key: MaskKey,
    pub(super) version: u64,
    pub(super) label: MaskLabel,
    pub(super) copy: Option<CopyView>,
}

/// What is saved beside finished strokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Keep {
    /// Finished strokes only: a label waits until it is typed.
    Strokes,
    /// All of it, and what failed before once more.
    All,
    /// All of it; an empty mask is a decision, too.
    Decision,
}
