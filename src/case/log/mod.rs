//! The audit log: who did what when, every entry chained to the one before by its hash.
//!
//! * **In**: events, within the transaction that makes them true. **Out**: entries.
//! * **Not here**: what the events mean (`event`), whether the chain holds (`verify`).
//!
//! The hash of an entry is SHA-256 over the JSON text
//! `["PREVIOUS",SEQ,"AT","AUTHOR","ACTION","SUBJECT","DETAIL"]`, without spaces, in UTF-8, where
//! `DETAIL` is the text as stored and `PREVIOUS` of the first entry is 64 zeros: any language can
//! check it. The head, the hash of the newest entry, stands for everything before it. Written down
//! elsewhere it shows whether the end of a log was cut off.

mod event;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) use event::Event;

use super::clock::now;
use super::seal::canonical;
use super::{Case, Error};

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// From 1, without gaps.
    pub seq: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who had the case open.
    pub author: String,
    /// A word, for instance `drawn`.
    pub action: String,
    /// What was changed: `case`, or for instance `item 17`.
    pub subject: String,
    /// Canonical JSON.
    pub detail: String,
    /// Hash of the entry before; 64 zeros for the first.
    pub previous: String,
    /// Lower-case hex of SHA-256.
    pub hash: String,
}

/// What stands before the first entry.
pub(super) const BEGINNING: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

impl LogEntry {
    /// The hash that the entry should have.
    pub fn computed_hash(&self) -> String {
        let Self { seq, at, author, action, subject, detail, previous, hash: _ } = self;
        let text = json!([previous, seq, at, author, action, subject, detail]).to_string();
        format!("{:x}", Sha256::digest(text))
    }

    /// The columns of [`COLUMNS`].
    pub(super) fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
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

pub(super) const COLUMNS: &str = "seq, at, author, action, subject, detail, previous, hash";

/// Number and hash of the newest entry.
fn newest(connection: &Connection) -> Result<(i64, String), Error> {
    let sql = "SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.unwrap_or_else(|| (0, BEGINNING.to_owned())))
}

/// Writes an entry. The connection must be inside the transaction of what the event tells.
pub(super) fn append(connection: &Connection, author: &str, event: &Event) -> Result<(), Error> {
    let (seq, previous) = newest(connection)?;
    let (action, detail) = event.words()?;
    let mut entry = LogEntry {
        seq: seq + 1,
        at: now(),
        author: author.to_owned(),
        action,
        subject: event.subject(),
        detail: canonical(&detail),
        previous,
        hash: String::new(),
    };
    entry.hash = entry.computed_hash();
    let sql = "INSERT INTO log (seq, at, author, action, subject, detail, previous, hash) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let LogEntry { seq, at, author, action, subject, detail, previous, hash } = &entry;
    connection
        .prepare_cached(sql)?
        .execute(params![seq, at, author, action, subject, detail, previous, hash])?;
    Ok(())
}

impl Case {
    /// Up to `n` entries after the one numbered `after`, oldest first.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn log(&self, after: Option<i64>, n: usize) -> Result<Vec<LogEntry>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![after.unwrap_or(0), n], LogEntry::of_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Hash of the newest entry of the log.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn head(&self) -> Result<String, Error> {
        Ok(newest(self.connection())?.1)
    }

    /// Number of entries in the log.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn n_entries(&self) -> Result<i64, Error> {
        Ok(newest(self.connection())?.0)
    }
}

impl Event {
    /// What the entry is called, and its detail.
    fn words(&self) -> Result<(String, Value), Error> {
        let unfit = || Error::Unfit { what: "an event without words".to_owned() };
        let value = serde_json::to_value(self).map_err(|e| Error::Unfit { what: e.to_string() })?;
        let Value::Object(mut parts) = value else { return Err(unfit()) };
        match (parts.remove("action"), parts.remove("detail")) {
            (Some(Value::String(action)), Some(detail)) => Ok((action, detail)),
            _ => Err(unfit()),
        }
    }
}

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
            previous: BEGINNING.to_owned(),
            hash: String::new(),
        };
        let hash = "18f3c49e9144a42b65f3091b66aaefa75d80ecc7a520aab62798013e5518db25";
        assert_eq!(entry.computed_hash(), hash);
        entry.seq = 2;
        assert_ne!(entry.computed_hash(), hash);
    }

    #[test]
    fn an_event_comes_back_from_its_entry() {
        let event = Event::Drawn {
            item: 17,
            frame: -1,
            author: "Ada".to_owned(),
            n_set: 1200,
            sha256: "ab".to_owned(),
        };
        let (action, detail) = event.words().unwrap();
        assert_eq!((action.as_str(), event.subject().as_str()), ("drawn", "item 17"));
        let (at, author, subject) = (now(), "Ada".to_owned(), event.subject());
        let detail = canonical(&detail);
        let (previous, hash) = (BEGINNING.to_owned(), String::new());
        let entry = LogEntry { seq: 1, at, author, action, subject, detail, previous, hash };
        assert_eq!(Event::of(&entry), Some(event));
        let foreign = LogEntry { action: "danced".to_owned(), ..entry };
        assert_eq!(Event::of(&foreign), None);
    }
}
