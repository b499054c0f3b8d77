//! What the entries of the log say. Writing and verifying share these types.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entry::LogEntry;
use crate::case::Error;

/// One change. The name is the action of the entry, the fields are its detail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", content = "detail", rename_all = "kebab-case")]
pub(in crate::case) enum Event {
    /// The case was created.
    Created { id: String, format: i64, program: String, folder: String },
    /// The case was found in another folder, and the media below it with it.
    Moved { folder: String },
    /// The tables were brought to a newer format.
    Migrated { from: i64, to: i64, program: String },
    /// The items numbered `first` to `last` were added; the hash is over all of them.
    Added { first: i64, last: i64, sha256: String },
    /// The file of an item was hashed.
    Identified { item: i64, sha256: String },
    /// An item was examined.
    Found {
        item: i64,
        finding: i64,
        sha256: String,
        media_sha256: String,
        verdict: String,
        score: Option<f32>,
        model: String,
    },
    /// An item was examined again, and the finding equals an earlier one.
    FoundAgain { item: i64, finding: i64 },
    /// An item could not be examined.
    Failed { item: i64, sha256: Option<String>, reason: String },
    /// What the file of an item says about itself was read.
    Described { item: i64, description: i64, sha256: String, media_sha256: String, program: String },
    /// A mask was saved; `frame` is -1 for a still picture.
    Drawn { item: i64, frame: i64, author: String, n_set: u64, sha256: String },
    /// A second person agreed to a mask, or took that back.
    Reviewed { item: i64, frame: i64, author: String, reviewer: Option<String>, sha256: String },
    /// The state of an item changed.
    State { item: i64, state: String },
    /// A person spent time on an item.
    Worked { item: i64, seconds: f64 },
    /// The queue was ranked anew.
    Ranked { strategy: String, n: i64, sha256: String },
    /// A note about the whole case was set.
    Noted { key: String, value: String },
}

impl Event {
    /// What was changed, as the entry names it.
    pub(in crate::case) fn subject(&self) -> String {
        match self {
            Self::Identified { item, .. }
            | Self::Found { item, .. }
            | Self::FoundAgain { item, .. }
            | Self::Failed { item, .. }
            | Self::Described { item, .. }
            | Self::Drawn { item, .. }
            | Self::Reviewed { item, .. }
            | Self::State { item, .. }
            | Self::Worked { item, .. } => format!("item {item}"),
            Self::Added { first, last, .. } if first == last => format!("item {first}"),
            Self::Added { first, last, .. } => format!("items {first} to {last}"),
            Self::Created { .. }
            | Self::Moved { .. }
            | Self::Migrated { .. }
            | Self::Ranked { .. }
            | Self::Noted { .. } => "case".to_owned(),
        }
    }

    /// Action and detail of the entry.
    pub(super) fn to_json(&self) -> Result<(String, Value), Error> {
        let unfit = || Error::Unfit { what: "an event without an action".to_owned() };
        let value = serde_json::to_value(self).map_err(|e| Error::Unfit { what: e.to_string() })?;
        let Value::Object(mut parts) = value else { return Err(unfit()) };
        match (parts.remove("action"), parts.remove("detail")) {
            (Some(Value::String(action)), Some(detail)) => Ok((action, detail)),
            _ => Err(unfit()),
        }
    }

    /// The event of an entry; `None` when this program does not know it.
    pub(in crate::case) fn from_entry(entry: &LogEntry) -> Option<Self> {
        let detail: Value = serde_json::from_str(&entry.detail).ok()?;
        serde_json::from_value(json!({ "action": entry.action, "detail": detail })).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::FIRST_PREVIOUS;
    use super::super::hash::canonical_json;
    use super::*;
    use crate::case::now;

    #[test]
    fn an_event_comes_back_from_its_entry() {
        let event = Event::Drawn {
            item: 17,
            frame: -1,
            author: "Ada".to_owned(),
            n_set: 1200,
            sha256: "ab".to_owned(),
        };
        let (action, detail) = event.to_json().unwrap();
        assert_eq!((action.as_str(), event.subject().as_str()), ("drawn", "item 17"));
        let (at, author, subject) = (now(), "Ada".to_owned(), event.subject());
        let detail = canonical_json(&detail);
        let (previous, hash) = (FIRST_PREVIOUS.to_owned(), String::new());
        let entry = LogEntry { seq: 1, at, author, action, subject, detail, previous, hash };
        assert_eq!(Event::from_entry(&entry), Some(event));
        let foreign = LogEntry { action: "danced".to_owned(), ..entry };
        assert_eq!(Event::from_entry(&foreign), None);
    }
}
