//! Parts of a face as outlines, so that one click marks them.

use crate::base::mesh_parts::{
    LEFT_BROW, LEFT_EYE, LEFT_LOWER_LID, LIPS, NOSE, NOSE_BASE, OVAL, OVAL_LEFT_EAR,
    OVAL_RIGHT_EAR, RIGHT_BROW, RIGHT_EYE, RIGHT_LOWER_LID,
};
use crate::base::{Landmarks, Mesh, Point};

/// Corners of the ellipses that stand in for parts when only the landmarks are known.
const N_CORNERS: usize = 48;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FacePart {
    /// All of it, without hair and ears.
    Whole,
    /// From the brows to the lips.
    Inner,
    /// Both eyes with brows and lids.
    Eyes,
    Nose,
    /// The lips and what is between them.
    Mouth,
    /// From below the nose to the chin.
    Lower,
}

impl FacePart {
    /// All of them, in the order of menus and of the keys Ctrl+1 to Ctrl+6.
    pub const ALL: [Self; 6] =
        [Self::Whole, Self::Inner, Self::Eyes, Self::Nose, Self::Mouth, Self::Lower];

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Whole => "Whole face",
            Self::Inner => "Inner face",
            Self::Eyes => "Eyes",
            Self::Nose => "Nose",
            Self::Mouth => "Mouth",
            Self::Lower => "Lower face",
        }
    }

    /// Closed outlines by the mesh: they follow pose and mimics.
    pub fn of_mesh(self, mesh: &Mesh) -> Vec<Vec<Point>> {
        let points = |lists: &[&[usize]]| -> Vec<Point> {
            lists.iter().flat_map(|list| list.iter()).map(|i| mesh[*i]).collect()
        };
        let hull = |lists: &[&[usize]]| convex_hull(points(lists));
        match self {
            Self::Whole => vec![points(&[&OVAL])],
            Self::Inner => vec![hull(&[&RIGHT_BROW, &LEFT_BROW, &NOSE, &LIPS])],
            Self::Eyes => vec![
                hull(&[&RIGHT_BROW, &RIGHT_EYE, &RIGHT_LOWER_LID]),
                hull(&[&LEFT_BROW, &LEFT_EYE, &LEFT_LOWER_LID]),
            ],
            Self::Nose => vec![hull(&[&NOSE])],
            Self::Mouth => vec![points(&[&LIPS])],
            Self::Lower => vec![hull(&[&OVAL[OVAL_LEFT_EAR + 1..OVAL_RIGHT_EAR], &NOSE_BASE])],
        }
    }

    /// Rough outlines by the five landmarks, in the proportions of a usual face seen from the
    /// front.
    pub fn of_landmarks(self, landmarks: &Landmarks) -> Vec<Vec<Point>> {
        let [right_eye, left_eye, nose, right_mouth, left_mouth] = *landmarks;
        let middle =
            |a: Point, b: Point| Point { x: f32::midpoint(a.x, b.x), y: f32::midpoint(a.y, b.y) };
        let (eyes, mouth) = (middle(right_eye, left_eye), middle(right_mouth, left_mouth));
        // Across: from eye to eye. Down: from the eyes to the mouth. Both are 1 long.
        let across = Point { x: left_eye.x - right_eye.x, y: left_eye.y - right_eye.y };
        let down = Point { x: mouth.x - eyes.x, y: mouth.y - eyes.y };
        let about = |center: Point, width: f32, height: f32, from: f32, to: f32| -> Vec<Point> {
            let corner = |i: usize| {
                let turn = from + (to - from) * i as f32 / N_CORNERS as f32;
                let (v, u) = (turn * std::f32::consts::TAU).sin_cos();
                let (u, v) = (u * width, v * height);
                Point {
                    x: center.x + u * across.x + v * down.x,
                    y: center.y + u * across.y + v * down.y,
                }
            };
            (0..=N_CORNERS).map(corner).collect()
        };
        let below = |p: Point, v: f32| Point { x: p.x + v * down.x, y: p.y + v * down.y };
        let whole = || about(below(eyes, 0.45), 1.1, 1.28, 0.0, 1.0);
        match self {
            Self::Whole => vec![whole()],
            Self::Inner => {
                let top = about(below(eyes, -0.12), 0.95, 0.3, 0.5, 1.0);
                let bottom = about(below(mouth, 0.02), 0.45, 0.22, 0.0, 0.5);
                vec![convex_hull([top, bottom].concat())]
            }
            Self::Eyes => {
                let eye = |at: Point| about(below(at, -0.07), 0.42, 0.34, 0.0, 1.0);
                vec![eye(right_eye), eye(left_eye)]
            }
            Self::Nose => {
                let root = about(below(eyes, -0.05), 0.16, 0.05, 0.5, 1.0);
                let wings = about(below(nose, 0.0), 0.32, 0.2, 0.0, 0.5);
                vec![convex_hull([root, wings].concat())]
            }
            Self::Mouth => {
                // The lips reach a little beyond their corners, and hang below them in a smile.
                let (dx, dy) = (left_mouth.x - right_mouth.x, left_mouth.y - right_mouth.y);
                let share = dx.hypot(dy) / across.x.hypot(across.y).max(1e-6);
                vec![about(below(mouth, 0.03), 0.54 * share, 0.2, 0.0, 1.0)]
            }
            Self::Lower => {
                let chin = about(below(eyes, 0.45), 1.0, 1.28, 0.05, 0.45);
                let base = about(below(nose, 0.22), 0.2, 0.02, 0.5, 1.0);
                vec![convex_hull([chin, base].concat())]
            }
        }
    }
}

/// The corners of the smallest convex outline round these points, in turn (A. M. Andrew, 1979).
fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.retain(|p| p.x.is_finite() && p.y.is_finite());
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let turns_right = |a: Point, b: Point, c: Point| {
        let (ux, uy) = (f64::from(b.x) - f64::from(a.x), f64::from(b.y) - f64::from(a.y));
        let (vx, vy) = (f64::from(c.x) - f64::from(a.x), f64::from(c.y) - f64::from(a.y));
        ux * vy - uy * vx <= 0.0
    };
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut out: Vec<Point> = Vec::new();
        for p in points {
            while let [.., a, b] = out[..]
                && turns_right(a, b, p)
            {
                out.pop();
            }
            out.push(p);
        }
        out.pop();
        out
    };
    let there = half(&mut points.iter().copied());
    let back = half(&mut points.iter().rev().copied());
    [there, back].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hull_keeps_the_corners_and_nothing_within() {
        let at = |x: f32, y: f32| Point { x, y };
        let mut points = vec![at(0.0, 0.0), at(4.0, 0.0), at(4.0, 3.0), at(0.0, 3.0)];
        points.extend([at(1.0, 1.0), at(2.0, 0.0), at(3.9, 2.9), at(f32::NAN, 1.0)]);
        let hull = convex_hull(points);
        assert_eq!(hull, [at(0.0, 0.0), at(4.0, 0.0), at(4.0, 3.0), at(0.0, 3.0)]);
        assert!(convex_hull(vec![at(1.0, 1.0); 5]).len() < 3, "one place surrounds nothing");
    }

    #[test]
    fn rough_outlines_lean_with_the_face() {
        let at = |x: f32, y: f32| Point { x, y };
        let upright =
            [at(70.0, 90.0), at(130.0, 90.0), at(100.0, 125.0), at(76.0, 160.0), at(124.0, 160.0)];
        let turned = upright.map(|p| at(300.0 - p.y, p.x));
        for part in FacePart::ALL {
            let (a, b) = (part.of_landmarks(&upright), part.of_landmarks(&turned));
            assert_eq!(a.len(), b.len(), "{part:?}");
            let area = |outline: &[Point]| {
                let pairs = outline.iter().zip(outline.iter().cycle().skip(1));
                pairs.map(|(p, q)| p.x * q.y - p.y * q.x).sum::<f32>().abs() / 2.0
            };
            for (a, b) in a.iter().zip(&b) {
                assert!(area(a) > 300.0, "{part:?}: {}", area(a));
                assert!((area(a) / area(b) - 1.0).abs() < 0.01, "{part:?}");
            }
        }
    }
}
