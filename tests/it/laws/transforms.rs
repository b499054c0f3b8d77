//! Maps between picture spaces lead there and back.

use std::sync::Arc;

use pentimento::annotate::{box_transform, similarity_transform};
use pentimento::base::{Affine, ByteHeatmap, Frame, Heatmap, Orientation, Point, Rect, RgbImage};
use pentimento::prep::{RotatedSquare, crop_rect};
use proptest::collection::vec;
use proptest::prelude::*;

use super::point_near;

/// The largest distance, in pixels, that `f32` arithmetic may cost on positions up to 4096.
const NEAR_PX: f32 = 0.02;

fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// Boxes of faces in pictures of up to 4096 pixels, also beyond their edges.
fn face_box() -> impl Strategy<Value = Rect> {
    (-200.0..4096.0f32, -200.0..4096.0f32, 1.0..2000.0f32, 1.0..2000.0f32)
        .prop_map(|(x, y, w, h)| Rect::new(x, y, w, h))
}

/// Turning, scaling by 1/4 to 4, and shifting.
fn similarity_map() -> impl Strategy<Value = Affine> {
    (-3.1..3.1f32, 0.25..4.0f32, -500.0..500.0f32, -500.0..500.0f32).prop_map(
        |(angle, scale, x, y)| {
            let (sin, cos) = (angle.sin() * scale, angle.cos() * scale);
            Affine { m: [cos, -sin, x, sin, cos, y] }
        },
    )
}

/// A stored picture of unlike pixels.
fn stored() -> impl Strategy<Value = RgbImage> {
    (1..24u32, 1..24u32).prop_map(|(w, h)| {
        let pixels = (0..w * h).flat_map(|i| [i as u8, (i >> 8) as u8, 7]).collect();
        RgbImage::new(w, h, pixels).expect("a picture")
    })
}

proptest! {
    #[test]
    fn an_inverse_leads_back(map in similarity_map(), p in point_near((2000, 2000))) {
        let back = map.inverse().expect("a similarity can be undone");
        prop_assert!(distance(back.apply(map.apply(p)), p) < NEAR_PX);
        prop_assert!(distance(map.apply(back.apply(p)), p) < NEAR_PX);
        let round = back.after(&map);
        prop_assert!(distance(round.apply(p), p) < NEAR_PX, "as one map: {:?}", round);
    }

    #[test]
    fn maps_in_turn_are_one_map(
        maps in proptest::array::uniform3(similarity_map()), p in point_near((500, 500))
    ) {
        let [a, b, c] = maps;
        let in_turn = a.apply(b.apply(c.apply(p)));
        // The scales of the two outer maps enlarge what the inner one rounds.
        prop_assert!(distance(a.after(&b).after(&c).apply(p), in_turn) < 1.0);
        prop_assert!(distance(a.after(&b.after(&c)).apply(p), in_turn) < 1.0);
        prop_assert_eq!(a.after(&Affine::IDENTITY), a);
        prop_assert_eq!(Affine::IDENTITY.after(&a), a);
    }

    #[test]
    fn boxes_are_laid_on_boxes(from in face_box(), to in face_box()) {
        let map = Affine::rect_to_rect(&from, &to);
        let (a, b) = (map.apply_rect(&from), to);
        let off = (a.x - b.x).abs().max((a.y - b.y).abs());
        // The map stretches by up to 2000, and positions with it.
        let stretch = (to.w / from.w).max(to.h / from.h).max(1.0);
        prop_assert!(off < 1e-3 * stretch * 4096.0f32.max(from.x.abs()) / 4.0, "{:?} {:?}", a, b);
        if let (Some(map), Some(back)) = (box_transform(&from, &to), box_transform(&to, &from)) {
            let middle = back.apply(map.apply(from.center()));
            prop_assert!(distance(middle, from.center()) < 2.0 * stretch, "{middle:?}");
        }
    }

    #[test]
    fn a_heat_map_lies_where_its_face_is(face in face_box(), u in 0.0..28.0f32, v in 0.0..28.0f32) {
        let grid = Rect::new(0.0, 0.0, 28.0, 28.0);
        let image_from_map = Affine::rect_to_rect(&grid, &face);
        let map_from_image = image_from_map.inverse().expect("the face has an area");
        let p = Point { x: u, y: v };
        let back = map_from_image.apply(image_from_map.apply(p));
        // A cell of a small face is a fraction of a pixel.
        let cell_px = face.w.min(face.h) / 28.0;
        prop_assert!(distance(back, p) < 1e-3 + 2e-3 / cell_px, "{:?} for {:?}", back, p);
        let at = image_from_map.apply(p);
        prop_assert!(at.x > face.x - 0.01 && at.x < face.x + face.w + 0.01, "{:?} in {:?}", at, face);
    }

    #[test]
    fn every_orientation_turns_there_and_back(image in stored(), exif in 1..=8u8) {
        let orientation = Orientation::from_exif(exif);
        prop_assert_eq!(orientation.exif(), exif);
        let frame = Frame::new(image, orientation);
        let (w, h) = (frame.image.width_px, frame.image.height_px);
        let sides = if orientation.swaps_sides() { (h, w) } else { (w, h) };
        prop_assert_eq!((frame.upright.width_px, frame.upright.height_px), sides);
        let (there, back) = (frame.image_from_upright(), frame.upright_from_image());
        for y in 0..frame.upright.height_px {
            for x in 0..frame.upright.width_px {
                let upright = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
                let at = there.apply(upright);
                prop_assert_eq!(back.apply(at), upright);
                let seen = frame.upright.get(i64::from(x), i64::from(y));
                prop_assert_eq!(frame.image.get(at.x.floor() as i64, at.y.floor() as i64), seen);
            }
        }
    }

    /// A turn and the turn back: 6 and 8 undo each other, all others undo themselves.
    #[test]
    fn an_upright_picture_turned_back_is_the_stored_one(image in stored(), exif in 1..=8u8) {
        let back = match exif { 6 => 8, 8 => 6, other => other };
        let turned = Orientation::from_exif(exif).upright(&image);
        prop_assert_eq!(Orientation::from_exif(back).upright(&turned), image);
    }

    #[test]
    fn a_crop_lies_in_the_picture_and_on_the_face(
        face in face_box(), scale in 1.0..3.0f32, (w, h) in (1..4096u32, 1..4096u32)
    ) {
        let bounds = Rect::new(0.0, 0.0, w as f32, h as f32);
        let crop = crop_rect(&face, scale, &bounds);
        prop_assert!(crop.w >= 1.0 && crop.h >= 1.0);
        prop_assert!(crop.x >= 0.0 && crop.x + crop.w <= bounds.w + 1e-3, "{:?} in {:?}", crop, bounds);
        prop_assert!(crop.y >= 0.0 && crop.y + crop.h <= bounds.h + 1e-3, "{:?} in {:?}", crop, bounds);
        let side = face.w.max(face.h) * scale;
        prop_assert!((crop.w - side.min(bounds.w)).abs() < 1e-2, "as wide as can be");
        if let Some(seen) = face.intersect(&bounds) {
            let kept = seen.intersect(&crop).map_or(0.0, |part| part.area());
            let visible = seen.w.min(crop.w) * seen.h.min(crop.h);
            prop_assert!(kept >= 0.99 * visible - 1.0, "{:?} leaves out {:?}", crop, seen);
        }
    }

    #[test]
    fn a_leaning_square_has_its_corners_where_its_map_says(
        center in point_near((2000, 2000)), side in 4.0..1000.0f32, angle in -3.1..3.1f32, size_px in 8..512u32
    ) {
        let map = RotatedSquare { center, side, angle }.picture_from_crop(size_px);
        let n = size_px as f32;
        let corner = |x: f32, y: f32| map.apply(Point { x: x * n, y: y * n });
        prop_assert!(distance(corner(0.5, 0.5), center) < 0.05);
        prop_assert!((distance(corner(0.0, 0.0), corner(1.0, 0.0)) - side).abs() < 0.05);
        prop_assert!((distance(corner(0.0, 0.0), corner(0.0, 1.0)) - side).abs() < 0.05);
        let back = map.inverse().expect("a square has an area");
        let middle = Point { x: n / 2.0, y: n / 2.0 };
        prop_assert!(distance(back.apply(center), middle) < 0.05 * (1.0 + n / side));
    }

    #[test]
    fn the_similarity_between_points_is_found(
        map in similarity_map(), points in vec(point_near((200, 200)), 5)
    ) {
        let from: [Point; 5] = points.try_into().expect("five points");
        let middle_x = from.iter().map(|p| p.x).sum::<f32>() / 5.0;
        let middle_y = from.iter().map(|p| p.y).sum::<f32>() / 5.0;
        let spread = from.iter().map(|p| distance(*p, Point { x: middle_x, y: middle_y })).sum::<f32>();
        prop_assume!(spread > 20.0);
        let to = from.map(|p| map.apply(p));
        let found = similarity_transform(&from, &to).expect("the points differ");
        for (p, wanted) in from.iter().zip(to) {
            prop_assert!(distance(found.apply(*p), wanted) < 0.1, "{:?} for {:?}", found, map);
        }
    }

    #[test]
    fn a_small_map_is_the_map_to_half_a_step(values in vec(0.0..=1.0f32, 12)) {
        let map = Heatmap { width: 4, height: 3, values, image_from_map: Affine::IDENTITY };
        let small = Arc::new(ByteHeatmap::new(&map));
        let back = small.heatmap();
        prop_assert_eq!(ByteHeatmap::new(&back), ByteHeatmap::clone(&small), "once small, always the same");
        for (a, b) in map.values.iter().zip(&back.values) {
            prop_assert!((a - b).abs() <= 1.0 / 510.0 + 1e-6, "{} {}", a, b);
        }
    }
}
