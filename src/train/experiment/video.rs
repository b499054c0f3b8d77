//! Pictures through H.264, as a clip on the web would carry them.
//!
//! * **In**: pictures of any sizes. **Out**: the same pictures after coding by `ffmpeg`, decoded by
//!   the decoder that reads clips (`media::video`).
//! * **Not here**: that decoder.

use std::path::Path;

use crate::base::RgbImage;
use crate::train::Error;
use crate::train::coding::{self, Codec};

/// What happens to a clip on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// H.264 at this constant rate factor, 0 to 51, larger is coarser.
    H264(u8),
    /// Made smaller to two thirds, as 1080p becomes 720p, and coded at a rate factor of 28: what
    /// messengers do, roughly.
    Messenger,
}

impl Coding {
    /// Those that are measured.
    pub const MEASURED: [Self; 3] = [Self::H264(35), Self::H264(23), Self::Messenger];

    /// Its name in columns.
    pub fn name(self) -> String {
        match self {
            Self::H264(crf) => format!("h264-crf-{crf}"),
            Self::Messenger => "messenger".to_owned(),
        }
    }

    const fn crf(self) -> u8 {
        match self {
            Self::H264(crf) => crf,
            Self::Messenger => 28,
        }
    }

    const fn scale(self) -> f64 {
        match self {
            Self::H264(_) => 1.0,
            Self::Messenger => 2.0 / 3.0,
        }
    }
}

/// Whether `ffmpeg` with libx264 can be run.
pub fn is_available() -> bool {
    coding::is_available(Codec::H264)
}

/// Every picture as the last frame of a short drift in a coded clip, at its own size again.
///
/// 4:2:0, one key frame and two predicted ones a picture. Decoded as any clip is here.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` or the decoder said, [`Error::Io`] when it cannot be run.
pub fn through(pictures: &[RgbImage], coding: Coding) -> Result<Vec<RgbImage>, Error> {
    let scale = coding.scale();
    coding::through(pictures, coding::Coding { scale, ..coding::Coding::h264(coding.crf()) })
}

/// Writes frames of one even size as H.264, 4:2:0, 25 a second, with more options of `ffmpeg`.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` said, [`Error::Io`] when it cannot be run.
pub(super) fn encode(frames: Vec<RgbImage>, options: &[&str], path: &Path) -> Result<(), Error> {
    coding::encode(frames.into_iter(), options, Codec::H264, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_back_in_order_and_coarser() {
        if !is_available() {
            return crate::base::skip_test("ffmpeg with libx264 is not here");
        }
        let picture = |w: u32, h: u32, level: u8| {
            let pixels = (0..w * h).flat_map(|i| [level.wrapping_add((i * 37 % 60) as u8); 3]);
            RgbImage { width_px: w, height_px: h, pixels: pixels.collect() }
        };
        let pictures = [picture(64, 48, 20), picture(51, 61, 90), picture(33, 40, 160)];
        let mean_change = |coding| {
            let coded = through(&pictures, coding).unwrap();
            let bytes =
                coded.iter().zip(&pictures).flat_map(|(a, b)| a.pixels.iter().zip(&b.pixels));
            let (n, sum) = bytes
                .fold((0u32, 0u32), |(n, sum), (a, b)| (n + 1, sum + u32::from(a.abs_diff(*b))));
            f64::from(sum) / f64::from(n)
        };
        let (fine, coarse) = (mean_change(Coding::H264(23)), mean_change(Coding::H264(35)));
        assert!(fine < coarse, "crf 23 changes {fine}, crf 35 {coarse}");
        assert!(mean_change(Coding::Messenger) > fine, "smaller and back loses more");
        let coded = through(&pictures, Coding::H264(35)).unwrap();
        assert_eq!(coded.len(), 3);
        for (before, after) in pictures.iter().zip(&coded) {
            assert_eq!((before.width_px, before.height_px), (after.width_px, after.height_px));
            let mean = |p: &RgbImage| {
                p.pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / p.pixels.len() as f64
            };
            assert!((mean(before) - mean(after)).abs() < 8.0, "the same picture");
            assert_ne!(before.pixels, after.pixels, "coded with loss");
        }
    }
}
