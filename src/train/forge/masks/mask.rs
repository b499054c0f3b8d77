//! Where a forgery goes: masks of many shapes, laid over the face by its five landmarks.
//!
//! The shapes live in a canonical face frame: the eyes at (∓0.5, 0), the corners of the mouth at
//! (∓0.42, 1.15), y downwards, one unit = distance of the eyes. An affine fit to the five
//! landmarks brings them to the picture, so they follow size, tilt and (roughly) yaw.
//! Shape diversity matters more than most of the recipe.

use rand::Rng;

use super::kind::MaskKind;
use super::polygon::fill_polygon;
use super::shape::Shape;
use crate::base::{Affine, Landmarks, Mesh, Point};
use crate::train::forge::pixels::raster::Plane;

/// Landmarks of the canonical face, in YuNet's order.
const CANONICAL: Landmarks = [
    Point { x: -0.5, y: 0.0 },
    Point { x: 0.5, y: 0.0 },
    Point { x: 0.0, y: 0.62 },
    Point { x: -0.42, y: 1.15 },
    Point { x: 0.42, y: 1.15 },
];

/// Least-squares affine map from the canonical face to five landmarks in a picture.
pub fn picture_from_canonical(landmarks: &Landmarks) -> Affine {
    fit_affine(&CANONICAL, landmarks)
}

/// Least-squares affine map that takes `from` to `to`. Falls back to a shift when the points of
/// `from` lie on a line.
pub(in crate::train::forge) fn fit_affine(from: &Landmarks, to: &Landmarks) -> Affine {
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

/// Least-squares map of turning, scaling and shifting that takes `from` to `to`.
pub(in crate::train::forge) fn fit_similarity(from: &Landmarks, to: &Landmarks) -> Affine {
    let n = from.len() as f32;
    let mean = |points: &Landmarks| Point {
        x: points.iter().map(|p| p.x).sum::<f32>() / n,
        y: points.iter().map(|p| p.y).sum::<f32>() / n,
    };
    let (cf, ct) = (mean(from), mean(to));
    let (mut size, mut along, mut across) = (0.0f32, 0.0, 0.0);
    for (f, t) in from.iter().zip(to) {
        let (fx, fy, tx, ty) = (f.x - cf.x, f.y - cf.y, t.x - ct.x, t.y - ct.y);
        size += fx * fx + fy * fy;
        along += fx * tx + fy * ty;
        across += fx * ty - fy * tx;
    }
    let (a, b) = (along / size.max(1e-9), across / size.max(1e-9));
    Affine { m: [a, -b, ct.x - a * cf.x + b * cf.y, b, a, ct.y - b * cf.x - a * cf.y] }
}

/// A hard mask (0 or 1) of a kind, randomly shaped, `[height, width]` in picture pixels.
///
/// With a mesh, most shapes follow its points; without one, all follow the landmarks.
pub fn hard_mask(
    kind: MaskKind,
    landmarks: &Landmarks,
    mesh: Option<&Mesh>,
    (width, height): (usize, usize),
    rng: &mut impl Rng,
) -> Plane {
    if kind == MaskKind::WholePicture {
        return Plane::filled(width, height, 1.0);
    }
    let to_picture = picture_from_canonical(landmarks);
    let mut mask = Plane::filled(width, height, 0.0);
    let mesh = mesh
        .zip(to_picture.inverse())
        .map(|(mesh, from_picture)| mesh.map(|p| from_picture.apply(p)));
    let shape = Shape::draw(kind, mesh.as_ref(), rng);
    let outline = |o: &[Point]| -> Vec<Point> { o.iter().map(|p| to_picture.apply(*p)).collect() };
    for part in &shape.parts {
        fill_polygon(&mut mask, &outline(part), 1.0);
    }
    for part in &shape.spared {
        fill_polygon(&mut mask, &outline(part), 0.0);
    }
    mask
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
    fn the_stiffer_fit_turns_and_scales_but_does_not_shear() {
        let map = Affine { m: [1.2, -0.5, 7.0, 0.5, 1.2, -3.0] };
        let copy = face().map(|p| map.apply(p));
        for (a, b) in fit_similarity(&face(), &copy).m.iter().zip(map.m) {
            assert!((a - b).abs() < 1e-3, "{a} for {b}");
        }
        let sheared = face().map(|p| Point { x: p.x + 0.4 * p.y, y: 1.3 * p.y });
        let [a, b, _, d, e, _] = fit_similarity(&face(), &sheared).m;
        assert!((a - e).abs() < 1e-5 && (b + d).abs() < 1e-5, "{a} {b} {d} {e}");
    }

    #[test]
    fn every_kind_covers_its_place_and_not_the_corners() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        for kind in MaskKind::ALL.iter().copied() {
            for _ in 0..20 {
                let mask = hard_mask(kind, &face(), None, (200, 240), &mut rng);
                let share = mask.mean();
                if kind == MaskKind::WholePicture {
                    assert_eq!(share, 1.0, "all of it");
                    continue;
                }
                assert!(share > 0.001 && share < 0.6, "{kind:?} covers {share}");
                assert_eq!(mask.data[0], 0.0, "{kind:?} reaches the corner");
            }
        }
        let mouth = hard_mask(MaskKind::Mouth, &face(), None, (200, 240), &mut rng);
        assert_eq!(mouth.data[160 * 200 + 100], 1.0, "the mouth mask covers the mouth");
        assert_eq!(mouth.data[90 * 200 + 70], 0.0, "and not the eye");
    }
}
