//! One-shot swaps: a face swapped at a low resolution inside an aligned square.
//!
//! Public tools (inswapper, `SimSwap`, GHOST, `BlendSwap`) share a way: the target's face is cut out as
//! a square aligned by five points, shrunk to the network's grid, given another identity, enlarged,
//! perhaps restored by a face enhancer, and pasted back under an eroded, feathered mask.

use rand::Rng;

use crate::base::{Affine, Landmarks, Point, Rect};
use crate::train::forge::Portrait;
use crate::train::forge::draft::Draft;
use crate::train::forge::kinds::attribute;
use crate::train::forge::kinds::generator::Generator;
use crate::train::forge::kinds::swap::{sampled, sharpened};
use crate::train::forge::masks::kind::MaskKind;
use crate::train::forge::masks::mask::{fit_affine, fit_similarity, hard_mask};
use crate::train::forge::masks::polygon::fill_polygon;
use crate::train::forge::method::Method;
use crate::train::forge::pixels::color::ColorTransfer;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::{Plane, Window};

/// Five landmarks in a square of side 1, as `ArcFace` and the swapping tools align faces.
const ALIGNED: Landmarks = [
    Point { x: 0.3419, y: 0.4616 },
    Point { x: 0.6565, y: 0.4598 },
    Point { x: 0.5002, y: 0.6405 },
    Point { x: 0.3710, y: 0.8246 },
    Point { x: 0.6315, y: 0.8233 },
];
/// Sides of the networks' grids in pixels.
const SIDES: [usize; 8] = [96, 112, 128, 128, 160, 192, 224, 256];

/// A swapped face in its aligned square.
#[derive(Debug, Clone)]
pub struct Square {
    /// The pixels, as wide as high.
    pub picture: Picture,
    /// From the square's pixels to those of the picture it was cut from.
    pub picture_from_square: Affine,
}

/// Puts the face of `donor` into the aligned square of `target`, at the resolution of a network of
/// these tools; what the network itself would leave is yet to come. The side is a multiple of 8.
pub fn swapped_square(target: &Portrait, donor: &Portrait, rng: &mut impl Rng) -> Square {
    let side = SIDES[rng.random_range(0..SIDES.len())];
    // Small grids are filled by the face; large ones show hair and neck, too.
    let zoom = rng.random_range(1.0..if side > 160 { 1.7f32 } else { 1.35 });
    let aligned = ALIGNED.map(|p| Point {
        x: (0.5 + (p.x - 0.5) / zoom) * side as f32,
        y: (0.5 + (p.y - 0.5) / zoom) * side as f32,
    });
    let map = fit_similarity(&aligned, &target.landmarks);
    let window = Window::whole((side, side));
    let under = sampled(&target.picture, &window, &map);
    let donor_from_target = if rng.random_bool(0.5) {
        fit_affine(&target.landmarks, &donor.landmarks)
    } else {
        fit_similarity(&target.landmarks, &donor.landmarks)
    };
    let face = sampled(&donor.picture, &window, &donor_from_target.after(&map));
    let landmarks = map.inverse().map_or(aligned, |back| target.landmarks.map(|p| back.apply(p)));
    let unit = (landmarks[1].x - landmarks[0].x).hypot(landmarks[1].y - landmarks[0].y).max(4.0);
    let kinds = [MaskKind::FaceHull, MaskKind::FaceHull, MaskKind::InnerHull, MaskKind::WholeFace];
    let kind = kinds[rng.random_range(0..kinds.len())];
    let hard = hard_mask(kind, &landmarks, None, (side, side), rng);
    let soft = hard.blurred(unit * rng.random_range(0.05..0.25));
    let colored = ColorTransfer::draw(unit, rng).apply(face, &under, &hard);
    // These networks keep the target's light and pose: part of it shines through.
    let share = rng.random_range(0.75..1.0f32);
    let mask = Plane { data: soft.data.iter().map(|m| m * share).collect(), ..soft };
    Square { picture: under.blend(&colored, &mask), picture_from_square: map }
}

impl Square {
    /// The same, seen from a window of the picture whose first pixel is `corner`.
    #[must_use]
    pub fn moved(mut self, corner: Point) -> Self {
        self.picture_from_square.m[2] -= corner.x;
        self.picture_from_square.m[5] -= corner.y;
        self
    }
}

/// A one-shot swap drawn wholly here: a random generator stands in for the network.
pub(in crate::train::forge) fn draft(
    target: &Portrait,
    donor: &Portrait,
    rng: &mut impl Rng,
) -> Draft {
    let mut square = swapped_square(target, donor, rng);
    if rng.random_bool(0.8) {
        square.picture = Generator::draw(rng).repaint(&square.picture);
    }
    pasted(target, &square, rng)
}

/// Brings a square back into the picture it was cut from.
pub(in crate::train::forge) fn pasted(
    target: &Portrait,
    square: &Square,
    rng: &mut impl Rng,
) -> Draft {
    let method = Method::OneShot;
    let kind = if rng.random_bool(0.6) { MaskKind::AlignedBox } else { MaskKind::FaceHull };
    let map = square.picture_from_square;
    let side = square.picture.width() as f32;
    let Some(square_from_picture) = map.inverse() else {
        return Draft::nothing(target, method, kind);
    };
    let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)];
    let window = bounds(&corners.map(|(x, y)| map.apply(Point { x, y })), target.picture.size());
    let (hard, rim) = mask(target, square, kind, &window, rng);
    let soft = hard.blurred(rim);
    if soft.support(0).is_none() {
        return Draft::nothing(target, method, kind);
    }
    let lookup = square_from_picture.after(&window.shift());
    let mut top = square.picture.warped(window.width, window.height, &lookup);
    let mut steps = vec!["aligned-square"];
    if rng.random_bool(0.5) {
        steps.push("restored");
        top = restored(&top, target.unit(), rng);
    }
    Draft::laid(target.picture.clone(), &top, (&window, &soft), (method, kind), steps)
}

/// What a face enhancer leaves: smooth skin, edges sharper than the grid can hold.
fn restored(top: &Picture, unit: f32, rng: &mut impl Rng) -> Picture {
    let smooth =
        if rng.random_bool(0.7) { attribute::smoothed(top, unit, rng) } else { top.clone() };
    let sharp = sharpened(smooth, rng.random_range(0.5..1.8));
    if rng.random_bool(0.4) { sharpened(sharp, rng.random_range(0.3..0.8)) } else { sharp }
}

/// The hard mask in a window of the picture and the width of its rim in pixels.
fn mask(
    target: &Portrait,
    square: &Square,
    kind: MaskKind,
    window: &Window,
    rng: &mut impl Rng,
) -> (Plane, f32) {
    let [a, _, _, d, _, _] = square.picture_from_square.m;
    let side = square.picture.width() as f32;
    let side_px = side * a.hypot(d);
    if kind != MaskKind::AlignedBox {
        let size = target.picture.size();
        let mesh = target.mesh.as_deref();
        let mut whole = hard_mask(kind, &target.landmarks, mesh, size, rng).cut(window);
        let rim = side_px * rng.random_range(0.02..0.06);
        // Nothing was made outside the square.
        let inside = inner_box(square, side * 0.1, window);
        for (m, i) in whole.data.iter_mut().zip(&inside.data) {
            *m *= i;
        }
        return (whole, rim.min(side_px * 0.03));
    }
    let erosion = rng.random_range(0.06..0.14f32);
    // The rim ends inside the square: it reaches three deviations far.
    let rim = (side_px * erosion / 3.0 - 1.0).max(0.5) * rng.random_range(0.4..1.0);
    (inner_box(square, side * erosion, window), rim)
}

/// The square without a border of `inset` of its own pixels, in a window of the picture.
fn inner_box(square: &Square, inset: f32, window: &Window) -> Plane {
    let (low, high) = (inset, square.picture.width() as f32 - inset);
    let corners = [(low, low), (high, low), (high, high), (low, high)]
        .map(|(x, y)| window.inside(square.picture_from_square.apply(Point { x, y })));
    let mut plane = Plane::filled(window.width, window.height, 0.0);
    fill_polygon(&mut plane, &corners, 1.0);
    plane
}

fn bounds(corners: &[Point; 4], size: (usize, usize)) -> Window {
    let low = |f: fn(&Point) -> f32| corners.iter().map(f).fold(f32::INFINITY, f32::min);
    let high = |f: fn(&Point) -> f32| corners.iter().map(f).fold(f32::NEG_INFINITY, f32::max);
    let (left, top) = (low(|p| p.x), low(|p| p.y));
    let rect = Rect::new(left, top, high(|p| p.x) - left, high(|p| p.y) - top);
    Window::from_rect(&rect, size)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn portrait(level: f32) -> Portrait {
        let picture = Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(220, 240, |p| {
                    level
                        + 25.0 * ((p.x * 0.05).sin() + (p.y * 0.06 + c as f32).cos())
                        + 14.0 * ((p.x * 1.9).sin() * (p.y * 1.7).cos())
                })
            }),
        };
        let at = |x, y| Point { x, y };
        Portrait {
            picture,
            landmarks: [
                at(80.0, 100.0),
                at(140.0, 96.0),
                at(111.0, 130.0),
                at(88.0, 162.0),
                at(138.0, 160.0),
            ],
            face: Rect::new(55.0, 55.0, 110.0, 140.0),
            mesh: None,
        }
    }

    #[test]
    fn the_square_is_aligned_and_comes_back_to_its_place() {
        let (target, donor) = (portrait(110.0), portrait(110.0));
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..10 {
            let square = swapped_square(&target, &donor, &mut rng);
            let side = square.picture.width();
            assert!(side % 8 == 0 && side == square.picture.height(), "{side}");
            // The eyes lie level, left of the right one, in the upper half.
            let back = square.picture_from_square.inverse().unwrap();
            let eyes = [0, 1].map(|i| back.apply(target.landmarks[i]));
            assert!(eyes[0].x < eyes[1].x && eyes[1].y < side as f32 * 0.55, "{eyes:?}");
            assert!((eyes[0].y - eyes[1].y).abs() < side as f32 * 0.03, "{eyes:?}");
            // A donor that is the target itself leaves little but the lower resolution.
            let draft = pasted(&target, &square, &mut rng);
            let mean: f32 = draft.mask.mean();
            assert!(mean > 0.02 && mean < 0.8, "{mean}");
        }
    }

    #[test]
    fn pixels_change_under_the_mask_alone_and_lose_their_fine_detail() {
        let (target, donor) = (portrait(110.0), portrait(130.0));
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut kinds = std::collections::BTreeSet::new();
        for _ in 0..30 {
            let made = draft(&target, &donor, &mut rng);
            kinds.insert(made.kind);
            let (mut outside, mut inside, mut n) = (0.0f32, 0.0, 0.0);
            for (c, plane) in made.forged.planes.iter().enumerate() {
                let real = &made.base.planes[c];
                for ((f, r), m) in plane.data.iter().zip(&real.data).zip(&made.mask.data) {
                    if *m == 0.0 {
                        outside = outside.max((f - r).abs());
                    } else if *m > 0.9 {
                        inside += (f - r).abs();
                        n += 1.0;
                    }
                }
            }
            assert_eq!(outside, 0.0, "{:?} leaks", made.steps);
            assert!(n > 500.0 && inside / n > 1.0, "{:?}: {n} pixels, {inside}", made.steps);
        }
        assert!(kinds.contains(&MaskKind::AlignedBox) && kinds.len() == 2, "{kinds:?}");
    }

    #[test]
    fn a_moved_square_lands_as_far_away() {
        let square =
            swapped_square(&portrait(110.0), &portrait(100.0), &mut ChaCha8Rng::seed_from_u64(1));
        let p = Point { x: 7.0, y: 9.0 };
        let (before, corner) = (square.picture_from_square.apply(p), Point { x: 30.0, y: 12.0 });
        let after = square.moved(corner).picture_from_square.apply(p);
        assert!(
            (before.x - after.x - 30.0).abs() < 1e-3 && (before.y - after.y - 12.0).abs() < 1e-3
        );
    }
}
