//! Options for the examination of a clip, and its events.

use std::ops::Range;
use std::path::PathBuf;

use crate::base::{Damage, FrameTime, Sample};
use crate::pipeline::Plan;

/// Options for the examination of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoPlan {
    /// Examine every n-th frame; at least 1.
    pub every: usize,
    /// First and last second to examine; `None` is the whole clip.
    pub range: Option<(f64, f64)>,
    /// Most frames to examine, spread evenly.
    pub max_frames: Option<usize>,
    /// A first impression: about [`QUICK_FRAMES`] frames spread over the clip.
    pub is_quick: bool,
    /// Keep the heat map of every sample, a byte a cell.
    pub keeps_maps: bool,
    /// Folder in which an unfinished run is kept, to go on from.
    pub journal: Option<PathBuf>,
    /// The plan for single frames. Drawn regions are not tracked through a clip.
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

/// An event while a clip is examined.
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
