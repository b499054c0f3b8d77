//! Log entries and masks of a case, as the record has them.

use std::collections::BTreeSet;

use crate::annotate::Decision;
use crate::case::{LogEntry, StoredMask};
use crate::report::record::{EntryRecord, ReadingRecord};

/// The entry as it is stored.
pub fn entry_record(entry: &LogEntry) -> EntryRecord {
    let LogEntry { seq, at, author, action, subject, detail, previous, hash } = entry.clone();
    EntryRecord { seq, at, author, action, subject, detail, previous, hash }
}

/// Whether an entry is about the case as a whole or about one of these items.
pub fn is_about(entry: &LogEntry, items: &BTreeSet<i64>) -> bool {
    let parts: Vec<&str> = entry.subject.split(' ').collect();
    let number = |text: &str| text.parse::<i64>().ok();
    match parts.as_slice() {
        ["item", item] => number(item).is_some_and(|item| items.contains(&item)),
        ["items", first, "to", last] => {
            number(first).zip(number(last)).is_some_and(|(first, last)| {
                first <= last && items.range(first..=last).next().is_some()
            })
        }
        _ => true,
    }
}

/// What a person decided about an item.
pub fn reading_record(mask: &StoredMask) -> ReadingRecord {
    let decision = Decision::from_mask(mask.mask.is_empty(), mask.label.kind);
    ReadingRecord {
        reader: mask.author.clone(),
        at: mask.at.clone(),
        frame: mask.frame.map(|frame| frame.index),
        decision: decision.as_str().to_owned(),
        reviewer: mask.reviewer.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_about_other_items_are_left_out() {
        let items = BTreeSet::from([3, 7]);
        let about = |subject: &str| {
            let text = String::new;
            let entry = LogEntry {
                seq: 1,
                at: text(),
                author: text(),
                action: text(),
                subject: subject.to_owned(),
                detail: text(),
                previous: text(),
                hash: text(),
            };
            is_about(&entry, &items)
        };
        for subject in ["case", "item 3", "items 1 to 3", "items 4 to 9", "something new"] {
            assert!(about(subject), "{subject}");
        }
        for subject in ["item 4", "items 4 to 6", "items 9 to 1"] {
            assert!(!about(subject), "{subject}");
        }
    }
}
