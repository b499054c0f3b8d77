//! A whole clip, from packets to verdicts: every frame, every face, in threads.
//!
//! * **In**: loaded [`Stages`](super::Stages), an opened [`Video`](crate::media::video::Video), a
//!   [`VideoPlan`]. **Out**: [`VideoEvent`]s while it runs, a
//!   [`VideoReport`](crate::base::VideoReport) at the end.
//! * **Not here**: decoding (`media`), windows and players (`session`), words for people.
//!
//! ```text
//! decode (child process) -> read (thread) -> find, follow, align (thread) -> detect, report (caller)
//! ```
//!
//! The stages are joined by channels that hold a few frames, so memory does not grow with the clip
//! but for a small [`Sample`] a face and frame. Frames come out in the order in
//! which they are shown. Cancelling ends all stages within a frame; what was done until then is in
//! the report.

mod journal;
mod read;
mod run;
mod scout;
mod settle;
mod shots;
mod sum;

use std::ops::Range;
use std::path::PathBuf;

pub use journal::TAKEN_OVER;
pub use run::{examine_video, unreadable};
pub use settle::{Settled, settle};

use super::Plan;
use crate::base::{Damage, FrameTime, Sample};

/// What to do with a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoPlan {
    /// Every how many frames one is examined, from 1 on.
    pub every: usize,
    /// From and to which second of the clip; `None` is all of it.
    pub range: Option<(f64, f64)>,
    /// At most so many frames, spread evenly.
    pub max_frames: Option<usize>,
    /// A first impression: about [`QUICK_FRAMES`] frames spread over the clip.
    pub is_quick: bool,
    /// Keep the heat map of every sample, a byte a cell.
    pub keeps_maps: bool,
    /// Folder in which an unfinished run is kept, to go on from.
    pub journal: Option<PathBuf>,
    /// What holds for single frames too. Drawn regions are not followed through a clip.
    pub plan: Plan,
}

/// Frames of a quick look.
pub const QUICK_FRAMES: usize = 24;

impl VideoPlan {
    /// Indices of the frames that lie in the range.
    pub fn frames(&self, frames: &[FrameTime]) -> Range<usize> {
        let Some((from, to)) = self.range else { return 0..frames.len() };
        let first = frames.partition_point(|f| f.t_s < from);
        first..frames.partition_point(|f| f.t_s <= to).max(first)
    }
}

impl Default for VideoPlan {
    /// Every frame of the whole clip, without maps, nothing kept on disk.
    fn default() -> Self {
        Self {
            every: 1,
            range: None,
            max_frames: None,
            is_quick: false,
            keeps_maps: false,
            journal: None,
            plan: Plan::default(),
        }
    }
}

/// What happens while a clip is examined.
#[derive(Debug, Clone, PartialEq)]
pub enum VideoEvent {
    /// `frame` is the index of the last frame examined; `done` of `total` frames are.
    Progress {
        /// Frames done.
        done: usize,
        /// Frames to be done.
        total: usize,
        /// Index of the last one.
        frame: usize,
    },
    /// A new shot begins with this frame.
    Cut {
        /// Its index.
        frame: usize,
    },
    /// New samples of a track, in the order of showing.
    Samples {
        /// Number of the track.
        track: u32,
        /// One for each frame.
        samples: Vec<Sample>,
    },
    /// Something could not be decoded.
    Damage(Damage),
}
