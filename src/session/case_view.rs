//! What a front end sees of an open case, and what can be done with it: plain values.
//!
//! * **In / out**: nothing; the nouns and wishes of the queue.
//! * **Not here**: giving them meaning (`case_desk`), the thread that works on the file
//!   (`case_worker`).

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Document, DocumentId};
use crate::base::{Progress, Verdict};
use crate::case::{Access, Examined, ItemId, ItemRow, ItemState};
use crate::curate::{Quotas, Strategy, TwoReaders};
use crate::dataset::Format;

/// A wish about the case.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Examine again, in the background, what another model than the one in use examined last, and what
    /// could not be examined.
    SurveyAgain,
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
    /// item without a mask is one in which nothing forged was seen. Where only the mask of another
    /// reader is shown, it must be agreed with first, or one's own be drawn.
    Mark(ItemState),
    /// Hide what other readers drew, or show it.
    ReadBlind(bool),
    /// Agree with the mask of another reader that is shown, or take that back.
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
    /// Stop adding, ranking, comparing, exporting or importing.
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
        self.shows_with(row, &self.text.to_lowercase())
    }

    /// The same, with the text in small letters.
    fn shows_with(&self, row: &ItemRow, text: &str) -> bool {
        let holds = |part: &str| {
            if part.is_ascii() {
                let (part, text) = (part.as_bytes(), text.as_bytes());
                return part.windows(text.len()).any(|w| w.eq_ignore_ascii_case(text));
            }
            part.to_lowercase().contains(text)
        };
        let has_text = || {
            let path = row.path.to_string_lossy();
            let others = [row.source.as_deref(), row.person.as_deref()];
            others.into_iter().flatten().chain([path.as_ref()]).any(holds)
        };
        self.state.is_none_or(|state| row.state == state)
            && self.verdict.is_none_or(|verdict| row.verdict == Some(verdict))
            && (text.is_empty() || has_text())
    }

    /// Whether it hides anything.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// Long work on the case.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How many of them are what.
    pub sums: QueueSums,
    /// Places in `rows` of the items shown: ranked ones first, in the order of the queue.
    pub order: Vec<usize>,
    /// Which items are shown.
    pub filter: QueueFilter,
    /// What ranked the queue last.
    pub strategy: Option<Strategy>,
    /// Whether waiting items are examined in the background.
    pub is_surveying: bool,
    /// Items still to be examined again.
    pub n_again: usize,
    /// Whether what other readers drew is hidden.
    pub is_blind: bool,
    /// Items on which this person has drawn or decided.
    pub read: BTreeSet<ItemId>,
    /// Other readers of what is shown.
    pub other_readers: Vec<String>,
    /// Whose masks of the item shown this person agreed to, by frame; of a still `None`.
    pub agreed: Vec<(String, Option<usize>)>,
    /// Documents whose masks of the case are there.
    pub(super) fetched: BTreeSet<DocumentId>,
    /// The agreement of two readers, when it was asked for.
    pub agreement: Option<TwoReaders>,
    /// Long work going on.
    pub work: Option<CaseWork>,
    /// The data set in our own format that was exported last.
    pub exported: Option<PathBuf>,
}

/// How many items are what, kept so that a frame need not count a hundred thousand.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QueueSums {
    /// Items in each state, in the order of [`ItemState::ALL`].
    pub states: [usize; 4],
    /// Items that were examined, failed, and wait.
    pub examined: [usize; 3],
    /// Items with a place in the queue.
    pub n_ranked: usize,
    n_timed: usize,
    seconds: f64,
}

impl QueueSums {
    fn of(rows: &[ItemRow]) -> Self {
        let mut sums = Self::default();
        for row in rows {
            sums.count(row, true);
        }
        sums
    }

    fn count(&mut self, row: &ItemRow, comes: bool) {
        let turn = |n: &mut usize| *n = if comes { *n + 1 } else { n.saturating_sub(1) };
        let state = ItemState::ALL.iter().position(|state| *state == row.state).unwrap_or(0);
        turn(&mut self.states[state]);
        turn(
            &mut self.examined[match row.examined {
                Examined::Done => 0,
                Examined::Failed(_) => 1,
                Examined::Waiting => 2,
            }],
        );
        if row.rank.is_some() {
            turn(&mut self.n_ranked);
        }
        if row.state == ItemState::Done && row.seconds > 0.0 {
            turn(&mut self.n_timed);
            self.seconds += if comes { row.seconds } else { -row.seconds };
        }
    }
}

impl CaseView {
    /// A case that was just opened.
    pub fn new(path: PathBuf, author: String, access: Access, rows: Vec<ItemRow>) -> Self {
        let mut case = Self {
            path,
            author,
            access,
            rows: Vec::new(),
            sums: QueueSums::default(),
            order: Vec::new(),
            filter: QueueFilter::default(),
            strategy: None,
            is_surveying: false,
            n_again: 0,
            is_blind: false,
            read: BTreeSet::new(),
            other_readers: Vec::new(),
            agreed: Vec::new(),
            fetched: BTreeSet::new(),
            agreement: None,
            work: None,
            exported: None,
        };
        case.set_rows(rows);
        let first = case.order.first().and_then(|at| case.rows[*at].strategy.as_deref());
        case.strategy = first.and_then(|word| word.parse().ok());
        case
    }

    pub(super) fn set_rows(&mut self, rows: Vec<ItemRow>) {
        self.sums = QueueSums::of(&rows);
        self.rows = rows;
        self.arrange();
    }

    pub(super) fn set_filter(&mut self, filter: QueueFilter) {
        self.filter = filter;
        self.arrange();
    }

    /// Marks an item without a new order: what is next is found from where it stood.
    pub(super) fn set_state(&mut self, id: ItemId, state: ItemState) {
        if let Some(row) = self.row(id).cloned() {
            self.put_row(ItemRow { state, ..row });
        }
    }

    pub(super) fn take_in_row(&mut self, row: ItemRow) {
        let Some(old) = self.row(row.id) else { return };
        let is_moved = old.rank != row.rank || self.filter.shows(old) != self.filter.shows(&row);
        self.put_row(row);
        if is_moved {
            self.arrange();
        }
    }

    fn put_row(&mut self, row: ItemRow) {
        let Some(at) = self.place_of(row.id) else { return };
        self.sums.count(&self.rows[at], false);
        self.sums.count(&row, true);
        self.rows[at] = row;
    }

    /// Chooses and orders what is shown.
    pub(super) fn arrange(&mut self) {
        let Self { rows, order, filter, .. } = self;
        let text = filter.text.to_lowercase();
        order.clear();
        let shown = rows.iter().enumerate().filter(|(_, row)| filter.shows_with(row, &text));
        order.extend(shown.map(|(at, _)| at));
        order.sort_by_key(|at| (rows[*at].rank.is_none(), rows[*at].rank, *at));
    }

    /// How many items are in each state, in the order of [`ItemState::ALL`].
    pub const fn counts(&self) -> [usize; 4] {
        self.sums.states
    }

    /// How many items were examined, failed, and wait.
    pub const fn examined(&self) -> [usize; 3] {
        self.sums.examined
    }

    /// Mean time spent on an item that is done, in seconds.
    pub fn mean_seconds(&self) -> Option<f64> {
        let QueueSums { n_timed, seconds, .. } = self.sums;
        (n_timed > 0).then(|| seconds / n_timed as f64)
    }

    /// Time that what is left will take if it goes on like this, in seconds.
    pub fn seconds_left(&self) -> Option<f64> {
        let [to_do, in_work, ..] = self.sums.states;
        self.mean_seconds().map(|mean| mean * (to_do + in_work) as f64)
    }

    /// Whether this person agreed to the mask of another reader that is shown.
    pub fn has_agreed(&self, document: &Document) -> bool {
        let frame = document.video.as_ref().and_then(|video| video.shown);
        let shown = document.mask().and_then(super::MaskView::laid_out_of);
        let is_it = |(author, at): &(String, Option<usize>)| shown == Some(author) && *at == frame;
        self.agreed.iter().any(is_it)
    }

    /// Whether this person has still to look at an item. Who reads blind has a queue of their own:
    /// what others have finished is still to be read.
    pub fn is_to_be_done(&self, row: &ItemRow) -> bool {
        match row.state {
            ItemState::ToDo | ItemState::InWork => !self.is_blind || !self.read.contains(&row.id),
            ItemState::Done => self.is_blind && !self.read.contains(&row.id),
            ItemState::Skipped => false,
        }
    }

    /// Whether what was drawn on an item before is there. Until then it cannot be marked as done.
    pub fn has_masks_of(&self, document: &Document) -> bool {
        self.fetched.contains(&document.id)
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn place_of(&self, id: ItemId) -> Option<usize> {
        // Items are numbered as they are added and never taken away.
        let guess = usize::try_from(id.0 - 1).ok();
        let is_it = |at: &usize| self.rows.get(*at).is_some_and(|row| row.id == id);
        guess.filter(is_it).or_else(|| self.rows.iter().position(|row| row.id == id))
    }

    /// The row of an item.
    pub fn row(&self, id: ItemId) -> Option<&ItemRow> {
        self.rows.get(self.place_of(id)?)
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
