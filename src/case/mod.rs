//! L3, the case file: media by hash, findings, masks, states of a queue, and an audit log whose
//! entries are chained by hashes.
//!
//! * **In**: a path, and what was found, drawn and decided. **Out**: the same, after any crash, and
//!   a word on whether anything was changed behind the program's back.
//! * **Not here**: examining media (`pipeline`), choosing what to look at next (`curate`), data sets
//!   of other tools (`dataset`).
//!
//! A case is one SQLite file. Every method that changes it is one transaction that also writes the
//! entry of the log: either both are on the disk or neither is. The file keeps its journal in a
//! second file only while a transaction runs (no WAL): what lies on the disk between two changes is
//! the whole case, which can be copied, mailed and opened in a folder that cannot be written.
//!
//! One process writes. Its threads may have a handle each (`Case::beside`): the first does what a
//! person waits for, the others long work in transactions of bounded length, which stand back. What
//! reads much reads it in pieces: whoever reads keeps a change from being finished.
//!
//! Media are never copied. They are referenced by path, below the case's folder relative to it, and
//! by hash once they were examined. Findings and entries of the log never change; the file itself
//! refuses it. Masks may be drawn again: the log keeps the hash of every version.

mod access;
mod change;
mod clock;
mod create;
mod error;
mod file;
mod findings;
mod item;
mod items;
mod log;
mod maps;
mod masks;
mod migrate;
mod peek;
mod places;
mod queue;
mod raster;
mod seal;
mod turns;
mod v1;
mod verify;

pub use crate::base::FrameRef;
pub use access::Access;
pub use change::STRETCH;
pub use clock::now;
pub use error::Error;
pub use file::{Case, EXTENSION};
pub use findings::{Finding, RunFacts};
pub use item::{Added, Again, Examined, ItemId, ItemRow, ItemState, NewItem};
pub use log::LogEntry;
pub use masks::{MaskKey, StoredMask};
pub use turns::First;
pub use verify::{Fault, MediaCheck, Part, Verification};
