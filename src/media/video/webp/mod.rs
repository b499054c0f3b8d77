//! Animated WebP, which `ffmpeg` 5 cannot decode: by the `image` crate, in a child process.
//!
//! * **In**: the bytes of a file that were hashed, and which frames are wanted.
//! * **Out**: frames and their times, as from `ffmpeg`.
//! * **Not here**: starting that child and its limits (`media/apart`).
//!
//! Where no program was named that decodes, as in tests of the library, a thread does it.

mod describe;
mod frames;
mod start;

pub(super) use describe::{MAX_BYTES, describe};
pub(in crate::media) use frames::{WantedFrames, decode_frames};
pub(super) use start::{WebpFile, start};
