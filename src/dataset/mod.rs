//! L3, data sets of corrected masks: our own lossless format, and those of other labeling tools.
//!
//! * **In**: entries (a record, a mask, where the pixels are), or a folder or file of a known
//!   format. **Out**: a folder that appears whole or not at all; entries, and remarks on what a
//!   format could not express.
//! * **Not here**: cases (`curate` joins the two), training, windows.
//!
//! Masks are on the stored pixel grid in every format: an EXIF rotation is not applied. Tools that
//! rotate pictures on opening show masks in the right place only if they rotate both.

// What is read here was written by others: no sum and no index may end the program.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod detect;
mod doubles;
mod error;
mod export;
mod files;
mod format;
mod formats;
mod import;
mod links;
mod names;
mod native;
mod provenance;
mod record;
mod remarks;
mod split;
mod staging;
mod text;
mod unpack;

pub use error::Error;
pub use export::{ExportOptions, Exported, export};
pub use format::Format;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use formats::fuzz_run_lengths;
pub use import::{Imported, import};
pub use native::{DataSet, open};
pub use record::{Entry, ImageRef, MaskRef, Pixels, Record, Split};
pub use split::{GroupKeys, assign_splits, split_of_key};
