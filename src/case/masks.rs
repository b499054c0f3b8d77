//! Masks that people drew: one for each item, frame and author.
//!
//! * **In**: a [`StoredMask`]. **Out**: the same, pixel by pixel.
//! * **Not here**: drawing (`annotate`), files for other programs (`dataset`).
//!
//! A mask may be drawn again and takes the place of the one before; the log keeps the hash of every
//! version. None is deleted: an empty mask says that nothing was seen.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::log::Event;
use super::seal::{Seal, canonical};
use super::{Case, Error, ItemId, raster};
use crate::annotate::{Confidence, ForgeryKind, Mask, MaskLabel};
use crate::base::{FrameRef, ModelRef};

/// A mask and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMask {
    /// Of which item.
    pub item: ItemId,
    /// Of a clip.
    pub frame: Option<FrameRef>,
    /// Who drew it.
    pub author: String,
    /// On the stored pixel grid (image space).
    pub mask: Mask,
    /// What the author says of it.
    pub label: MaskLabel,
    /// The model's map at this threshold was the start.
    pub started_from_map_at: Option<f32>,
    /// The model whose map was shown.
    pub model: Option<ModelRef>,
    /// How often each tool was used.
    pub tools: BTreeMap<String, u32>,
    /// When it was drawn, RFC 3339, UTC; see [`super::now`].
    pub at: String,
    /// Who looked at it and agreed.
    pub reviewer: Option<String>,
}

/// Which mask, without its pixels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaskKey {
    /// Of which item.
    pub item: ItemId,
    /// Index of the frame of a clip, `None` for a still picture.
    pub frame: Option<usize>,
    /// Who drew it.
    pub author: String,
}

/// What is stored as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    frame: Option<FrameRef>,
    kind: Option<String>,
    confidence: Option<String>,
    note: String,
    started_from_map_at: Option<f32>,
    model: Option<[String; 2]>,
    tools: BTreeMap<String, u32>,
    at: String,
}

/// A mask as it is stored.
pub(super) struct Stored {
    pub(super) item: i64,
    pub(super) frame: i64,
    pub(super) author: String,
    facts: String,
    reviewer: Option<String>,
    width_px: u32,
    height_px: u32,
    bits: Vec<u8>,
}

/// The columns of [`Stored::of_row`].
pub(super) const COLUMNS: &str = "item, frame, author, facts, reviewer, width_px, height_px, bits";

impl Case {
    /// Keeps a mask; it takes the place of the one of the same item, frame and author.
    ///
    /// # Errors
    ///
    /// When there is no such item or the file cannot be written.
    pub fn save_mask(&mut self, mask: &StoredMask) -> Result<(), Error> {
        let stored = Stored::new(mask)?;
        let n_set = mask.mask.count();
        self.write(|change| {
            change.require_item(mask.item)?;
            stored.put(change)?;
            let Stored { item, frame, author, .. } = &stored;
            let (item, frame, author) = (*item, *frame, author.clone());
            change.log(&Event::Drawn { item, frame, author, n_set, sha256: stored.seal() })
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
        let rows = statement.query_map([id.0], Stored::of_row)?;
        rows.map(|stored| stored?.mask()).collect()
    }

    /// One mask, if there is one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn mask(&self, key: &MaskKey) -> Result<Option<StoredMask>, Error> {
        let stored = stored(self.connection(), key)?;
        stored.map(|stored| stored.mask()).transpose()
    }

    /// Which masks there are, by item, frame and author.
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

    /// Notes who looked at a mask and agreed, or takes that back.
    ///
    /// # Errors
    ///
    /// [`Error::NoMask`], or when the file cannot be written.
    pub fn set_review(&mut self, key: &MaskKey, reviewer: Option<&str>) -> Result<(), Error> {
        self.write(|change| {
            let no_mask = || Error::NoMask { item: key.item.0, author: key.author.clone() };
            let mut stored = stored(change.tx, key)?.ok_or_else(no_mask)?;
            stored.reviewer = reviewer.map(str::to_owned);
            stored.put(change)?;
            let sha256 = stored.seal();
            let Stored { item, frame, author, reviewer, .. } = stored;
            change.log(&Event::Reviewed { item, frame, author, reviewer, sha256 })
        })
    }
}

fn stored(connection: &rusqlite::Connection, key: &MaskKey) -> Result<Option<Stored>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM mask WHERE item = ?1 AND frame = ?2 AND author = ?3");
    let mut statement = connection.prepare_cached(&sql)?;
    let values = params![key.item.0, column(key.frame)?, key.author];
    Ok(statement.query_row(values, Stored::of_row).optional()?)
}

/// The frame as it is stored.
fn column(frame: Option<usize>) -> Result<i64, Error> {
    frame.map_or(Ok(-1), |index| {
        i64::try_from(index).map_err(|_too_large| Error::Unfit { what: format!("frame {index}") })
    })
}

impl Stored {
    fn new(mask: &StoredMask) -> Result<Self, Error> {
        let facts = Facts {
            frame: mask.frame,
            kind: mask.label.kind.map(|kind| kind.as_str().to_owned()),
            confidence: mask.label.confidence.map(|sure| sure.as_str().to_owned()),
            note: mask.label.note.clone(),
            started_from_map_at: mask.started_from_map_at,
            model: mask.model.clone().map(|model| [model.name, model.sha256]),
            tools: mask.tools.clone(),
            at: mask.at.clone(),
        };
        let facts =
            serde_json::to_value(facts).map_err(|e| Error::Unfit { what: e.to_string() })?;
        Ok(Self {
            item: mask.item.0,
            frame: column(mask.frame.map(|frame| frame.index))?,
            author: mask.author.clone(),
            facts: canonical(&facts),
            reviewer: mask.reviewer.clone(),
            width_px: mask.mask.width_px(),
            height_px: mask.mask.height_px(),
            bits: raster::encode(&mask.mask),
        })
    }

    /// The columns of [`COLUMNS`].
    pub(super) fn of_row(row: &Row<'_>) -> rusqlite::Result<Self> {
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

    fn put(&self, change: &Change<'_>) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO mask ({COLUMNS}, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT (item, frame, author) DO UPDATE SET facts = excluded.facts, \
             reviewer = excluded.reviewer, width_px = excluded.width_px, \
             height_px = excluded.height_px, bits = excluded.bits, sha256 = excluded.sha256"
        );
        let sha256 = self.seal();
        let Self { item, frame, author, facts, reviewer, width_px, height_px, bits } = self;
        change.tx.prepare_cached(&sql)?.execute(params![
            item, frame, author, facts, reviewer, width_px, height_px, bits, sha256
        ])?;
        Ok(())
    }

    /// The hash of everything that is stored.
    pub(super) fn seal(&self) -> String {
        Seal::new("mask")
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

    /// The mask again.
    pub(super) fn mask(&self) -> Result<StoredMask, Error> {
        let facts: Facts = serde_json::from_str(&self.facts)
            .map_err(|e| Error::damaged(format!("the facts of a mask are unreadable: {e}")))?;
        Ok(StoredMask {
            item: ItemId(self.item),
            frame: facts.frame,
            author: self.author.clone(),
            mask: raster::decode(self.width_px, self.height_px, &self.bits)?,
            label: MaskLabel {
                kind: facts.kind.as_deref().and_then(ForgeryKind::parse),
                confidence: facts.confidence.as_deref().and_then(Confidence::parse),
                note: facts.note,
            },
            started_from_map_at: facts.started_from_map_at,
            model: facts.model.map(|[name, sha256]| ModelRef { name, sha256 }),
            tools: facts.tools,
            at: facts.at,
            reviewer: self.reviewer.clone(),
        })
    }
}
