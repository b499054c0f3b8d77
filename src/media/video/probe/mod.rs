//! What a video is, as `ffprobe` and the head of its stream say it.
//!
//! * **In**: a file and the demuxer that may read it.
//! * **Out**: a [`Probe`]: size, times and colors of the track that is examined, and what is not.
//! * **Not here**: its frames (`index`).

mod answer;
mod ask;
mod beside;
mod cropped;
mod further;
mod obus;
mod otherwise;
mod passed_over;
mod units;
mod unseen;

pub(super) use ask::{DeclaredLength, Probe, Source, probe};
pub(super) use further::further_pictures;
pub(super) use unseen::{has_alpha, transparency};
