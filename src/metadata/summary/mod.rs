//! What follows from the fields: a summary, contradictions, comparison with reference files.
//!
//! * **In**: the [`Metadata`](super::Metadata) of one file, or of several. **Out**: sentences, each
//!   with the fields that it rests on.
//! * **Not here**: any table of cameras. Nothing here says that a file does not fit to a device.

mod blocks;
mod dates;
mod device;
mod finding;
mod place;
mod programs;
mod quoted;
mod reference;
mod rules;
mod sentences;
mod times;

pub use place::{Location, location};
pub use reference::{Comparison, ReferenceSet};
pub use rules::{Contradiction, RULES, Rule, contradictions};
pub use sentences::{Statement, summary};
