//! Where a forgery goes: masks of many shapes, laid over the face by its five landmarks.
//!
//! The shapes live in a canonical face frame: the eyes at (∓0.5, 0), the corners of the mouth at
//! (∓0.42, 1.15), y downwards, one unit = distance of the eyes. An affine fit to the five
//! landmarks brings them to the picture, so they follow size, tilt and (roughly) yaw.
//! Shape diversity matters more than most of the recipe (research/METHOD.md 3.1).

use rand::Rng;

use super::raster::Plane;
use crate::base::{Affine, Landmarks, Point};

/// Landmarks of the canonical face, in YuNet's order.
const CANONICAL: Landmarks = [
    Point { x: -0.5, y: 0.0 },
    Point { x: 0.5, y: 0.0 },
    Point { x: 0.0, y: 0.62 },
    Point { x: -0.42, y: 1.15 },
    Point { x: 0.42, y: 1.15 },
];

/// What a mask covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskKind {
    /// Forehead to chin.
    WholeFace,
    /// Brows to mouth.
    InnerFace,
    /// Below the nose.
    LowerFace,
    /// A band over both eyes.
    EyeBand,
    /// Both eyes apart.
    Eyes,
    /// The nose.
    Nose,
    /// The mouth.
    Mouth,
    /// One half of the face.
    HalfFace,
    /// A blob anywhere on the face.
    Blob,
}

impl MaskKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::WholeFace,
        Self::InnerFace,
        Self::LowerFace,
        Self::EyeBand,
        Self::Eyes,
        Self::Nose,
        Self::Mouth,
        Self::HalfFace,
        Self::Blob,
    ];
}

/// Least-squares affine map from the canonical face to five landmarks in a picture.
pub fn picture_from_canonical(landmarks: &Landmarks) -> Affine {
    fit_affine(&CANONICAL, landmarks)
}

/// Least-squares affine map that takes `from` to `to`. Falls back to a shift when the points of
/// `from` lie on a line.
pub(super) fn fit_affine(from: &Landmarks, to: &Landmarks) -> Affine {
    let n = from.len() as f32;
    let mean = |points: &Landmarks| Point {
        x: points.iter().map(|p| p.x).sum::<f32>() / n,
        y: points.iter().map(|p| p.y).sum::<f32>() / n,
    };
    let (cf, ct) = (mean(from), mean(to));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    let (mut ax, mut ay, mut bx, mut by) = (0.0, 0.0, 0.0, 0.0);
    for (f, t) in from.iter().zip(to) {
        let (fx, fy, tx, ty) = (f.x - cf.x, f.y - cf.y, t.x - ct.x, t.y - ct.y);
        xx += fx * fx;
        xy += fx * fy;
        yy += fy * fy;
        ax += fx * tx;
        ay += fy * tx;
        bx += fx * ty;
        by += fy * ty;
    }
    let det = xx * yy - xy * xy;
    if det.abs() < 1e-9 {
        return Affine { m: [1.0, 0.0, ct.x - cf.x, 0.0, 1.0, ct.y - cf.y] };
    }
    let (a, b) = ((ax * yy - ay * xy) / det, (ay * xx - ax * xy) / det);
    let (d, e) = ((bx * yy - by * xy) / det, (by * xx - bx * xy) / det);
    Affine { m: [a, b, ct.x - a * cf.x - b * cf.y, d, e, ct.y - d * cf.x - e * cf.y] }
}

/// A star-shaped region: a center and a radius for every direction.
struct Star {
    center: Point,
    radii: [f32; Self::N],
}

impl Star {
    const N: usize = 128;

    /// An egg: half-width `a`, reaching `up` above and `down` below its center, its outline
    /// shaken by three random harmonics of relative size `roughness` (the elastic deformation).
    fn egg(
        center: Point,
        a: f32,
        [up, down]: [f32; 2],
        roughness: f32,
        rng: &mut impl Rng,
    ) -> Self {
        let waves: [(f32, f32, f32); 3] = std::array::from_fn(|i| {
            let phase = rng.random_range(0.0..std::f32::consts::TAU);
            (rng.random_range(0.0..roughness), (i + 2) as f32, phase)
        });
        let power = rng.random_range(1.8..3.0f32);
        let radii = std::array::from_fn(|i| {
            let angle = i as f32 / Self::N as f32 * std::f32::consts::TAU;
            let b = if angle.sin() < 0.0 { up } else { down };
            let superellipse = ((angle.cos().abs() / a).powf(power)
                + (angle.sin().abs() / b).powf(power))
            .powf(-1.0 / power);
            let wobble: f32 = waves.iter().map(|(s, k, p)| s * (k * angle + p).sin()).sum();
            superellipse * (1.0 + wobble)
        });
        Self { center, radii }
    }

    fn contains(&self, p: Point) -> bool {
        let (dx, dy) = (p.x - self.center.x, p.y - self.center.y);
        let turn = dy.atan2(dx).rem_euclid(std::f32::consts::TAU) / std::f32::consts::TAU;
        let at = turn * Self::N as f32;
        let i = at as usize % Self::N;
        let t = at.fract();
        let radius = self.radii[i] * (1.0 - t) + self.radii[(i + 1) % Self::N] * t;
        dx * dx + dy * dy < radius * radius
    }
}

/// A hard mask (0 or 1) of a kind, randomly shaped, `[height, width]` in picture pixels.
pub fn hard_mask(
    kind: MaskKind,
    landmarks: &Landmarks,
    (width, height): (usize, usize),
    rng: &mut impl Rng,
) -> Plane {
    let mut s = |lo: f32, hi: f32| rng.random_range(lo..hi);
    let (scale, dx, dy) = (s(0.88, 1.12), s(-0.06, 0.06), s(-0.06, 0.06));
    let (flip, vertical) = (s(0.0, 1.0) < 0.5, s(0.0, 1.0) < 0.3);
    let cut = s(-0.15, 0.15);
    let blob = (Point { x: s(-0.7, 0.7), y: s(-0.5, 1.5) }, s(0.2, 0.6), s(0.2, 0.6));
    let at = |x: f32, y: f32| Point { x: x + dx, y: y + dy };
    let mut egg = |center, a: f32, up: f32, down: f32| {
        Star::egg(center, a * scale, [up * scale, down * scale], 0.09, rng)
    };
    let stars = match kind {
        MaskKind::WholeFace | MaskKind::HalfFace => vec![egg(at(0.0, 0.55), 1.05, 1.2, 1.3)],
        MaskKind::InnerFace => vec![egg(at(0.0, 0.55), 0.82, 0.85, 0.9)],
        MaskKind::LowerFace => vec![egg(at(0.0, 1.1), 0.85, 0.5, 0.72)],
        MaskKind::EyeBand => vec![egg(at(0.0, 0.0), 0.95, 0.36, 0.3)],
        MaskKind::Eyes => {
            vec![egg(at(-0.5, 0.0), 0.32, 0.24, 0.2), egg(at(0.5, 0.0), 0.32, 0.24, 0.2)]
        }
        MaskKind::Nose => vec![egg(at(0.0, 0.45), 0.32, 0.45, 0.36)],
        MaskKind::Mouth => vec![egg(at(0.0, 1.15), 0.55, 0.26, 0.3)],
        MaskKind::Blob => vec![egg(blob.0, blob.1, blob.2, blob.2)],
    };
    let inside_half = |p: Point| {
        let along = if vertical { p.y - 0.55 } else { p.x };
        kind != MaskKind::HalfFace || (if flip { along < cut } else { along > cut })
    };
    let canonical_from_picture =
        picture_from_canonical(landmarks).inverse().unwrap_or(Affine::IDENTITY);
    Plane::from_fn(width, height, |p| {
        let p = canonical_from_picture.apply(p);
        f32::from(u8::from(stars.iter().any(|star| star.contains(p)) && inside_half(p)))
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn face() -> Landmarks {
        let at = |x, y| Point { x, y };
        [at(70.0, 90.0), at(130.0, 90.0), at(100.0, 125.0), at(76.0, 160.0), at(124.0, 160.0)]
    }

    #[test]
    fn the_fit_is_exact_for_affine_copies() {
        let map = Affine { m: [60.0, 4.0, 100.0, -3.0, 62.0, 90.0] };
        let copy = CANONICAL.map(|p| map.apply(p));
        let found = picture_from_canonical(&copy);
        for (a, b) in found.m.iter().zip(map.m) {
            assert!((a - b).abs() < 1e-2, "{found:?}");
        }
    }

    #[test]
    fn every_kind_covers_its_place_and_not_the_corners() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        for kind in MaskKind::ALL {
            for _ in 0..20 {
                let mask = hard_mask(kind, &face(), (200, 240), &mut rng);
                let share = mask.mean();
                assert!(share > 0.002 && share < 0.6, "{kind:?} covers {share}");
                assert_eq!(mask.data[0], 0.0, "{kind:?} reaches the corner");
            }
        }
        let mouth = hard_mask(MaskKind::Mouth, &face(), (200, 240), &mut rng);
        assert_eq!(mouth.data[160 * 200 + 100], 1.0, "the mouth mask covers the mouth");
        assert_eq!(mouth.data[90 * 200 + 70], 0.0, "and not the eye");
    }
}
