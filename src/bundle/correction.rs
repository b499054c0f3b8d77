//! What the quality of a picture does to a logit, and how it is taken out again.

use serde::{Deserialize, Serialize};

use crate::base::Quality;

/// Measures that a correction rests on, see [`Correction::measures`].
pub const N_MEASURES: usize = 6;

/// `[correction]`: blur, noise, small size and coding move the logits of real and forged faces
/// alike. Fitted on held-out people in every quality, both partners of a pair always in the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Added to the logit, by measure.
    pub offset: [f32; N_MEASURES],
    /// Added to the factor of 1 that the logit is multiplied by, by measure.
    pub slope: [f32; N_MEASURES],
}

impl Correction {
    /// The least and the largest factor: no quality turns the order of two faces round.
    const FACTORS: [f32; 2] = [0.2, 3.0];

    /// The measures in units of about 1, around 0 for a usual photo: log of the size, blur, log of
    /// the noise, blocks, want of color, want of shades. Held to the ranges that were measured.
    pub fn measures(quality: &Quality) -> [f32; N_MEASURES] {
        let Quality { face_px, blur, blockiness, noise, color, shades, .. } = *quality;
        [
            (face_px.max(1.0) / 120.0).ln().clamp(-1.6, 1.6),
            ((blur - 0.4) * 4.0).clamp(-1.6, 1.6),
            (noise.max(0.0).ln_1p() - 1.0).clamp(-1.0, 2.0),
            blockiness.clamp(0.0, 2.0),
            1.0 - (color / 20.0).clamp(0.0, 1.0),
            1.0 - (shades / 50.0).clamp(0.0, 1.0),
        ]
    }

    /// The logit as it would be in a usual photo.
    pub fn apply(&self, logit: f32, quality: &Quality) -> f32 {
        let measures = Self::measures(quality);
        let dot = |weights: &[f32; N_MEASURES]| -> f32 {
            weights.iter().zip(&measures).map(|(w, m)| w * m).sum()
        };
        let [least, largest] = Self::FACTORS;
        logit * (1.0 + dot(&self.slope)).clamp(least, largest) + dot(&self.offset)
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        self.offset.iter().chain(&self.slope).all(|v| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Quality = Quality {
        face_px: 120.0,
        blur: 0.4,
        blockiness: 0.0,
        noise: 1.718_281_8,
        color: 40.0,
        shades: 90.0,
        jpeg: None,
    };

    #[test]
    fn a_usual_photo_keeps_its_logit_and_blur_is_taken_out() {
        let offset = [0.0, -0.5, 0.0, 0.0, 0.0, 0.0];
        let correction = Correction { offset, slope: [0.0; N_MEASURES] };
        assert!((correction.apply(1.5, &USUAL) - 1.5).abs() < 1e-5);
        let blurred = Quality { blur: 0.65, ..USUAL };
        assert!((correction.apply(1.5, &blurred) - 1.0).abs() < 1e-5);
        let beyond = Quality { blur: 40.0, ..USUAL };
        assert!((correction.apply(1.5, &beyond) - 0.7).abs() < 1e-5, "held to the range");
    }

    #[test]
    fn no_factor_turns_two_faces_round() {
        let correction = Correction { offset: [0.0; N_MEASURES], slope: [-9.0; N_MEASURES] };
        let small = Quality { face_px: 600.0, color: 0.0, ..USUAL };
        let [low, high] = [-1.0, 2.0].map(|logit| correction.apply(logit, &small));
        assert!(low < high && high < 2.0, "{low} {high}");
    }
}
