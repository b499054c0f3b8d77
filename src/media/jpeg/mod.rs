//! Whether the data of a JPEG picture are whole, and from which row on they are not.
//!
//! * **In**: the bytes of a file that begins with a JPEG picture, hostile ones included.
//! * **Out**: what is found: the end of the picture in the file, and the first row that
//!   cannot be relied on. Decoders go on over damage without a word: this module reads the codes of
//!   every block and compares their number with the size of the picture.
//! * **Not here**: pixels. Arithmetic, lossless and 12-bit coding are left unchecked.
//!
//! Memory: 8 bytes for each block of 64 coefficients of a progressive picture, else some kilobytes.
//! Sources: ITU-T T.81, annexes B (markers), F (sequential) and G (progressive).

mod bits;
mod blocks;
mod check;
mod colors;
mod huffman;
mod picture;
mod scan;

pub(super) use check::check;
pub use check::{JpegDataEnd, jpeg_data_end};
pub(super) use colors::{contradicts_itself, with_usual_colors};
