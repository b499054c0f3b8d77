//! What the threads of the case are asked to do, and what they send back.

use std::cell::Cell;
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use super::queue_view::CaseSearch;
use crate::case::{Access, Batch, Case, Error, ItemId, ItemRow, ItemState, MaskKey, StoredMask};
use crate::curate::{Examination, QueueStrategy, ReaderComparison};
use crate::report::BookmarkRecord;
use crate::session::reports::bookmarks::NewBookmark;
use crate::session::worker::{JobQueue, JobSender};

/// Number of an opening of a case, raised whenever a case is left. Jobs and events carry it: what
/// comes late from a case that was left never meets the next one, whose items have the same numbers.
pub(super) type Epoch = u64;

pub(super) struct WriterJob {
    pub(super) epoch: Epoch,
    pub(super) job: CaseJob,
}

pub(super) type WriterSender = JobSender<WriterJob, WriterQueue>;

/// What the writer is to do. A person waits for all but batches.
pub(super) enum CaseJob {
    Create {
        path: PathBuf,
        author: String,
    },
    Open {
        path: PathBuf,
        author: String,
    },
    Close,
    /// An item does not become done while a mask of it is not saved.
    SetState(ItemId, ItemState),
    AddSeconds(ItemId, f64),
    /// Answered with [`CaseEvent::MaskSaved`] or [`CaseEvent::MaskNotSaved`] in any case.
    SaveMask(Box<MaskToSave>),
    /// The hash of an item's file became known.
    Identify(ItemId, String),
    /// An item was examined in the background.
    Record {
        item: ItemId,
        /// The file that was examined.
        path: PathBuf,
        result: Result<Box<Examination>, String>,
    },
    ReadMasks(ItemId),
    /// Read some of the items that were never examined; with every frame also all clips of which only
    /// some frames were examined.
    ReadUnexamined {
        every_frame: bool,
    },
    /// Read all items whose last examination failed or was by a model with another hash; with every
    /// frame also those clips.
    ReadForModel {
        model: String,
        every_frame: bool,
    },
    Review {
        key: MaskKey,
        agrees: bool,
    },
    /// Set a bookmark on an item.
    Bookmark(ItemId, NewBookmark),
    /// Work in the background begins: it gets a handle to read by, and whether it may write.
    ConnectBackground(SyncSender<Result<(Case, bool), Error>>),
    /// Work in the background has ended. Taken when it is handled.
    FinishBackground(Cell<Option<Box<BackgroundResult>>>),
    /// Changes by work in the background. Taken when it is run.
    Batch(Cell<Option<Batch>>),
    #[cfg(test)]
    Crash,
}

/// A mask on its way to the case.
pub(super) struct MaskToSave {
    /// Named in the answer.
    pub(super) ticket: u64,
    pub(super) mask: StoredMask,
    /// Hash of the file it was drawn on, if known.
    pub(super) media_sha256: Option<String>,
}

/// What work in the background has come to.
pub(super) struct BackgroundResult {
    /// All items, if the work may have changed some. The writer may have changed others since they
    /// were read.
    pub(super) rows: Option<Vec<ItemRow>>,
    pub(super) event: Option<CaseEvent>,
}

/// What the writer sends.
pub(super) enum CaseEvent {
    Opened {
        path: PathBuf,
        author: String,
        access: Access,
        rows: Vec<ItemRow>,
        /// Items that this author has masks of.
        read: BTreeSet<ItemId>,
    },
    Closed,
    Rows(Vec<ItemRow>),
    Row(Box<ItemRow>),
    Masks(ItemId, Vec<StoredMask>),
    Bookmarks(ItemId, Vec<BookmarkRecord>),
    /// Items to be examined, oldest first.
    ToExamine(Vec<(ItemId, PathBuf)>),
    Ranked(QueueStrategy, String),
    /// What was found by what the files say.
    Found(Box<CaseSearch>),
    ReadersCompared(Box<ReaderComparison>),
    /// The data set, where the trainer can read it, and a sentence.
    Exported(Option<PathBuf>, String),
    MaskSaved {
        ticket: u64,
    },
    MaskNotSaved {
        ticket: u64,
        reason: String,
    },
    /// An examination could not be stored.
    NotRecorded(String),
    /// A sentence for people.
    Notice(String),
    BackgroundEnded,
}

/// The queue of the writer: what a person waits for comes before batches.
#[derive(Default)]
pub(super) struct WriterQueue {
    interactive: VecDeque<WriterJob>,
    /// Work in the background waits for each batch, so there is one at most.
    batches: VecDeque<WriterJob>,
}

impl JobQueue<WriterJob> for WriterQueue {
    fn push(&mut self, job: WriterJob) {
        match job.job {
            CaseJob::Batch(_) => self.batches.push_back(job),
            _ => self.interactive.push_back(job),
        }
    }

    fn pop(&mut self) -> Option<WriterJob> {
        self.interactive.pop_front().or_else(|| self.batches.pop_front())
    }

    fn len(&self) -> usize {
        self.interactive.len() + self.batches.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_waits_for_comes_before_batches() {
        let batch = || CaseJob::Batch(Cell::new(None));
        let close = || CaseJob::Close;
        let mut queue = WriterQueue::default();
        for (epoch, job) in [(1, batch()), (2, close()), (3, close()), (4, batch())] {
            queue.push(WriterJob { epoch, job });
        }
        let order: Vec<Epoch> = std::iter::from_fn(|| queue.pop()).map(|job| job.epoch).collect();
        assert_eq!(order, [2, 3, 1, 4]);
    }
}
