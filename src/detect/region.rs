//! Describes the marked region in words.
//!
//! The zones are fixed boxes in a frame spanned by the landmarks: `u` runs from the person's right
//! eye (-0.5) to the left one (0.5), `v` from the line of the eyes (0) to that of the mouth (1).
//! The proportions are our own, read off frontal portraits; they name a place, they measure
//! nothing.

use crate::base::{Affine, Landmarks, Point, Rect, text};

/// Placement of a map and landmarks of the face under it, in upright space.
pub(super) struct MapPlacement {
    pub(super) upright_box: Rect,
    pub(super) landmarks: Option<Landmarks>,
    pub(super) upright_from_map: Affine,
}

/// Parts of a face, in the order in which they are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Forehead,
    RightEye,
    LeftEye,
    Nose,
    RightCheek,
    LeftCheek,
    Mouth,
    Chin,
}

const ZONES: [Zone; 8] = [
    Zone::Forehead,
    Zone::RightEye,
    Zone::LeftEye,
    Zone::Nose,
    Zone::RightCheek,
    Zone::LeftCheek,
    Zone::Mouth,
    Zone::Chin,
];

/// A zone counts as marked when this share of its cells is.
const COVERED: f32 = 0.4;
/// From this many marked zones on, the whole face is named.
const WHOLE: usize = 6;

/// Names the cells of `map` (rows of `width`) at or above `threshold`; `None` when there are none.
pub(super) fn describe(
    map: &[f32],
    width: usize,
    threshold: f32,
    place: &MapPlacement,
) -> Option<String> {
    let marked: Vec<bool> = map.iter().map(|v| *v >= threshold).collect();
    if width == 0 || !marked.contains(&true) {
        return None;
    }
    let upright = |i: usize| {
        let (x, y) = ((i % width) as f32 + 0.5, (i / width) as f32 + 0.5);
        place.upright_from_map.apply(Point { x, y })
    };
    match place.landmarks.as_ref().and_then(face_from_upright) {
        Some(face_from_upright) => {
            Some(parts_of_face(&marked, |i| face_from_upright.apply(upright(i))))
        }
        None => Some(part_of_region(&marked, &place.upright_box, upright)),
    }
}

/// The frame of the face, `None` when the landmarks span no plane (a full profile).
fn face_from_upright(landmarks: &Landmarks) -> Option<Affine> {
    let [right_eye, left_eye, _, right_mouth, left_mouth] = *landmarks;
    let eyes = middle(right_eye, left_eye);
    let mouth = middle(right_mouth, left_mouth);
    let (ux, uy) = (left_eye.x - right_eye.x, left_eye.y - right_eye.y);
    let (vx, vy) = (mouth.x - eyes.x, mouth.y - eyes.y);
    let area = (ux * vy - uy * vx).abs();
    // Eyes closer together than a quarter of the distance to the mouth: seen from the side.
    if area < 0.25 * (vx * vx + vy * vy) {
        return None;
    }
    Affine { m: [ux, vx, eyes.x, uy, vy, eyes.y] }.inverse()
}

fn middle(a: Point, b: Point) -> Point {
    Point { x: f32::midpoint(a.x, b.x), y: f32::midpoint(a.y, b.y) }
}

/// The zone of a position in the frame of the face, `None` outside the face.
fn zone(p: Point) -> Option<Zone> {
    let (u, v, side) = (p.x.abs(), p.y, p.x);
    if u > 1.15 || !(-1.1..=1.9).contains(&v) {
        return None;
    }
    Some(if v < -0.4 {
        Zone::Forehead
    } else if v < 0.3 && u > 0.12 {
        if side < 0.0 { Zone::RightEye } else { Zone::LeftEye }
    } else if v < 0.75 && u <= 0.35 {
        Zone::Nose
    } else if v >= 1.3 {
        Zone::Chin
    } else if v >= 0.75 && u <= 0.6 {
        Zone::Mouth
    } else if side < 0.0 {
        Zone::RightCheek
    } else {
        Zone::LeftCheek
    })
}

fn parts_of_face(marked: &[bool], face_from_cell: impl Fn(usize) -> Point) -> String {
    let mut cells = [0u32; ZONES.len()];
    let mut hits = [0u32; ZONES.len()];
    let mut outside = 0u32;
    for (i, is_marked) in marked.iter().enumerate() {
        match zone(face_from_cell(i)) {
            Some(zone) => {
                cells[zone as usize] += 1;
                hits[zone as usize] += u32::from(*is_marked);
            }
            None => outside += u32::from(*is_marked),
        }
    }
    let inside: u32 = hits.iter().sum();
    let mut named: Vec<Zone> = ZONES
        .into_iter()
        .filter(|z| hits[*z as usize] as f32 >= COVERED * cells[*z as usize].max(1) as f32)
        .collect();
    if named.is_empty() {
        if inside <= outside {
            return "outside the face".to_owned();
        }
        named.extend(ZONES.into_iter().max_by_key(|z| hits[*z as usize]));
    }
    if named.len() >= WHOLE {
        return "whole face".to_owned();
    }
    text::list(&zone_names(&named))
}

/// The names of zones, pairs merged: both eyes are `eyes`.
fn zone_names(named: &[Zone]) -> Vec<&'static str> {
    let has = |zone| named.contains(&zone);
    let mut names = Vec::new();
    for zone in named {
        names.push(match zone {
            Zone::Forehead => "forehead",
            Zone::RightEye if has(Zone::LeftEye) => "eyes",
            Zone::RightEye => "the person's right eye",
            Zone::LeftEye if has(Zone::RightEye) => continue,
            Zone::LeftEye => "the person's left eye",
            Zone::Nose => "nose",
            Zone::RightCheek if has(Zone::LeftCheek) => "cheeks",
            Zone::RightCheek => "the person's right cheek",
            Zone::LeftCheek if has(Zone::RightCheek) => continue,
            Zone::LeftCheek => "the person's left cheek",
            Zone::Mouth => "mouth",
            Zone::Chin => "chin",
        });
    }
    names
}

/// Without landmarks: the part of the box in which the marked cells have their center of gravity.
fn part_of_region(marked: &[bool], upright_box: &Rect, upright: impl Fn(usize) -> Point) -> String {
    let (mut n, mut in_box, mut cells) = (0u32, 0u32, 0u32);
    let (mut x, mut y) = (0.0, 0.0);
    for (i, is_marked) in marked.iter().enumerate() {
        let p = upright(i);
        let inside = upright_box.contains(p);
        cells += u32::from(inside);
        if *is_marked {
            n += 1;
            in_box += u32::from(inside);
            x += (p.x - upright_box.x) / upright_box.w.max(1.0);
            y += (p.y - upright_box.y) / upright_box.h.max(1.0);
        }
    }
    if in_box as f32 >= 0.6 * cells.max(1) as f32 {
        return "the whole region".to_owned();
    }
    let third =
        |sum: f32, names: [&'static str; 3]| names[((sum / n.max(1) as f32 * 3.0) as usize).min(2)];
    let row = third(y, ["top", "", "bottom"]);
    let column = third(x, ["left", "", "right"]);
    match (row, column) {
        ("", "") => "the middle of the region".to_owned(),
        ("", side) => format!("the {side} of the region, as you see it"),
        (row, "") => format!("the {row} of the region"),
        (row, side) => format!("the {row} {side} of the region, as you see it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frontal face: eyes at (40 | 60, 40), mouth at y = 62, on a map of 100 cells per side.
    const FRONTAL: Landmarks = [
        Point { x: 40.0, y: 40.0 },
        Point { x: 60.0, y: 40.0 },
        Point { x: 50.0, y: 52.0 },
        Point { x: 43.0, y: 62.0 },
        Point { x: 57.0, y: 62.0 },
    ];

    fn description(landmarks: Option<Landmarks>, marked: &[Rect]) -> Option<String> {
        let map: Vec<f32> = (0..10_000)
            .map(|i| {
                let p = Point { x: (i % 100) as f32 + 0.5, y: (i / 100) as f32 + 0.5 };
                if marked.iter().any(|r| r.contains(p)) { 0.9 } else { 0.1 }
            })
            .collect();
        let upright_box = Rect::new(25.0, 15.0, 50.0, 65.0);
        let place = MapPlacement { upright_box, landmarks, upright_from_map: Affine::IDENTITY };
        describe(&map, 100, 0.5, &place)
    }

    fn check(marked: &[Rect], expect: &str) {
        assert_eq!(description(Some(FRONTAL), marked).as_deref(), Some(expect), "{marked:?}");
    }

    #[test]
    fn places_on_a_frontal_face_are_named() {
        check(&[Rect::new(20.0, 10.0, 60.0, 75.0)], "whole face");
        check(&[Rect::new(35.0, 56.0, 30.0, 30.0)], "mouth and chin");
        check(&[Rect::new(28.0, 16.0, 44.0, 30.0)], "forehead and eyes");
        check(&[Rect::new(45.0, 44.0, 10.0, 12.0)], "nose");
        check(&[Rect::new(2.0, 2.0, 12.0, 12.0)], "outside the face");
    }

    #[test]
    fn sides_are_the_persons_own() {
        check(&[Rect::new(28.0, 47.0, 12.0, 20.0)], "the person's right cheek");
        check(&[Rect::new(60.0, 47.0, 14.0, 20.0)], "the person's left cheek");
        check(&[Rect::new(53.0, 32.0, 20.0, 14.0)], "the person's left eye");
        let both = [Rect::new(28.0, 47.0, 12.0, 20.0), Rect::new(60.0, 47.0, 14.0, 20.0)];
        check(&both, "cheeks");
    }

    #[test]
    fn a_small_mark_still_gets_the_name_of_its_zone() {
        check(&[Rect::new(48.0, 60.0, 3.0, 3.0)], "mouth");
    }

    #[test]
    fn a_tilted_head_is_read_in_its_own_frame() {
        // The frontal face turned by a quarter about (50, 50): its chin points to the left.
        let turned = FRONTAL.map(|p| Point { x: 100.0 - p.y, y: p.x });
        let place = description(Some(turned), &[Rect::new(14.0, 35.0, 30.0, 30.0)]);
        assert_eq!(place.as_deref(), Some("mouth and chin"));
    }

    #[test]
    fn nothing_marked_has_no_name() {
        assert_eq!(description(Some(FRONTAL), &[]), None);
        assert_eq!(description(None, &[]), None);
    }

    #[test]
    fn drawn_regions_and_profiles_are_named_by_position() {
        let corner = [Rect::new(26.0, 60.0, 10.0, 15.0)];
        let expected = "the bottom left of the region, as you see it";
        assert_eq!(description(None, &corner).as_deref(), Some(expected));
        let profile = FRONTAL.map(|p| Point { x: 50.0, y: p.y });
        assert_eq!(description(Some(profile), &corner).as_deref(), Some(expected));
        let all = [Rect::new(0.0, 0.0, 100.0, 100.0)];
        assert_eq!(description(None, &all).as_deref(), Some("the whole region"));
    }
}
