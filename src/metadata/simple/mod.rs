//! GIF and BMP, each in one file.
//!
//! * **In**: the bytes of a file. **Out**: parts with offsets, fields of the headers, comments; blocks
//!   of XMP and color profiles for their readers.
//! * **Not here**: pixels.

mod bmp;
mod gif;

pub(super) use bmp::{read as read_bmp, read_header};
pub(super) use gif::read as read_gif;
