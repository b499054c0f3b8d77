//! L3, the case file: media by hash, findings, what files say, masks, states of a queue, and an audit log whose
//! entries are chained by hashes.
//!
//! * **In**: a path, findings, masks and decisions. **Out**: the same, after any crash, and whether
//!   another program has changed them ([`Case::verify`]).
//! * **Not here**: examining media (`pipeline`), choosing what to look at next (`curate`), data sets
//!   of other tools (`dataset`).
//!
//! A case is one SQLite file. Every method that changes it is one transaction that also writes the
//! log entry: either both are on the disk or neither is. The journal is a second file that exists only
//! during a transaction. There is no write-ahead log, so that the file alone is the whole case: it can
//! be copied, mailed, and read in a folder that cannot be written.
//!
//! One process writes, and in it one handle. The thread that owns the handle does what a person waits
//! for before anything else. Long work (adding, importing, ranking) runs on another thread with a
//! handle that only reads ([`Case::reader`]) and submits its changes in batches of at most 100 ms
//! ([`BatchWriter`]), waiting for each; the owner runs one between two other changes. So no lock is
//! shared and nothing has a priority but the owner's queue. Steps of long work on the owning thread
//! would need no second handle, but a step can hash a clip for seconds, and a stroke would wait.
//!
//! Media are never copied. They are referenced by path, relative to the case's folder where they lie
//! below it, and by hash once they were examined. Findings, descriptions and log entries never change:
//! triggers in the file refuse it. Masks may be drawn again; the log keeps the hash of every version.

// What is read here was written by others: no sum and no index may end the program.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod change;
mod descriptions;
mod error;
mod file;
mod findings;
mod items;
mod log;
mod masks;
mod notes;
mod queue;
mod time;
mod verify;

pub use crate::base::FrameRef;
pub(crate) use change::MAX_BATCH_TIME;
pub use change::{Batch, BatchWriter};
pub use descriptions::{DescriptionFacts, StoredDescription};
pub use error::Error;
pub use file::{Access, Case, FORMAT};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use findings::fuzz_maps;
pub use findings::{ClipBrief, FindingBrief, RunFacts, StoredFinding};
pub use items::{
    AddedCounts, Examined, ItemId, ItemRow, ItemState, KnownFile, NewItem, Reexamine, add_items,
};
pub use log::LogEntry;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use masks::fuzz_mask;
pub use masks::{MaskKey, StoredMask};
pub use time::now;
pub use verify::{CasePart, Fault, MediaCheck, Verification};

/// Extension of case files.
pub const EXTENSION: &str = "pentimento";
