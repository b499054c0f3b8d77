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

/// Whether it is known what a class word means.
pub(super) fn is_known(class: &str) -> bool {
    CLASSES.contains(&class) || decision_of(class).is_some()
}

/// Words of other programs for pixels that are no mask.
pub(super) fn is_background(class: &str) -> bool {
    let word = class.to_lowercase();
    ["background", "ignored", "ignore", "void", "unlabelled", "unlabeled"].contains(&word.as_str())
        || REAL.contains(&word.as_str())
}

/// Words for pictures and places in which nothing is forged.
const REAL: [&str; 8] = [
    "real",
    "authentic",
    "genuine",
    "pristine",
    "original",
    "untouched",
    "unaltered",
    "nothing-forged",
];
/// Words for forged ones, besides [`CLASSES`].
const FORGED: [&str; 7] =
    ["fake", "forgery", "manipulated", "tampered", "altered", "edited", "deepfake"];

/// What a word that is said of a whole picture decides; `None` when it may mean anything.
pub(super) fn decision_of(word: &str) -> Option<Decision> {
    let word = word.to_lowercase();
    let word = word.as_str();
    if word == CLASSES[CANNOT_TELL] {
        Some(Decision::CannotTell)
    } else if REAL.contains(&word) {
        Some(Decision::NothingForged)
    } else {
        (CLASSES.contains(&word) || FORGED.contains(&word)).then_some(Decision::Forged)
    }
}
