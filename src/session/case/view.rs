//! What a front end sees of an open case: plain values.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::queue_view::{CaseSearch, QueueFilter, QueueTotals};
use crate::base::Progress;
use crate::base::text::visible;
use crate::case::{Access, ItemId, ItemRow, ItemState};
use crate::curate::{QueueStrategy, ReaderComparison};
use crate::report::BookmarkRecord;
use crate::session::document::mask::DrawnMask;
use crate::session::document::open::Document;

/// Work on the case in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWork {
    /// For people, for instance `Adding files`.
    pub what: &'static str,
    /// How far it is.
    pub progress: Option<Progress>,
    /// A person has stopped it.
    pub is_stopping: bool,
}

/// An open case.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The file.
    pub path: PathBuf,
    /// Who works on it.
    pub author: String,
    /// Whether it can be changed, and if not, why.
    pub access: Access,
    /// All items, in the order they were added.
    pub rows: Vec<ItemRow>,
    /// Counts of the items.
    pub totals: QueueTotals,
    /// Indices into `rows` of the items that the list shows: ranked ones first, by rank.
    pub order: Vec<usize>,
    /// Which items the list shows.
    pub filter: QueueFilter,
    /// What was found by what the files say; `None` where nobody searches.
    pub search: Option<CaseSearch>,
    /// The strategy that ranked the queue last.
    pub strategy: Option<QueueStrategy>,
    /// Whether items are examined in the background.
    pub is_surveying: bool,
    /// Whether every frame of clips is examined in the background, or some of each.
    pub examines_every_frame: bool,
    /// Another number after every change of `rows`, of what the reader may see of them, or of what
    /// was found.
    pub version: u64,
    /// Items still to be examined again.
    pub n_again: usize,
    /// Whether the masks of other readers are hidden.
    pub is_blind: bool,
    /// Items of which this person has a mask.
    pub read: BTreeSet<ItemId>,
    /// Other readers of the item shown.
    pub other_readers: Vec<String>,
    /// Masks of the item shown that this person has confirmed: author, and frame of a clip.
    pub agreed: Vec<(String, Option<usize>)>,
    /// What people have marked about the item whose bookmarks were read last.
    pub(super) bookmarks: Option<(ItemId, Vec<BookmarkRecord>)>,
    /// The agreement of two readers, if it was asked for.
    pub agreement: Option<ReaderComparison>,
    /// Work in the background.
    pub work: Option<CaseWork>,
    /// The data set in our own format that was exported last.
    pub exported: Option<PathBuf>,
}

impl CaseView {
    /// A case that was just opened.
    pub fn new(path: PathBuf, author: String, access: Access, rows: Vec<ItemRow>) -> Self {
        let mut case = Self {
            path,
            author,
            access,
            rows: Vec::new(),
            totals: QueueTotals::default(),
            order: Vec::new(),
            filter: QueueFilter::default(),
            search: None,
            strategy: None,
            is_surveying: false,
            examines_every_frame: false,
            version: 0,
            n_again: 0,
            is_blind: false,
            read: BTreeSet::new(),
            other_readers: Vec::new(),
            agreed: Vec::new(),
            bookmarks: None,
            agreement: None,
            work: None,
            exported: None,
        };
        case.set_rows(rows);
        let first = case.order.first().and_then(|at| case.rows[*at].strategy.as_deref());
        case.strategy = first.and_then(|word| word.parse().ok());
        case
    }

    /// The bookmarks of an item that this person may see: who reads blind sees their own.
    pub fn bookmarks(&self, item: ItemId) -> impl Iterator<Item = &BookmarkRecord> {
        let read = self.bookmarks.iter().filter(move |(of, _)| *of == item);
        let all = read.flat_map(|(_, all)| all);
        all.filter(|bookmark| !self.is_blind || bookmark.author == self.author)
    }

    pub(super) fn set_rows(&mut self, rows: Vec<ItemRow>) {
        self.rows = rows;
        self.recount();
        self.arrange();
    }

    fn recount(&mut self) {
        let mut totals = QueueTotals::default();
        for row in &self.rows {
            totals.add(row, self.state_for_reader(row));
        }
        self.totals = totals;
        self.version += 1;
    }

    /// Hides from the reader what others have drawn and decided, or shows it.
    pub(super) fn set_blind(&mut self, is_blind: bool) {
        self.is_blind = is_blind;
        self.recount();
        self.arrange();
    }

    /// This person has a mask of an item.
    pub(super) fn add_read(&mut self, id: ItemId) {
        if let (true, Some(at)) = (self.read.insert(id) && self.is_blind, self.index_of(id)) {
            let row = self.rows[at].clone();
            self.totals.remove(&row, blind_state(row.state));
            self.totals.add(&row, row.state);
            self.version += 1;
        }
    }

    /// The state of an item as the reader may see it: who reads blind does not see what others have
    /// finished or begun.
    pub fn state_for_reader(&self, row: &ItemRow) -> ItemState {
        if self.is_blind && !self.read.contains(&row.id) {
            return blind_state(row.state);
        }
        row.state
    }

    /// Shows what was found, or everything again.
    pub(super) fn set_search(&mut self, search: Option<CaseSearch>) {
        self.search = search;
        self.version += 1;
        self.arrange();
    }

    /// Whether an item was found, or nobody searches.
    pub fn is_found(&self, id: ItemId) -> bool {
        self.search.as_ref().is_none_or(|search| search.found.contains_key(&id))
    }

    pub(super) fn set_filter(&mut self, filter: QueueFilter) {
        self.filter = filter;
        self.arrange();
    }

    /// Changes the state of an item and keeps the order, so that the next item is found from here.
    pub(super) fn set_state(&mut self, id: ItemId, state: ItemState) {
        if let Some(row) = self.row(id).cloned() {
            self.replace_row(ItemRow { state, ..row });
        }
    }

    pub(super) fn update_row(&mut self, row: ItemRow) {
        let Some(old) = self.row(row.id) else { return };
        let text = self.filter.text.to_lowercase();
        let is_shown = |row| self.filter.shows(row, self.state_for_reader(row), &text);
        let is_moved = old.rank != row.rank || is_shown(old) != is_shown(&row);
        self.replace_row(row);
        if is_moved {
            self.arrange();
        }
    }

    fn replace_row(&mut self, row: ItemRow) {
        let Some(at) = self.index_of(row.id) else { return };
        let (before, after) = (self.state_for_reader(&self.rows[at]), self.state_for_reader(&row));
        self.totals.remove(&self.rows[at], before);
        self.totals.add(&row, after);
        self.rows[at] = row;
        self.version += 1;
    }

    /// Chooses and orders what is shown.
    pub(super) fn arrange(&mut self) {
        let mut order = std::mem::take(&mut self.order);
        let text = self.filter.text.to_lowercase();
        order.clear();
        let is_shown = |row: &ItemRow| {
            self.is_found(row.id) && self.filter.shows(row, self.state_for_reader(row), &text)
        };
        let shown = self.rows.iter().enumerate().filter(|(_, row)| is_shown(row));
        order.extend(shown.map(|(at, _)| at));
        order.sort_by_key(|at| (self.rows[*at].rank.is_none(), self.rows[*at].rank, *at));
        self.order = order;
    }

    /// Items in each state that the reader may see, in the order of [`ItemState::ALL`].
    pub const fn counts(&self) -> [usize; 4] {
        self.totals.states
    }

    /// Items that were examined, that failed, and that wait.
    pub const fn examined(&self) -> [usize; 3] {
        self.totals.examined
    }

    /// Mean seconds spent on a finished item.
    pub fn mean_seconds(&self) -> Option<f64> {
        let QueueTotals { n_timed, seconds, .. } = self.totals;
        (n_timed > 0).then(|| seconds / n_timed as f64)
    }

    /// Seconds that the unfinished items will take at this mean.
    pub fn seconds_left(&self) -> Option<f64> {
        let [to_do, in_work, ..] = self.totals.states;
        self.mean_seconds().map(|mean| mean * (to_do + in_work) as f64)
    }

    /// Whether this person has confirmed the mask of another reader that is shown.
    pub fn has_agreed(&self, document: &Document) -> bool {
        let frame = document.shown_frame();
        let shown = document.mask().and_then(DrawnMask::shown_author);
        let is_it = |(author, at): &(String, Option<usize>)| shown == Some(author) && *at == frame;
        self.agreed.iter().any(is_it)
    }

    /// Author, and frame of a clip, of the mask that this person can confirm.
    ///
    /// # Errors
    ///
    /// Why there is none: a sentence for people.
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
        match mask.shown_author() {
            Some(author) => Ok((author.to_owned(), document.shown_frame())),
            None if mask.is_nothing() && mask.n_undo == 0 => Err(nothing.to_owned()),
            None => Err("What is shown is your own mask. You can agree with another reader only \
                         where theirs is shown, before you have drawn."
                .to_owned()),
        }
    }

    /// Whether this person has still to look at an item. A person who reads blind also looks at
    /// items that others have finished.
    pub fn is_to_be_done(&self, row: &ItemRow) -> bool {
        match row.state {
            ItemState::ToDo | ItemState::InWork => !self.is_blind || !self.read.contains(&row.id),
            ItemState::Done => self.is_blind && !self.read.contains(&row.id),
            ItemState::Skipped => false,
        }
    }

    /// Name for people.
    pub fn name(&self) -> String {
        visible(&self.path.file_stem().unwrap_or_default().to_string_lossy()).into_owned()
    }

    fn index_of(&self, id: ItemId) -> Option<usize> {
        // Items are numbered as they are added and never removed.
        let guess = usize::try_from(id.0 - 1).ok();
        let is_it = |at: &usize| self.rows.get(*at).is_some_and(|row| row.id == id);
        guess.filter(is_it).or_else(|| self.rows.iter().position(|row| row.id == id))
    }

    /// The item after `shown` in the list, or with `is_backwards` before it, that is to be done.
    /// After the end of the list comes its beginning.
    pub(super) fn next_to_do(&self, shown: Option<ItemId>, is_backwards: bool) -> Option<ItemId> {
        let is_to_be_done = |at: &&usize| self.is_to_be_done(&self.rows[**at]);
        let here = self.order.iter().position(|at| Some(self.rows[*at].id) == shown);
        let next = match (here, is_backwards) {
            (Some(here), false) => {
                let (before, behind) = self.order.split_at(here + 1);
                behind.iter().chain(&before[..here]).find(is_to_be_done)
            }
            (Some(here), true) => self.order[..here].iter().rev().find(is_to_be_done),
            (None, _) => self.order.iter().find(is_to_be_done),
        };
        next.map(|at| self.rows[*at].id)
    }

    /// Another item is shown, or masks of others are hidden.
    pub(super) fn forget_readers(&mut self) {
        self.other_readers.clear();
        self.agreed.clear();
    }

    pub fn row(&self, id: ItemId) -> Option<&ItemRow> {
        self.rows.get(self.index_of(id)?)
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

/// The state that a blind reader sees of an item that only others may have worked on. What was
/// skipped stays skipped: it is in nobody's queue.
const fn blind_state(state: ItemState) -> ItemState {
    match state {
        ItemState::Skipped => ItemState::Skipped,
        ItemState::ToDo | ItemState::InWork | ItemState::Done => ItemState::ToDo,
    }
}
