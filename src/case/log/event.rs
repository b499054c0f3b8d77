//! What the entries of the log tell. Writing and verifying share these words, so they cannot drift
//! apart.
//!
//! * **In / out**: plain values and their JSON. **Not here**: the chain.

use serde::{Deserialize, Serialize};

use crate::case::LogEntry;

/// One event. The name is the action of the entry, the fields are its detail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", content = "detail", rename_all = "kebab-case")]
pub(in crate::case) enum Event {
    /// The case was made.
    Created { id: String, format: i64, program: String, folder: String },
    /// The case was found in another folder, and the media below it with it.
    Moved { folder: String },
    /// The tables were brought to a newer format.
    Migrated { from: i64, to: i64, program: String },
    /// The items numbered `first` to `last` were added; the seal is that of all of them.
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
    /// An item was examined again, and the finding is the same as an earlier one.
    FoundAgain { item: i64, finding: i64 },
    /// An item could not be examined.
    Failed { item: i64, sha256: Option<String>, reason: String },
    /// A mask was saved; `frame` is -1 for a still picture.
    Drawn { item: i64, frame: i64, author: String, n_set: u64, sha256: String },
    /// A second person agreed to a mask, or took that back.
    Reviewed { item: i64, frame: i64, author: String, reviewer: Option<String>, sha256: String },
    /// The state of an item changed.
    State { item: i64, state: String },
    /// Time was spent on an item.
    Worked { item: i64, seconds: f64 },
    /// The queue was put into a new order.
    Ranked { strategy: String, n: i64, sha256: String },
    /// A word about the whole case was set.
    Noted { key: String, value: String },
}

impl Event {
    /// What it is about.
    pub(in crate::case) fn subject(&self) -> String {
        match self {
            Self::Identified { item, .. }
            | Self::Found { item, .. }
            | Self::FoundAgain { item, .. }
            | Self::Failed { item, .. }
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

    /// The event of an entry; `None` when its words are not known.
    pub(in crate::case) fn of(entry: &LogEntry) -> Option<Self> {
        let detail: serde_json::Value = serde_json::from_str(&entry.detail).ok()?;
        serde_json::from_value(serde_json::json!({ "action": entry.action, "detail": detail })).ok()
    }
}
