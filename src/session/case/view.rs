//! What a front end sees of an open case: plain values.
//!
//! * **In / out**: nothing; the nouns of the queue.
//! * **Not here**: wishes (`case_command`), giving them meaning (`case_desk`), the thread that works
//!   on the file (`case_worker`).

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::base::{Progress, Verdict};
use crate::case::{Access, Examined, ItemId, ItemRow, ItemState};
use crate::curate::{Strategy, TwoReaders};
use crate::session::{Document, DocumentId};

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
    pub(in crate::session) fetched: BTreeSet<DocumentId>,
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

    pub(in crate::session) fn set_rows(&mut self, rows: Vec<ItemRow>) {
        self.sums = QueueSums::of(&rows);
        self.rows = rows;
        self.arrange();
    }

    pub(in crate::session) fn set_filter(&mut self, filter: QueueFilter) {
        self.filter = filter;
        self.arrange();
    }

    /// Marks an item without a new order: what is next is found from where it stood.
    pub(in crate::session) fn set_state(&mut self, id: ItemId, state: ItemState) {
        if let Some(row) = self.row(id).cloned() {
            self.put_row(ItemRow { state, ..row });
        }
    }

    pub(in crate::session) fn take_in_row(&mut self, row: ItemRow) {
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
    pub(in crate::session) fn arrange(&mut self) {
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
        let shown = document.mask().and_then(crate::session::MaskView::laid_out_of);
        let is_it = |(author, at): &(String, Option<usize>)| shown == Some(author) && *at == frame;
        self.agreed.iter().any(is_it)
    }

    /// Whose mask this person can agree with, or take that back, and of which frame of a clip.
    ///
    /// # Errors
    ///
    /// Why there is none, in words for people.
    pub fn agreeable(
        &self,
        document: Option<&Document>,
    ) -> Result<(String, Option<usize>), String> {
        if let Access::ReadOnly { reason } = &self.access {
            return Err(format!("This case is open for reading only: {reason}."));
        }
        if self.is_blind {
            return Err(
                "You read blind: what other readers drew is hidden, so there is nothing to \
                        agree with."
                    .to_owned(),
            );
        }
        let nothing = "No other reader's mask is shown here, so there is nothing to agree with.";
        let document = document.filter(|document| document.item.is_some());
        let shown = document.and_then(|document| Some((document, document.mask()?)));
        let Some((document, mask)) = shown else { return Err(nothing.to_owned()) };
        match mask.laid_out_of() {
            Some(author) => {
                let frame = document.video.as_ref().and_then(|video| video.shown);
                Ok((author.to_owned(), frame))
            }
            None if mask.is_nothing() && mask.n_undo == 0 => Err(nothing.to_owned()),
            None => Err("What is shown is your own mask. You can agree with another reader only \
                         where theirs is shown, before you have drawn."
                .to_owned()),
        }
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
