//! The table of masks.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::bits;
use super::mask::{MaskKey, StoredMask};
use crate::annotate::MaskLabel;
use crate::base::{FrameRef, ModelRef};
use crate::case::change::Change;
use crate::case::log::{Event, FieldHasher, canonical_json};
use crate::case::{Case, Error, ItemId};

/// The column `facts` as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct FactsJson {
    frame: Option<FrameRef>,
    kind: Option<String>,
    confidence: Option<String>,
    note: String,
    started_from_map_at: Option<f32>,
    model: Option<[String; 2]>,
    tools: BTreeMap<String, u32>,
    /// Absent in masks of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen_readers: Option<BTreeSet<String>>,
    at: String,
}

/// A mask as it is stored.
pub(in crate::case) struct MaskRow {
    pub(in crate::case) item: i64,
    /// Index of the frame, -1 for a still picture.
    pub(in crate::case) frame: i64,
    pub(in crate::case) author: String,
    facts: String,
    reviewer: Option<String>,
    width_px: u32,
    height_px: u32,
    bits: Vec<u8>,
}

/// What [`MaskRow::from_row`] reads.
pub(in crate::case) const COLUMNS: &str =
    "item, frame, author, facts, reviewer, width_px, height_px, bits";

impl Case {
    /// Stores a mask; it replaces the one of the same item, frame and author.
    ///
    /// # Errors
    ///
    /// When there is no such item or the file cannot be written.
    pub fn save_mask(&mut self, mask: &StoredMask) -> Result<(), Error> {
        let row = MaskRow::new(mask)?;
        let n_set = mask.mask.count();
        self.write(|change| {
            change.require_item(mask.item)?;
            row.upsert(change)?;
            let MaskRow { item, frame, author, .. } = &row;
            let (item, frame, author) = (*item, *frame, author.clone());
            change.log(&Event::Drawn { item, frame, author, n_set, sha256: row.sha256() })
        })
    }

    /// All masks of an item, by frame and author.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn masks(&self, id: ItemId) -> Result<Vec<StoredMask>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM mask WHERE item = ?1 ORDER BY frame, author");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let rows = statement.query_map([id.0], MaskRow::from_row)?;
        rows.map(|row| row?.to_mask()).collect()
    }

    /// One mask, if there is one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn mask(&self, key: &MaskKey) -> Result<Option<StoredMask>, Error> {
        find_row(self.connection(), key)?.map(|row| row.to_mask()).transpose()
    }

    /// Keys of all masks, ordered by item, frame and author.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn mask_keys(&self) -> Result<Vec<MaskKey>, Error> {
        let sql = "SELECT item, frame, author FROM mask ORDER BY item, frame, author";
        let mut statement = self.connection().prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let frame: i64 = row.get(1)?;
            let frame = usize::try_from(frame).ok();
            Ok(MaskKey { item: ItemId(row.get(0)?), frame, author: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stores who has reviewed and confirmed a mask, or withdraws that.
    ///
    /// # Errors
    ///
    /// [`Error::NoMask`], or when the file cannot be written.
    pub fn set_review(&mut self, key: &MaskKey, reviewer: Option<&str>) -> Result<(), Error> {
        self.write(|change| {
            let no_mask = || Error::NoMask { item: key.item.0, author: key.author.clone() };
            let mut row = find_row(change.tx, key)?.ok_or_else(no_mask)?;
            row.reviewer = reviewer.map(str::to_owned);
            row.upsert(change)?;
            let sha256 = row.sha256();
            let MaskRow { item, frame, author, reviewer, .. } = row;
            change.log(&Event::Reviewed { item, frame, author, reviewer, sha256 })
        })
    }
}

fn find_row(connection: &Connection, key: &MaskKey) -> Result<Option<MaskRow>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM mask WHERE item = ?1 AND frame = ?2 AND author = ?3");
    let mut statement = connection.prepare_cached(&sql)?;
    let values = params![key.item.0, frame_column(key.frame)?, key.author];
    Ok(statement.query_row(values, MaskRow::from_row).optional()?)
}

fn frame_column(frame: Option<usize>) -> Result<i64, Error> {
    frame.map_or(Ok(-1), |index| {
        i64::try_from(index).map_err(|_too_large| Error::Unfit { what: format!("frame {index}") })
    })
}

impl MaskRow {
    fn new(mask: &StoredMask) -> Result<Self, Error> {
        let [kind, confidence] = mask.label.to_file();
        let facts = FactsJson {
            frame: mask.frame,
            kind,
            confidence,
            note: mask.label.note.clone(),
            started_from_map_at: mask.started_from_map_at,
            model: mask.model.clone().map(|model| [model.name, model.sha256]),
            tools: mask.tools.clone(),
            seen_readers: mask.seen_readers.clone(),
            at: mask.at.clone(),
        };
        let facts =
            serde_json::to_value(facts).map_err(|e| Error::Unfit { what: e.to_string() })?;
        Ok(Self {
            item: mask.item.0,
            frame: frame_column(mask.frame.map(|frame| frame.index))?,
            author: mask.author.clone(),
            facts: canonical_json(&facts),
            reviewer: mask.reviewer.clone(),
            width_px: mask.mask.width_px(),
            height_px: mask.mask.height_px(),
            bits: bits::encode(&mask.mask),
        })
    }

    pub(in crate::case) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            item: row.get(0)?,
            frame: row.get(1)?,
            author: row.get(2)?,
            facts: row.get(3)?,
            reviewer: row.get(4)?,
            width_px: row.get(5)?,
            height_px: row.get(6)?,
            bits: row.get(7)?,
        })
    }

    fn upsert(&self, change: &Change<'_>) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO mask ({COLUMNS}, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT (item, frame, author) DO UPDATE SET facts = excluded.facts, \
             reviewer = excluded.reviewer, width_px = excluded.width_px, \
             height_px = excluded.height_px, bits = excluded.bits, sha256 = excluded.sha256"
        );
        let sha256 = self.sha256();
        let Self { item, frame, author, facts, reviewer, width_px, height_px, bits } = self;
        change.tx.prepare_cached(&sql)?.execute(params![
            item, frame, author, facts, reviewer, width_px, height_px, bits, sha256
        ])?;
        Ok(())
    }

    /// The hash of all columns.
    pub(in crate::case) fn sha256(&self) -> String {
        FieldHasher::new("mask")
            .number(self.item)
            .number(self.frame)
            .field(self.author.as_bytes())
            .field(self.facts.as_bytes())
            .optional(self.reviewer.as_deref().map(str::as_bytes))
            .number(i64::from(self.width_px))
            .number(i64::from(self.height_px))
            .field(&self.bits)
            .hex()
    }

    pub(in crate::case) fn to_mask(&self) -> Result<StoredMask, Error> {
        let facts: FactsJson = serde_json::from_str(&self.facts)
            .map_err(|e| Error::damaged(format!("the facts of a mask are unreadable: {e}")))?;
        Ok(StoredMask {
            item: ItemId(self.item),
            frame: facts.frame,
            author: self.author.clone(),
            mask: bits::decode(self.width_px, self.height_px, &self.bits)?,
            label: MaskLabel::from_file(
                facts.kind.as_deref(),
                facts.confidence.as_deref(),
                &facts.note,
            ),
            started_from_map_at: facts.started_from_map_at,
            model: facts.model.map(|[name, sha256]| ModelRef { name, sha256 }),
            tools: facts.tools,
            seen_readers: facts.seen_readers,
            at: facts.at,
            reviewer: self.reviewer.clone(),
        })
    }
}
