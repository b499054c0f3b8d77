//! Swaps: the face keeps its place, its pixels come from elsewhere.
//!
//! * Self-blend: a changed copy of the same face is blended over it (Shiohara & Yamasaki,
//!   "Detecting Deepfakes with Self-Blended Images", CVPR 2022).
//! * Person to person: another face is aligned by its landmarks, brought to the target's colors
//!   and blended in (Li et al., "Face X-ray for More General Face Forgery Detection", CVPR 2020).

use rand::Rng;

use crate::base::{Affine, Landmarks, Point, Rect};
use crate::train::forge::Portrait;
use crate::train::forge::masks::mask::{fit_affine, fit_similarity, picture_from_canonical};
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Window;

/// Changes colors and sharpness a little, as a different camera or generator would.
pub(in crate::train::forge) fn restyle(picture: Picture, rng: &mut impl Rng) -> Picture {
    // Small and large changes alike often: the large ones teach early, the small ones late.
    let strength = 0.25 * 4.0f32.powf(rng.random());
    let gains: [f32; 3] = std::array::from_fn(|_| 1.0 + strength * rng.random_range(-0.1..0.1));
    let shifts: [f32; 3] = std::array::from_fn(|_| strength * rng.random_range(-18.0..18.0));
    let contrast = 1.0 + strength * rng.random_range(-0.15..0.15f32);
    let colored = picture.map_values(|c, v| {
        ((v * gains[c] + shifts[c] - 128.0) * contrast + 128.0).clamp(0.0, 255.0)
    });
    match rng.random_range(0..5) {
        0 => rescaled(&colored, rng.random_range(1.4..3.5)),
        1 => pixelated(&colored, rng.random_range(1.5..3.0)),
        2 => sharpened(colored, rng.random_range(0.2..0.8)),
        3 => {
            let sigma = rng.random_range(0.4..1.4);
            colored.blurred(sigma)
        }
        _ => colored,
    }
}

/// Down by `factor` and up again: the residue of a generator that works at a lower resolution.
pub(in crate::train::forge) fn rescaled(picture: &Picture, factor: f32) -> Picture {
    let (small, [sx, sy]) = smaller(picture, factor);
    let soft = picture.blurred(factor * 0.35);
    let down = soft.warped(small.0, small.1, &Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] });
    let (w, h) = picture.size();
    down.warped(w, h, &Affine { m: [1.0 / sx, 0.0, 0.0, 0.0, 1.0 / sy, 0.0] })
}

/// Down by taking the nearest pixels, with the jags that leaves, and smoothly up again.
fn pixelated(picture: &Picture, factor: f32) -> Picture {
    let (small, [sx, sy]) = smaller(picture, factor);
    let down = picture.displaced(small.0, small.1, |p| Point {
        x: (p.x * sx).floor() + 0.5,
        y: (p.y * sy).floor() + 0.5,
    });
    let (w, h) = picture.size();
    down.warped(w, h, &Affine { m: [1.0 / sx, 0.0, 0.0, 0.0, 1.0 / sy, 0.0] })
}

fn smaller(picture: &Picture, factor: f32) -> ((usize, usize), [f32; 2]) {
    let (w, h) = picture.size();
    let small = ((w as f32 / factor).max(8.0) as usize, (h as f32 / factor).max(8.0) as usize);
    (small, [w as f32 / small.0 as f32, h as f32 / small.1 as f32])
}

/// Adds back what a low-pass takes away.
pub(in crate::train::forge) fn sharpened(picture: Picture, amount: f32) -> Picture {
    let soft = picture.blurred(1.0);
    let mut out = picture;
    for (plane, soft) in out.planes.iter_mut().zip(&soft.planes) {
        for (v, s) in plane.data.iter_mut().zip(&soft.data) {
            *v = (*v + amount * (*v - s)).clamp(0.0, 255.0);
        }
    }
    out
}

/// A window of a slightly moved and scaled copy. The move is about `center`; `unit` is the
/// distance of the eyes.
pub(in crate::train::forge) fn nudged(
    picture: &Picture,
    window: &Window,
    center: Point,
    unit: f32,
    rng: &mut impl Rng,
) -> Picture {
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
    picture.warped(window.width, window.height, &Affine { m }.after(&window.shift()))
}

/// How well the landmarks of a donor fit a target: root mean square distance after the best
/// affine fit, in units of the target's eye distance. Small means alike in pose.
pub(in crate::train::forge) fn pose_distance(donor: &Landmarks, target: &Landmarks) -> f32 {
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

/// How far the looks of two faces are apart: mean color, contrast and sharpness between brows and
/// mouth. 1 is a mismatch that a color transfer would leave visible.
pub(in crate::train::forge) fn appearance_distance(donor: &Portrait, target: &Portrait) -> f32 {
    let (a, b) = (Appearance::measure(donor), Appearance::measure(target));
    let color: f32 = a.mean.iter().zip(b.mean).map(|(a, b)| (a - b).abs() / 90.0).sum();
    let ratio = |a: f32, b: f32| (a.max(0.5) / b.max(0.5)).ln().abs();
    color + 0.5 * ratio(a.contrast, b.contrast) + 0.4 * ratio(a.sharpness, b.sharpness)
        // A small donor cannot fill a large face.
        + 0.6 * (target.unit() / donor.unit()).ln().max(0.0)
}

struct Appearance {
    mean: [f32; 3],
    contrast: f32,
    sharpness: f32,
}

impl Appearance {
    /// Read on a grid of points over the inner face.
    fn measure(portrait: &Portrait) -> Self {
        const SIDE: usize = 24;
        let to_picture = picture_from_canonical(&portrait.landmarks);
        let step = 1.4 / SIDE as f32;
        let grid = Affine { m: [step, 0.0, -0.7, 0.0, step, -0.15] };
        let face = portrait.picture.warped(SIDE, SIDE, &to_picture.after(&grid));
        let all = crate::train::forge::pixels::raster::Plane::filled(SIDE, SIDE, 1.0);
        let statistics = face.statistics(&all);
        // Sharpness at the picture's own pixels: the step to the neighbor against the spread.
        let next = Affine { m: [1.0, 0.0, 1.0, 0.0, 1.0, 0.0] };
        let beside = portrait.picture.warped(SIDE, SIDE, &next.after(&to_picture.after(&grid)));
        let steps = face.planes[1].data.iter().zip(&beside.planes[1].data);
        let sharpness = steps.map(|(a, b)| (a - b).abs()).sum::<f32>() / (SIDE * SIDE) as f32;
        Self { mean: statistics.map(|s| s.0), contrast: statistics[1].1, sharpness }
    }
}

/// A window of the donor's picture warped so that its landmarks meet the target's.
pub(in crate::train::forge) fn aligned(
    donor: &Portrait,
    target: &Landmarks,
    window: &Window,
    rng: &mut impl Rng,
) -> Picture {
    // Tools fit either all the freedom of an affine map or only turn, scale and shift.
    let fitted = if rng.random_bool(0.5) {
        fit_affine(target, &donor.landmarks)
    } else {
        fit_similarity(target, &donor.landmarks)
    };
    sampled(&donor.picture, window, &fitted)
}

/// A window of `picture` looked up through `picture_from_target`; low-passed first where the
/// picture has finer pixels than the target, or it would alias.
pub(in crate::train::forge) fn sampled(
    picture: &Picture,
    window: &Window,
    picture_from_target: &Affine,
) -> Picture {
    let lookup = picture_from_target.after(&window.shift());
    let [a, b, _, d, e, _] = lookup.m;
    let shrink = (a * e - b * d).abs().sqrt();
    if shrink <= 1.2 {
        return picture.warped(window.width, window.height, &lookup);
    }
    let (w, h) = (window.width as f32, window.height as f32);
    let corners =
        [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| lookup.apply(Point { x, y }));
    let margin = 2.0 + 3.0 * shrink;
    let low = |f: fn(&Point) -> f32| corners.iter().map(f).fold(f32::INFINITY, f32::min) - margin;
    let high = |f: fn(&Point) -> f32| corners.iter().map(f).fold(-f32::INFINITY, f32::max) + margin;
    let (left, top) = (low(|p| p.x), low(|p| p.y));
    let needed = Rect::new(left, top, high(|p| p.x) - left, high(|p| p.y) - top);
    let piece = Window::from_rect(&needed, picture.size());
    let from_piece = Affine { m: [1.0, 0.0, -(piece.x as f32), 0.0, 1.0, -(piece.y as f32)] };
    picture.cut(&piece).blurred(shrink * 0.35).warped(
        window.width,
        window.height,
        &from_piece.after(&lookup),
    )
}
