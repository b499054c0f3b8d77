//! What a front end sees of an open case, and what can be done with it: plain values.
//!
//! * **In / out**: nothing; the nouns and wishes of the queue.
//! * **Not here**: giving them meaning (`case_desk`), the thread that works on the file
//!   (`case_worker`).

use std::path::PathBuf;

use super::Document;
use crate::base::{Progress, Verdict};
use crate::case::{Access, Examined, ItemId, ItemRow, ItemState};
use crate::curate::{Quotas, Strategy, TwoReaders};
use crate::dataset::Format;

/// A wish about the case.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseCommand {
    /// Make a new case and open it.
    New {
        /// Its file, which must not be there.
        path: PathBuf,
        /// Who works on it.
        author: String,
    },
    /// Open a case.
    Open {
        /// Its file.
        path: PathBuf,
        /// Who works on it.
        author: String,
    },
    /// Close the case. Everything in it is on the disk.
    Close,
    /// Add files, and everything below folders.
    Add(Vec<PathBuf>),
    /// Examine what waits, in the background, or pause that.
    Survey(bool),
    /// Rank what is to be done.
    Rank {
        /// By what.
        strategy: Strategy,
        /// What is put behind.
        quotas: Quotas,
        /// Of [`Strategy::Random`].
        seed: u64,
    },
    /// Show only these items.
    Filter(QueueFilter),
    /// Show an item and begin to work on it.
    Take(ItemId),
    /// Take the next item of the queue that is to be done (negative: the one before).
    TakeNext(i32),
    /// Say how far the item shown is. Done and skipped items give way to the next to be done. A done
    /// item without a mask is one in which nothing forged was seen.
    Mark(ItemState),
    /// Hide what other readers drew, or show it.
    ReadBlind(bool),
    /// Agree with what another reader drew on what is shown, or take that back.
    Review(bool),
    /// Compare the two readers who have read most in common.
    CompareReaders,
    /// Write what was decided as a data set.
    Export {
        /// In which format.
        format: Format,
        /// The folder or file to be made.
        out: PathBuf,
        /// Whether the pictures are copied into it.
        copies_images: bool,
    },
    /// Take masks of a data set of any known format into the case.
    Import(PathBuf),
    /// Stop adding, exporting or importing.
    Stop,
}

/// Which items are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueFilter {
    /// Of this state; `None` for all.
    pub state: Option<ItemState>,
    /// With this verdict; `None` for all.
    pub verdict: Option<Verdict>,
    /// Whose path, source or person holds this text; small and capital letters are alike.
    pub text: String,
}

impl QueueFilter {
    /// Whether an item is shown.
    pub fn shows(&self, row: &ItemRow) -> bool {
        let has_text = || {
            let text = self.text.to_lowercase();
            let path = row.path.to_string_lossy();
            let others = [row.source.as_deref(), row.person.as_deref()];
            let mut all = others.into_iter().flatten().chain([path.as_ref()]);
            all.any(|part| part.to_lowercase().contains(&text))
        };
        self.state.is_none_or(|state| row.state == state)
            && self.verdict.is_none_or(|verdict| row.verdict == Some(verdict))
            && (self.text.is_empty() || has_text())
    }
}

/// Long work on the case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseWork {
    /// In words, for instance `Adding files`.
    pub what: &'static str,
    /// How far it is.
    pub progress: Option<Progress>,
    /// A stop was asked for.
    pub is_stopping: bool,
}

/// An open case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// Its file.
    pub path: PathBuf,
    /// Who works on it.
    pub author: String,
    /// Whether it can be changed, and if not, why.
    pub access: Access,
    /// All items, in the order they were added.
    pub rows: Vec<ItemRow>,
    /// Places in `rows` of the items shown: ranked ones first, in the order of the queue.
    pub order: Vec<usize>,
    /// Which items are shown.
    pub filter: QueueFilter,
    /// What ranked the queue last in this session.
    pub strategy: Option<Strategy>,
    /// Whether waiting items are examined in the background.
    pub is_surveying: bool,
    /// Whether what other readers drew is hidden.
    pub is_blind: bool,
    /// Other readers of what is shown.
    pub other_readers: Vec<String>,
    /// The agreement of two readers, when it was asked for.
    pub agreement: Option<TwoReaders>,
    /// Long work going on.
    pub work: Option<CaseWork>,
    /// The data set in our own format that was exported last.
    pub exported: Option<PathBuf>,
}

impl CaseView {
    /// How many items are in each state, in the order of [`ItemState::ALL`].
    pub fn counts(&self) -> [usize; 4] {
        ItemState::ALL.map(|state| self.rows.iter().filter(|row| row.state == state).count())
    }

    /// How many items were examined, failed, and wait.
    pub fn examined(&self) -> [usize; 3] {
        let n = |is: fn(&Examined) -> bool| {
            self.rows.iter().filter(|row| is(&row.examined)).count()
        };
        [
            n(|e| *e == Examined::Done),
            n(|e| matches!(e, Examined::Failed(_))),
            n(|e| *e == Examined::Waiting),
        ]
    }

    /// Mean time spent on an item that is done, in seconds.
    pub fn mean_seconds(&self) -> Option<f64> {
        let done = self.rows.iter().filter(|r| r.state == ItemState::Done && r.seconds > 0.0);
        let n = done.clone().count();
        (n > 0).then(|| done.map(|row| row.seconds).sum::<f64>() / n as f64)
    }

    /// The row of an item.
    pub fn row(&self, id: ItemId) -> Option<&ItemRow> {
        // Items are numbered as they are added and never taken away.
        let guess = usize::try_from(id.0 - 1).ok().and_then(|i| self.rows.get(i));
        guess.filter(|row| row.id == id).or_else(|| self.rows.iter().find(|row| row.id == id))
    }

    /// The row of a document's item.
    pub fn row_of(&self, document: &Document) -> Option<&ItemRow> {
        self.row(document.item?)
    }

    /// Whether it can be changed.
    pub fn is_writable(&self) -> bool {
        self.access == Access::Write
    }
}
