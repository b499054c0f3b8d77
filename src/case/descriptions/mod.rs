//! Descriptions: what the files of items say about themselves. A description is stored once and never
//! changes.
//!
//! * **In**: a [`StoredDescription`] with the hash of the file and the version of the program. **Out**:
//!   the same.
//! * **Not here**: what the keys of a description mean (`pipeline`), searching (`curate`).
//!
//! A case of format 1 that cannot be written has none.

mod description;
mod table;

pub use description::{DescriptionFacts, StoredDescription};
pub(super) use table::{COLUMNS, DescriptionRow};
