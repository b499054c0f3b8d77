//! GIF, BMP and color profiles, each in one file.
//!
//! * **In**: the bytes of a file, or of a color profile in one. **Out**: parts with offsets, fields of
//!   the headers, comments; blocks of XMP and color profiles for their readers.
//! * **Not here**: pixels.

mod bmp;
mod gif;
mod icc;

pub(super) use bmp::{read as read_bmp, read_header};
pub(super) use gif::read as read_gif;
pub(super) use icc::read as read_icc;
