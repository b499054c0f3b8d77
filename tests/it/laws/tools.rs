//! Drawing tools against their definition, asked for every pixel alone.

use std::collections::VecDeque;

use pentimento::annotate::{
    Brush, Mask, Region, connected, grown, polygon, polygons, shrunk, similar_color, stroke,
    transformed, with_holes_filled, without_islands,
};
use pentimento::base::{Affine, Point, RgbImage};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{filled, mask_sized, point_near, size};

/// All pixels reached from one by steps to neighbors for which `goes` holds.
pub(crate) fn flood(
    (w, h): (u32, u32),
    start: (u32, u32),
    corners: bool,
    goes: impl Fn(u32, u32) -> bool,
) -> Mask {
    let mut seen = vec![0u8; (w * h) as usize];
    let mut queue = VecDeque::new();
    if goes(start.0, start.1) {
        seen[(start.1 * w + start.0) as usize] = 255;
        queue.push_back(start);
    }
    while let Some((x, y)) = queue.pop_front() {
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
            if dx != 0 && dy != 0 && !corners {
                continue;
            }
            let (nx, ny) = (x as i32 + dx, y as i32 + dy);
            if nx < 0 || ny < 0 || nx >= w as i32 || ny >= h as i32 {
                continue;
            }
            let (nx, ny) = (nx as u32, ny as u32);
            let at = (ny * w + nx) as usize;
            if seen[at] == 0 && goes(nx, ny) {
                seen[at] = 255;
                queue.push_back((nx, ny));
            }
        }
    }
    Mask::from_bytes(w, h, &seen).expect("the size fits")
}

/// The distance of a pixel's center from a line through these points.
fn distance(points: &[Point], x: u32, y: u32) -> f64 {
    let p = (f64::from(x) + 0.5, f64::from(y) + 0.5);
    let to_segment = |a: Point, b: Point| {
        let (a, b) = ((f64::from(a.x), f64::from(a.y)), (f64::from(b.x), f64::from(b.y)));
        let square = (b.0 - a.0).powi(2) + (b.1 - a.1).powi(2);
        let t = if square == 0.0 {
            0.0
        } else {
            ((p.0 - a.0) * (b.0 - a.0) + (p.1 - a.1) * (b.1 - a.1)) / square
        };
        let t = t.clamp(0.0, 1.0);
        (p.0 - a.0 - t * (b.0 - a.0)).hypot(p.1 - a.1 - t * (b.1 - a.1))
    };
    let pairs = points.windows(2).map(|pair| to_segment(pair[0], pair[1]));
    pairs.fold(to_segment(points[0], points[0]), f64::min)
}

/// Whether a pixel's center lies inside a closed line: a ray to the right crosses it an odd number
/// of times. `None` when the center or a corner's row is too near to the line to say.
fn is_inside(corners: &[Point], x: u32, y: u32) -> Option<bool> {
    let (px, py) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
    let mut n = 0;
    for (i, a) in corners.iter().enumerate() {
        let b = corners[(i + 1) % corners.len()];
        let (ay, by) = (f64::from(a.y), f64::from(b.y));
        if (ay - py).abs() < 1e-6 || (by - py).abs() < 1e-6 {
            return None;
        }
        if (ay > py) != (by > py) {
            let t = (py - ay) / (by - ay);
            let cross = f64::from(a.x) + t * (f64::from(b.x) - f64::from(a.x));
            if (cross - px).abs() < 1e-5 {
                return None;
            }
            n += i32::from(cross > px);
        }
    }
    Some(n % 2 == 1)
}

/// A size and some points near a picture of this size.
fn points(n: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = ((u32, u32), Vec<Point>)> {
    size().prop_flat_map(move |size| (Just(size), vec(point_near(size), n.clone())))
}

proptest! {
    #[test]
    fn a_stroke_takes_the_pixels_within_its_radius(
        ((w, h), points) in points(1..=4), diameter_px in 2.0..18.0f32
    ) {
        let region = stroke(w, h, Brush { diameter_px, hardness: 1.0 }, &points);
        for y in 0..h {
            for x in 0..w {
                let rim = distance(&points, x, y) - f64::from(diameter_px) / 2.0;
                let is_taken = region.as_ref().is_some_and(|region| region.contains(x, y));
                // `f32` decides what lies this near to the rim.
                prop_assert!(rim.abs() < 1e-5 || is_taken == (rim < 0.0), "{} {}: {}", x, y, rim);
            }
        }
    }

    #[test]
    fn a_polygon_holds_the_centers_inside_it(((w, h), corners) in points(3..=7)) {
        let region = polygon(w, h, &corners);
        for y in 0..h {
            for x in 0..w {
                let is_taken = region.as_ref().is_some_and(|region| region.contains(x, y));
                prop_assert!(is_inside(&corners, x, y).is_none_or(|inside| inside == is_taken), "{} {}", x, y);
            }
        }
        prop_assert!(polygon(w, h, &corners[..2]).is_none(), "two corners are no polygon");
    }

    #[test]
    fn several_outlines_are_one_region(
        (size, outlines) in size().prop_flat_map(|size| (Just(size), vec(vec(point_near(size), 4), 0..4)))
    ) {
        let (w, h) = size;
        let parts: Vec<Region> = outlines.iter().filter_map(|o| polygon(w, h, o)).collect();
        let expected = filled(w, h, |x, y| parts.iter().any(|part| part.contains(x, y)));
        let all = polygons(w, h, &outlines);
        prop_assert_eq!(filled(w, h, |x, y| all.as_ref().is_some_and(|all| all.contains(x, y))), expected);
    }

    #[test]
    fn wands_take_what_is_joined(
        (size, shades, mask) in size().prop_flat_map(|size| {
            let n = (size.0 * size.1 * 3) as usize;
            (Just(size), vec(100..112u8, n), mask_sized(size))
        }),
        at in any::<prop::sample::Index>(),
        tolerance in 0..12u8,
    ) {
        let (w, h) = size;
        let picture = RgbImage::new(w, h, shades).expect("a picture");
        let at = at.index((w * h) as usize) as u32;
        let (x, y) = (at % w, at / w);
        let seed = picture.get(i64::from(x), i64::from(y));
        let is_like = |x: u32, y: u32| {
            let pixel = picture.get(i64::from(x), i64::from(y));
            (0..3).all(|c| pixel[c].abs_diff(seed[c]) <= tolerance)
        };
        prop_assert_eq!(similar_color(&picture, x, y, tolerance), flood(size, (x, y), false, is_like));
        prop_assert!(similar_color(&picture, w, 0, tolerance).is_empty(), "outside");
        prop_assert_eq!(connected(&mask, x, y), flood(size, (x, y), false, |x, y| mask.get(x, y)));
    }
}

proptest! {
    // Each pixel is asked for all others: a quarter of the cases.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn holes_and_islands_are_what_a_flood_finds(mask in size().prop_flat_map(mask_sized), min_px in 0..12u64) {
        let (w, h) = (mask.width_px(), mask.height_px());
        let outside = filled(w, h, |x, y| {
            let reached = flood((w, h), (x, y), false, |x, y| !mask.get(x, y));
            let at_border = (0..w).any(|x| reached.get(x, 0) || reached.get(x, h - 1))
                || (0..h).any(|y| reached.get(0, y) || reached.get(w - 1, y));
            !mask.get(x, y) && at_border
        });
        prop_assert_eq!(with_holes_filled(&mask), outside.inverted(), "holes");
        let kept = filled(w, h, |x, y| {
            mask.get(x, y) && flood((w, h), (x, y), true, |x, y| mask.get(x, y)).count() >= min_px
        });
        prop_assert_eq!(without_islands(&mask, min_px), kept, "islands below {}", min_px);
    }

    #[test]
    fn grown_and_shrunk_masks_end_at_the_distance(mask in size().prop_flat_map(mask_sized), by_px in 0..6u32) {
        let (w, h) = (mask.width_px(), mask.height_px());
        let is_near = |x: u32, y: u32, wanted: bool| {
            let near = |other: (u32, u32)| {
                x.abs_diff(other.0).pow(2) + y.abs_diff(other.1).pow(2) <= by_px * by_px
            };
            let mut all = (0..h).flat_map(|y| (0..w).map(move |x| (x, y)));
            all.any(|at| mask.get(at.0, at.1) == wanted && near(at))
        };
        prop_assert_eq!(grown(&mask, by_px), filled(w, h, |x, y| is_near(x, y, true)));
        prop_assert_eq!(shrunk(&mask, by_px), filled(w, h, |x, y| !is_near(x, y, false)));
    }

    #[test]
    fn a_moved_mask_is_that_of_every_pixel_asked_alone(
        (mask, shift) in size().prop_flat_map(|size| (mask_sized(size), point_near(size))),
        angle in 0.0..std::f32::consts::TAU,
        scale in 0.3..3.3f32,
    ) {
        let (w, h) = (mask.width_px(), mask.height_px());
        let (sin, cos) = (angle.sin() * scale, angle.cos() * scale);
        let map = Affine { m: [cos, -sin, shift.x, sin, cos, shift.y] };
        let back = map.inverse().expect("it can be undone");
        let expected = filled(w, h, |x, y| {
            let p = back.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
            p.x >= 0.0 && p.y >= 0.0 && mask.get(p.x as u32, p.y as u32)
        });
        prop_assert_eq!(transformed(&mask, &map), expected);
        prop_assert_eq!(transformed(&mask, &Affine::IDENTITY), mask);
    }
}
