//! Ways in which pictures come in that nobody trains on: noise, gray, few shades.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::base::{RgbImage, luma};

/// With Gaussian noise of a standard deviation in gray levels, another in each channel.
pub(super) fn noisy(picture: &RgbImage, sigma: f32, seed: u64) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // A sum of four uniform draws is near enough to a Gaussian.
    let mut normal = || {
        let sum: f32 = (0..4).map(|_| rng.random_range(-0.5..0.5f32)).sum();
        sum * 3.0f32.sqrt()
    };
    let pixels = picture.pixels.iter().map(|v| (f32::from(*v) + sigma * normal()).round() as u8);
    RgbImage { pixels: pixels.collect(), ..*picture }
}

/// With a share of its color, `0..=1`; 0 is gray.
pub(super) fn desaturated(picture: &RgbImage, share: f32) -> RgbImage {
    let pixels = picture.pixels.chunks_exact(3).flat_map(|p| {
        let color = [p[0], p[1], p[2]].map(f32::from);
        let gray = luma(color);
        color.map(|v| (gray + share * (v - gray)).round() as u8)
    });
    RgbImage { pixels: pixels.collect(), ..*picture }
}

/// With `n` values a channel, at least 2. The error of rounding is lost, or diffused to the
/// neighbors as in print (R. Floyd, L. Steinberg, "An adaptive algorithm for spatial grayscale",
/// 1976); with 2 values this is a halftone.
pub(super) fn few_shades(picture: &RgbImage, n: u32, diffuses: bool) -> RgbImage {
    let step = 255.0 / (n.max(2) - 1) as f32;
    let stride = picture.width_px as usize * 3;
    let mut values: Vec<f32> = picture.pixels.iter().map(|v| f32::from(*v)).collect();
    for i in 0..values.len() {
        let wanted = values[i];
        let given = ((wanted / step).round() * step).clamp(0.0, 255.0);
        values[i] = given;
        if !diffuses {
            continue;
        }
        let (error, column) = (wanted - given, i % stride);
        let mut pass = |to: usize, share: f32| {
            if let Some(value) = values.get_mut(to) {
                *value += error * share / 16.0;
            }
        };
        if column + 3 < stride {
            pass(i + 3, 7.0);
            pass(i + stride + 3, 1.0);
        }
        if column >= 3 {
            pass(i + stride - 3, 3.0);
        }
        pass(i + stride, 5.0);
    }
    RgbImage { pixels: values.iter().map(|v| v.round() as u8).collect(), ..*picture }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ramp() -> RgbImage {
        let pixels = (0..40u32).flat_map(|y| (0..60u32).flat_map(move |x| [x * 4, y * 6, 90]));
        RgbImage::new(60, 40, pixels.map(|v| v as u8).collect()).unwrap()
    }

    fn mean(picture: &RgbImage) -> f64 {
        picture.pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / picture.pixels.len() as f64
    }

    #[test]
    fn noise_has_its_strength_and_a_seed_repeats_it() {
        let flat = RgbImage::filled(100, 100, [128; 3]);
        let noise = noisy(&flat, 8.0, 5);
        let square = |v: &u8| (f64::from(*v) - 128.0).powi(2);
        let sigma = (noise.pixels.iter().map(square).sum::<f64>() / 30_000.0).sqrt();
        assert!((sigma - 8.0).abs() < 0.2, "{sigma}");
        assert_eq!(noise, noisy(&flat, 8.0, 5));
        assert_ne!(noise, noisy(&flat, 8.0, 6));
    }

    #[test]
    fn without_color_all_channels_agree_and_with_all_of_it_nothing_changes() {
        let picture = ramp();
        let gray = desaturated(&picture, 0.0);
        assert!(gray.pixels.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]));
        assert_eq!(desaturated(&picture, 1.0), picture);
    }

    #[test]
    fn few_shades_are_few_and_diffusion_keeps_the_mean() {
        let picture = ramp();
        for (n, diffuses) in [(2, true), (2, false), (5, true)] {
            let coarse = few_shades(&picture, n, diffuses);
            let used: BTreeSet<u8> = coarse.pixels.iter().copied().collect();
            assert!(used.len() <= n as usize, "{used:?}");
            let off = (mean(&coarse) - mean(&picture)).abs();
            assert!(!diffuses || off < 3.0, "{off}");
        }
    }
}
