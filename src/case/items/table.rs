//! The table of items: adding, listing, finding by path.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{OptionalExtension as _, Row, params};

use super::item::{AddedCounts, Examined, ItemId, ItemRow, ItemState, NewItem, Reexamine};
use super::path::{PathResolver, StoredPath, absolute_path_of, stored_path, to_stored};
use crate::base::{Phase, TaskCtx, Verdict};
use crate::case::change::{BatchWriter, Change, MAX_BATCH_TIME};
use crate::case::findings::FindingBrief;
use crate::case::log::{Event, FieldHasher};
use crate::case::{Case, Error};

/// Items of one transaction, and of one entry of the log, at most.
const CHUNK: usize = 5000;
/// Rows read at once. A reader that holds the file for long would keep a change from committing.
const PAGE: usize = 4096;
/// Rows for which memory is reserved in advance.
const MAX_RESERVED: u64 = 1 << 20;
/// Items between two checks of the stop switch and the clock.
const STRIDE: u64 = 256;

const ROW: &str = "SELECT item.id, inside, path, source, person, state, seconds, item.sha256, \
    item.finding IS NOT NULL, item.verdict, item.score, failure, rank, strategy, why, \
    (SELECT count(*) FROM mask WHERE mask.item = item.id), finding.report \
    FROM item LEFT JOIN place ON place.item = item.id \
    LEFT JOIN finding ON finding.id = item.finding";

/// A file that can be stored.
struct NewRow {
    path: StoredPath,
    source: Option<String>,
    person: Option<String>,
}

/// Adds items. Files that the case has already are counted, not added twice. Every 5,000 items, or
/// what can be added in `MAX_BATCH_TIME`, are one transaction: when stopped, earlier ones stay.
///
/// # Errors
///
/// [`Error::Cancelled`], or when the file cannot be written.
pub fn add_items(
    case: &mut dyn BatchWriter,
    items: &mut dyn Iterator<Item = NewItem>,
    ctx: &TaskCtx<'_>,
) -> Result<AddedCounts, Error> {
    let mut resolver = PathResolver::default();
    let folder = case.reader().folder().to_owned();
    let mut counts = AddedCounts::default();
    let mut n_read = 0u64;
    loop {
        let mut chunk = Vec::new();
        for item in &mut *items {
            if n_read.is_multiple_of(STRIDE) {
                ctx.step(Phase::Reading, n_read, 0)?;
            }
            n_read = n_read.saturating_add(1);
            let path = resolver.absolute(&item.path);
            match path.and_then(|path| to_stored(&path, &folder)) {
                Some(path) => {
                    chunk.push(NewRow { path, source: item.source, person: item.person });
                }
                None => counts.left_out = counts.left_out.saturating_add(1),
            }
            if chunk.len() == CHUNK {
                break;
            }
        }
        if chunk.is_empty() {
            return Ok(counts);
        }
        let chunk = Arc::new(chunk);
        let mut start = 0;
        while start < chunk.len() {
            let rows = Arc::clone(&chunk);
            let (n, n_new) = case.write(move |case| {
                let rows = rows.get(start..).unwrap_or_default();
                case.write(|change| insert_some(change, rows, MAX_BATCH_TIME))
            })?;
            start = start.saturating_add(n);
            counts.new = counts.new.saturating_add(n_new);
            counts.known = counts.known.saturating_add((n as u64).saturating_sub(n_new));
            if start < chunk.len() {
                let n_left = chunk.len().saturating_sub(start) as u64;
                ctx.step(Phase::Reading, n_read.saturating_sub(n_left), 0)?;
            }
        }
    }
}

impl Case {
    /// Adds items, see [`add_items`].
    ///
    /// # Errors
    ///
    /// As [`add_items`].
    pub fn add(
        &mut self,
        items: &mut dyn Iterator<Item = NewItem>,
        ctx: &TaskCtx<'_>,
    ) -> Result<AddedCounts, Error> {
        add_items(self, items, ctx)
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

    /// All items, in the order in which they were added. They are read page by page, so that a change
    /// can commit in between: rows of different pages may be from different moments.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn rows(&self) -> Result<Vec<ItemRow>, Error> {
        let sql = format!("{ROW} WHERE item.id > ?1 ORDER BY item.id LIMIT ?2");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let mut interner = Interner::default();
        // A case that was tampered with may claim any number: more memory is taken when it is needed.
        let mut found: Vec<ItemRow> =
            Vec::with_capacity(self.n_items()?.min(MAX_RESERVED) as usize);
        loop {
            let before = found.len();
            let last = found.last().map_or(i64::MIN, |row| row.id.0);
            let mut rows = statement.query(params![last, PAGE as i64])?;
            while let Some(row) = rows.next()? {
                found.push(item_row(row, self.folder(), &mut interner)?);
            }
            if found.len() < before.saturating_add(PAGE) {
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
        item_row(row, self.folder(), &mut Interner::default())
    }

    /// The item of a path, if the case has it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn find(&self, path: &Path) -> Result<Option<ItemId>, Error> {
        let path = PathResolver::default().absolute(path);
        let Some(stored) = path.and_then(|path| to_stored(&path, self.folder())) else {
            return Ok(None);
        };
        let sql = "SELECT id FROM item WHERE inside = ?1 AND path = ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let found =
            statement.query_row(params![stored.is_relative, stored.value], |row| row.get(0));
        Ok(found.optional()?.map(ItemId))
    }

    /// Up to `n` items that were never examined, oldest first.
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

    /// Up to `n` items, oldest first: those that were never examined, and those that are to be
    /// examined again.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn to_examine(
        &self,
        again: &Reexamine<'_>,
        n: usize,
    ) -> Result<Vec<(ItemId, PathBuf)>, Error> {
        let sql = "SELECT inside, path, item.id FROM item \
                   LEFT JOIN finding ON finding.id = item.finding \
                   WHERE CASE WHEN failure IS NOT NULL THEN ?1 \
                   WHEN finding.id IS NULL THEN 1 \
                   WHEN ?4 AND json_extract(finding.report, '$.quick') THEN 1 \
                   ELSE ?2 IS NOT NULL AND (json_extract(finding.report, '$.scanned') OR \
                   json_extract(finding.facts, '$.model_sha256') IS NOT ?2) \
                   END ORDER BY item.id LIMIT ?3";
        let mut statement = self.connection().prepare_cached(sql)?;
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        self.files(statement.query(params![
            again.failed,
            again.not_by_model,
            n,
            again.quick_looks
        ])?)
    }

    /// Numbers and absolute paths from rows of `inside`, `path` and `id`.
    pub(in crate::case) fn files(
        &self,
        mut rows: rusqlite::Rows<'_>,
    ) -> Result<Vec<(ItemId, PathBuf)>, Error> {
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((
                ItemId(row.get(2)?),
                absolute_path_of(&stored_path(row, 0)?, self.folder())?,
            ));
        }
        Ok(found)
    }
}

/// Inserts the first of these rows, for at most this time. Returns how many rows it has looked at, at
/// least one, and how many of them were new.
fn insert_some(
    change: &Change<'_>,
    rows: &[NewRow],
    max_time: Duration,
) -> Result<(usize, u64), Error> {
    let sql = "INSERT INTO item (inside, path, source, person) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (inside, path) DO NOTHING";
    let mut insert = change.tx.prepare_cached(sql)?;
    let mut hasher = FieldHasher::new("items");
    let (mut new_ids, mut n_new): (Option<(i64, i64)>, u64) = (None, 0);
    let (start, mut n) = (Instant::now(), 0usize);
    for NewRow { path, source, person } in rows {
        if n > 0 && n.is_multiple_of(STRIDE as usize) && start.elapsed() >= max_time {
            break;
        }
        n = n.saturating_add(1);
        if insert.execute(params![path.is_relative, path.value, source, person])? == 1 {
            let id = change.tx.last_insert_rowid();
            // After the largest number there is, SQLite takes any that is free.
            if new_ids.is_some_and(|(_, last)| last.checked_add(1) != Some(id)) || id < 1 {
                return Err(Error::damaged("the numbers of its items are used up"));
            }
            hasher = hash_item(hasher, id, path, source.as_deref(), person.as_deref());
            new_ids = Some((new_ids.map_or(id, |(first, _)| first), id));
            n_new = n_new.saturating_add(1);
        }
    }
    if let Some((first, last)) = new_ids {
        change.log(&Event::Added { first, last, sha256: hasher.hex() })?;
    }
    Ok((n, n_new))
}

/// Adds one new item to the hash that the log keeps of all items of a transaction.
pub(in crate::case) fn hash_item(
    hasher: FieldHasher,
    id: i64,
    path: &StoredPath,
    source: Option<&str>,
    person: Option<&str>,
) -> FieldHasher {
    let hasher = hasher.number(id).number(i64::from(path.is_relative)).field(path.value.bytes());
    hasher.optional(source.map(str::as_bytes)).optional(person.map(str::as_bytes))
}

/// The verdict that a column names.
pub(in crate::case) fn parse_verdict(word: &str) -> Result<Verdict, Error> {
    word.parse().map_err(|_unknown| Error::damaged("an item has an unknown verdict"))
}

/// Shares the texts that many rows repeat.
#[derive(Default)]
struct Interner(HashSet<Arc<str>>);

impl Interner {
    fn shared(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        let text = text?;
        if let Some(known) = self.0.get(text) {
            return Some(Arc::clone(known));
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        Some(text)
    }
}

/// A row of [`ROW`].
fn item_row(row: &Row<'_>, folder: &Path, interner: &mut Interner) -> Result<ItemRow, Error> {
    let text = |column| row.get_ref(column).map(|value| value.as_str_or_null());
    let text = |column| match text(column) {
        Ok(Ok(text)) => Ok(text),
        _ => Err(Error::damaged("an item has unreadable text")),
    };
    let is_found: bool = row.get(8)?;
    let examined = match (text(11)?, is_found) {
        (Some(reason), _) => Examined::Failed(reason.to_owned()),
        (None, true) => Examined::Done,
        (None, false) => Examined::Waiting,
    };
    let state = text(5)?.and_then(|name| name.parse::<ItemState>().ok());
    Ok(ItemRow {
        id: ItemId(row.get(0)?),
        path: absolute_path_of(&stored_path(row, 1)?, folder)?.into(),
        state: state.ok_or_else(|| Error::damaged("an item has an unknown state"))?,
        sha256: text(7)?.map(str::to_owned),
        source: interner.shared(text(3)?),
        person: interner.shared(text(4)?),
        examined,
        verdict: text(9)?.map(parse_verdict).transpose()?,
        score: row.get(10)?,
        rank: row.get(12)?,
        strategy: interner.shared(text(13)?),
        why: text(14)?.map(str::to_owned),
        n_masks: row.get(15)?,
        seconds: row.get(6)?,
        found: text(16)?.and_then(FindingBrief::from_report),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_the_time_is_left_to_the_next_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
        let path = |n: usize| to_stored(&folder.path().join(format!("{n}.png")), folder.path());
        let new = |n| NewRow { path: path(n).unwrap(), source: None, person: None };
        let all: Vec<NewRow> = (0..1000).map(new).collect();
        let mut rest = all.as_slice();
        let mut taken = Vec::new();
        while !rest.is_empty() {
            let some = case.write(|change| insert_some(change, rest, Duration::ZERO)).unwrap();
            assert_eq!(some.0 as u64, some.1, "all are new");
            rest = &rest[some.0..];
            taken.push(some.0);
        }
        assert_eq!(taken, [256, 256, 256, 232]);
        let again = case.write(|change| insert_some(change, &all, Duration::MAX)).unwrap();
        assert_eq!(again, (1000, 0));
        assert_eq!(case.n_entries().unwrap(), 1 + 4, "one entry each, none for nothing");
        assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    }

    #[test]
    fn many_rows_are_read_page_by_page_each_once() {
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
