//! Bytes of a file and what several readers do with them: bounds, texts, unpacking, words, messages in
//! coded video.
//!
//! * **Not here**: any container.

pub(super) mod inflate;
pub(super) mod input;
pub(super) mod sei;
pub(super) mod span;
pub(super) mod text;
pub(super) mod words;
