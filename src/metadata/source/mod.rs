//! Bytes of a file and what all readers do with them: bounds, texts, unpacking, words.
//!
//! * **Not here**: any format.

pub(super) mod inflate;
pub(super) mod input;
pub(super) mod span;
pub(super) mod text;
pub(super) mod words;
