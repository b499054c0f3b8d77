//! What a case knows of the files of its items, for work that compares it with a folder.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::SystemTime;

use rusqlite::params;

use super::item::ItemId;
use super::path::{absolute_path_of, stored_path};
use crate::case::time::time_of;
use crate::case::{Case, Error};

/// Rows read at once. A reader that holds the file for long would keep a change from committing.
const PAGE: usize = 4096;

/// The file of an item, as the case knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// The item.
    pub id: ItemId,
    /// Absolute path.
    pub path: PathBuf,
    /// Hash of its bytes, lower-case hex; `None` before it was read.
    pub sha256: Option<String>,
    /// Whether the last examination failed.
    pub has_failed: bool,
    /// When it was examined last, also in vain; `None` if it waits.
    pub examined_at: Option<SystemTime>,
}

impl Case {
    /// The files of all items, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn known_files(&self) -> Result<Vec<KnownFile>, Error> {
        let examined_at = self.examined_at()?;
        let sql = "SELECT inside, path, id, sha256, failure IS NOT NULL, \
                   finding IS NOT NULL OR failure IS NOT NULL \
                   FROM item WHERE id > ?1 ORDER BY id LIMIT ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut found: Vec<KnownFile> = Vec::new();
        loop {
            let before = found.len();
            let last = found.last().map_or(i64::MIN, |file| file.id.0);
            let mut rows = statement.query(params![last, PAGE as i64])?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(2)?;
                // A time that cannot be read is one before every file: the file is looked at again.
                let at = || examined_at.get(&id).copied().unwrap_or(SystemTime::UNIX_EPOCH);
                found.push(KnownFile {
                    id: ItemId(id),
                    path: absolute_path_of(&stored_path(row, 0)?, self.folder())?,
                    sha256: row.get(3)?,
                    has_failed: row.get(4)?,
                    examined_at: row.get::<_, bool>(5)?.then(at),
                });
            }
            if found.len() < before.saturating_add(PAGE) {
                return Ok(found);
            }
        }
    }

    /// When each item was examined last, by the log.
    fn examined_at(&self) -> Result<HashMap<i64, SystemTime>, Error> {
        let sql = "SELECT subject, max(at) FROM log \
                   WHERE action IN ('found', 'found-again', 'failed') GROUP BY subject";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut found = HashMap::new();
        while let Some(row) = rows.next()? {
            let (subject, at): (String, String) = (row.get(0)?, row.get(1)?);
            let item = subject.strip_prefix("item ").and_then(|number| number.parse().ok());
            found.extend(item.zip(time_of(&at)));
        }
        Ok(found)
    }
}
