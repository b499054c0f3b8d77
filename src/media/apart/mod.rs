//! Pictures decoded in a child process, so that a decoder's death is one file's bad luck.
//!
//! * **In**: the bytes of a file that were hashed, and [`Limits`](crate::base::Limits).
//! * **Out**: the [`Still`](super::Still) that the child made of them, or why there is none. Memory
//!   and time of the child are limited, it opens no file and no connection (`confine`), and it
//!   ends when the work is cancelled.
//! * **Not here**: decoding itself (`decode`).
//!
//! The child is this program, by a hidden command. It gets the bytes by its input and answers a line
//! that it is ready, a line of JSON, and the pixels; of an animated WebP file the wanted frames, each
//! behind its number, and a message behind [`AT_END`]. Where no program was named, as in tests of the
//! library and in the trainer, pictures are decoded in the process itself.

mod child;
mod parent;
mod reply;

pub use child::{animation_decoder_main, still_decoder_main};
pub use parent::{StillDecoder, decode_stills_apart, still_decoder};

#[cfg(fuzzing)]
pub use parent::fuzz as fuzz_replies;

pub(super) use parent::decode;

/// The hidden command for a still picture.
const STILL: &str = "decode-still";
/// The hidden command for an animated WebP file.
pub(super) const ANIMATION: &str = "decode-animation";
/// The first line of the child.
pub(super) const READY: &str = "pentimento-still 1";
/// Stands for the number of a frame behind the last one.
pub(super) const AT_END: u32 = u32::MAX;
