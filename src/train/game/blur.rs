//! Gaussian blur with its own width at every pixel, and its slope.
//!
//! Source: the pixel-wise filter of "Deepfake Forensics via an Adversarial Game" (TIP 2022),
//! weights `exp(-d² / 2σ²)` over a k × k window, normalized at every pixel. The derivative in
//! closed form is `dx'/dσ = Cov_w(d², x) · σ / (σ² + ε)²` with `ε` keeping σ = 0 finite,
//! so the blur needs no graph. Edges are extended.

use rayon::prelude::*;

/// Added to σ² so that 0 is allowed.
const EPSILON: f32 = 1e-3;

/// Size of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Kernel {
    /// 5 × 5, for σ up to 1.
    #[default]
    #[serde(rename = "5")]
    Five,
    /// 7 × 7, for σ up to 2.
    #[serde(rename = "7")]
    Seven,
}

impl Kernel {
    /// Pixels from the center to the rim.
    pub const fn radius(self) -> usize {
        match self {
            Self::Five => 2,
            Self::Seven => 3,
        }
    }
}

/// Blurred pictures and how they answer to the widths.
#[derive(Debug, Clone, PartialEq)]
pub struct Blurred {
    /// `[n, 3, side, side]`.
    pub pictures: Vec<f32>,
    /// `dx'/dsigma`, same shape.
    pub slope: Vec<f32>,
}

/// Blurs every pixel with its own width.
pub fn blur(pictures: &[f32], sigma: &[f32], side: usize, kernel: Kernel) -> Blurred {
    let plane = side * side;
    let mut out = Blurred { pictures: vec![0.0; pictures.len()], slope: vec![0.0; pictures.len()] };
    let rings = rings(kernel);
    out.pictures
        .par_chunks_mut(3 * plane)
        .zip(out.slope.par_chunks_mut(3 * plane))
        .zip(pictures.par_chunks(3 * plane).zip(sigma.par_chunks(plane)))
        .for_each(|((blurred, slope), (picture, sigma))| {
            one([picture, sigma], side, &rings, kernel.radius(), [blurred, slope]);
        });
    out
}

/// Offsets of equal distance from the center: they share a weight.
struct Ring {
    /// Squared distance.
    d2: i32,
    offsets: Vec<(isize, isize)>,
}

fn rings(kernel: Kernel) -> Vec<Ring> {
    let r = kernel.radius() as isize;
    let mut rings: Vec<Ring> = Vec::new();
    for dy in -r..=r {
        for dx in -r..=r {
            let d2 = (dx * dx + dy * dy) as i32;
            match rings.iter_mut().find(|ring| ring.d2 == d2) {
                Some(ring) => ring.offsets.push((dy, dx)),
                None => rings.push(Ring { d2, offsets: vec![(dy, dx)] }),
            }
        }
    }
    rings
}

fn one(
    [picture, sigma]: [&[f32]; 2],
    side: usize,
    rings: &[Ring],
    radius: usize,
    [blurred, slope]: [&mut [f32]; 2],
) {
    let plane = side * side;
    let padded_width = side + 2 * radius;
    let rows = 2 * radius + 1;
    let mut weights = vec![vec![0.0f32; side]; rings.len()];
    let mut mean_d2 = vec![0.0f32; side];
    let mut stretch = vec![0.0f32; side];
    let mut padded = vec![0.0f32; rows * padded_width];
    let (mut sum, mut moment) = (vec![0.0f32; side], vec![0.0f32; side]);
    for y in 0..side {
        let line = y * side..(y + 1) * side;
        for (x, sigma) in sigma[line.clone()].iter().enumerate() {
            let square = sigma * sigma + EPSILON;
            let (mut total, mut spread) = (0.0, 0.0);
            for (ring, weight) in rings.iter().zip(&mut weights) {
                let w = (-0.5 * ring.d2 as f32 / square).exp();
                weight[x] = w;
                total += w * ring.offsets.len() as f32;
                spread += w * (ring.d2 * ring.offsets.len() as i32) as f32;
            }
            for weight in &mut weights {
                weight[x] /= total;
            }
            mean_d2[x] = spread / total;
            stretch[x] = sigma / (square * square);
        }
        for channel in 0..3 {
            for row in 0..rows {
                let from = (y + row).saturating_sub(radius).min(side - 1);
                let source = &picture[channel * plane + from * side..][..side];
                let target = &mut padded[row * padded_width..][..padded_width];
                target[..radius].fill(source[0]);
                target[radius..radius + side].copy_from_slice(source);
                target[radius + side..].fill(source[side - 1]);
            }
            sum.fill(0.0);
            moment.fill(0.0);
            for (ring, weight) in rings.iter().zip(&weights) {
                for (dy, dx) in &ring.offsets {
                    let row = (radius as isize + dy) as usize * padded_width;
                    let at = (row as isize + radius as isize + dx) as usize;
                    let taps = &padded[at..at + side];
                    for ((sum, moment), (tap, weight)) in
                        sum.iter_mut().zip(&mut moment).zip(taps.iter().zip(weight))
                    {
                        let part = weight * tap;
                        *sum += part;
                        *moment += ring.d2 as f32 * part;
                    }
                }
            }
            let at = channel * plane + y * side;
            blurred[at..at + side].copy_from_slice(&sum);
            for (x, slope) in slope[at..at + side].iter_mut().enumerate() {
                *slope = (moment[x] - mean_d2[x] * sum[x]) * stretch[x];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 16;

    fn picture() -> Vec<f32> {
        (0..3 * SIDE * SIDE).map(|i| ((i * 37 + i / 7) % 101) as f32 / 50.0 - 1.0).collect()
    }

    #[test]
    fn no_width_changes_nothing_and_a_wide_one_keeps_the_mean() {
        let picture = picture();
        let same = blur(&picture, &[0.0; SIDE * SIDE], SIDE, Kernel::Five);
        assert_eq!(same.pictures, picture);
        let wide = blur(&[0.5; 3 * SIDE * SIDE], &[2.0; SIDE * SIDE], SIDE, Kernel::Seven);
        assert!(wide.pictures.iter().all(|v| (v - 0.5).abs() < 1e-5), "a flat picture stays flat");
    }

    #[test]
    fn a_uniform_width_is_a_gaussian() {
        let mut point = vec![0.0; 3 * SIDE * SIDE];
        point[8 * SIDE + 8] = 1.0;
        let out = blur(&point, &[1.0; SIDE * SIDE], SIDE, Kernel::Five).pictures;
        let ratio = out[8 * SIDE + 9] / out[8 * SIDE + 8];
        assert!((ratio - (-0.5f32).exp()).abs() < 2e-3, "one pixel off: {ratio}");
        let diagonal = out[9 * SIDE + 9] / out[8 * SIDE + 8];
        assert!((diagonal - (-1.0f32).exp()).abs() < 2e-3, "diagonal: {diagonal}");
    }

    #[test]
    fn only_pixels_with_a_width_change() {
        let picture = picture();
        let mut sigma = vec![0.0; SIDE * SIDE];
        sigma[5 * SIDE + 6] = 0.8;
        let out = blur(&picture, &sigma, SIDE, Kernel::Five).pictures;
        let changed: Vec<usize> =
            (0..picture.len()).filter(|i| (out[*i] - picture[*i]).abs() > 1e-6).collect();
        let place = 5 * SIDE + 6;
        assert_eq!(changed, [0, 1, 2].map(|c| c * SIDE * SIDE + place));
    }

    #[test]
    fn the_slope_is_the_finite_difference() {
        let picture = picture();
        for (kernel, level) in [(Kernel::Five, 0.6), (Kernel::Seven, 1.5)] {
            let sigma: Vec<f32> =
                (0..SIDE * SIDE).map(|i| level + 0.3 * (i as f32).sin()).collect();
            let out = blur(&picture, &sigma, SIDE, kernel);
            let step = 2e-3;
            let at = |shift: f32| {
                let moved: Vec<f32> = sigma.iter().map(|s| s + shift).collect();
                blur(&picture, &moved, SIDE, kernel).pictures
            };
            for ((up, down), slope) in at(step).iter().zip(&at(-step)).zip(&out.slope) {
                let difference = (up - down) / (2.0 * step);
                assert!((difference - slope).abs() < 5e-3, "{kernel:?}: {difference} or {slope}");
            }
        }
    }
}
