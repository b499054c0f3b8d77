//! Seek positions from which a certain frame is decoded correctly.
//!
//! No seek is trusted: demuxers land late in MPEG transport streams, and frames that lead an open
//! group of pictures are missing after a seek. So the time stamp that comes back is compared, and
//! if it is another one, decoding begins a key frame earlier, then two, four, at last at the start.

use crate::base::FrameTime;

/// Key frames to begin at, the nearest first; `None` is the start of the file. Never empty.
pub(super) fn starts(frames: &[FrameTime], wanted: usize, is_seekable: bool) -> Vec<Option<usize>> {
    let mut starts = Vec::new();
    if is_seekable {
        let until = frames.get(..=wanted).unwrap_or(frames);
        let keys = until.iter().rev().filter(|f| f.is_key && f.index > 0);
        let nearest: Vec<usize> = keys.take(5).map(|f| f.index).collect();
        starts.extend([0, 1, 2, 4].iter().filter_map(|back| nearest.get(*back)).copied().map(Some));
    }
    starts.push(None);
    starts
}

/// The time at which a key frame is sought, in seconds since the start of the container: just
/// behind it, so that rounding does not lead to the one before.
pub(super) fn seek_s(
    frames: &[FrameTime],
    key: usize,
    time_base: (u32, u32),
    start_s: f64,
) -> Option<f64> {
    let pts = frames.get(key)?.pts as f64;
    let next = frames.get(key.checked_add(1)?).map_or(pts, |f| f.pts as f64);
    let seconds = f64::midpoint(pts, next) * f64::from(time_base.0) / f64::from(time_base.1);
    Some((seconds - start_s).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(n: usize, gop: usize) -> Vec<FrameTime> {
        let frame = |index: usize| FrameTime {
            index,
            packet: index,
            pts: index as i64 * 10,
            t_s: 0.0,
            is_key: index.is_multiple_of(gop),
        };
        (0..n).map(frame).collect()
    }

    #[test]
    fn it_steps_back_and_ends_at_the_start() {
        let frames = frames(100, 10);
        assert_eq!(starts(&frames, 57, true), [Some(50), Some(40), Some(30), Some(10), None]);
        assert_eq!(starts(&frames, 20, true), [Some(20), Some(10), None]);
        assert_eq!(starts(&frames, 3, true), [None]);
        assert_eq!(starts(&frames, 57, false), [None]);
        assert_eq!(seek_s(&frames, 50, (1, 100), 1.0), Some(4.05));
    }
}
