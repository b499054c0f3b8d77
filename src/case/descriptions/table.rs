//! The table of descriptions.

use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, Row, params};

use super::description::{DescriptionFacts, StoredDescription};
use crate::case::findings::identify;
use crate::case::log::{Event, FieldHasher, canonical_json};
use crate::case::{Case, Error, ItemId};

/// Descriptions that are read at once. A reader that holds the file for long would keep a change from
/// committing.
const PAGE: usize = 64;

/// A description as it is stored.
pub(in crate::case) struct DescriptionRow {
    pub(in crate::case) item: i64,
    facts: String,
    said: String,
}

/// What [`DescriptionRow::from_row`] reads.
pub(in crate::case) const COLUMNS: &str = "item, facts, said";

impl Case {
    /// Stores what the file of an item says about itself. A description that equals an earlier one of the
    /// same item, but for its time, is not stored twice; `false` then.
    ///
    /// # Errors
    ///
    /// [`Error::MediaChanged`] when the file is not the one that the case knows; otherwise when there
    /// is no such item or the file cannot be written.
    pub fn record_description(
        &mut self,
        id: ItemId,
        description: &StoredDescription,
    ) -> Result<bool, Error> {
        let stored = DescriptionRow::new(id, description)?;
        let sameness = stored.sameness(&description.facts)?;
        self.write(|change| {
            identify(change, id, &description.facts.media_sha256)?;
            let sql = "SELECT 1 FROM description WHERE item = ?1 AND sameness = ?2";
            let mut known = change.tx.prepare_cached(sql)?;
            if known.exists(params![id.0, sameness])? {
                return Ok(false);
            }
            let sql = format!(
                "INSERT INTO description ({COLUMNS}, sameness, sha256) VALUES (?1, ?2, ?3, ?4, ?5)"
            );
            let sha256 = stored.sha256();
            let DescriptionRow { item, facts, said } = &stored;
            change
                .tx
                .prepare_cached(&sql)?
                .execute(params![item, facts, said, sameness, sha256])?;
            change.log(&Event::Described {
                item: *item,
                description: change.tx.last_insert_rowid(),
                sha256,
                media_sha256: description.facts.media_sha256.clone(),
                program: description.facts.program.clone(),
            })?;
            Ok(true)
        })
    }

    /// All descriptions of an item, oldest first.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn descriptions(&self, id: ItemId) -> Result<Vec<StoredDescription>, Error> {
        if !self.has_descriptions() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM description WHERE item = ?1 ORDER BY id");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([id.0], |row| DescriptionRow::from_row(row, 0))?;
        rows.map(|stored| stored?.to_description()).collect()
    }

    /// The newest description of an item.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn newest_description(&self, id: ItemId) -> Result<Option<StoredDescription>, Error> {
        if !self.has_descriptions() {
            return Ok(None);
        }
        let sql =
            format!("SELECT {COLUMNS} FROM description WHERE item = ?1 ORDER BY id DESC LIMIT 1");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let stored =
            statement.query_row([id.0], |row| DescriptionRow::from_row(row, 0)).optional()?;
        stored.map(|stored| stored.to_description()).transpose()
    }

    /// The newest description of every item that has one, by the numbers of the items. They are read page
    /// by page, so that a change can commit in between.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or what `each` returns.
    pub fn each_description(
        &self,
        each: &mut dyn FnMut(ItemId, StoredDescription) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !self.has_descriptions() {
            return Ok(());
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM description WHERE id IN (SELECT max(id) FROM description \
             WHERE item > ?1 GROUP BY item ORDER BY item LIMIT ?2) ORDER BY item"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut last = i64::MIN;
        loop {
            let rows = statement
                .query_map(params![last, PAGE as i64], |row| DescriptionRow::from_row(row, 0))?;
            let page: Vec<DescriptionRow> = rows.collect::<Result<_, _>>()?;
            for stored in &page {
                last = stored.item;
                each(ItemId(stored.item), stored.to_description()?)?;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Number of items that have a description.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn n_described(&self) -> Result<u64, Error> {
        if !self.has_descriptions() {
            return Ok(0);
        }
        let sql = "SELECT count(DISTINCT item) FROM description";
        let n: i64 = self.connection().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(n.max(0) as u64)
    }

    /// Up to `n` items without a description by this version of the program, oldest first. Of a case of
    /// format 1 that cannot be written: none.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn to_describe(&self, program: &str, n: usize) -> Result<Vec<(ItemId, PathBuf)>, Error> {
        if !self.has_descriptions() {
            return Ok(Vec::new());
        }
        let sql = "SELECT inside, path, id FROM item WHERE NOT EXISTS (SELECT 1 FROM description \
                   WHERE item = item.id AND json_extract(facts, '$.program') = ?1) \
                   ORDER BY id LIMIT ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        self.files(statement.query(params![program, n])?)
    }
}

impl DescriptionRow {
    fn new(id: ItemId, description: &StoredDescription) -> Result<Self, Error> {
        let facts = facts_text(&description.facts)?;
        Ok(Self { item: id.0, facts, said: canonical_json(&description.said) })
    }

    /// `first` is the number of the first of [`COLUMNS`].
    pub(in crate::case) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let at = |column: usize| first.saturating_add(column);
        Ok(Self { item: row.get(at(0))?, facts: row.get(at(1))?, said: row.get(at(2))? })
    }

    /// The hash of all columns.
    pub(in crate::case) fn sha256(&self) -> String {
        self.hash_with(&self.facts)
    }

    /// The hash of all columns without the time.
    fn sameness(&self, facts: &DescriptionFacts) -> Result<String, Error> {
        let timeless = DescriptionFacts { at: String::new(), ..facts.clone() };
        Ok(self.hash_with(&facts_text(&timeless)?))
    }

    /// Whether the row can be read and has this `sameness`.
    pub(in crate::case) fn has_sameness(&self, sameness: &str) -> bool {
        let found = self.to_description().and_then(|stored| self.sameness(&stored.facts));
        found.is_ok_and(|found| found == sameness)
    }

    fn hash_with(&self, facts: &str) -> String {
        FieldHasher::new("description")
            .number(self.item)
            .field(facts.as_bytes())
            .field(self.said.as_bytes())
            .hex()
    }

    fn to_description(&self) -> Result<StoredDescription, Error> {
        let damaged =
            |e: serde_json::Error| Error::damaged(format!("a description is unreadable: {e}"));
        Ok(StoredDescription {
            facts: serde_json::from_str(&self.facts).map_err(damaged)?,
            said: serde_json::from_str(&self.said).map_err(damaged)?,
        })
    }
}

fn facts_text(facts: &DescriptionFacts) -> Result<String, Error> {
    let value = serde_json::to_value(facts).map_err(|e| Error::Unfit { what: e.to_string() })?;
    Ok(canonical_json(&value))
}
