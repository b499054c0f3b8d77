//! Matroska and `WebM`: the tree of elements, tracks and tags, packets.
//!
//! * **In**: a file, of which headers are read only. **Out**: elements with offsets, fields, the packets
//!   of the first video track.
//! * **Not here**: frames, indexes, chapters, attachments: their places are listed.
//!
//! Sources: RFC 8794 (EBML), RFC 9559 (Matroska).

mod blocks;
mod elements;
mod head;
mod names;

pub(super) use elements::read;
