//! Moving pictures: frames with their true times.
//!
//! * **In**: a path, hostile content included, and [`VideoLimits`].
//! * **Out**: a [`Video`]: what it is, every frame that a player shows with its time stamp, and
//!   from it a [`FrameStream`] or single frames, **as a player shows them** (rotation and pixel
//!   aspect applied); and files, by [`VideoWriter`].
//! * **Not here**: sound, which is never touched; faces.
//!
//! The work is done by `ffmpeg` and `ffprobe` as child processes ([`Tools`]): a decoder that a
//! hostile file breaks takes nothing with it. They may open the one file, by the demuxer that its
//! content names, and use bounded memory and time; the system shuts other files, sockets and
//! processes to them where it can ([`safeguards`](crate::confine::safeguards)). Animated WebP is decoded by the `image` crate, in a
//! child process of this program.
//!
//! The packets of the container are the index: a decoded frame is known by its time stamp, never by
//! counting. What cannot be decoded is [`Damage`](crate::base::Damage), and decoding goes on.

pub(in crate::media) mod child;
mod clock;
mod damage;
mod file;
mod index;
mod layout;
mod limits;
mod messages;
mod open;
mod pixels;
mod probe;
mod pump;
mod request;
mod seek;
mod stream;
mod tools;
pub(in crate::media) mod webp;
mod write;

pub use damage::SIZE_CHANGES;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use index::fuzz_further;
pub use limits::VideoLimits;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use messages::fuzz as fuzz_messages;
pub use open::{MediaKind, Video, kind};
pub use pixels::{LumaRange, Pixels, Yuv420, YuvMatrix};
pub use request::{DecodeRequest, Decoded, PixelKind};
pub use stream::FrameStream;
pub use tools::Tools;
pub use write::VideoWriter;
