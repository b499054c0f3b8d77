//! PNG: every chunk, texts in all three forms, and the channel in which some generators hide text.
//!
//! * **In**: the bytes of a file. **Out**: chunks with offsets, fields of the small chunks and texts;
//!   blocks of EXIF, XMP, color profile and credential for their readers.
//! * **Not here**: pixels, but for the last bits of an alpha channel.
//!
//! Sources: the PNG specification third edition; `ImageMagick`'s raw profiles.

mod alpha;
mod chunks;
mod header;
mod texts;

pub(super) use chunks::read;
