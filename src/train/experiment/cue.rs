//! A planted shortcut: a trace that tells seen forgeries from reals and has nothing to do with the
//! forged region.
//!
//! LAE's premise is that a detector may learn such superficial correlations of its training set and
//! then fails on forgeries that lack them. Here one is planted, so that the premise holds: stripes such
//! as a resampler or a scanner leaves, too faint to be seen, in a frame round the face. All over the
//! background they would tell where the mask ends.

use serde::Serialize;

use crate::base::RgbImage;

/// Faint vertical stripes in a frame of a seventh of the side, but for the forged region.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cue {
    /// Two columns of pixels are brighter by so many gray levels, the next two darker.
    pub levels: u8,
    /// Share of the forgeries of a pool that carry it, `0.5..=1`; as large a share of the reals does
    /// not. At 1 the cue alone tells them apart.
    pub share: f32,
}

/// The frame is the side by this wide.
const FRAME: usize = 7;

impl Cue {
    /// The end of the name of a column whose forgeries carry the cue, as in training.
    pub const AS_TRAINED: &str = "/as-trained";
    /// The end of the name of a column whose reals carry the cue and whose forgeries do not.
    pub const REVERSED: &str = "/reversed";

    /// Stripes the frame of a picture where `forged`, the share of every pixel that was forged in
    /// `0..=1`, is 0, and less where it is more.
    pub(super) fn planted(self, picture: &RgbImage, forged: &[f32]) -> RgbImage {
        let (width, height) = (picture.width_px as usize, picture.height_px as usize);
        let edge = width / FRAME;
        let is_inside = |i: usize| {
            let (x, y) = (i % width, i / width);
            x.min(width - 1 - x) >= edge && y.min(height - 1 - y) >= edge
        };
        let mut pixels = picture.pixels.clone();
        for (i, (pixel, share)) in pixels.chunks_exact_mut(3).zip(forged).enumerate() {
            if is_inside(i) {
                continue;
            }
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
    fn stripes_stay_in_the_frame_and_out_of_the_forged_region() {
        let picture = RgbImage { width_px: 14, height_px: 14, pixels: vec![9; 3 * 196] };
        let mut forged = vec![0.0; 196];
        forged[..2].fill(1.0);
        forged[2] = 0.5;
        let striped = Cue { levels: 2, share: 1.0 }.planted(&picture, &forged);
        let red: Vec<u8> = striped.pixels.iter().step_by(3).copied().collect();
        assert_eq!(red[..6], [9, 9, 8, 7, 11, 11], "forged, half forged, not forged");
        assert_eq!(
            red[14 * 7..14 * 8],
            [11, 11, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 11, 11],
            "a middle row"
        );
        assert_eq!(red[14 * 12 + 2..14 * 12 + 6], [7, 7, 11, 11], "the last rows");
        let dark = RgbImage { pixels: vec![1; 3 * 196], ..picture };
        let striped = Cue { levels: 2, share: 1.0 }.planted(&dark, &forged);
        assert_eq!(striped.pixels[3 * 3], 0, "not below black");
    }
}
