//! Which of two masks of one picture by one author counts: the newer one.

use jiff::{SignedDuration, Timestamp};

use crate::annotate::MaskLabel;
use crate::case::StoredMask;
use crate::dataset::Entry;

/// Author of masks without an annotator.
pub(super) const DEFAULT_AUTHOR: &str = "imported";
/// Clocks differ by so much at most; a later time is none.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(10);

/// What becomes of a mask when the case has one of the same author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// It says the same.
    Same,
    /// It is newer and replaces the one in the case.
    Newer,
    /// It is older and stays out.
    Older,
    /// It differs, and nobody knows which is newer.
    Unknown,
}

/// Compares an entry with the mask that the case has. Where nobody is named as the author, what is
/// imported later is newer.
pub(super) fn precedence(stored: &StoredMask, new: &Entry) -> Precedence {
    let record = &new.record;
    if stored.mask == new.mask && says_no_more(&record.label(), &stored.label) {
        return Precedence::Same;
    }
    let (new_at, stored_at) = (record.at.as_deref().and_then(time), time(&stored.at));
    match (new_at, stored_at) {
        (Some(new), Some(stored)) if new > stored => Precedence::Newer,
        (Some(new), Some(stored)) if new < stored => Precedence::Older,
        _ if stored.author == DEFAULT_AUTHOR => Precedence::Newer,
        _ => Precedence::Unknown,
    }
}

/// Whether the new label has the kind of the old one, and no other note or confidence.
fn says_no_more(new: &MaskLabel, old: &MaskLabel) -> bool {
    new.kind == old.kind
        && (new.confidence.is_none() || new.confidence == old.confidence)
        && (new.note.is_empty() || new.note == old.note)
}

/// A time that is not in the future.
fn time(text: &str) -> Option<Timestamp> {
    let latest = Timestamp::now().checked_add(CLOCK_SLACK).ok()?;
    text.parse::<Timestamp>().ok().filter(|time| *time <= latest)
}
