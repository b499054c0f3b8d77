//! Pixels that a picture file holds beyond those that its header announces.
//!
//! * **In**: the bytes of a file that was decoded.
//! * **Out**: [`NotExamined`](crate::base::NotExamined) parts: rows behind the last row, parts of
//!   frames outside the screen, strips that no row belongs to, tiles beyond the edge. Data are unpacked up to a limit and
//!   counted; no pixel of them is kept.
//! * **Not here**: files behind the end of the picture (`inside`), damage (`jpeg`, `png_damage`).
//!
//! Whoever lowers the height in a header hides what lies below from every program, and whoever sets
//! it back sees it again.

mod bmp;
mod find;
mod gif;
mod lzw;
mod png;
mod tiff;
mod tiles;
mod undescribed;
mod webp;

pub(super) use bmp::bmp_rows;
pub(super) use find::{
    MORE_ROWS_OF_FRAMES, WebpFrames, of_animation, of_picture, of_tiff_file, of_webp_frames,
};
pub(super) use tiff::has_reversed_bits;
pub(super) use tiles::whole_tiles;
pub(super) use webp::{shortened_webp, webp_frames};
