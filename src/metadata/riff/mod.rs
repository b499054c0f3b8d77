//! RIFF: WebP pictures and AVI videos.
//!
//! * **In**: a file, of which headers are read only. **Out**: chunks with offsets, fields; packets of the
//!   first video stream; blocks of EXIF, XMP, color profile and credential for their readers.
//! * **Not here**: pixels and frames.
//!
//! Sources: Microsoft's RIFF and AVI documentation, the WebP container specification, RFC 6386.

mod avi;
mod chunks;
mod index;
mod webp;

pub(super) use chunks::read;
