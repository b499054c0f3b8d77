//! Matroska and `WebM`: the tree of elements, tracks and tags.
//!
//! * **In**: a file, of which headers are read only. **Out**: elements with offsets, and fields.
//! * **Not here**: frames, indexes, chapters, attachments: their places are listed.
//!
//! Sources: RFC 8794 (EBML), RFC 9559 (Matroska).

mod elements;
mod names;

pub(super) use elements::read;
