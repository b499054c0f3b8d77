//! Swaps: the face keeps its place, its pixels come from elsewhere.
//!
//! * Self-blend: a changed copy of the same face is blended over it (Shiohara & Yamasaki,
//!   "Detecting Deepfakes with Self-Blended Images", CVPR 2022).
//! * Person to person: another face is aligned by its landmarks, brought to the target's colors
//!   and blended in (Li et al., "Face X-ray for More General Face Forgery Detection", CVPR 2020).

use rand::Rng;

use super::mask::{fit_affine, picture_from_canonical};
use super::raster::{Picture, Plane};
use crate::base::{Affine, Landmarks, Point};

/// Changes colors and sharpness a little, as a different camera or generator would.
pub(super) fn restyle(picture: Picture, rng: &mut impl Rng) -> Picture {
    let gains: [f32; 3] = std::array::from_fn(|_| rng.random_range(0.92..1.08));
    let shifts: [f32; 3] = std::array::from_fn(|_| rng.random_range(-14.0..14.0));
    let contrast = rng.random_range(0.88..1.12f32);
    let colored = picture.map_values(|c, v| {
        ((v * gains[c] + shifts[c] - 128.0) * contrast + 128.0).clamp(0.0, 255.0)
    });
    match rng.random_range(0..4) {
        0 => rescaled(&colored, rng.random_range(1.6..3.5)),
        1 => sharpened(colored, rng.random_range(0.25..0.8)),
        2 => {
            let sigma = rng.random_range(0.4..1.4);
            colored.map_planes(|p| p.blurred(sigma))
        }
        _ => colored,
    }
}

/// Down by `factor` and up again: the residue of a generator that works at a lower resolution.
pub(super) fn rescaled(picture: &Picture, factor: f32) -> Picture {
    let (w, h) = (picture.width(), picture.height());
    let small = ((w as f32 / factor).max(8.0) as usize, (h as f32 / factor).max(8.0) as usize);
    let (sx, sy) = (w as f32 / small.0 as f32, h as f32 / small.1 as f32);
    let soft = picture.map_planes(|p| p.blurred(factor * 0.35));
    let down = soft.warped(small.0, small.1, &Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] });
    down.warped(w, h, &Affine { m: [1.0 / sx, 0.0, 0.0, 0.0, 1.0 / sy, 0.0] })
}

fn sharpened(picture: Picture, amount: f32) -> Picture {
    let soft = picture.map_planes(|p| p.blurred(1.0));
    let mut out = picture;
    for (plane, soft) in out.planes.iter_mut().zip(&soft.planes) {
        for (v, s) in plane.data.iter_mut().zip(&soft.data) {
            *v = (*v + amount * (*v - s)).clamp(0.0, 255.0);
        }
    }
    out
}

/// A slightly moved and scaled copy about `center`.
pub(super) fn nudged(picture: &Picture, center: Point, unit: f32, rng: &mut impl Rng) -> Picture {
    let scale = rng.random_range(0.95..1.05f32);
    let angle = rng.random_range(-0.03..0.03f32);
    let (dx, dy) = (rng.random_range(-0.05..0.05) * unit, rng.random_range(-0.04..0.04) * unit);
    let (c, s) = (angle.cos() / scale, angle.sin() / scale);
    let m = [
        c,
        -s,
        center.x + dx - c * center.x + s * center.y,
        s,
        c,
        center.y + dy - s * center.x - c * center.y,
    ];
    picture.warped(picture.width(), picture.height(), &Affine { m })
}

/// How well the landmarks of a donor fit a target: root mean square distance after the best
/// affine fit, in units of the target's eye distance. Small means alike in pose.
pub(super) fn pose_distance(donor: &Landmarks, target: &Landmarks) -> f32 {
    // Canonical coordinates of both under the *target's* frame tell yaw and pitch apart.
    let Some(canonical_from_target) = picture_from_canonical(target).inverse() else {
        return f32::INFINITY;
    };
    let Some(canonical_from_donor) = picture_from_canonical(donor).inverse() else {
        return f32::INFINITY;
    };
    let sum: f32 = donor
        .iter()
        .zip(target)
        .map(|(d, t)| {
            let (d, t) = (canonical_from_donor.apply(*d), canonical_from_target.apply(*t));
            (d.x - t.x).powi(2) + (d.y - t.y).powi(2)
        })
        .sum();
    (sum / donor.len() as f32).sqrt()
}

/// The donor's picture warped so that its landmarks meet the target's; same size as the target.
pub(super) fn aligned(
    donor: &Picture,
    donor_landmarks: &Landmarks,
    target_landmarks: &Landmarks,
    (width, height): (usize, usize),
) -> Picture {
    let donor_from_target = fit_affine(target_landmarks, donor_landmarks);
    // A donor with finer pixels than the target is low-passed first, or it would alias.
    let [a, _, _, d, _, _] = donor_from_target.m;
    let shrink = a.hypot(d);
    let source =
        if shrink > 1.2 { donor.map_planes(|p| p.blurred(shrink * 0.35)) } else { donor.clone() };
    source.warped(width, height, &donor_from_target)
}

/// How the colors of a donor are brought to those of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColorTransfer {
    /// Means only.
    Mean,
    /// Means and standard deviations (E. Reinhard et al., 2001, here per RGB channel).
    MeanAndSpread,
    /// Means of small neighborhoods: keeps the target's lighting.
    LocalMean,
}

/// Brings `donor` to the colors that `target` has under `mask`.
pub(super) fn recolored(
    donor: Picture,
    target: &Picture,
    mask: &Plane,
    kind: ColorTransfer,
    unit: f32,
) -> Picture {
    let (from, to) = (donor.statistics(mask), target.statistics(mask));
    match kind {
        ColorTransfer::Mean => donor.map_values(|c, v| (v - from[c].0 + to[c].0).clamp(0.0, 255.0)),
        ColorTransfer::MeanAndSpread => donor.map_values(|c, v| {
            let gain = (to[c].1 / from[c].1.max(4.0)).clamp(0.6, 1.6);
            ((v - from[c].0) * gain + to[c].0).clamp(0.0, 255.0)
        }),
        ColorTransfer::LocalMean => {
            let mut out = donor;
            for (plane, target) in out.planes.iter_mut().zip(&target.planes) {
                let (own, wanted) = (plane.blurred(unit * 0.4), target.blurred(unit * 0.4));
                for ((v, o), w) in plane.data.iter_mut().zip(&own.data).zip(&wanted.data) {
                    *v = (*v - o + w).clamp(0.0, 255.0);
                }
            }
            out
        }
    }
}
