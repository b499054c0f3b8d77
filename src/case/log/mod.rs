//! The audit log: who did what when. Every entry holds the hash of the entry before it.
//!
//! * **In**: events, within the transaction that makes them true. **Out**: entries.
//! * **Not here**: whether the chain holds (`verify`).
//!
//! The hash of an entry is SHA-256 over the JSON text
//! `["PREVIOUS",SEQ,"AT","AUTHOR","ACTION","SUBJECT","DETAIL"]`, without spaces, in UTF-8, where
//! `DETAIL` is the text as stored and `PREVIOUS` of the first entry is 64 zeros: any language can
//! check it. The head is the hash of the newest entry and stands for all entries before it. A head
//! that was written down elsewhere shows whether the end of the log was cut off.

mod chain;
mod entry;
mod event;
mod hash;

pub(super) use chain::append;
pub use entry::LogEntry;
pub(super) use entry::{COLUMNS, FIRST_PREVIOUS};
pub(super) use event::Event;
pub(super) use hash::{FieldHasher, canonical_json};
