//! Items that wait to be examined in the background.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::job::Epoch;
use crate::case::ItemId;

/// After this many failures one after the other the survey stops: the files are not the cause.
pub(super) const MAX_FAILURES: u32 = 5;

/// Items to be examined in the background.
#[derive(Default)]
pub(super) struct Survey {
    /// The next one first.
    waiting: VecDeque<(ItemId, PathBuf)>,
    /// The writer was asked for more items and has not answered yet.
    is_asking: bool,
    running: Option<(Epoch, ItemId, PathBuf)>,
    n_failures: u32,
}

impl Survey {
    /// Forgets the items that wait. The one being examined ends on its own.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.restart();
    }

    /// A person has switched the survey on or off.
    pub(super) const fn restart(&mut self) {
        self.is_asking = false;
        self.n_failures = 0;
    }

    /// Forgets the items that wait; the writer is asked for others.
    pub(super) fn begin_anew(&mut self) {
        self.clear();
        self.is_asking = true;
    }

    /// Whether the writer is to be asked for more items, which counts as done.
    pub(super) fn asks_for_more(&mut self) -> bool {
        self.waiting.is_empty() && !std::mem::replace(&mut self.is_asking, true)
    }

    /// Adds items that the writer has found.
    pub(super) fn extend(&mut self, items: Vec<(ItemId, PathBuf)>) {
        self.is_asking = false;
        let known: BTreeSet<ItemId> = self.waiting.iter().map(|(id, _)| *id).collect();
        self.waiting.extend(items.into_iter().filter(|(id, _)| !known.contains(id)));
    }

    /// Moves an item to the front, unless it is being examined.
    pub(super) fn put_first(&mut self, item: ItemId, path: &Path) {
        self.waiting.retain(|(other, _)| *other != item);
        if self.running.as_ref().is_none_or(|(_, running, _)| *running != item) {
            self.waiting.push_front((item, path.to_owned()));
        }
    }

    pub(super) fn first(&self) -> Option<ItemId> {
        self.waiting.front().map(|(item, _)| *item)
    }

    pub(super) fn n_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes the next item, which is examined from now on.
    pub(super) fn start_first(&mut self, epoch: Epoch) -> Option<(ItemId, PathBuf)> {
        let (item, path) = self.waiting.pop_front()?;
        self.running = Some((epoch, item, path.clone()));
        Some((item, path))
    }

    /// The examination has ended: the item, if it is one of this opening of a case.
    pub(super) fn end(&mut self, epoch: Epoch) -> Option<(ItemId, PathBuf)> {
        let (begun_in, item, path) = self.running.take()?;
        (begun_in == epoch).then_some((item, path))
    }

    /// Counts an examination: its file can or cannot be read, or the examiner failed. True when it has
    /// failed too often.
    pub(super) const fn has_failed_too_often(&mut self, is_failure: bool) -> bool {
        self.n_failures = if is_failure { self.n_failures + 1 } else { 0 };
        self.n_failures >= MAX_FAILURES
    }
}
