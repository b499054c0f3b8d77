//! Class names of masks: most formats know one class for each mask and nothing else.

use crate::annotate::{Decision, ForgeryKind};
use crate::dataset::Record;

/// The classes by number: forged in an unknown way, the kinds of forgery, undecided.
pub(in crate::dataset) const CLASSES: [&str; 6] =
    ["forged", "swap", "inpainting", "attribute", "other", "cannot-tell"];
/// The index of "cannot-tell".
const CANNOT_TELL: usize = 5;

/// The class of a record, as an index into [`CLASSES`].
pub(in crate::dataset) fn class_index(record: &Record) -> usize {
    if record.decision() == Some(Decision::CannotTell) {
        return CANNOT_TELL;
    }
    let kind = record.kind.as_deref();
    CLASSES.iter().position(|class| kind == Some(*class)).unwrap_or(0)
}

pub(in crate::dataset) fn class_of(record: &Record) -> &'static str {
    CLASSES.get(class_index(record)).copied().unwrap_or_default()
}

/// The kind of forgery that a class stands for.
pub(super) fn kind_of(class: &str) -> Option<ForgeryKind> {
    ForgeryKind::parse(class)
}

/// Whether the meaning of a class is known.
pub(in crate::dataset) fn is_known(class: &str) -> bool {
    CLASSES.contains(&class) || decision_of(class).is_some()
}

/// Whether other tools use the class for pixels that are not forged or not counted.
pub(super) fn is_background(class: &str) -> bool {
    let name = class.to_lowercase();
    ["background", "ignored", "ignore", "void", concat!("unlabel", "led"), "unlabeled"]
        .contains(&name.as_str())
        || REAL.contains(&name.as_str())
}

/// Classes for pictures and regions without forgery.
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
/// Classes for forgeries, besides [`CLASSES`].
const FORGED: [&str; 7] =
    ["fake", "forgery", "manipulated", "tampered", "altered", "edited", "deepfake"];

/// The decision that a class of a whole picture stands for; `None` when it is ambiguous.
pub(super) fn decision_of(class: &str) -> Option<Decision> {
    let name = class.to_lowercase();
    let name = name.as_str();
    if CLASSES.get(CANNOT_TELL) == Some(&name) {
        Some(Decision::CannotTell)
    } else if REAL.contains(&name) {
        Some(Decision::NothingForged)
    } else {
        (CLASSES.contains(&name) || FORGED.contains(&name)).then_some(Decision::Forged)
    }
}
