//! L2, from the bytes of a file to a [`Frame`](crate::base::Frame), and back to files.
//!
//! * **In**: a path or bytes from anywhere, hostile ones included, and [`Limits`](crate::base::Limits).
//! * **Out**: a [`Still`]: the stored pixels as 8-bit sRGB, EXIF orientation kept apart, SHA-256 of
//!   the bytes, and [`Warning`](crate::base::Warning)s; or an [`Error`] that is one sentence for a
//!   person, without the path, which the caller shows anyway.
//! * **Not here**: moving pictures (`video`, a part of its own), metadata, faces.
//!
//! The format of a file follows from its content, never from its name. Sizes are read from the headers
//! and checked before a pixel is decoded. Of several frames or pages the first is decoded, with a
//! warning. Transparent pixels are laid over white, as most viewers do, with a warning; colors that this
//! hides are reported.

// What is read here was written by others: no sum and no index may end the program.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

/// File extensions of pictures and clips, lower case, for finding them in folders.
pub const ENDINGS: [&str; 28] = [
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "dib",
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "ts", "mts", "m2ts", "mpg", "mpeg", "3gp", "wmv",
    "flv", "ogv",
];

mod apart;
mod container;
mod decode;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
mod inside;
mod jpeg;
mod open;
mod png_damage;
mod profile;
mod quantization;
mod remarks;
mod sniff;
mod surplus;
mod tiff;
mod transparent;
pub mod video;
mod write;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use apart::fuzz_replies;
pub use apart::{
    StillDecoder, animation_decoder_main, decode_stills_apart, still_decoder, still_decoder_main,
};
pub use decode::{Still, StillHead, decode_still};
pub use error::Error;
pub use jpeg::{JpegDataEnd, jpeg_data_end};
pub use open::{open_still, open_still_in_memory, still_head};
pub use sniff::StillFormat;
pub use write::{
    encode_jpeg, encode_png, encode_png_gray, encode_png_indexed, write_png, write_png_gray,
};
