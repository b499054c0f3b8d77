//! Saves the masks of a data set in a case, some in each transaction.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::precedence::{DEFAULT_AUTHOR, Precedence, precedence};
use crate::base::{FrameRef, TaskCtx};
use crate::case::{self, Case, ItemId, ItemState, MaskKey, NewItem, StoredMask};
use crate::dataset::{Entry, Record};

/// An entry that can be saved.
pub(super) struct ReadyEntry {
    pub(super) entry: Entry,
    pub(super) path: PathBuf,
    pub(super) is_original: bool,
    /// Hash of the file that the mask belongs to.
    pub(super) sha256: Option<String>,
}

impl ReadyEntry {
    fn frame(&self) -> Option<FrameRef> {
        self.entry.record.image.frame.filter(|_| self.is_original)
    }

    /// Index of the frame, if it is one of a clip.
    pub(super) fn frame_index(&self) -> Option<usize> {
        self.frame().map(|frame| frame.index)
    }

    pub(super) fn author(&self) -> &str {
        self.entry.record.annotator.as_deref().unwrap_or(DEFAULT_AUTHOR)
    }

    fn key(&self, item: ItemId) -> MaskKey {
        MaskKey { item, frame: self.frame_index(), author: self.author().to_owned() }
    }
}

/// What a batch has done.
#[derive(Debug, Default)]
pub(super) struct BatchResult {
    /// Entries of the batch, at least one.
    pub(super) n: usize,
    pub(super) n_new: u64,
    pub(super) n_masks: u64,
    pub(super) n_replaced: u64,
    pub(super) n_kept: u64,
    pub(super) problems: Vec<String>,
}

/// Saves the first of these entries, for at most this time, in one transaction.
pub(super) fn save_some(
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
    let known = case.mask(&ready.key(id))?;
    if let Some(stored) = &known {
        match precedence(stored, &ready.entry) {
            Precedence::Newer => {}
            Precedence::Same | Precedence::Older => {
                done.n_kept += 1;
                return Ok(());
            }
            Precedence::Unknown => {
                done.n_kept += 1;
                done.problems.push(format!(
                    "{}: the case has another mask by {}, and it is unknown which is newer; that of \
                     the case was kept. Correct it there, or name another annotator in the data set",
                    record.id,
                    ready.author()
                ));
                return Ok(());
            }
        }
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
        seen_readers: None,
        at: record.at.clone().unwrap_or_else(case::now),
        reviewer: record.reviewer.clone(),
    })?;
    done.n_masks += 1;
    done.n_replaced += u64::from(known.is_some());
    if is_new {
        case.add_seconds(id, record.seconds.filter(|s| s.is_finite() && *s > 0.0).unwrap_or(0.0))?;
    }
    if matches!(case.row(id)?.state, ItemState::ToDo) {
        case.set_state(id, ItemState::Done)?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::Mask;
    use crate::dataset::Pixels;

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
