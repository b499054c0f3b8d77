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
    let name = normalized(class);
    let background =
        ["background", "ignored", "ignore", "void", concat!("unlabel", "led"), "unlabeled"];
    background.contains(&name.as_str()) || decision_of(class) == Some(Decision::NothingForged)
}

/// Words for pictures and regions without forgery.
const REAL: [&str; 13] = [
    "real",
    "authentic",
    "genuine",
    "pristine",
    "original",
    "untouched",
    "unaltered",
    "unedited",
    "unmanipulated",
    "untampered",
    "bona fide",
    "bonafide",
    "nothing forged",
];
/// Words for forgeries, besides [`CLASSES`].
const FORGED: [&str; 11] = [
    "fake",
    "forgery",
    "manipulated",
    "manipulation",
    "tampered",
    "tampering",
    "altered",
    "edited",
    "deepfake",
    "inauthentic",
    "unreal",
];
/// Words before another one that turn its meaning round.
const NOT: [&str; 4] = ["not ", "non ", "no ", "isnt "];

/// The decision that a class of a whole picture stands for; `None` when it is ambiguous.
pub(super) fn decision_of(class: &str) -> Option<Decision> {
    let name = normalized(class);
    if CLASSES.get(CANNOT_TELL).is_some_and(|class| normalized(class) == name) {
        return Some(Decision::CannotTell);
    }
    let mut name = name.as_str();
    let mut is_turned = false;
    while let Some(rest) = NOT.iter().find_map(|not| name.strip_prefix(not)) {
        (name, is_turned) = (rest, !is_turned);
    }
    let is_forged = if REAL.contains(&name) {
        false
    } else if CLASSES.contains(&name) || FORGED.contains(&name) {
        true
    } else {
        return None;
    };
    Some(if is_forged == is_turned { Decision::NothingForged } else { Decision::Forged })
}

/// In small letters, words apart by one space.
fn normalized(class: &str) -> String {
    let name = class.to_lowercase().replace(['\'', '\u{2019}'], "");
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_the_right_way_round() {
        for real in [
            "real",
            "Genuine",
            "bona fide",
            "Bona-Fide",
            "not_fake",
            "non-manipulated",
            "Not forged",
            "no manipulation",
            "nothing-forged",
            "isn't fake",
            "not inauthentic",
        ] {
            assert_eq!(decision_of(real), Some(Decision::NothingForged), "{real}");
            assert!(is_background(real), "{real}");
        }
        for forged in ["fake", "not_real", "non-authentic", "Deepfake", "swap", "not not fake"] {
            assert_eq!(decision_of(forged), Some(Decision::Forged), "{forged}");
            assert!(!is_background(forged), "{forged}");
        }
        assert_eq!(decision_of("cannot-tell"), Some(Decision::CannotTell));
        for unclear in ["face", "not sure", "", "nose"] {
            assert_eq!(decision_of(unclear), None, "{unclear}");
        }
        assert!(is_background("Background") && is_background("unlabeled"));
    }
}
