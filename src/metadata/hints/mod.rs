//! Marks of AI, at three levels that are never mixed: signed, declared, hinted.
//!
//! * **In**: the fields of a file and its credential. **Out**: [`AiMark`]s, each with its field.
//! * **Not here**: any judgment from pixels. A file without marks may be generated all the same.
//!
//! Sources: the digital source type codes of IPTC and C2PA, GB 45438-2025, the notes that generators write.

mod comfy;
mod generators;
mod mark;
mod marks;
mod notes;
mod source_type;

pub use mark::{AiLevel, AiMark, Generation};
pub(super) use marks::marks;
pub use source_type::source_type_label;
