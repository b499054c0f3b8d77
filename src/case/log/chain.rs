//! Writing and reading the log.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::entry::{COLUMNS, FIRST_PREVIOUS, LogEntry};
use super::event::Event;
use super::hash::canonical_json;
use crate::case::{Case, Error, now};

/// Number and hash of the newest entry.
fn newest(connection: &Connection) -> Result<(i64, String), Error> {
    let sql = "SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.unwrap_or_else(|| (0, FIRST_PREVIOUS.to_owned())))
}

/// Writes an entry. The connection must be inside the transaction that makes the change.
pub(in crate::case) fn append(
    connection: &Connection,
    author: &str,
    event: &Event,
) -> Result<(), Error> {
    let (seq, previous) = newest(connection)?;
    let (action, detail) = event.to_json()?;
    let mut entry = LogEntry {
        seq: seq.saturating_add(1),
        at: now(),
        author: author.to_owned(),
        action,
        subject: event.subject(),
        detail: canonical_json(&detail),
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
        let rows = statement.query_map(params![after.unwrap_or(0), n], LogEntry::from_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Name and version of the program that created the case, as its log says.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or its log does not begin with the creation.
    pub fn made_by(&self) -> Result<String, Error> {
        let first = self.log(None, 1)?;
        match first.first().and_then(Event::from_entry) {
            Some(Event::Created { program, .. }) => Ok(program),
            _ => Err(Error::damaged("its log does not begin with its creation")),
        }
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
