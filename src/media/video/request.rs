//! A request for decoded frames, and a decoded frame.

use std::ops::Range;

use super::Pixels;
use crate::base::FrameTime;

/// The pixel format of decoded frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PixelKind {
    #[default]
    Rgb,
    /// Planes as decoded where the stream is 8-bit 4:2:0, else RGB.
    Native,
}

/// Which frames to decode, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeRequest {
    /// Indices of frames; cut to those that are there.
    pub frames: Range<usize>,
    /// 1 all, 2 every other one …, counted from `frames.start`. Behind a frame that could not be
    /// decoded the grid shifts; the time of a frame is always its own.
    pub every: usize,
    /// The pixel format.
    pub pixels: PixelKind,
    /// Scaled down in the decoder so that the longest side is at most this.
    pub max_side_px: Option<u32>,
}

impl Default for DecodeRequest {
    /// Every frame as RGB in full size.
    fn default() -> Self {
        Self { frames: 0..usize::MAX, every: 1, pixels: PixelKind::Rgb, max_side_px: None }
    }
}

/// A decoded frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub time: FrameTime,
    /// As displayed.
    pub pixels: Pixels,
}
