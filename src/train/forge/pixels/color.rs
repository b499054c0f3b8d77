//! Bringing the colors of one face to those of another.

use std::f32::consts::FRAC_1_SQRT_2;

use crate::base::luma;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// How the colors of a donor are brought to those of the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::train::forge) enum ColorTransfer {
    /// Means only.
    Mean,
    /// Means and standard deviations of red, green and blue.
    MeanAndSpread,
    /// Means and standard deviations along decorrelated axes (E. Reinhard et al., "Color Transfer
    /// between Images", 2001; here on gamma-coded values).
    Decorrelated,
    /// The difference of blurred pictures is added: keeps the target's lighting. Blur in pixels.
    LocalMean(f32),
    /// Multiplied by the ratio of blurred pictures. Blur in pixels.
    BlurRatio(f32),
}

impl ColorTransfer {
    pub(in crate::train::forge) const fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::MeanAndSpread => "mean-spread",
            Self::Decorrelated => "decorrelated",
            Self::LocalMean(_) => "local-mean",
            Self::BlurRatio(_) => "blur-ratio",
        }
    }

    /// Draws one; `unit` is the distance of the eyes.
    pub(in crate::train::forge) fn draw(unit: f32, rng: &mut impl rand::Rng) -> Self {
        // From a tenth of the eye distance, as landmark scripts have it, to half of it.
        let blur = unit * 0.08 * 6.0f32.powf(rng.random());
        match rng.random_range(0..6) {
            0 => Self::Mean,
            1 => Self::MeanAndSpread,
            2 => Self::Decorrelated,
            3 => Self::LocalMean(blur.max(unit * 0.2)),
            _ => Self::BlurRatio(blur),
        }
    }

    /// Brings `donor` to the colors that `target` has under `mask`; all of one size.
    ///
    /// On a picture in black and white the donor becomes so first.
    pub(in crate::train::forge) fn apply(
        self,
        donor: Picture,
        target: &Picture,
        mask: &Plane,
    ) -> Picture {
        let donor = if is_gray(target, mask) { grayed(donor) } else { donor };
        match self {
            Self::Mean => {
                let (from, to) = (donor.statistics(mask), target.statistics(mask));
                donor.map_values(|c, v| (v - from[c].0 + to[c].0).clamp(0.0, 255.0))
            }
            Self::MeanAndSpread => matched(donor, target, mask),
            Self::Decorrelated => {
                let (donor, target) = (turned(donor, &AXES), turned(target.clone(), &AXES));
                turned(matched(donor, &target, mask), &transposed(&AXES))
                    .map_values(|_, v| v.clamp(0.0, 255.0))
            }
            Self::LocalMean(sigma) => {
                with_blurs(donor, target, sigma, |v, own, wanted| v - own + wanted)
            }
            Self::BlurRatio(sigma) => with_blurs(donor, target, sigma, |v, own, wanted| {
                v * (wanted.max(1.0) / own.max(1.0)).clamp(0.35, 2.8)
            }),
        }
    }
}

/// Whether channels differ by less than camera noise would make them.
fn is_gray(picture: &Picture, mask: &Plane) -> bool {
    let [r, g, b] = &picture.planes;
    let pixels = r.data.iter().zip(&g.data).zip(&b.data).zip(&mask.data);
    let (sum, n) = pixels.filter(|(_, m)| **m > 0.5).fold((0.0, 0.0f32), |(sum, n), (p, _)| {
        let ((r, g), b) = p;
        (sum + (r - g).abs() + (b - g).abs(), n + 1.0)
    });
    sum < 3.0 * n
}

pub(in crate::train::forge) fn grayed(mut picture: Picture) -> Picture {
    let [r, g, b] = &mut picture.planes;
    for ((r, g), b) in r.data.iter_mut().zip(&mut g.data).zip(&mut b.data) {
        let gray = luma([*r, *g, *b]);
        (*r, *g, *b) = (gray, gray, gray);
    }
    picture
}

/// Light, yellow against blue, red against green: orthonormal axes along which the channels of
/// natural pictures are nearly independent.
const AXES: [[f32; 3]; 3] = [
    [0.577_350_3, 0.577_350_3, 0.577_350_3],
    [0.408_248_3, 0.408_248_3, -0.816_496_6],
    [FRAC_1_SQRT_2, -FRAC_1_SQRT_2, 0.0],
];

fn transposed(m: &[[f32; 3]; 3]) -> [[f32; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| m[j][i]))
}

fn turned(mut picture: Picture, axes: &[[f32; 3]; 3]) -> Picture {
    let [a, b, c] = &mut picture.planes;
    for ((a, b), c) in a.data.iter_mut().zip(&mut b.data).zip(&mut c.data) {
        let v = [*a, *b, *c];
        let along = |axis: &[f32; 3]| axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2];
        (*a, *b, *c) = (along(&axes[0]), along(&axes[1]), along(&axes[2]));
    }
    picture
}

/// Means and standard deviations per plane.
fn matched(donor: Picture, target: &Picture, mask: &Plane) -> Picture {
    let (from, to) = (donor.statistics(mask), target.statistics(mask));
    donor.map_values(|c, v| {
        let gain = (to[c].1 / from[c].1.max(2.0)).clamp(0.6, 1.6);
        (v - from[c].0) * gain + to[c].0
    })
}

fn with_blurs(
    mut donor: Picture,
    target: &Picture,
    sigma: f32,
    f: impl Fn(f32, f32, f32) -> f32,
) -> Picture {
    for (plane, target) in donor.planes.iter_mut().zip(&target.planes) {
        let (own, wanted) = (plane.blurred(sigma), target.blurred(sigma));
        for ((v, o), w) in plane.data.iter_mut().zip(&own.data).zip(&wanted.data) {
            *v = f(*v, *o, *w).clamp(0.0, 255.0);
        }
    }
    donor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(base: [f32; 3], contrast: f32) -> Picture {
        Picture {
            planes: base.map(|b| {
                Plane::from_fn(60, 50, |p| b + contrast * ((p.x * 0.7).sin() + (p.y * 0.4).cos()))
            }),
        }
    }

    #[test]
    fn every_transfer_brings_the_mean_over() {
        let (donor, target) =
            (picture([90.0, 140.0, 100.0], 8.0), picture([150.0, 110.0, 80.0], 12.0));
        let mask = Plane::filled(60, 50, 1.0);
        for transfer in [
            ColorTransfer::Mean,
            ColorTransfer::MeanAndSpread,
            ColorTransfer::Decorrelated,
            ColorTransfer::LocalMean(6.0),
            ColorTransfer::BlurRatio(6.0),
        ] {
            let out = transfer.apply(donor.clone(), &target, &mask).statistics(&mask);
            for (o, t) in out.iter().zip(target.statistics(&mask)) {
                assert!((o.0 - t.0).abs() < 2.5, "{transfer:?}: mean {} for {}", o.0, t.0);
                let spreads =
                    matches!(transfer, ColorTransfer::MeanAndSpread | ColorTransfer::Decorrelated);
                assert!(!spreads || (o.1 - t.1).abs() < 1.5, "{transfer:?}: {} for {}", o.1, t.1);
            }
        }
    }

    #[test]
    fn black_and_white_stays_so() {
        let (mut donor, target) = (picture([90.0, 140.0, 100.0], 8.0), picture([120.0; 3], 12.0));
        // A face has colors that differ from place to place, which no shift of the means takes away.
        donor.planes[0] = Plane::from_fn(60, 50, |p| 90.0 + 40.0 * (p.y * 0.2).sin());
        let mask = Plane::filled(60, 50, 1.0);
        let out = ColorTransfer::Mean.apply(donor, &target, &mask);
        assert!(is_gray(&out, &mask), "the donor's colors are gone");
        assert!(!is_gray(&picture([120.0, 118.0, 114.0], 5.0), &mask), "a pale color is one");
    }

    #[test]
    fn the_axes_are_a_rotation() {
        let start = picture([30.0, 160.0, 220.0], 9.0);
        let back = turned(turned(start.clone(), &AXES), &transposed(&AXES));
        for (a, b) in start.planes.iter().zip(&back.planes) {
            assert!(a.data.iter().zip(&b.data).all(|(a, b)| (a - b).abs() < 1e-2), "it comes back");
        }
    }
}
