//! From a data set of any format into a case.
//!
//! * **In**: a data set. **Out**: its pictures as items, its masks as masks of their annotators.
//! * **Not here**: the formats (`dataset`).
//!
//! A picture of the case is known by its path, first that of the original, then that in the data
//! set. What a person has in the case already is never replaced.

use std::path::{Path, PathBuf};

use super::Error;
use super::hash::file_sha256;
use crate::base::{ModelRef, Phase, TaskCtx};
use crate::case::{self, Case, FrameRef, ItemId, ItemState, MaskKey, NewItem, StoredMask};
use crate::dataset::{self, Entry, Format, Pixels, Record};

/// The author of masks that tell of none.
const NOBODY: &str = "imported";
/// Entries of one transaction: the disk is waited for once.
const CHUNK: usize = 64;
/// 32-bit words of masks held at once: 64 MiB.
const MAX_WORDS: usize = 16 << 20;
/// Entries named one by one when something is wrong with them.
const MAX_NAMED: usize = 20;

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// What the data set was.
    pub format: Format,
    /// Items that are new in the case.
    pub n_new: u64,
    /// Masks that came in.
    pub n_masks: u64,
    /// Masks that the case had already, of the same person; they stayed as they were.
    pub n_kept: u64,
    /// What was lost or left out: a sentence each.
    pub remarks: Vec<String>,
}

/// Takes a data set into a case: pictures that are not in it are added, masks are kept under the
/// names of their annotators (without one `imported`), and their items are done.
///
/// # Errors
///
/// [`Error::DataSet`] when it cannot be opened, [`Error::Case`], [`Error::Cancelled`]. What came in
/// before stays, and the same call goes on.
pub fn import(
    case: &mut Case,
    path: &Path,
    format: Option<Format>,
    ctx: &TaskCtx<'_>,
) -> Result<TakenOver, Error> {
    let folder = std::path::absolute(path)
        .map_err(|source| Error::Folder { source, path: path.to_owned() })?;
    let imported = dataset::import(&folder, format, ctx)?;
    let mut taken = TakenOver {
        format: imported.format,
        n_new: 0,
        n_masks: 0,
        n_kept: 0,
        remarks: imported.remarks.clone(),
    };
    let mut bad: Vec<String> = Vec::new();
    let mut entries = imported.entries().enumerate();
    loop {
        // Decoded before the case is changed, so that others wait no longer than for the writing.
        let mut chunk = Vec::new();
        let mut n_words = 0;
        for (i, entry) in entries.by_ref() {
            ctx.step(Phase::Reading, i as u64, imported.len() as u64)?;
            match entry {
                Ok(entry) => {
                    n_words += entry.mask.words().len();
                    chunk.push(entry);
                }
                Err(dataset::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => bad.push(error.to_string()),
            }
            if chunk.len() == CHUNK || n_words > MAX_WORDS {
                break;
            }
        }
        if chunk.is_empty() {
            break;
        }
        let wrong: Result<Vec<String>, Error> = case.together(|case| {
            let wrong = chunk.iter().map(|entry| one(case, entry, &mut taken, ctx).transpose());
            wrong.flatten().collect()
        });
        bad.extend(wrong?);
    }
    ctx.step(Phase::Reading, imported.len() as u64, imported.len() as u64)?;
    let n_more = bad.len().saturating_sub(MAX_NAMED);
    bad.truncate(MAX_NAMED);
    taken.remarks.extend(bad);
    if n_more > 0 {
        taken.remarks.push(format!("{n_more} more entries could not be taken over."));
    }
    Ok(taken)
}

/// Takes one entry; a sentence when it cannot be.
fn one(
    case: &mut Case,
    entry: &Entry,
    taken: &mut TakenOver,
    ctx: &TaskCtx<'_>,
) -> Result<Option<String>, Error> {
    let record = &entry.record;
    let Some((path, is_original)) = place(case, entry)? else {
        let origin = &record.image.origin;
        return Ok(Some(format!("{}: its picture {origin:?} is not at hand", record.id)));
    };
    let (id, is_new) = item(case, &path, record, ctx)?;
    taken.n_new += u64::from(is_new);
    let frame = record.image.frame.filter(|_| is_original);
    let frame =
        frame.map(|f| FrameRef { index: f.index, pts: f.pts, time_base: f.time_base, t_s: f.t_s });
    let author = record.annotator.clone().unwrap_or_else(|| NOBODY.to_owned());
    let key = MaskKey { item: id, frame: frame.map(|f| f.index), author: author.clone() };
    if case.mask(&key)?.is_some() {
        taken.n_kept += 1;
        return Ok(None);
    }
    // The mask is of that very file.
    if let Some(sha256) = hash(record, &path, is_original) {
        match case.identify(id, &sha256) {
            Ok(()) => {}
            Err(error @ case::Error::MediaChanged { .. }) => {
                return Ok(Some(format!("{}: {error}", record.id)));
            }
            Err(other) => return Err(other.into()),
        }
    }
    let model = record.model.as_ref();
    case.save_mask(&StoredMask {
        item: id,
        frame,
        author,
        mask: entry.mask.clone(),
        label: record.label(),
        started_from_map_at: record.started_from_map_at,
        model: model.map(|m| ModelRef { name: m.name.clone(), sha256: m.sha256.clone() }),
        tools: record.tools.clone(),
        at: record.at.clone().unwrap_or_else(case::now),
        reviewer: record.reviewer.clone(),
    })?;
    taken.n_masks += 1;
    if is_new {
        case.add_seconds(id, record.seconds.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(0.0))?;
    }
    if matches!(case.row(id)?.state, ItemState::ToDo) {
        case.set_state(id, ItemState::Done)?;
    }
    Ok(None)
}

/// Which file an entry is of, and whether that is the original: one that the case has, else one that
/// is there. What lies under the name of the original may be another file by now.
fn place(case: &Case, entry: &Entry) -> Result<Option<(PathBuf, bool)>, Error> {
    let image = &entry.record.image;
    let origin = PathBuf::from(&image.origin);
    let copy = match &entry.pixels {
        Pixels::File(path) => Some(path.clone()).filter(|path| *path != origin),
        Pixels::Decoded(_) | Pixels::Absent => None,
    };
    let candidates: Vec<(PathBuf, bool)> = [Some((origin, true)), copy.map(|path| (path, false))]
        .into_iter()
        .flatten()
        .filter(|(path, _)| path.is_absolute())
        .collect();
    for (path, is_original) in &candidates {
        if case.find(path)?.is_some() {
            return Ok(Some((path.clone(), *is_original)));
        }
    }
    let is_it = |(path, is_original): &(PathBuf, bool)| {
        let is_known = *is_original && !image.sha256.is_empty();
        path.is_file() && (!is_known || file_sha256(path).is_ok_and(|hash| hash == image.sha256))
    };
    Ok(candidates.into_iter().find(is_it))
}

fn item(
    case: &mut Case,
    path: &Path,
    record: &Record,
    ctx: &TaskCtx<'_>,
) -> Result<(ItemId, bool), Error> {
    if let Some(id) = case.find(path)? {
        return Ok((id, false));
    }
    let new = NewItem {
        path: path.to_owned(),
        source: record.source.clone(),
        person: record.person.clone(),
    };
    case.add(&mut std::iter::once(new), ctx)?;
    let id = case.find(path)?.ok_or_else(|| {
        Error::Case(case::Error::Unfit { what: format!("the path {}", path.display()) })
    })?;
    Ok((id, true))
}

/// The hash of the file a mask belongs to.
fn hash(record: &Record, path: &Path, is_original: bool) -> Option<String> {
    let image = &record.image;
    let said = if is_original {
        Some(image.sha256.clone()).filter(|hash| !hash.is_empty())
    } else {
        // A frame of a clip as a picture of its own, or a copy.
        image.image_sha256.clone().or_else(|| {
            Some(image.sha256.clone()).filter(|h| image.frame.is_none() && !h.is_empty())
        })
    };
    said.or_else(|| file_sha256(path).ok())
}
