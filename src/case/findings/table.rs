//! The table of findings, and what an examination changes of its item.

use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::finding::{RunFacts, StoredFinding};
use super::maps::{self, floats_from_bytes, floats_to_bytes};
use crate::base::ModelRef;
use crate::case::change::Change;
use crate::case::items::parse_verdict;
use crate::case::log::{Event, FieldHasher, canonical_json};
use crate::case::{Case, Error, ItemId};

/// Items whose signals are read at once. A reader that holds the file for long would keep a change
/// from committing.
const PAGE: usize = 512;

/// [`RunFacts`] as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct FactsJson {
    media_sha256: String,
    model: String,
    model_sha256: String,
    engine: String,
    provider: String,
    program: String,
    parameters: Value,
    at: String,
}

/// A finding as it is stored.
pub(in crate::case) struct FindingRow {
    pub(in crate::case) item: i64,
    facts: String,
    verdict: String,
    score: Option<f32>,
    signals: String,
    embedding: Vec<u8>,
    report: String,
    maps: Vec<u8>,
}

/// What [`FindingRow::from_row`] reads.
pub(in crate::case) const COLUMNS: &str =
    "item, facts, verdict, score, signals, embedding, report, maps";

impl Case {
    /// Stores what was found in an item, together with what the queue needs of it. A finding that
    /// equals an earlier one of the same item, but for its time, is not stored twice; it becomes the
    /// newest again.
    ///
    /// # Errors
    ///
    /// [`Error::MediaChanged`] when the file is not the one that the case knows; otherwise when there
    /// is no such item or the file cannot be written.
    pub fn record(
        &mut self,
        id: ItemId,
        finding: &StoredFinding,
        signals: &Value,
        embedding: &[f32],
    ) -> Result<(), Error> {
        let stored = FindingRow::new(id, finding, signals, embedding)?;
        let sameness = stored.sameness(&finding.facts)?;
        self.write(|change| {
            identify(change, id, &finding.facts.media_sha256)?;
            let sql = "SELECT id FROM finding WHERE item = ?1 AND sameness = ?2";
            let mut statement = change.tx.prepare_cached(sql)?;
            let known =
                statement.query_row(params![id.0, sameness], |row| row.get(0)).optional()?;
            let (number, event) = match known {
                Some(finding) => (finding, Event::FoundAgain { item: id.0, finding }),
                None => stored.insert(change, &sameness, finding)?,
            };
            let sql = "UPDATE item SET finding = ?2, verdict = ?3, score = ?4, failure = NULL \
                       WHERE id = ?1";
            let (verdict, score) = (&stored.verdict, stored.score);
            change.tx.prepare_cached(sql)?.execute(params![id.0, number, verdict, score])?;
            change.log(&event)
        })
    }

    /// Whether an item has a finding that equals this one but for its time, see [`Case::record`].
    ///
    /// # Errors
    ///
    /// When the finding cannot be stored, or the file cannot be read.
    pub fn has_finding(
        &self,
        id: ItemId,
        finding: &StoredFinding,
        signals: &Value,
        embedding: &[f32],
    ) -> Result<bool, Error> {
        let stored = FindingRow::new(id, finding, signals, embedding)?;
        let sameness = stored.sameness(&finding.facts)?;
        let sql = "SELECT 1 FROM finding WHERE item = ?1 AND sameness = ?2";
        Ok(self.connection().prepare_cached(sql)?.exists(params![id.0, sameness])?)
    }

    /// Stores why an item could not be examined. Earlier findings stay.
    ///
    /// # Errors
    ///
    /// When there is no such item or the file cannot be written.
    pub fn record_failure(
        &mut self,
        id: ItemId,
        sha256: Option<&str>,
        reason: &str,
    ) -> Result<(), Error> {
        self.write(|change| {
            known_hash(change, id)?;
            let sql = "UPDATE item SET failure = ?2, sha256 = coalesce(sha256, ?3) WHERE id = ?1";
            change.tx.prepare_cached(sql)?.execute(params![id.0, reason, sha256])?;
            let (sha256, reason) = (sha256.map(str::to_owned), reason.to_owned());
            change.log(&Event::Failed { item: id.0, sha256, reason })
        })
    }

    /// Stores the hash of an item's file, which masks drawn before the first examination belong to.
    ///
    /// # Errors
    ///
    /// [`Error::MediaChanged`] when the case knows another hash.
    pub fn identify(&mut self, id: ItemId, sha256: &str) -> Result<(), Error> {
        self.write(|change| {
            if identify(change, id, sha256)? {
                change.log(&Event::Identified { item: id.0, sha256: sha256.to_owned() })?;
            }
            Ok(())
        })
    }

    /// All findings of an item, oldest first.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn findings(&self, id: ItemId) -> Result<Vec<StoredFinding>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM finding WHERE item = ?1 ORDER BY id");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([id.0], |row| FindingRow::from_row(row, 0))?;
        rows.map(|stored| stored?.to_finding()).collect()
    }

    /// The newest finding of an item.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn newest_finding(&self, id: ItemId) -> Result<Option<StoredFinding>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM finding WHERE id = (SELECT finding FROM item WHERE id = ?1)"
        );
        let mut statement = self.connection().prepare_cached(&sql)?;
        let stored = statement.query_row([id.0], |row| FindingRow::from_row(row, 0)).optional()?;
        stored.map(|stored| stored.to_finding()).transpose()
    }

    /// Signals and embedding of the newest finding of every item that has one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn signals(&self) -> Result<Vec<(ItemId, Value, Vec<f32>)>, Error> {
        let mut found = Vec::new();
        self.each_signals(&mut |id, signals, embedding| {
            found.push((id, signals, embedding));
            Ok(())
        })?;
        Ok(found)
    }

    /// As [`Case::signals`], one item after the other by their numbers: all of them at once take much
    /// memory as JSON. They are read page by page, so that a change can commit in between.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or what `each` returns.
    pub fn each_signals(
        &self,
        each: &mut dyn FnMut(ItemId, Value, Vec<f32>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let sql = "SELECT item.id, finding.signals, finding.embedding FROM item \
                   JOIN finding ON finding.id = item.finding \
                   WHERE item.id > ?1 ORDER BY item.id LIMIT ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut last = i64::MIN;
        loop {
            let of_row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let rows = statement.query_map(rusqlite::params![last, PAGE as i64], of_row)?;
            let page: Vec<(i64, String, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
            for (id, signals, embedding) in &page {
                each(ItemId(*id), json(signals)?, floats_from_bytes(embedding)?)?;
                last = *id;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }
}

impl FindingRow {
    fn new(
        id: ItemId,
        finding: &StoredFinding,
        signals: &Value,
        embedding: &[f32],
    ) -> Result<Self, Error> {
        Ok(Self {
            item: id.0,
            facts: facts_text(&finding.facts)?,
            verdict: finding.verdict.as_str().to_owned(),
            score: finding.score.filter(|score| score.is_finite()),
            signals: canonical_json(signals),
            embedding: floats_to_bytes(embedding),
            report: canonical_json(&finding.report),
            maps: maps::encode(&finding.maps)?,
        })
    }

    /// `first` is the number of the first of [`COLUMNS`].
    pub(in crate::case) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let at = |column: usize| first.saturating_add(column);
        Ok(Self {
            item: row.get(at(0))?,
            facts: row.get(at(1))?,
            verdict: row.get(at(2))?,
            score: row.get(at(3))?,
            signals: row.get(at(4))?,
            embedding: row.get(at(5))?,
            report: row.get(at(6))?,
            maps: row.get(at(7))?,
        })
    }

    fn insert(
        &self,
        change: &Change<'_>,
        sameness: &str,
        finding: &StoredFinding,
    ) -> Result<(i64, Event), Error> {
        let sql = format!(
            "INSERT INTO finding ({COLUMNS}, sameness, sha256) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        );
        let sha256 = self.sha256();
        let Self { item, facts, verdict, score, signals, embedding, report, maps } = self;
        change.tx.prepare_cached(&sql)?.execute(params![
            item, facts, verdict, score, signals, embedding, report, maps, sameness, sha256
        ])?;
        let number = change.tx.last_insert_rowid();
        let event = Event::Found {
            item: *item,
            finding: number,
            sha256,
            media_sha256: finding.facts.media_sha256.clone(),
            verdict: verdict.clone(),
            score: *score,
            model: finding.facts.model.sha256.clone(),
        };
        Ok((number, event))
    }

    /// The hash of all columns.
    pub(in crate::case) fn sha256(&self) -> String {
        self.hash_with(&self.facts)
    }

    /// The hash of all columns without the time.
    fn sameness(&self, facts: &RunFacts) -> Result<String, Error> {
        let timeless = RunFacts { at: String::new(), ..facts.clone() };
        Ok(self.hash_with(&facts_text(&timeless)?))
    }

    /// Whether the row can be read and has this `sameness`.
    pub(in crate::case) fn has_sameness(&self, sameness: &str) -> bool {
        let found = self.to_finding().and_then(|finding| self.sameness(&finding.facts));
        found.is_ok_and(|found| found == sameness)
    }

    fn hash_with(&self, facts: &str) -> String {
        let score = self.score.map(f32::to_le_bytes);
        FieldHasher::new("finding")
            .number(self.item)
            .field(facts.as_bytes())
            .field(self.verdict.as_bytes())
            .optional(score.as_ref().map(<[u8; 4]>::as_slice))
            .field(self.signals.as_bytes())
            .field(&self.embedding)
            .field(self.report.as_bytes())
            .field(&self.maps)
            .hex()
    }

    fn to_finding(&self) -> Result<StoredFinding, Error> {
        let facts: FactsJson = serde_json::from_str(&self.facts)
            .map_err(|e| Error::damaged(format!("the facts of a finding are unreadable: {e}")))?;
        Ok(StoredFinding {
            facts: RunFacts {
                media_sha256: facts.media_sha256,
                model: ModelRef { name: facts.model, sha256: facts.model_sha256 },
                engine: facts.engine,
                provider: facts.provider,
                program: facts.program,
                parameters: facts.parameters,
                at: facts.at,
            },
            verdict: parse_verdict(&self.verdict)?,
            score: self.score,
            report: json(&self.report)?,
            maps: maps::decode(&self.maps)?,
        })
    }
}

fn facts_text(facts: &RunFacts) -> Result<String, Error> {
    let facts = facts.clone();
    let stored = FactsJson {
        media_sha256: facts.media_sha256,
        model: facts.model.name,
        model_sha256: facts.model.sha256,
        engine: facts.engine,
        provider: facts.provider,
        program: facts.program,
        parameters: facts.parameters,
        at: facts.at,
    };
    let value = serde_json::to_value(stored).map_err(|e| Error::Unfit { what: e.to_string() })?;
    Ok(canonical_json(&value))
}

fn json(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|e| Error::damaged(format!("JSON is unreadable: {e}")))
}

/// The stored hash of an item's file.
fn known_hash(change: &Change<'_>, id: ItemId) -> Result<Option<String>, Error> {
    let mut statement = change.tx.prepare_cached("SELECT sha256 FROM item WHERE id = ?1")?;
    statement.query_row([id.0], |row| row.get(0)).optional()?.ok_or(Error::NoItem(id.0))
}

/// Stores the hash of an item's file, and returns whether it is new.
pub(in crate::case) fn identify(
    change: &Change<'_>,
    id: ItemId,
    found: &str,
) -> Result<bool, Error> {
    match known_hash(change, id)? {
        Some(known) if known != found => {
            Err(Error::MediaChanged { known, found: found.to_owned() })
        }
        Some(_) => Ok(false),
        None => {
            let sql = "UPDATE item SET sha256 = ?2 WHERE id = ?1";
            change.tx.prepare_cached(sql)?.execute(params![id.0, found])?;
            Ok(true)
        }
    }
}
