//! L4, the queue of a case: which picture a person should look at next, and why.
//!
//! * **In**: an open `Case`, folders of pictures, what the detector says of them ([`Signals`]).
//! * **Out**: a filled and examined case, ranks with a reason each ([`rank`]), the agreement of two
//!   readers, and what goes in and out of data sets.
//! * **Not here**: the file (`case`), formats (`dataset`), how a file is examined (`pipeline`: callers
//!   hand in a function), windows (`session`).
//!
//! Ranking is a function of plain values and tested as such; the same case gives the same ranks.
//! Source of the strategies: LAE (CIKM 2020) for the concept candidates, in the reconstruction of
//! research/METHOD.md 1.6; uncertainty and margin sampling are folklore of active learning; the
//! greedy k-centre is that of Sener and Savarese, "Active Learning for Convolutional Neural
//! Networks: A Core-Set Approach", ICLR 2018; the difference hash is N. Krawetz's (2013).

mod agreement;
mod candidate;
mod diversity;
mod error;
mod examine;
mod fill;
mod handover;
mod near;
mod order;
mod queue;
mod rank;
mod readers;
mod report;
mod signals;
mod strategy;
mod takeover;

pub use agreement::{DECISIONS, PixelCounts, Readers, Reading, agreement};
pub use candidate::Candidate;
pub use diversity::EXACT_CENTRES;
pub use error::Error;
pub use examine::{Examination, Failure, Progressed, Said, examine, examine_these, record};
pub use fill::{Filled, Origin, add_folder, add_folder_of};
pub use handover::{HandOver, HandedOver, export};
pub use queue::rank;
pub use rank::{LeftOut, Quotas, Ranked, Ranking, rank_candidates};
pub use readers::{TwoReaders, two_readers};
pub use signals::{BLUR_INPUT_PX, Blurred, Excitation, Look, Signals, difference_hash, look};
pub use strategy::{Strategy, UnknownStrategy};
pub use takeover::{TakenOver, import};
