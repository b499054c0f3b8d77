//! A planted shortcut: a trace that tells seen forgeries from reals and has nothing to do with the
//! forged region.
//!
//! LAE's premise is that a detector may learn such superficial correlations of its training set and
//! then fails on forgeries that lack them. Here one is planted, so that the premise holds: stripes such
//! as a resampler or a scanner leaves, too faint to be seen.

use serde::Serialize;

use crate::base::RgbImage;

/// Faint vertical stripes over everything but the forged region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cue {
    /// Two columns of pixels are brighter by so many gray levels, the next two darker.
    pub levels: u8,
}

impl Cue {
    /// The end of the name of a column whose forgeries carry the cue, as in training.
    pub const AS_TRAINED: &str = "/as-trained";
    /// The end of the name of a column whose reals carry the cue and whose forgeries do not.
    pub const REVERSED: &str = "/reversed";

    /// Stripes a picture where `forged`, the share of every pixel that was forged in `0..=1`, is 0,
    /// and less where it is more.
    pub(super) fn planted(self, picture: &RgbImage, forged: &[f32]) -> RgbImage {
        let width = picture.width_px as usize;
        let mut pixels = picture.pixels.clone();
        for (i, (pixel, share)) in pixels.chunks_exact_mut(3).zip(forged).enumerate() {
            let step = (f32::from(self.levels) * (1.0 - share)).round() as u8;
            let is_bright = i % width / 2 % 2 == 0;
            for value in pixel {
                *value =
                    if is_bright { value.saturating_add(step) } else { value.saturating_sub(step) };
            }
        }
        RgbImage { pixels, ..*picture }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_end_where_the_forged_region_begins() {
        let picture = RgbImage { width_px: 5, height_px: 2, pixels: vec![9; 30] };
        let forged = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 0.0];
        let striped = Cue { levels: 2 }.planted(&picture, &forged);
        let red: Vec<u8> = striped.pixels.iter().step_by(3).copied().collect();
        assert_eq!(red, [11, 11, 7, 7, 11, 11, 10, 9, 9, 11]);
        let dark = RgbImage { pixels: vec![1; 30], ..picture };
        let striped = Cue { levels: 2 }.planted(&dark, &forged);
        assert_eq!(striped.pixels[6], 0, "not below black");
    }
}
