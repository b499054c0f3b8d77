//! Importing a data set of any format into a case.
//!
//! A picture is matched with an item by path, first by that of the original, then by that in the data
//! set. A mask that a person has in the case already is never replaced.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Error;
use crate::base::{FrameRef, Phase, TaskCtx};
use crate::case::{
    self, BatchWriter, Case, ItemId, ItemState, MAX_BATCH_TIME, MaskKey, NewItem, StoredMask,
};
use crate::dataset::{self, Entry, Format, Pixels, Record};
use crate::files::sha256_of_file;

/// Author of masks without an annotator.
const DEFAULT_AUTHOR: &str = "imported";
/// Entries that are read before they are saved, and of one transaction at most.
const CHUNK: usize = 64;
/// 32-bit words of masks in memory at once: 64 MiB.
const MAX_WORDS: usize = 16 << 20;
/// Problems that are listed at most.
const MAX_NAMED: usize = 20;

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseImport {
    /// Format of the data set.
    pub format: Format,
    /// Items that are new in the case.
    pub n_new: u64,
    /// Masks that were imported.
    pub n_masks: u64,
    /// Masks that the case had already, by the same author; they were not replaced.
    pub n_kept: u64,
    /// What was lost or left out: a sentence each.
    pub remarks: Vec<String>,
}

/// Imports a data set into a case: pictures that are not in it are added, masks are saved under the
/// names of their annotators (without one `imported`), and their items are done.
///
/// # Errors
///
/// [`Error::DataSet`] when it cannot be opened, [`Error::Case`], [`Error::Cancelled`]. What was
/// imported before stays, and the same call continues.
pub fn import(
    case: &mut dyn BatchWriter,
    path: &Path,
    format: Option<Format>,
    ctx: &TaskCtx<'_>,
) -> Result<CaseImport, Error> {
    let folder = std::path::absolute(path)
        .map_err(|source| Error::Folder { source, path: path.to_owned() })?;
    let imported = dataset::import(&folder, format, ctx)?;
    let mut import = CaseImport {
        format: imported.format,
        n_new: 0,
        n_masks: 0,
        n_kept: 0,
        remarks: imported.remarks.clone(),
    };
    let mut problems: Vec<String> = Vec::new();
    let mut entries = imported.entries().enumerate();
    loop {
        // Files are read and hashed before the case is changed.
        let mut chunk = Vec::new();
        let mut chunk_paths = HashSet::new();
        let mut n_words = 0;
        for (i, entry) in entries.by_ref() {
            ctx.step(Phase::Reading, i as u64, imported.len() as u64)?;
            match entry {
                Ok(entry) => match prepared(case.reader(), entry, &chunk_paths)? {
                    Ok(ready) => {
                        chunk_paths.insert(ready.path.clone());
                        n_words += ready.entry.mask.words().len();
                        chunk.push(ready);
                    }
                    Err(problem) => problems.push(problem),
                },
                Err(dataset::Error::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(error) => problems.push(error.to_string()),
            }
            if chunk.len() == CHUNK || n_words > MAX_WORDS {
                break;
            }
        }
        if chunk.is_empty() {
            break;
        }
        let chunk = Arc::new(chunk);
        let mut start = 0;
        while start < chunk.len() {
            let entries = Arc::clone(&chunk);
            let done = case.write(move |case| {
                save_some(case, entries.get(start..).unwrap_or_default(), MAX_BATCH_TIME)
            })?;
            start += done.n;
            import.n_new += done.n_new;
            import.n_masks += done.n_masks;
            import.n_kept += done.n_kept;
            problems.extend(done.problems);
        }
    }
    ctx.step(Phase::Reading, imported.len() as u64, imported.len() as u64)?;
    let n_more = problems.len().saturating_sub(MAX_NAMED);
    problems.truncate(MAX_NAMED);
    import.remarks.extend(problems);
    if n_more > 0 {
        import.remarks.push(format!("{n_more} more entries could not be imported."));
    }
    Ok(import)
}

/// An entry that can be saved.
struct ReadyEntry {
    entry: Entry,
    path: PathBuf,
    is_original: bool,
    /// Hash of the file that the mask belongs to.
    sha256: Option<String>,
}

impl ReadyEntry {
    fn frame(&self) -> Option<FrameRef> {
        self.entry.record.image.frame.filter(|_| self.is_original)
    }

    fn author(&self) -> &str {
        self.entry.record.annotator.as_deref().unwrap_or(DEFAULT_AUTHOR)
    }

    fn key(&self, item: ItemId) -> MaskKey {
        let frame = self.frame().map(|frame| frame.index);
        MaskKey { item, frame, author: self.author().to_owned() }
    }
}

/// Finds and hashes the file of an entry, or returns a sentence when it does not exist. `chunk_paths`
/// are paths of entries that will be saved before it.
fn prepared(
    case: &Case,
    entry: Entry,
    chunk_paths: &HashSet<PathBuf>,
) -> Result<Result<ReadyEntry, String>, Error> {
    let Some((path, is_original)) = file_of_entry(case, &entry, chunk_paths)? else {
        let Record { id, image, .. } = &entry.record;
        return Ok(Err(format!("{id}: its picture {:?} does not exist", image.origin)));
    };
    let mut ready = ReadyEntry { entry, path, is_original, sha256: None };
    let known = case.find(&ready.path)?;
    let has_mask = match known {
        Some(id) => case.mask(&ready.key(id))?.is_some(),
        None => false,
    };
    if !has_mask {
        ready.sha256 = media_sha256(&ready.entry.record, &ready.path, is_original);
    }
    Ok(Ok(ready))
}

/// What a batch has done.
#[derive(Debug, Default)]
struct BatchResult {
    /// Entries of the batch, at least one.
    n: usize,
    n_new: u64,
    n_masks: u64,
    n_kept: u64,
    problems: Vec<String>,
}

/// Saves the first of these entries, for at most this time, in one transaction.
fn save_some(
    case: &mut Case,
    entries: &[ReadyEntry],
    max_time: Duration,
) -> Result<BatchResult, case::Error> {
    case.batch(|case| {
        let start = Instant::now();
        let mut done = BatchResult::default();
        for entry in entries {
            if done.n > 0 && start.elapsed() >= max_time {
                break;
            }
            save_entry(case, entry, &mut done)?;
            done.n += 1;
        }
        Ok(done)
    })
}

fn save_entry(
    case: &mut Case,
    ready: &ReadyEntry,
    done: &mut BatchResult,
) -> Result<(), case::Error> {
    let record = &ready.entry.record;
    let (id, is_new) = find_or_add(case, &ready.path, record)?;
    done.n_new += u64::from(is_new);
    if case.mask(&ready.key(id))?.is_some() {
        done.n_kept += 1;
        return Ok(());
    }
    // The mask belongs to the file with this hash.
    if let Some(sha256) = &ready.sha256 {
        match case.identify(id, sha256) {
            Ok(()) => {}
            Err(error @ case::Error::MediaChanged { .. }) => {
                done.problems.push(format!("{}: {error}", record.id));
                return Ok(());
            }
            Err(other) => return Err(other),
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
    done.n_masks += 1;
    if is_new {
        case.add_seconds(id, record.seconds.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(0.0))?;
    }
    if matches!(case.row(id)?.state, ItemState::ToDo) {
        case.set_state(id, ItemState::Done)?;
    }
    Ok(())
}

/// The file of an entry, and whether it is the original: a file that the case has, else one that
/// exists. The path of the original may by now be that of another file.
fn file_of_entry(
    case: &Case,
    entry: &Entry,
    chunk_paths: &HashSet<PathBuf>,
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
        // Asking for a file on a server would connect to it.
        .filter(|(path, _)| path.is_absolute() && !is_on_server(path))
        .collect();
    for (path, is_original) in &candidates {
        if chunk_paths.contains(path) || case.find(path)?.is_some() {
            return Ok(Some((path.clone(), *is_original)));
        }
    }
    let is_right_file = |(path, is_original): &(PathBuf, bool)| {
        let is_known = *is_original && !image.sha256.is_empty();
        path.is_file() && (!is_known || sha256_of_file(path).is_ok_and(|hash| hash == image.sha256))
    };
    Ok(candidates.into_iter().find(is_right_file))
}

/// Whether the path names a file of another machine, as `\\server\share` does on Windows, or a device.
fn is_on_server(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.len() > 1 && bytes.iter().take(2).all(|byte| matches!(byte, b'\\' | b'/'))
}

/// The item of a path, and whether it is new.
fn find_or_add(
    case: &mut Case,
    path: &Path,
    record: &Record,
) -> Result<(ItemId, bool), case::Error> {
    if let Some(id) = case.find(path)? {
        return Ok((id, false));
    }
    let new = NewItem {
        path: path.to_owned(),
        source: record.source.clone(),
        person: record.person.clone(),
    };
    case.add(&mut std::iter::once(new), &TaskCtx::silent())?;
    let unfit = || case::Error::Unfit { what: format!("the path {}", path.display()) };
    let id = case.find(path)?.ok_or_else(unfit)?;
    Ok((id, true))
}

/// The hash of the file that a mask belongs to.
fn media_sha256(record: &Record, path: &Path, is_original: bool) -> Option<String> {
    let image = &record.image;
    let recorded = if is_original {
        Some(image.sha256.clone()).filter(|hash| !hash.is_empty())
    } else {
        // A frame of a clip as a picture of its own, or a copy.
        image.image_sha256.clone().or_else(|| {
            Some(image.sha256.clone()).filter(|h| image.frame.is_none() && !h.is_empty())
        })
    };
    recorded.or_else(|| sha256_of_file(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::Mask;

    #[test]
    fn what_does_not_fit_into_the_time_is_left_to_the_next_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let mut case = Case::create(folder.path().join("a.pentimento"), "ada").unwrap();
        let ready = |n: usize| ReadyEntry {
            entry: Entry {
                record: Record::default(),
                mask: Mask::new(4, 4),
                pixels: Pixels::Absent,
            },
            path: folder.path().join(format!("{n}.png")),
            is_original: true,
            sha256: None,
        };
        let entries: Vec<ReadyEntry> = (0..3).map(ready).collect();
        let first = save_some(&mut case, &entries, Duration::ZERO).unwrap();
        assert_eq!((first.n, first.n_new, first.n_masks), (1, 1, 1));
        assert_eq!(case.mask_keys().unwrap().len(), 1, "it is on the disk");
        let rest = save_some(&mut case, &entries[1..], Duration::MAX).unwrap();
        assert_eq!((rest.n, rest.n_new, rest.n_masks, rest.n_kept), (2, 2, 2, 0));
    }
}
