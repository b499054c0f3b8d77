//! Notes about the case as a whole, for instance its title.

use rusqlite::OptionalExtension as _;

use super::log::Event;
use super::{Case, Error};

/// Keys that the case sets itself.
pub(super) const RESERVED_KEYS: [&str; 2] = ["id", "folder"];

impl Case {
    /// The note with this key.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn note(&self, key: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT value FROM fact WHERE key = ?1";
        let mut statement = self.connection().prepare_cached(sql)?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Sets the note with this key.
    ///
    /// # Errors
    ///
    /// When the case sets this key itself, or the file cannot be written.
    pub fn set_note(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if RESERVED_KEYS.contains(&key) {
            return Err(Error::Unfit { what: format!("the key {key:?} is the case's own") });
        }
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(|change| {
            change.set_fact(&key, &value)?;
            change.log(&Event::Noted { key, value })
        })
    }
}
