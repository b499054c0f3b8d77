//! The queue as a list shows it: which items, in which order, how many are in which state.

use std::collections::BTreeMap;

use crate::base::Verdict;
use crate::case::{Examined, ItemId, ItemRow, ItemState};
use crate::curate::{Criterion, SearchHit};

/// Which items the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueFilter {
    /// Items in this state; `None` for all.
    pub state: Option<ItemState>,
    /// Items with this verdict; `None` for all.
    pub verdict: Option<Verdict>,
    /// Items whose path, source or person contains this text, in any case of letters.
    pub text: String,
}

impl QueueFilter {
    /// Whether the list shows an item. `state` is the one that the reader may see, `text` is that of the
    /// filter in lower case.
    pub(super) fn shows(&self, row: &ItemRow, state: ItemState, text: &str) -> bool {
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
        self.state.is_none_or(|wanted| state == wanted)
            && self.verdict.is_none_or(|verdict| row.outcome() == Some(verdict))
            && (text.is_empty() || has_text())
    }

    /// Whether it shows all items.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// The items whose files say something that was searched for. The list shows no others meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSearch {
    /// What was searched for.
    pub criterion: Criterion,
    /// The items, with the field that says so.
    pub found: BTreeMap<ItemId, Vec<SearchHit>>,
    /// Items that were searched.
    pub n_searched: u64,
    /// Items that were not: their files could not be read, or the case cannot be written to.
    pub n_unknown: u64,
}

/// Counts of the items, kept up to date so that a frame of the window need not count them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QueueTotals {
    /// Items in each state that the reader may see, in the order of [`ItemState::ALL`].
    pub states: [usize; 4],
    /// Items that were examined, that failed, and that wait.
    pub examined: [usize; 3],
    /// Items with a rank.
    pub n_ranked: usize,
    /// Finished items with a time, and their seconds.
    pub(super) n_timed: usize,
    pub(super) seconds: f64,
}

impl QueueTotals {
    pub(super) fn add(&mut self, row: &ItemRow, state: ItemState) {
        self.count(row, state, true);
    }

    pub(super) fn remove(&mut self, row: &ItemRow, state: ItemState) {
        self.count(row, state, false);
    }

    fn count(&mut self, row: &ItemRow, state: ItemState, is_added: bool) {
        let count = |n: &mut usize| *n = if is_added { *n + 1 } else { n.saturating_sub(1) };
        let at = ItemState::ALL.iter().position(|one| *one == state).unwrap_or(0);
        count(&mut self.states[at]);
        count(
            &mut self.examined[match row.examined {
                Examined::Done => 0,
                Examined::Failed(_) => 1,
                Examined::Waiting => 2,
            }],
        );
        if row.rank.is_some() {
            count(&mut self.n_ranked);
        }
        if state == ItemState::Done && row.seconds > 0.0 {
            count(&mut self.n_timed);
            self.seconds += if is_added { row.seconds } else { -row.seconds };
        }
    }
}
