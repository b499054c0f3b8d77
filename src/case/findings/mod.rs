//! Findings: what a model found in an item. A finding is stored once and never changes.
//!
//! * **In**: a [`StoredFinding`] with what is needed to repeat its run. **Out**: the same.
//! * **Not here**: what `signals` mean (`curate`), the form of a report (`curate`, `cli`).

mod brief;
mod finding;
mod maps;
mod table;

pub use brief::{ClipBrief, FindingBrief};
pub use finding::{RunFacts, StoredFinding};
#[cfg(fuzzing)]
pub use maps::fuzz as fuzz_maps;
pub(super) use table::{COLUMNS, FindingRow, identify};
