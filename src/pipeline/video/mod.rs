//! Videos: what is told of one while it is examined.

use crate::base::{Damage, Sample};

/// What happened while a video is examined.
#[derive(Debug, Clone, PartialEq)]
pub enum VideoEvent {
    /// A frame is done.
    Progress {
        /// Frames done.
        done: usize,
        /// Frames to do.
        total: usize,
        /// Index of the one just done.
        frame: usize,
    },
    /// A shot begins.
    Cut {
        /// Index of its first frame.
        frame: usize,
    },
    /// New samples of a track, in frame order.
    Samples {
        /// Its number.
        track: u32,
        /// What is new.
        samples: Vec<Sample>,
    },
    /// Something could not be decoded.
    Damage(Damage),
}
