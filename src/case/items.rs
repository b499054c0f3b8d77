//! The items of a case: adding them, listing them, finding them by path.
//!
//! * **In**: paths. **Out**: rows.
//! * **Not here**: what a row is (`item`), what was found (`findings`), the order (`queue`).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{OptionalExtension as _, Row, params};

use super::change::{Change, STRETCH};
use super::log::Event;
use super::places::{Absolute, Name, Place, path_of, place_of};
use super::seal::Seal;
use super::{Added, Again, Case, Error, Examined, ItemId, ItemRow, ItemState, NewItem};
use crate::base::{Phase, TaskCtx, Verdict};

/// Items of one transaction and one entry of the log at most.
const CHUNK: usize = 5000;
/// Rows read at once.
const PAGE: usize = 4096;
/// Rows for which room is made in advance.
const MAX_ROOM: u64 = 1 << 20;
/// Items between two looks at the stop switch.
const STRIDE: u64 = 256;

const ROW: &str = "SELECT item.id, inside, path, source, person, state, seconds, sha256, \
    finding IS NOT NULL, verdict, score, failure, rank, strategy, why, \
    (SELECT count(*) FROM mask WHERE mask.item = item.id) \
    FROM item LEFT JOIN place ON place.item = item.id";

impl Case {
    /// Adds items; what is in the case already is not doubled. Each 5,000, or what can be added in
    /// [`STRETCH`](super::STRETCH), are one transaction: when stopped, what was added so far stays.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], or when the file cannot be written.
    pub fn add(
        &mut self,
        items: &mut dyn Iterator<Item = NewItem>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Added, Error> {
        let mut absolute = Absolute::default();
        let folder = self.folder().to_owned();
        let mut added = Added::default();
        let mut seen = 0u64;
        loop {
            let mut chunk = Vec::new();
            for item in &mut *items {
                if seen.is_multiple_of(STRIDE) {
                    ctx.step(Phase::Reading, seen, 0)?;
                }
                seen += 1;
                let path = absolute.path(&item.path);
                match path.and_then(|path| place_of(&path, &folder)) {
                    Some(place) => chunk.push((place, item.source, item.person)),
                    None => added.left_out += 1,
                }
                if chunk.len() == CHUNK {
                    break;
                }
            }
            if chunk.is_empty() {
                return Ok(added);
            }
            let mut rest = chunk.as_slice();
            while !rest.is_empty() {
                let (n, new) = self.write(|change| add_some(change, rest, STRETCH))?;
                rest = rest.get(n..).unwrap_or_default();
                added.new += new;
                added.known += n as u64 - new;
                if !rest.is_empty() {
                    ctx.step(Phase::Reading, seen - rest.len() as u64, 0)?;
                }
            }
        }
    }

    /// Number of items.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn n_items(&self) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM item";
        let n: i64 = self.connection().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(n.max(0) as u64)
    }

    /// All items, in the order in which they were added. They are read in pieces, so that nobody
    /// who changes the case meanwhile waits long: each row is as it was at a moment of its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn rows(&self) -> Result<Vec<ItemRow>, Error> {
        let sql = format!("{ROW} WHERE item.id > ?1 ORDER BY item.id LIMIT ?2");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut words = Words::default();
        // A case that was tampered with may claim anything: room for more is made when it is needed.
        let mut found: Vec<ItemRow> = Vec::with_capacity(self.n_items()?.min(MAX_ROOM) as usize);
        loop {
            let before = found.len();
            let last = found.last().map_or(i64::MIN, |row| row.id.0);
            let mut rows = statement.query(params![last, PAGE as i64])?;
            while let Some(row) = rows.next()? {
                found.push(item_row(row, self.folder(), &mut words)?);
            }
            if found.len() < before + PAGE {
                return Ok(found);
            }
        }
    }

    /// One item.
    ///
    /// # Errors
    ///
    /// [`Error::NoItem`], or when the file cannot be read.
    pub fn row(&self, id: ItemId) -> Result<ItemRow, Error> {
        let mut statement =
            self.connection().prepare_cached(&format!("{ROW} WHERE item.id = ?1"))?;
        let mut rows = statement.query([id.0])?;
        let row = rows.next()?.ok_or(Error::NoItem(id.0))?;
        item_row(row, self.folder(), &mut Words::default())
    }

    /// The item of a path, if the case has it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn find(&self, path: &Path) -> Result<Option<ItemId>, Error> {
        let whole = Absolute::default().path(path);
        let Some(place) = whole.and_then(|path| place_of(&path, self.folder())) else {
            return Ok(None);
        };
        let sql = "SELECT id FROM item WHERE inside = ?1 AND path = ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let found = statement.query_row(params![place.inside, place.name], |row| row.get(0));
        Ok(found.optional()?.map(ItemId))
    }

    /// Up to `n` items that the detector has not looked at, oldest first.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn waiting(&self, n: usize) -> Result<Vec<(ItemId, PathBuf)>, Error> {
        let sql = "SELECT inside, path, id FROM item \
                   WHERE finding IS NULL AND failure IS NULL ORDER BY id LIMIT ?1";
        let mut statement = self.connection().prepare_cached(sql)?;
        self.files(statement.query([i64::try_from(n).unwrap_or(i64::MAX)])?)
    }

    /// Up to `n` items that are to be examined, oldest first: those that the detector has not looked
    /// at, and those asked for.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn waiting_for(
        &self,
        again: &Again<'_>,
        n: usize,
    ) -> Result<Vec<(ItemId, PathBuf)>, Error> {
        let sql = "SELECT inside, path, item.id FROM item \
                   LEFT JOIN finding ON finding.id = item.finding \
                   WHERE CASE WHEN failure IS NOT NULL THEN ?1 \
                   WHEN finding.id IS NULL THEN 1 \
                   ELSE ?2 IS NOT NULL AND json_extract(finding.facts, '$.model_sha256') IS NOT ?2 \
                   END ORDER BY item.id LIMIT ?3";
        let mut statement = self.connection().prepare_cached(sql)?;
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        self.files(statement.query(params![again.failed, again.other_than, n])?)
    }

    /// The files in rows of `inside`, `path` and `id`.
    fn files(&self, mut rows: rusqlite::Rows<'_>) -> Result<Vec<(ItemId, PathBuf)>, Error> {
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((ItemId(row.get(2)?), path_of(&place(row, 0)?, self.folder())?));
        }
        Ok(found)
    }
}

/// Adds what is new of the first of these, for so long. How many it has looked at, at least one, and
/// how many of them were new.
fn add_some(
    change: &Change<'_>,
    chunk: &[(Place, Option<String>, Option<String>)],
    stretch: Duration,
) -> Result<(usize, u64), Error> {
    let sql = "INSERT INTO item (inside, path, source, person) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (inside, path) DO NOTHING";
    let mut insert = change.tx.prepare_cached(sql)?;
    let mut seal = Seal::new("items");
    let (mut new, mut n_new): (Option<(i64, i64)>, u64) = (None, 0);
    let (start, mut n) = (Instant::now(), 0);
    for (place, source, person) in chunk {
        if n > 0 && n % STRIDE as usize == 0 && start.elapsed() >= stretch {
            break;
        }
        n += 1;
        if insert.execute(params![place.inside, place.name, source, person])? == 1 {
            let id = change.tx.last_insert_rowid();
            // After the largest number there is, SQLite takes any that is free.
            if new.is_some_and(|(_, last)| last.checked_add(1) != Some(id)) || id < 1 {
                return Err(Error::damaged("the numbers of its items are used up"));
            }
            seal = seal_item(seal, id, place, source.as_deref(), person.as_deref());
            new = Some((new.map_or(id, |(first, _)| first), id));
            n_new += 1;
        }
    }
    if let Some((first, last)) = new {
        change.log(&Event::Added { first, last, sha256: seal.hex() })?;
    }
    Ok((n, n_new))
}

/// What is sealed of an item when it is added.
pub(super) fn seal_item(
    seal: Seal,
    id: i64,
    place: &Place,
    source: Option<&str>,
    person: Option<&str>,
) -> Seal {
    let seal = seal.number(id).number(i64::from(place.inside)).field(place.name.bytes());
    seal.optional(source.map(str::as_bytes)).optional(person.map(str::as_bytes))
}

/// The place in the columns `inside` and `path`, the first of which is given.
pub(super) fn place(row: &Row<'_>, column: usize) -> rusqlite::Result<Place> {
    let name = Name::of(row.get_ref(column + 1)?);
    let name = name.map_err(|_damaged| {
        let kind = rusqlite::types::Type::Blob;
        rusqlite::Error::InvalidColumnType(column + 1, "path".to_owned(), kind)
    })?;
    Ok(Place { inside: row.get(column)?, name })
}

/// The verdict of a stable word.
pub(super) fn verdict_of(word: &str) -> Result<Verdict, Error> {
    use Verdict::{Inconclusive, NoTraceFound, NotExamined, TracesFound};
    let all = [TracesFound, Inconclusive, NoTraceFound, NotExamined];
    let found = all.into_iter().find(|verdict| verdict.as_str() == word);
    found.ok_or_else(|| Error::damaged("an item has an unknown verdict"))
}

/// Words that many rows share.
#[derive(Default)]
struct Words(HashSet<Arc<str>>);

impl Words {
    fn shared(&mut self, word: Option<&str>) -> Option<Arc<str>> {
        let word = word?;
        if let Some(known) = self.0.get(word) {
            return Some(Arc::clone(known));
        }
        let word: Arc<str> = word.into();
        self.0.insert(Arc::clone(&word));
        Some(word)
    }
}

/// A row of [`ROW`].
fn item_row(row: &Row<'_>, folder: &Path, words: &mut Words) -> Result<ItemRow, Error> {
    let text = |column| row.get_ref(column).map(|value| value.as_str_or_null());
    let text = |column| match text(column) {
        Ok(Ok(text)) => Ok(text),
        _ => Err(Error::damaged("an item has unreadable words")),
    };
    let is_found: bool = row.get(8)?;
    let examined = match (text(11)?, is_found) {
        (Some(reason), _) => Examined::Failed(reason.to_owned()),
        (None, true) => Examined::Done,
        (None, false) => Examined::Waiting,
    };
    let state = text(5)?.and_then(ItemState::parse);
    Ok(ItemRow {
        id: ItemId(row.get(0)?),
        path: path_of(&place(row, 1)?, folder)?.into(),
        state: state.ok_or_else(|| Error::damaged("an item has an unknown state"))?,
        sha256: text(7)?.map(str::to_owned),
        source: words.shared(text(3)?),
        person: words.shared(text(4)?),
        examined,
        verdict: text(9)?.map(verdict_of).transpose()?,
        score: row.get(10)?,
        rank: row.get(12)?,
        strategy: words.shared(text(13)?),
        why: text(14)?.map(str::to_owned),
        n_masks: row.get(15)?,
        seconds: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_a_stretch_is_left_to_the_next_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
        let place = |n: usize| place_of(&folder.path().join(format!("{n}.png")), folder.path());
        let all: Vec<_> = (0..1000).map(|n| (place(n).unwrap(), None, None)).collect();
        let mut rest = all.as_slice();
        let mut taken = Vec::new();
        while !rest.is_empty() {
            let some = case.write(|change| add_some(change, rest, Duration::ZERO)).unwrap();
            assert_eq!(some.0 as u64, some.1, "all are new");
            rest = &rest[some.0..];
            taken.push(some.0);
        }
        assert_eq!(taken, [256, 256, 256, 232]);
        let again = case.write(|change| add_some(change, &all, Duration::MAX)).unwrap();
        assert_eq!(again, (1000, 0));
        assert_eq!(case.n_entries().unwrap(), 1 + 4, "one entry each, none for nothing");
        assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    }

    #[test]
    fn many_rows_are_read_piece_by_piece_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
        for n in [0, PAGE - 1, 1, 1, PAGE - 1] {
            let before = case.rows().unwrap().len();
            let path = |i: usize| PathBuf::from(format!("/m/{}.png", before + i));
            let item = |i| NewItem { path: path(i), source: None, person: None };
            case.add(&mut (0..n).map(item), &TaskCtx::silent()).unwrap();
            let ids: Vec<i64> = case.rows().unwrap().iter().map(|row| row.id.0).collect();
            assert_eq!(ids, (1..=(before + n) as i64).collect::<Vec<_>>());
        }
    }
}
