//! One entry of the log, and its hash.

use rusqlite::Row;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// One change of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// From 1, without gaps.
    pub seq: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who made the change.
    pub author: String,
    /// Kind of the change, for instance `drawn`.
    pub action: String,
    /// What was changed: `case`, or for instance `item 17`.
    pub subject: String,
    /// What was changed to what, canonical JSON.
    pub detail: String,
    /// Hash of the entry before; `FIRST_PREVIOUS` for the first.
    pub previous: String,
    /// SHA-256 of all other fields, lower-case hex.
    pub hash: String,
}

impl LogEntry {
    /// The hash that the entry should have.
    pub fn computed_hash(&self) -> String {
        let Self { seq, at, author, action, subject, detail, previous, hash: _ } = self;
        let text = json!([previous, seq, at, author, action, subject, detail]).to_string();
        format!("{:x}", Sha256::digest(text))
    }

    pub(in crate::case) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            author: row.get(2)?,
            action: row.get(3)?,
            subject: row.get(4)?,
            detail: row.get(5)?,
            previous: row.get(6)?,
            hash: row.get(7)?,
        })
    }
}

/// What [`LogEntry::from_row`] reads.
pub(in crate::case) const COLUMNS: &str =
    "seq, at, author, action, subject, detail, previous, hash";

/// `previous` of the first entry.
pub(in crate::case) const FIRST_PREVIOUS: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash was made with Python's `json` and `hashlib`, from the description above.
    #[test]
    fn another_language_comes_to_the_same_hash() {
        let mut entry = LogEntry {
            seq: 1,
            at: "2026-11-22T11:48:00.250Z".to_owned(),
            author: "Ada \"Ä\"".to_owned(),
            action: "drawn".to_owned(),
            subject: "item 17".to_owned(),
            detail: "{\"a\":1,\"note\":\"x\\n€\"}".to_owned(),
            previous: FIRST_PREVIOUS.to_owned(),
            hash: String::new(),
        };
        let hash = "18f3c49e9144a42b65f3091b66aaefa75d80ecc7a520aab62798013e5518db25";
        assert_eq!(entry.computed_hash(), hash);
        entry.seq = 2;
        assert_ne!(entry.computed_hash(), hash);
    }
}
