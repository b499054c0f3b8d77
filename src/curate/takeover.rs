//! From a data set of any format into a case.
//!
//! * **In**: a data set. **Out**: its pictures as items, its masks as masks of their annotators.
//! * **Not here**: the formats (`dataset`).
//!
//! A picture of the case is known by its path, first that of the original, then that in the data
//! set. What a person has in the case already is never replaced.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Error;
use crate::base::{FrameRef, Phase, TaskCtx};
use crate::case::{self, Case, ItemId, ItemState, MaskKey, NewItem, STRETCH, StoredMask};
use crate::dataset::{self, Entry, Format, Pixels, Record};
use crate::files::sha256_of_file;

/// The author of masks that tell of none.
const NOBODY: &str = "imported";
/// Entries read at once, and of one transaction at most.
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
        // All that takes long is done before the case is changed.
        let mut chunk = Vec::new();
        let mut coming = HashSet::new();
        let mut n_words = 0;
        for (i, entry) in entries.by_ref() {
            ctx.step(Phase::Reading, i as u64, imported.len() as u64)?;
            match entry {
                Ok(entry) => match prepared(case, entry, &coming)? {
                    Ok(ready) => {
                        coming.insert(ready.path.clone());
                        n_words += ready.entry.mask.words().len();
                        chunk.push(ready);
                    }
                    Err(what) => bad.push(what),
                },
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
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            let n = put_some(case, rest, STRETCH, (&mut taken, &mut bad), ctx)?;
            rest = rest.get(n..).unwrap_or_default();
        }
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

/// An entry that can be written.
struct Ready {
    entry: Entry,
    path: PathBuf,
    is_original: bool,
    /// Of the file that the mask belongs to.
    sha256: Option<String>,
}

impl Ready {
    fn frame(&self) -> Option<FrameRef> {
        self.entry.record.image.frame.filter(|_| self.is_original)
    }

    fn author(&self) -> &str {
        self.entry.record.annotator.as_deref().unwrap_or(NOBODY)
    }

    fn key(&self, item: ItemId) -> MaskKey {
        let frame = self.frame().map(|frame| frame.index);
        MaskKey { item, frame, author: self.author().to_owned() }
    }
}

/// Finds and hashes the file of an entry; a sentence when it is not at hand. `coming` are paths that
/// are taken before it.
fn prepared(
    case: &Case,
    entry: Entry,
    coming: &HashSet<PathBuf>,
) -> Result<Result<Ready, String>, Error> {
    let Some((path, is_original)) = place(case, &entry, coming)? else {
        let Record { id, image, .. } = &entry.record;
        return Ok(Err(format!("{id}: its picture {:?} is not at hand", image.origin)));
    };
    let mut ready = Ready { entry, path, is_original, sha256: None };
    let known = case.find(&ready.path)?;
    let is_there = match known {
        Some(id) => case.mask(&ready.key(id))?.is_some(),
        None => false,
    };
    if !is_there {
        ready.sha256 = hash(&ready.entry.record, &ready.path, is_original);
    }
    Ok(Ok(ready))
}

/// Takes the first of these entries, at least one, for so long, in one transaction. Returns how many.
fn put_some(
    case: &mut Case,
    entries: &[Ready],
    stretch: Duration,
    (taken, bad): (&mut TakenOver, &mut Vec<String>),
    ctx: &TaskCtx<'_>,
) -> Result<usize, Error> {
    case.together(|case| {
        let start = Instant::now();
        for (n, entry) in entries.iter().enumerate() {
            if n > 0 && start.elapsed() >= stretch {
                return Ok(n);
            }
            bad.extend(put(case, entry, taken, ctx)?);
        }
        Ok(entries.len())
    })
}

/// Takes one entry; a sentence when it cannot be.
fn put(
    case: &mut Case,
    ready: &Ready,
    taken: &mut TakenOver,
    ctx: &TaskCtx<'_>,
) -> Result<Option<String>, Error> {
    let record = &ready.entry.record;
    let (id, is_new) = item(case, &ready.path, record, ctx)?;
    taken.n_new += u64::from(is_new);
    if case.mask(&ready.key(id))?.is_some() {
        taken.n_kept += 1;
        return Ok(None);
    }
    // The mask is of that very file.
    if let Some(sha256) = &ready.sha256 {
        match case.identify(id, sha256) {
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
        frame: ready.frame(),
        author: ready.author().to_owned(),
        mask: ready.entry.mask.clone(),
        label: record.label(),
        started_from_map_at: record.started_from_map_at,
        model: model.cloned(),
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
fn place(
    case: &Case,
    entry: &Entry,
    coming: &HashSet<PathBuf>,
) -> Result<Option<(PathBuf, bool)>, Error> {
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
        if coming.contains(path) || case.find(path)?.is_some() {
            return Ok(Some((path.clone(), *is_original)));
        }
    }
    let is_it = |(path, is_original): &(PathBuf, bool)| {
        let is_known = *is_original && !image.sha256.is_empty();
        path.is_file() && (!is_known || sha256_of_file(path).is_ok_and(|hash| hash == image.sha256))
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
    said.or_else(|| sha256_of_file(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::Mask;

    #[test]
    fn what_does_not_fit_into_a_stretch_is_left_to_the_next_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let mut case = Case::create(folder.path().join("a.pentimento"), "ada").unwrap();
        let ready = |n: usize| Ready {
            entry: Entry {
                record: Record::default(),
                mask: Mask::new(4, 4),
                pixels: Pixels::Absent,
            },
            path: folder.path().join(format!("{n}.png")),
            is_original: true,
            sha256: None,
        };
        let entries: Vec<Ready> = (0..3).map(ready).collect();
        let format = Format::Pentimento;
        let mut taken = TakenOver { format, n_new: 0, n_masks: 0, n_kept: 0, remarks: Vec::new() };
        let mut put = |case: &mut Case, entries: &[Ready], stretch| {
            let ctx = TaskCtx::silent();
            put_some(case, entries, stretch, (&mut taken, &mut Vec::new()), &ctx).unwrap()
        };
        assert_eq!(put(&mut case, &entries, Duration::ZERO), 1);
        assert_eq!(case.mask_keys().unwrap().len(), 1, "it is on the disk");
        assert_eq!(put(&mut case, &entries[1..], Duration::MAX), 2);
        assert_eq!((taken.n_new, taken.n_masks, taken.n_kept), (3, 3, 0));
    }
}
