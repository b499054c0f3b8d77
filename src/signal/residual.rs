//! The residual of the autoencoder as a picture.

use super::Colormap;
use crate::base::{Reconstruction, RgbImage};

/// Amplification of residuals for display, since most are small.
pub const RESIDUAL_GAIN: f32 = 4.0;

/// Colors each residual, `gain` times enlarged; 255 and more get the color of 1. When the number of
/// values does not fit the picture, missing ones count as 0.
#[must_use]
pub fn residual_view(reconstruction: &Reconstruction, colormap: Colormap, gain: f32) -> RgbImage {
    let RgbImage { width_px, height_px, .. } = reconstruction.output;
    let n = width_px as usize * height_px as usize;
    let values = reconstruction.residual.iter().copied().chain(std::iter::repeat(0)).take(n);
    let pixels =
        values.flat_map(|v| colormap.lookup(f32::from(v) * gain / 255.0)).collect::<Vec<u8>>();
    RgbImage { width_px, height_px, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gain_is_applied_and_missing_values_are_zero() {
        let reconstruction = Reconstruction {
            input: RgbImage::filled(2, 1, [0; 3]),
            output: RgbImage::filled(2, 1, [0; 3]),
            residual: vec![64],
        };
        let shown = residual_view(&reconstruction, Colormap::Inferno, 4.0);
        assert_eq!(shown.get(0, 0), Colormap::Inferno.lookup(1.0));
        assert_eq!(shown.get(1, 0), Colormap::Inferno.lookup(0.0));
    }
}
