//! Changing a case: transactions with their log entries, and batches of changes by long work.
//!
//! * **In**: a change. **Out**: it is on the disk, whole, or nothing was changed.
//! * **Not here**: what is changed (`items`, `findings`, `masks`, `queue`, `notes`).

mod batch;
mod transaction;

pub(crate) use batch::MAX_BATCH_TIME;
pub use batch::{Batch, BatchWriter};
pub(super) use transaction::Change;
