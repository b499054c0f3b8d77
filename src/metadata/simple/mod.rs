//! GIF, BMP, transport streams and color profiles, each in one file.
//!
//! * **In**: the bytes of a file, or of a color profile in one; of a transport stream its beginning and
//!   end. **Out**: parts with offsets, fields of the headers, comments, notes of camcorders; blocks of XMP
//!   and color profiles for their readers.
//! * **Not here**: pixels.

mod bmp;
mod camcorder;
mod gif;
mod icc;
mod transport;

pub(super) use bmp::{read as read_bmp, read_header};
pub(super) use gif::read as read_gif;
pub(super) use icc::read as read_icc;
pub(super) use transport::{read as read_transport, shape as transport_shape};
