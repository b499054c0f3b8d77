//! Outlines of masks from the 468 points of a face: they follow its parts, its pose and its mimics.

use rand::Rng;

use super::kind::MaskKind;
use super::polygon::convex_hull;
use crate::base::mesh_parts::{
    LEFT_BROW, LEFT_EYE, LEFT_LOWER_LID, LIPS, NOSE, NOSE_BASE, OVAL, OVAL_LEFT_EAR,
    OVAL_RIGHT_EAR, RIGHT_BROW, RIGHT_EYE, RIGHT_LOWER_LID,
};
use crate::base::{Mesh, Point};

/// The chin's place in [`OVAL`].
const CHIN: usize = 18;
/// The rim above the temples: its first and last places in [`OVAL`], counted from the top.
const TEMPLE: usize = 5;
/// From the top of the forehead down to the chin, along the ridge of the nose.
const MIDLINE: [usize; 21] =
    [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 164, 0, 13, 14, 17, 200, 152];
/// Only the trainer marks cheeks.
const RIGHT_CHEEK: [usize; 12] = [116, 117, 118, 101, 36, 205, 207, 187, 192, 147, 123, 50];
const LEFT_CHEEK: [usize; 12] = [345, 346, 347, 330, 266, 425, 427, 411, 416, 376, 352, 280];
/// Least and largest growth of an outline, in the unit of the frame (the distance of the eyes).
const GROWTH: std::ops::Range<f32> = -0.06..0.14;
/// An outline never shrinks by more than this share of its smallest radius.
const MOST_SHRINK: f32 = 0.25;
/// How far the forehead may be extended towards the hair, in heights of the mesh's forehead.
const EXTENSION: std::ops::Range<f32> = 0.0..0.8;

/// The outlines of a kind, randomly grown or shrunk; `None` for kinds that are not parts of the
/// mesh.
pub(in crate::train::forge) fn outlines(
    kind: MaskKind,
    mesh: &Mesh,
    rng: &mut impl Rng,
) -> Option<Vec<Vec<Point>>> {
    let points = |lists: &[&[usize]]| -> Vec<Point> {
        lists.iter().flat_map(|list| list.iter()).map(|i| mesh[*i]).collect()
    };
    let hull = |lists: &[&[usize]]| convex_hull(points(lists));
    let right_eye = || hull(&[&RIGHT_BROW, &RIGHT_EYE, &RIGHT_LOWER_LID]);
    let left_eye = || hull(&[&LEFT_BROW, &LEFT_EYE, &LEFT_LOWER_LID]);
    let one_or_both = |right: Vec<Point>, left: Vec<Point>, which: u32| match which {
        0 => vec![right],
        1 => vec![left],
        _ => vec![right, left],
    };
    let parts = match kind {
        MaskKind::WholeFace => {
            vec![if rng.random() { extended_oval(mesh, rng) } else { points(&[&OVAL]) }]
        }
        MaskKind::FaceHull => {
            vec![hull(&[&OVAL[OVAL_LEFT_EAR - 1..=OVAL_RIGHT_EAR + 1], &RIGHT_BROW, &LEFT_BROW])]
        }
        MaskKind::InnerFace | MaskKind::InnerHull => {
            vec![hull(&[&RIGHT_BROW, &LEFT_BROW, &NOSE, &LIPS])]
        }
        MaskKind::Features => {
            vec![
                hull(&[&RIGHT_BROW, &LEFT_BROW, &RIGHT_LOWER_LID, &LEFT_LOWER_LID]),
                hull(&[&NOSE, &LIPS]),
            ]
        }
        MaskKind::LowerFace => vec![hull(&[&OVAL[OVAL_LEFT_EAR + 1..OVAL_RIGHT_EAR], &NOSE_BASE])],
        MaskKind::EyeBand => {
            vec![hull(&[&RIGHT_BROW, &LEFT_BROW, &RIGHT_LOWER_LID, &LEFT_LOWER_LID])]
        }
        MaskKind::Eyes => one_or_both(right_eye(), left_eye(), rng.random_range(0..4)),
        MaskKind::Nose => vec![hull(&[&NOSE])],
        MaskKind::Mouth => vec![points(&[&LIPS])],
        MaskKind::Cheeks => {
            one_or_both(hull(&[&RIGHT_CHEEK]), hull(&[&LEFT_CHEEK]), rng.random_range(0..4))
        }
        MaskKind::Forehead => vec![forehead(mesh, rng)],
        MaskKind::HalfFace => vec![half(mesh, rng.random())],
        _ => return None,
    };
    let by = rng.random_range(GROWTH);
    Some(parts.iter().map(|part| grown(part, by)).collect())
}

/// Up the face, as long as the mesh's forehead is high.
fn up(mesh: &Mesh) -> Point {
    let (top, brows) = (mesh[10], mesh[9]);
    Point { x: top.x - brows.x, y: top.y - brows.y }
}

fn moved(p: Point, by: Point, times: f32) -> Point {
    Point { x: p.x + by.x * times, y: p.y + by.y * times }
}

/// How much of the extension a place of the rim above the temples gets, by its distance from the
/// top: a dome.
fn dome(from_top: usize) -> f32 {
    let t = from_top as f32 / (TEMPLE + 1) as f32;
    (1.0 - t * t).max(0.0).sqrt()
}

/// The rim with its forehead drawn up towards the hair: the mesh ends below it.
fn extended_oval(mesh: &Mesh, rng: &mut impl Rng) -> Vec<Point> {
    let (up, amount) = (up(mesh), rng.random_range(EXTENSION));
    let n = OVAL.len();
    OVAL.iter()
        .enumerate()
        .map(|(i, point)| {
            let from_top = i.min(n - i);
            let times = if from_top <= TEMPLE { amount * dome(from_top) } else { 0.0 };
            moved(mesh[*point], up, times)
        })
        .collect()
}

/// Between brows and hair.
fn forehead(mesh: &Mesh, rng: &mut impl Rng) -> Vec<Point> {
    let oval = extended_oval(mesh, rng);
    let rim = oval[oval.len() - TEMPLE..].iter().chain(&oval[..=TEMPLE]).copied();
    // Back along the upper rims of the brows, from the person's left to the right.
    let brows = LEFT_BROW[..5].iter().chain(RIGHT_BROW[..5].iter().rev());
    rim.chain(brows.map(|i| mesh[*i])).collect()
}

/// One side of the face, cut along the ridge of the nose.
fn half(mesh: &Mesh, left: bool) -> Vec<Point> {
    let rim: Vec<usize> = if left {
        OVAL[1..CHIN].iter().rev().copied().collect()
    } else {
        OVAL[CHIN + 1..].to_vec()
    };
    MIDLINE.into_iter().chain(rim).map(|i| mesh[i]).collect()
}

/// Every corner moved away from the middle of the outline, or towards it.
fn grown(outline: &[Point], by: f32) -> Vec<Point> {
    let n = outline.len().max(1) as f32;
    let x = outline.iter().map(|p| p.x).sum::<f32>() / n;
    let y = outline.iter().map(|p| p.y).sum::<f32>() / n;
    let radius = |p: &Point| (p.x - x).hypot(p.y - y);
    let smallest = outline.iter().map(radius).fold(f32::INFINITY, f32::min);
    let by = by.max(-MOST_SHRINK * smallest);
    outline
        .iter()
        .map(|p| {
            let times = 1.0 + by / radius(p).max(1e-3);
            Point { x: x + (p.x - x) * times, y: y + (p.y - y) * times }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::super::mask::{hard_mask, picture_from_canonical};
    use super::super::polygon::fill_polygon;
    use super::*;
    use crate::base::{Limits, TaskCtx};
    use crate::bundle::ModelStore;
    use crate::faces::{Finder, MeshFinder};
    use crate::infer::{Engine, EngineOptions};
    use crate::media;
    use crate::train::forge::pixels::raster::Plane;

    /// Kinds that have outlines of the mesh.
    const KINDS: [MaskKind; 13] = [
        MaskKind::WholeFace,
        MaskKind::FaceHull,
        MaskKind::InnerFace,
        MaskKind::InnerHull,
        MaskKind::Features,
        MaskKind::LowerFace,
        MaskKind::EyeBand,
        MaskKind::Eyes,
        MaskKind::Nose,
        MaskKind::Mouth,
        MaskKind::Cheeks,
        MaskKind::Forehead,
        MaskKind::HalfFace,
    ];

    /// The mesh of the sample portrait, in the frame in which its eyes lie at (-0.5, 0), (0.5, 0).
    fn sample() -> Mesh {
        let engine = Engine::start(&EngineOptions::default()).unwrap();
        let models = ModelStore::discover(None);
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/astronaut.png");
        let ctx = TaskCtx::silent();
        let frame = media::open_still(&path, &Limits::default(), &ctx).unwrap().frame;
        let mut finder = Finder::load(&engine, &models.read("yunet").unwrap()).unwrap();
        let face = finder.find(&frame, &ctx).unwrap().remove(0);
        let landmarks = face.landmarks.unwrap();
        let mut finder = MeshFinder::load(&engine, &models.read("facemesh").unwrap()).unwrap();
        let mesh = finder.find(&frame.upright, &face.box_px, &landmarks).unwrap().unwrap();
        let from_picture = picture_from_canonical(&landmarks).inverse().unwrap();
        mesh.map(|p| from_picture.apply(p))
    }

    const SIDE: usize = 400;

    /// A plane of 100 pixels for every unit, its origin in column 200 and row 150.
    fn filled(parts: &[Vec<Point>]) -> Plane {
        let mut plane = Plane::filled(SIDE, SIDE, 0.0);
        for part in parts {
            let part: Vec<Point> = part
                .iter()
                .map(|p| Point { x: p.x * 100.0 + 200.0, y: p.y * 100.0 + 150.0 })
                .collect();
            fill_polygon(&mut plane, &part, 1.0);
        }
        plane
    }

    fn covers(plane: &Plane, p: Point) -> bool {
        let (x, y) = ((p.x * 100.0 + 200.0) as usize, (p.y * 100.0 + 150.0) as usize);
        plane.data[y * SIDE + x] > 0.5
    }

    #[test]
    fn every_outline_covers_its_part_and_spares_the_others() {
        let mesh = sample();
        // Forehead, both irises (middles of the corners), nose, mouth, both cheeks, chin.
        let eye = |a: usize, b: usize| Point {
            x: f32::midpoint(mesh[a].x, mesh[b].x),
            y: f32::midpoint(mesh[a].y, mesh[b].y),
        };
        let places = [
            mesh[151],
            eye(33, 133),
            eye(362, 263),
            mesh[4],
            mesh[13],
            mesh[50],
            mesh[280],
            mesh[199],
        ];
        // What each kind must and must not cover, as indices of `places`.
        let expected: [(MaskKind, &[usize], &[usize]); 11] = [
            (MaskKind::WholeFace, &[0, 1, 2, 3, 4, 5, 6, 7], &[]),
            (MaskKind::FaceHull, &[1, 2, 3, 4, 5, 6, 7], &[0]),
            (MaskKind::InnerHull, &[1, 2, 3, 4], &[0, 7]),
            (MaskKind::Features, &[1, 2, 3, 4], &[0, 5, 6, 7]),
            (MaskKind::LowerFace, &[4, 7], &[0, 1, 2]),
            (MaskKind::EyeBand, &[1, 2], &[0, 4, 7]),
            (MaskKind::Eyes, &[], &[0, 3, 4, 5, 6, 7]),
            (MaskKind::Nose, &[3], &[0, 1, 2, 4, 7]),
            (MaskKind::Mouth, &[4], &[0, 1, 2, 3, 5, 6, 7]),
            (MaskKind::Cheeks, &[], &[0, 1, 2, 3, 4, 7]),
            (MaskKind::Forehead, &[0], &[1, 2, 3, 4, 5, 6, 7]),
        ];
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for (kind, must, must_not) in expected {
            for _ in 0..30 {
                let plane = filled(&outlines(kind, &mesh, &mut rng).unwrap());
                for i in must {
                    assert!(covers(&plane, places[*i]), "{kind:?} misses place {i}");
                }
                for i in must_not {
                    assert!(!covers(&plane, places[*i]), "{kind:?} covers place {i}");
                }
            }
        }
        for (kind, [right, left]) in [(MaskKind::Eyes, [1, 2]), (MaskKind::Cheeks, [5, 6])] {
            let mut seen = [0; 4];
            for _ in 0..60 {
                let plane = filled(&outlines(kind, &mesh, &mut rng).unwrap());
                let (r, l) = (covers(&plane, places[right]), covers(&plane, places[left]));
                seen[usize::from(r) + 2 * usize::from(l)] += 1;
            }
            assert!(seen[0] == 0 && seen[1..].iter().all(|n| *n > 5), "{kind:?}: {seen:?}");
        }
    }

    #[test]
    fn the_two_halves_make_a_whole() {
        let mesh = sample();
        let whole = filled(&[OVAL.iter().map(|i| mesh[*i]).collect()]);
        let (left, right) = (filled(&[half(&mesh, true)]), filled(&[half(&mesh, false)]));
        let n = |f: &dyn Fn(usize) -> bool| (0..SIDE * SIDE).filter(|i| f(*i)).count();
        assert_eq!(n(&|i| left.data[i] > 0.5 && right.data[i] > 0.5), 0, "they overlap");
        let lost = n(&|i| whole.data[i] != left.data[i] + right.data[i]);
        assert!(lost < 20, "{lost} pixels of the whole are in neither");
        assert!((0.4..0.6).contains(&(left.mean() / whole.mean())), "about one half each");
        let cheek = mesh[280];
        assert!(covers(&left, cheek) && !covers(&right, cheek), "left is the person's");
    }

    #[test]
    fn outlines_grow_shrink_and_reach_for_the_hair() {
        let mesh = sample();
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        for kind in KINDS {
            let areas: Vec<f32> =
                (0..40).map(|_| filled(&outlines(kind, &mesh, &mut rng).unwrap()).mean()).collect();
            let (least, most) =
                areas.iter().fold((1.0f32, 0.0f32), |(a, b), v| (a.min(*v), b.max(*v)));
            assert!(least > 0.003 && most < 0.7, "{kind:?}: {least} to {most}");
            assert!(most > 1.15 * least, "{kind:?} is always of one size: {least} to {most}");
        }
        let top = mesh[10].y;
        let highest = (0..40)
            .flat_map(|_| extended_oval(&mesh, &mut rng))
            .map(|p| p.y)
            .fold(f32::INFINITY, f32::min);
        assert!(highest < top - 0.2, "the forehead stays at {highest}, the mesh ends at {top}");
    }

    #[test]
    fn most_masks_follow_the_mesh_and_the_others_the_landmarks() {
        let at = |x, y| Point { x, y };
        let landmarks =
            [at(70.0, 90.0), at(130.0, 90.0), at(100.0, 125.0), at(76.0, 160.0), at(124.0, 160.0)];
        // A mesh that lies far to the right of the landmarks.
        let to_picture = picture_from_canonical(&landmarks);
        let mesh = sample().map(|p| to_picture.apply(Point { x: p.x + 4.0, y: p.y }));
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut share = |kind, mesh: Option<&Mesh>| {
            let n_right = (0..200)
                .filter(|_| {
                    let mask = hard_mask(kind, &landmarks, mesh, (500, 240), &mut rng);
                    let right = mask.data.iter().enumerate().filter(|(i, _)| i % 500 >= 220);
                    2.0 * right.map(|(_, v)| v).sum::<f32>() > mask.data.iter().sum()
                })
                .count();
            n_right as f32 / 200.0
        };
        for kind in [MaskKind::Nose, MaskKind::WholeFace, MaskKind::Cheeks] {
            let with = share(kind, Some(&mesh));
            assert!((0.5..0.7).contains(&with), "{kind:?}: {with} follow the mesh");
            assert_eq!(share(kind, None), 0.0, "{kind:?} without a mesh");
        }
        assert_eq!(share(MaskKind::Blob, Some(&mesh)), 0.0, "a blob is no part of the mesh");
    }

    #[test]
    fn an_outline_never_turns_inside_out() {
        let thin: Vec<Point> =
            [(0.0, 0.0), (1.0, 0.02), (2.0, 0.0), (1.0, -0.02)].map(|(x, y)| Point { x, y }).into();
        let small = grown(&thin, -5.0);
        assert!(small[1].y > 0.0 && small[3].y < 0.0, "{small:?}");
        assert!(small[0].x > 0.0 && small[2].x < 2.0, "{small:?}");
    }

    #[test]
    fn kinds_that_are_no_parts_of_a_face_have_no_outlines() {
        let mesh = [Point::default(); 468];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for kind in MaskKind::ALL.iter().copied() {
            let has = outlines(kind, &mesh, &mut rng).is_some();
            assert_eq!(has, KINDS.contains(&kind), "{kind:?}");
        }
    }
}
