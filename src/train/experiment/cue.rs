//! A planted shortcut: a trace that tells seen forgeries from reals and has nothing to do with the
//! forged region.
//!
//! LAE's premise is that a detector may learn such superficial correlations of its training set and
//! then fails on forgeries that lack them. Here one is planted, so that the premise holds.

use serde::Serialize;

use crate::base::RgbImage;

/// A faint warm tint of everything but the forged region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cue {
    /// What is added to red and taken from blue, in gray levels.
    pub levels: u8,
}

impl Cue {
    /// The end of the name of a column whose forgeries carry the cue, as in training.
    pub const AS_TRAINED: &str = "/as-trained";
    /// The end of the name of a column whose reals carry the cue and whose forgeries do not.
    pub const REVERSED: &str = "/reversed";

    /// Tints a picture where `forged`, the share of every pixel that was forged in `0..=1`, is 0,
    /// and less where it is more.
    pub(super) fn planted(self, picture: &RgbImage, forged: &[f32]) -> RgbImage {
        let mut pixels = picture.pixels.clone();
        for (pixel, share) in pixels.chunks_exact_mut(3).zip(forged) {
            let step = (f32::from(self.levels) * (1.0 - share)).round() as u8;
            pixel[0] = pixel[0].saturating_add(step);
            pixel[2] = pixel[2].saturating_sub(step);
        }
        RgbImage { pixels, ..*picture }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forged_region_and_green_stay_as_they_are() {
        let picture = RgbImage {
            width_px: 2,
            height_px: 2,
            pixels: vec![10, 20, 30, 254, 0, 1, 10, 20, 30, 10, 20, 30],
        };
        let tinted = Cue { levels: 2 }.planted(&picture, &[0.0, 0.0, 1.0, 0.5]);
        assert_eq!(tinted.pixels, [12, 20, 28, 255, 0, 0, 10, 20, 30, 11, 20, 29]);
    }
}
