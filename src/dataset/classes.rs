//! What is said of a mask, as a class: most formats know one word for each mask and no more.
//!
//! * **In / out**: records and class words. **Not here**: files.

use super::Record;
use crate::annotate::{Decision, ForgeryKind};

/// The classes, in the order of their numbers: forged in a way not said, the kinds, not decided.
pub(super) const CLASSES: [&str; 6] =
    ["forged", "swap", "inpainting", "attribute", "other", "cannot-tell"];
/// The place of "cannot-tell".
const CANNOT_TELL: usize = 5;

/// The class of a record, as a place in [`CLASSES`].
pub(super) fn class_of(record: &Record) -> usize {
    if record.decision() == Some(Decision::CannotTell) {
        return CANNOT_TELL;
    }
    let kind = record.kind.as_deref();
    CLASSES.iter().position(|class| kind == Some(*class)).unwrap_or(0)
}

/// The kind that a class word stands for.
pub(super) fn kind_of(class: &str) -> Option<ForgeryKind> {
    ForgeryKind::of(class)
}

/// Whether a class word is one of ours.
pub(super) fn is_known(class: &str) -> bool {
    CLASSES.contains(&class)
}

/// Words of other programs for pixels that are no mask.
pub(super) fn is_background(class: &str) -> bool {
    ["background", "ignored", "ignore", "void", "unlabelled", "unlabeled"]
        .contains(&class.to_lowercase().as_str())
}
