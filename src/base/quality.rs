//! Measured quality of the picture of a face, and reliability of its heat map.

use super::Heatmap;

/// Measured properties of the picture of one face. No judgment: limits are the model's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Longer side of the face box in the stored picture, in pixels.
    pub face_px: f32,
    /// Blur effect, 0 sharp to 1 blurred (Crete et al. 2007), of the face brought to at most 160
    /// px.
    pub blur: f32,
    /// How much a grid of 8 × 8 blocks stands out, 0 not at all; above 0.5 it can be seen.
    pub blockiness: f32,
    /// Standard deviation of the noise in gray levels (Immerkær 1996); texture counts in part.
    pub noise: f32,
    /// Mean difference in gray levels of a pixel's largest and smallest channel; 0 for gray.
    pub color: f32,
    /// Shades of gray in use, 1 to 256: two to the power of the entropy of their histogram. Few in
    /// halftones and in pictures of few colors, some 50 to 150 in photos.
    pub shades: f32,
    /// Quality of the libjpeg tables nearest to those of the file, 1 to 100; `None` when the file
    /// is no JPEG.
    pub jpeg: Option<u8>,
}

/// Where the heat map is reliable, as the model itself estimates. Only for models whose estimate was
/// measured to be informative.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// Estimated probability that the heat map is right, on the same cells.
    pub map: Heatmap,
    /// Below this a cell of the heat map is not to be trusted.
    pub threshold: f32,
    /// Mean over the marked cells; `None` when none is marked.
    pub in_marked: Option<f32>,
    /// Share of all cells below the threshold.
    pub untrusted_share: f32,
}

impl Reliability {
    /// Whether the heat map is not to be trusted in the cell of column `x`, row `y`.
    pub fn is_untrusted(&self, x: u32, y: u32) -> bool {
        let at = y as usize * self.map.width as usize + x as usize;
        let value = self.map.values.get(at).filter(|_| x < self.map.width);
        value.is_some_and(|value| *value < self.threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Affine;

    #[test]
    fn cells_are_untrusted_below_the_threshold_only() {
        let map = Heatmap {
            width: 2,
            height: 1,
            values: vec![0.4, 0.6],
            image_from_map: Affine::IDENTITY,
        };
        let known = Reliability { map, threshold: 0.5, in_marked: None, untrusted_share: 0.5 };
        assert!(known.is_untrusted(0, 0) && !known.is_untrusted(1, 0));
        assert!(!known.is_untrusted(2, 0) && !known.is_untrusted(0, 1), "outside the grid");
    }
}
