//! Limits of memory, size and time for videos.

use std::time::Duration;

use crate::base::Limits;
use crate::confine::ResourceLimits;

/// A file is read through at no less than this.
const SLOWEST_BYTES_PER_S: u64 = 10 << 20;

/// Upper bounds. Those of the child processes are enforced by the system where it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoLimits {
    pub file_bytes: u64,
    /// Longest side in pixels, as stored and as shown.
    pub side_px: u32,
    /// Pixels of one frame, as stored and as shown.
    pub pixels: u64,
    /// Frames that are indexed; what follows is left out with a warning.
    pub max_frames: usize,
    /// Address space of a decoder process in bytes (not enforced on macOS and Windows).
    pub memory_bytes: u64,
    /// For finding out what the file is. Listing its frames may take longer, as the file is longer.
    pub probe_time: Duration,
    /// A decoder that gives no frame for so long is killed. Before the first frame of a range the
    /// time for the frames that lead to it comes on top.
    pub stall_time: Duration,
}

impl VideoLimits {
    pub(super) const fn of_frame(&self) -> Limits {
        let Self { file_bytes, side_px, pixels, memory_bytes, .. } = *self;
        Limits { file_bytes, pixels, side_px, alloc_bytes: memory_bytes }
    }

    /// The time that a child process has to read through a file, and its limits; nothing is decoded.
    pub(super) fn of_reading(&self, file_bytes: u64) -> (Duration, ResourceLimits) {
        let time = Duration::from_secs(file_bytes / SLOWEST_BYTES_PER_S);
        let limit = self.probe_time.saturating_add(time);
        let cpu_s = limit.as_secs().max(1);
        (limit, ResourceLimits { memory_bytes: self.memory_bytes, cpu_s })
    }
}

impl Default for VideoLimits {
    /// 64 GiB of file; 16,384 pixels a side and 67 megapixels, twice 8K; a million frames, which is
    /// 9 hours at 30 per second; 3 GiB for the decoder, which 4K in 10 bits on 16 threads needs
    /// about half of; 20 s to probe, 30 s without a frame: slow disks are waited for.
    fn default() -> Self {
        Self {
            file_bytes: 64 << 30,
            side_px: 16_384,
            pixels: 1 << 26,
            max_frames: 1_000_000,
            memory_bytes: 3 << 30,
            probe_time: Duration::from_secs(20),
            stall_time: Duration::from_secs(30),
        }
    }
}
