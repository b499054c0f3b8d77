//! JPEG: every segment, the tables of the coder, and the blocks of metadata in it.
//!
//! * **In**: the bytes of a file. **Out**: segments with offsets, [`JpegCoding`], fields of JFIF,
//!   Adobe, comments and the like; blocks of EXIF, XMP, IPTC and ICC for their readers.
//! * **Not here**: pixels and damage of the coded data (`media::jpeg`), the content of the blocks.
//!
//! Sources: ITU-T T.81 annexes B and K, T.871 (JFIF), CIPA DC-007 (MPF), Adobe's XMP part 3.

mod adobe;
mod app;
mod coding;
mod huffman;
mod ijg;
mod mpf;
mod segments;
mod spread;
mod trailer;

pub use coding::{Component, IjgMatch, JpegCoding, QuantTable};
pub(super) use segments::read;
