//! Reads a data set entry by entry, and has the masks saved in chunks.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::locate::MediaIndex;
use super::save::{ReadyEntry, save_some};
use crate::base::{Phase, TaskCtx};
use crate::case::{BatchWriter, MAX_BATCH_TIME};
use crate::curate::Error;
use crate::dataset::{self, Format, Record};
use crate::files::sha256_of_file;

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
    /// Masks among them that replaced an older one by the same author. The log has both.
    pub n_replaced: u64,
    /// Masks that were not imported: the case has the same or a newer one by the same author.
    pub n_kept: u64,
    /// What was lost or left out: a sentence each.
    pub remarks: Vec<String>,
}

/// Imports a data set into a case: pictures that are not in it are added, masks are saved under the
/// names of their annotators (without one `imported`), and their items are done.
///
/// A newer mask replaces an older one by the same author. Entries with a fault are left out.
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
        n_replaced: 0,
        n_kept: 0,
        remarks: imported.remarks.clone(),
    };
    let mut problems: Vec<String> = Vec::new();
    let mut index = MediaIndex::new(case.reader())?;
    let mut seen = SeenMasks::default();
    let mut entries = imported.entries().enumerate();
    loop {
        // Files are read and hashed before the case is changed.
        let mut chunk = Vec::new();
        let mut n_words = 0;
        for (i, entry) in entries.by_ref() {
            ctx.step(Phase::Reading, i as u64, imported.len() as u64)?;
            match entry {
                Ok(entry) => {
                    let located = index.locate(case.reader(), &entry, imported.is_zip())?;
                    let id = entry.record.id.clone();
                    let ready = located.and_then(|location| {
                        index.add(&location);
                        let sha256 = location.sha256.or_else(|| {
                            media_sha256(&entry.record, &location.path, location.is_original)
                        });
                        let (path, is_original) = (location.path, location.is_original);
                        seen.check(ReadyEntry { entry, path, is_original, sha256 })
                    });
                    match ready {
                        Ok(ready) => {
                            n_words += ready.entry.mask.words().len();
                            chunk.push(ready);
                        }
                        Err(problem) => problems.push(format!("{id}: {problem}")),
                    }
                }
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
            import.n_replaced += done.n_replaced;
            import.n_kept += done.n_kept;
            problems.extend(done.problems);
        }
    }
    ctx.step(Phase::Reading, imported.len() as u64, imported.len() as u64)?;
    let n_more = problems.len().saturating_sub(MAX_NAMED);
    problems.truncate(MAX_NAMED);
    import.remarks.extend(problems.into_iter().map(|problem| format!("Left out: {problem}.")));
    if n_more > 0 {
        import.remarks.push(format!("{n_more} more entries could not be imported."));
    }
    Ok(import)
}

/// The masks of a data set by file, frame and author, to see contradictions in it.
#[derive(Default)]
struct SeenMasks(HashMap<(PathBuf, Option<usize>, String), SeenMask>);

/// A hash of the pixels, the time, and the id of the entry.
struct SeenMask {
    pixels: u64,
    at: Option<String>,
    id: String,
}

impl SeenMasks {
    /// Refuses an entry that contradicts one before it, where no time says which is newer.
    fn check(&mut self, ready: ReadyEntry) -> Result<ReadyEntry, String> {
        let key = (ready.path.clone(), ready.frame_index(), ready.author().to_owned());
        let mut hasher = DefaultHasher::new();
        ready.entry.mask.words().hash(&mut hasher);
        let record = &ready.entry.record;
        let (at, id) = (record.at.clone(), record.id.clone());
        let mask = SeenMask { pixels: hasher.finish(), at, id };
        if let Some(first) = self.0.get(&key) {
            let has_order = first.at.is_some() && mask.at.is_some() && first.at != mask.at;
            if first.pixels != mask.pixels && !has_order {
                return Err(format!(
                    "it is the same picture as {} by the same author with another mask: correct one \
                     of them, or delete it",
                    first.id
                ));
            }
        }
        self.0.insert(key, mask);
        Ok(ready)
    }
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
