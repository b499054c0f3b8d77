//! Ranking: which item a person should look at next, and why.
//!
//! * **In**: numbers kept of each examined item ([`Signals`]), a [`QueueStrategy`], [`Quotas`].
//! * **Out**: ranks with a reason each, in the case.
//! * **Not here**: examining items, showing the queue.
//!
//! Concept candidates are those of LAE (CIKM 2020); uncertainty sampling is common in active
//! learning; the difference hash is N. Krawetz's (2013).

mod candidate;
mod near_duplicates;
mod rank;
mod rank_case;
mod score;
mod signals;
mod strategy;

pub use rank::{Quotas, RankedItem, Ranking, UnrankedItem};
pub use rank_case::rank;
pub use signals::{
    BLUR_INPUT_PX, BlurredCopy, Excitation, ItemSignals, Signals, difference_hash, item_signals,
};
pub use strategy::{QueueStrategy, UnknownStrategy};
