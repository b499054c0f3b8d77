//! Swaps by computer graphics, as `FaceSwap` (M. Kowalski) and phone filters make them: the donor's
//! face as a texture on a mesh, rendered facet by facet, relit, and laid over with a polygon's rim.
//!
//! The unseen [`meshswap`](super::meshswap) shares the triangles and nothing else: it low-passes,
//! follows the target's mesh exactly and is blended band by band.

use rand::Rng;

use crate::base::mesh_parts::{
    INNER_LIPS, LEFT_BROW, NOSE, OVAL, OVAL_LEFT_EAR, OVAL_RIGHT_EAR, RIGHT_BROW,
};
use crate::base::{Affine, Mesh, Point};
use crate::train::forge::Portrait;
use crate::train::forge::draft::Draft;
use crate::train::forge::kinds::facets::Facets;
use crate::train::forge::kinds::swap;
use crate::train::forge::masks::kind::MaskKind;
use crate::train::forge::masks::mask::{fit_similarity, picture_from_canonical};
use crate::train::forge::masks::polygon::{convex_hull, fill_polygon};
use crate::train::forge::method::Method;
use crate::train::forge::pixels::color::ColorTransfer;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::{Plane, Window};
use crate::train::forge::pixels::shading;

/// Whether both faces have the mesh that is rendered.
pub(in crate::train::forge) fn is_possible(target: &Portrait, donor: &Portrait) -> bool {
    target.mesh.is_some() && donor.mesh.is_some()
}

/// A rendered swap; nothing where a mesh is missing.
pub(in crate::train::forge) fn draft(
    target: &Portrait,
    donor: &Portrait,
    rng: &mut impl Rng,
) -> Draft {
    let (method, size) = (Method::Graphics, target.picture.size());
    let kind = if rng.random_bool(0.8) { MaskKind::FaceHull } else { MaskKind::InnerHull };
    let nothing = || Draft::nothing(target, method, kind);
    let (Some(from), Some(to)) = (donor.mesh.as_deref(), target.mesh.as_deref()) else {
        return nothing();
    };
    let shape = fitted(from, to, donor, target, rng.random_range(0.0..0.6));
    let mut whole = Plane::filled(size.0, size.1, 0.0);
    fill_polygon(&mut whole, &outline(&shape, kind, rng.random_range(0.9..1.02)), 1.0);
    let mut steps = Vec::new();
    if rng.random_bool(0.6) {
        steps.push("mouth-kept");
        fill_polygon(&mut whole, &INNER_LIPS.map(|i| to[i]), 0.0);
    }
    let unit = target.unit();
    let Some(window) = whole.support((unit * 0.3) as usize + 4) else { return nothing() };
    let hard = whole.cut(&window);
    let under = target.picture.cut(&window);
    let rendered = render(donor, from, &shape, &window, &mut steps, rng);
    let canonical = picture_from_canonical(&target.landmarks).inverse();
    let canonical = canonical.map(|map| map.after(&window.shift()));
    let top = lit(rendered, (&under, &hard), canonical, unit, &mut steps, rng);
    Draft::laid(
        target.picture.clone(),
        &top,
        (&window, &feathered(&hard, unit, rng)),
        (method, kind),
        steps,
    )
}

/// The mesh that is rendered: a model's fit lies between the target's own points and the donor's
/// face moved there whole, of which it has a `share`.
fn fitted(from: &Mesh, to: &Mesh, donor: &Portrait, target: &Portrait, share: f32) -> Vec<Point> {
    let map = fit_similarity(&donor.landmarks, &target.landmarks);
    let between = |(f, t): (&Point, &Point)| {
        let f = map.apply(*f);
        Point { x: t.x + share * (f.x - t.x), y: t.y + share * (f.y - t.y) }
    };
    from.iter().zip(to).map(between).collect()
}

/// The hull of brows and jaw, or of brows, nose and mouth, scaled about its middle.
fn outline(shape: &[Point], kind: MaskKind, scale: f32) -> Vec<Point> {
    let lists: &[&[usize]] = if kind == MaskKind::FaceHull {
        &[&OVAL[OVAL_LEFT_EAR - 1..=OVAL_RIGHT_EAR + 1], &RIGHT_BROW, &LEFT_BROW]
    } else {
        &[&OVAL[OVAL_LEFT_EAR + 5..OVAL_RIGHT_EAR - 4], &NOSE, &RIGHT_BROW, &LEFT_BROW]
    };
    let hull = convex_hull(lists.iter().flat_map(|l| l.iter()).map(|i| shape[*i]).collect());
    let n = hull.len().max(1) as f32;
    let (x, y) = hull.iter().fold((0.0, 0.0), |(x, y), p| (x + p.x / n, y + p.y / n));
    let moved = |p: &Point| Point { x: x + scale * (p.x - x), y: y + scale * (p.y - y) };
    hull.iter().map(moved).collect()
}

/// The donor's pixels on the triangles of `shape`, looked up as a graphics card without mipmaps
/// does: the nearest texel, or four of them.
fn render(
    donor: &Portrait,
    from: &Mesh,
    shape: &[Point],
    window: &Window,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Picture {
    let texture = if rng.random_bool(0.35) {
        steps.push("small-texture");
        swap::rescaled(&donor.picture, rng.random_range(1.2..2.4))
    } else {
        donor.picture.clone()
    };
    let is_nearest = rng.random_bool(0.25);
    steps.push(if is_nearest { "nearest" } else { "bilinear" });
    let ends: Vec<Point> = shape.iter().map(|p| window.inside(*p)).collect();
    let facets = Facets::new(&ends, from, window);
    texture.displaced(window.width, window.height, |p| {
        let p = facets.at(p).map_or(p, |map| map.apply(p));
        if is_nearest { Point { x: p.x.floor() + 0.5, y: p.y.floor() + 0.5 } } else { p }
    })
}

/// The rendered face in the target's light and colors.
fn lit(
    rendered: Picture,
    (under, hard): (&Picture, &Plane),
    canonical_from_window: Option<Affine>,
    unit: f32,
    steps: &mut Vec<&'static str>,
    rng: &mut impl Rng,
) -> Picture {
    let mut top = rendered;
    if let Some(map) = canonical_from_window.filter(|_| rng.random_bool(0.6)) {
        steps.push("relit");
        top = shading::relit(&top, under, hard, &map, rng.random_range(0.4..1.0));
    }
    let transfer = match rng.random_range(0..4) {
        0 => ColorTransfer::MeanAndSpread,
        1 => ColorTransfer::draw(unit, rng),
        _ => ColorTransfer::Mean,
    };
    steps.push(transfer.as_str());
    transfer.apply(top, under, hard)
}

/// A rim of a pixel, or a ramp that ends at the polygon.
fn feathered(hard: &Plane, unit: f32, rng: &mut impl Rng) -> Plane {
    if rng.random_bool(0.35) {
        return rounded(hard.blurred(0.5));
    }
    let sigma = (unit * rng.random_range(0.015..0.12)).max(0.6);
    let soft = hard.blurred(sigma);
    // Inside alone: it is 0 at the polygon and whole two deviations further in.
    let inner = soft.data.iter().zip(&hard.data).map(|(s, h)| h * (2.1 * s - 1.05).clamp(0.0, 1.0));
    rounded(Plane { data: inner.collect(), ..*hard })
}

/// Without the tiny shares that a blur leaves where there is nothing.
fn rounded(mut soft: Plane) -> Plane {
    for share in &mut soft.data {
        *share = if *share < 1.0 / 512.0 { 0.0 } else { share.min(1.0) };
    }
    soft
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::f32::consts::TAU;

    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::base::Rect;

    /// A face with a mesh: rim, brows and lips in their places, the other points spread between.
    fn portrait(level: f32, at: impl Fn(Point) -> Point) -> Portrait {
        let golden = 2.399_963;
        let mut mesh: Mesh = std::array::from_fn(|i| {
            let (r, a) = ((i as f32 / 468.0).sqrt() * 0.95, i as f32 * golden);
            Point { x: 100.0 + 55.0 * r * a.cos(), y: 115.0 + 75.0 * r * a.sin() }
        });
        let on_ellipse = |i: usize, n: usize, center: (f32, f32), axes: (f32, f32)| {
            let a = TAU * i as f32 / n as f32;
            Point { x: center.0 + axes.0 * a.sin(), y: center.1 - axes.1 * a.cos() }
        };
        for (i, point) in OVAL.iter().enumerate() {
            mesh[*point] = on_ellipse(i, OVAL.len(), (100.0, 115.0), (55.0, 75.0));
        }
        for (i, (right, left)) in RIGHT_BROW.iter().zip(&LEFT_BROW).enumerate() {
            mesh[*right] = on_ellipse(i, 10, (75.0, 76.0), (15.0, 4.0));
            mesh[*left] = on_ellipse(i, 10, (125.0, 76.0), (15.0, 4.0));
        }
        for (i, point) in INNER_LIPS.iter().enumerate() {
            mesh[*point] = on_ellipse(i, INNER_LIPS.len(), (100.0, 155.0), (16.0, 6.0));
        }
        let landmark = |x, y| at(Point { x, y });
        Portrait {
            picture: Picture {
                planes: std::array::from_fn(|c| {
                    Plane::from_fn(200, 220, |p| {
                        level
                            + 40.0 * ((p.x * 0.08 + level).sin() + (p.y * 0.07 + c as f32).cos())
                            + 12.0 * (p.x * 1.9).sin() * (p.y * 1.7).cos()
                    })
                }),
            },
            landmarks: [
                landmark(76.0, 90.0),
                landmark(124.0, 90.0),
                landmark(100.0, 122.0),
                landmark(82.0, 155.0),
                landmark(118.0, 155.0),
            ],
            face: Rect::new(45.0, 40.0, 110.0, 150.0),
            mesh: Some(Box::new(mesh.map(at))),
        }
    }

    #[test]
    fn pixels_change_under_the_mask_alone_and_a_kept_mouth_stays() {
        let target = portrait(110.0, |p| p);
        let donor = portrait(140.0, |p| Point { x: p.x * 1.04 + 2.0, y: p.y * 0.97 });
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut seen = BTreeSet::new();
        for _ in 0..30 {
            let made = draft(&target, &donor, &mut rng);
            seen.extend(made.steps.iter().copied());
            let (mut outside, mut inside, mut n) = (0.0f32, 0.0, 0.0f32);
            for (plane, real) in made.forged.planes.iter().zip(&target.picture.planes) {
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
            assert!(n > 6000.0 && inside / n > 3.0, "{:?}: {n} values, {inside}", made.steps);
            let mouth = made.mask.data[155 * 200 + 100];
            let is_kept = made.steps.contains(&"mouth-kept");
            assert_eq!(mouth == 0.0, is_kept, "{:?}: {mouth}", made.steps);
        }
        let all = ["mouth-kept", "small-texture", "nearest", "bilinear", "relit"];
        assert!(all.iter().all(|step| seen.contains(step)), "{seen:?}");
    }

    #[test]
    fn a_share_of_one_keeps_the_donors_own_shape() {
        let target = portrait(110.0, |p| p);
        let wide = portrait(140.0, |p| Point { x: 100.0 + (p.x - 100.0) * 1.2, y: p.y });
        let (from, to) = (wide.mesh.as_deref().unwrap(), target.mesh.as_deref().unwrap());
        let width = |shape: &[Point]| shape[OVAL[9]].x - shape[OVAL[27]].x;
        let own = fitted(from, to, &wide, &target, 0.0);
        let donors = fitted(from, to, &wide, &target, 1.0);
        assert_eq!(own, to, "the target's points");
        assert!(width(&donors) > 1.03 * width(&own), "{} {}", width(&donors), width(&own));
    }

    #[test]
    fn without_a_mesh_nothing_is_rendered() {
        let target = portrait(110.0, |p| p);
        let bare = Portrait { mesh: None, ..portrait(140.0, |p| p) };
        assert!(!is_possible(&target, &bare) && is_possible(&target, &target));
        let made = draft(&target, &bare, &mut ChaCha8Rng::seed_from_u64(1));
        assert!(made.mask.data.iter().all(|m| *m == 0.0), "nothing");
    }
}
