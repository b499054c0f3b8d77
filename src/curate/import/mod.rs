//! Importing a data set of any format into a case.
//!
//! * **In**: a data set, a folder or a zip file; a case. **Out**: masks in the case, one log entry
//!   each, and a sentence on everything that was left out.
//! * **Not here**: the formats (`dataset`), the tables of the case (`case`).
//!
//! A picture is matched with an item by its path or by the SHA-256 of its file, so that a picture that
//! was copied or renamed gets no second item.

mod locate;
mod precedence;
mod run;
mod save;

pub use run::{CaseImport, import};
