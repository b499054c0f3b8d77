//! Outlines of masks in the canonical face frame.

use rand::Rng;

use super::kind::MaskKind;
use super::mask_mesh;
use super::polygon::{clipped, convex_hull};
use crate::base::{Mesh, Point};

/// Share of the shapes that follow the mesh where there is one.
const MESH_SHARE: f64 = 0.6;
const EGG_CORNERS: usize = 72;
/// Edges of polygons are divided to this length (in distances of the eyes) before they are bent.
const EDGE: f32 = 0.08;

/// Jaw from ear to chin, in the frame of the canonical face; the other side is its mirror image.
const JAW: [(f32, f32); 7] =
    [(1.08, 0.0), (1.04, 0.4), (0.96, 0.82), (0.83, 1.22), (0.6, 1.58), (0.3, 1.83), (0.0, 1.9)];
/// Upper rim of a brow from its outer end.
const BROW: [(f32, f32); 3] = [(0.93, -0.22), (0.58, -0.4), (0.18, -0.3)];
/// Mouth from its corner to the middle of the lower lip.
const LIPS: [(f32, f32); 3] = [(0.47, 1.15), (0.22, 1.36), (0.0, 1.42)];

/// A random shape: everything in `parts` but what is in `spared`.
#[derive(Debug, Clone)]
pub(in crate::train::forge) struct Shape {
    pub(in crate::train::forge) parts: Vec<Vec<Point>>,
    pub(in crate::train::forge) spared: Vec<Vec<Point>>,
}

impl Shape {
    /// In the canonical frame, in which `mesh` is to be given, too.
    pub(in crate::train::forge) fn draw(
        kind: MaskKind,
        mesh: Option<&Mesh>,
        rng: &mut impl Rng,
    ) -> Self {
        let hulls = mesh
            .filter(|_| rng.random_bool(MESH_SHARE))
            .and_then(|mesh| mask_mesh::outlines(kind, mesh, rng));
        let (parts, spared) = match hulls {
            Some(parts) => (parts, Vec::new()),
            None => Self::by_landmarks(kind, rng),
        };
        let bend = Bend::draw(rng);
        let bent = |parts: Vec<Vec<Point>>| -> Vec<Vec<Point>> {
            parts.iter().map(|part| bend.apply(part)).collect()
        };
        Self { parts: bent(parts), spared: bent(spared) }
    }

    /// Parts and what is spared of them, for a face of which only five landmarks are known.
    fn by_landmarks(kind: MaskKind, rng: &mut impl Rng) -> (Vec<Vec<Point>>, Vec<Vec<Point>>) {
        let mut s = |lo: f32, hi: f32| rng.random_range(lo..hi);
        let (scale, dx, dy) = (s(0.88, 1.12), s(-0.06, 0.06), s(-0.06, 0.06));
        let at = |x: f32, y: f32| Point { x: x + dx, y: y + dy };
        let mut egg = |center, a: f32, up: f32, down: f32| {
            egg(center, a * scale, [up * scale, down * scale], rng)
        };
        let mut spared = Vec::new();
        let parts = match kind {
            MaskKind::WholeFace | MaskKind::HalfFace => vec![egg(at(0.0, 0.55), 1.05, 1.2, 1.3)],
            MaskKind::FaceHull => {
                vec![hull_around(&[&JAW, &BROW], scale, at(0.0, 0.0), rng)]
            }
            MaskKind::InnerFace => vec![egg(at(0.0, 0.55), 0.82, 0.85, 0.9)],
            MaskKind::InnerHull => {
                vec![hull_around(&[&BROW, &LIPS], scale, at(0.0, 0.0), rng)]
            }
            MaskKind::Features => {
                let eyes: &[(f32, f32)] = &[(0.78, 0.1), (0.25, 0.1)];
                let nose: &[(f32, f32)] = &[(0.06, 0.0), (0.27, 0.74)];
                vec![
                    hull_around(&[&BROW, eyes], scale, at(0.0, 0.0), rng),
                    hull_around(&[nose, &LIPS], scale, at(0.0, 0.0), rng),
                ]
            }
            MaskKind::LowerFace => vec![egg(at(0.0, 1.1), 0.85, 0.5, 0.72)],
            MaskKind::EyeBand => vec![egg(at(0.0, 0.0), 0.95, 0.36, 0.3)],
            MaskKind::Eyes => {
                vec![egg(at(-0.5, 0.0), 0.32, 0.24, 0.2), egg(at(0.5, 0.0), 0.32, 0.24, 0.2)]
            }
            MaskKind::Nose => vec![egg(at(0.0, 0.45), 0.32, 0.45, 0.36)],
            MaskKind::Mouth => vec![egg(at(0.0, 1.15), 0.55, 0.26, 0.3)],
            MaskKind::Cheeks => {
                vec![egg(at(-0.66, 0.72), 0.3, 0.34, 0.4), egg(at(0.66, 0.72), 0.3, 0.34, 0.4)]
            }
            MaskKind::Forehead => vec![egg(at(0.0, -0.62), 0.85, 0.36, 0.28)],
            MaskKind::Hair => {
                spared.push(egg(at(0.0, 0.7), 1.0, 1.25, 1.6));
                vec![egg(at(0.0, 0.1), 1.4, 1.55, 0.5)]
            }
            MaskKind::Polygon => vec![random_polygon(rng)],
            MaskKind::Blob => {
                let center =
                    Point { x: rng.random_range(-0.7..0.7), y: rng.random_range(-0.5..1.5) };
                let (a, b) = (rng.random_range(0.2..0.6), rng.random_range(0.2..0.6));
                vec![self::egg(center, a, [b, b], rng)]
            }
            MaskKind::Spots => (0..rng.random_range(1..4))
                .map(|_| {
                    let (x, y) = (rng.random_range(-0.8..0.8), rng.random_range(-0.7..1.7));
                    let (a, b) = (rng.random_range(0.12..0.28), rng.random_range(0.12..0.28));
                    self::egg(Point { x, y }, a, [b, b], rng)
                })
                .collect(),
            MaskKind::AlignedBox => {
                let corners = [(-1.15, -0.7), (1.15, -0.7), (1.15, 1.7), (-1.15, 1.7)];
                vec![corners.map(|(x, y)| at(x * scale, y * scale)).to_vec()]
            }
            MaskKind::WholePicture => Vec::new(),
        };
        let parts = if kind == MaskKind::HalfFace { halves(parts, rng) } else { parts };
        (parts, spared)
    }
}

/// An egg: half-width `a`, reaching `up` above and `down` below its center, its outline shaken by
/// three random harmonics.
fn egg(center: Point, a: f32, [up, down]: [f32; 2], rng: &mut impl Rng) -> Vec<Point> {
    let waves: [(f32, f32, f32); 3] = std::array::from_fn(|i| {
        let phase = rng.random_range(0.0..std::f32::consts::TAU);
        (rng.random_range(0.0..0.08), (i + 2) as f32, phase)
    });
    let power = rng.random_range(1.8..3.0f32);
    (0..EGG_CORNERS)
        .map(|i| {
            let angle = i as f32 / EGG_CORNERS as f32 * std::f32::consts::TAU;
            let b = if angle.sin() < 0.0 { up } else { down };
            let superellipse = ((angle.cos().abs() / a).powf(power)
                + (angle.sin().abs() / b).powf(power))
            .powf(-1.0 / power);
            let wobble: f32 = waves.iter().map(|(s, k, p)| s * (k * angle + p).sin()).sum();
            let r = superellipse * (1.0 + wobble);
            Point { x: center.x + r * angle.cos(), y: center.y + r * angle.sin() }
        })
        .collect()
}

/// The convex hull of half outlines and their mirror images, each corner moved a little, scaled
/// about the middle of the face and shifted.
fn hull_around(
    halves: &[&[(f32, f32)]],
    scale: f32,
    shift: Point,
    rng: &mut impl Rng,
) -> Vec<Point> {
    const MIDDLE: f32 = 0.55;
    let corners = halves.iter().flat_map(|half| half.iter());
    let points: Vec<Point> = corners
        .flat_map(|(x, y)| [(*x, *y), (-x, *y)])
        .map(|(x, y)| {
            let (jx, jy) = (rng.random_range(-0.05..0.05), rng.random_range(-0.05..0.05));
            Point { x: shift.x + (x + jx) * scale, y: shift.y + MIDDLE + (y + jy - MIDDLE) * scale }
        })
        .collect();
    convex_hull(points)
}

fn random_polygon(rng: &mut impl Rng) -> Vec<Point> {
    let n = rng.random_range(3..9);
    let center = Point { x: rng.random_range(-0.5..0.5), y: rng.random_range(-0.2..1.3) };
    let size = rng.random_range(0.35..1.0f32);
    let mut angles: Vec<f32> =
        (0..n).map(|_| rng.random_range(0.0..std::f32::consts::TAU)).collect();
    // At least a triangle around the center.
    let start = angles[0];
    angles[1] = start + 2.1;
    angles[2] = start + 4.2;
    let turn = std::f32::consts::TAU;
    for angle in &mut angles {
        *angle = angle.rem_euclid(turn);
    }
    angles.sort_by(f32::total_cmp);
    angles
        .iter()
        .map(|a| {
            let r = size * rng.random_range(0.6..1.0);
            Point { x: center.x + r * a.cos(), y: center.y + r * a.sin() }
        })
        .collect()
}

/// Keeps what lies on one side of a line through the middle of the face: upright, level or
/// slanted.
fn halves(parts: Vec<Vec<Point>>, rng: &mut impl Rng) -> Vec<Vec<Point>> {
    let quarter = std::f32::consts::FRAC_PI_2;
    let angle = match rng.random_range(0..3) {
        0 => 0.0,
        1 => quarter,
        _ => rng.random_range(0.0..std::f32::consts::PI),
    } + if rng.random() { std::f32::consts::PI } else { 0.0 };
    let (nx, ny, offset) = (angle.cos(), angle.sin(), rng.random_range(-0.15..0.15));
    let side = |p: &Point| p.x * nx + (p.y - 0.55) * ny - offset;
    parts.into_iter().map(|part| clipped(&part, side)).collect()
}

/// An elastic deformation: a smooth random field of shifts.
#[derive(Debug)]
struct Bend {
    waves: [[f32; 5]; 4],
}

impl Bend {
    fn draw(rng: &mut impl Rng) -> Self {
        let strength = rng.random_range(0.0..0.05f32);
        let waves = std::array::from_fn(|_| {
            let mut s = |lo: f32, hi: f32| rng.random_range(lo..hi);
            let (angle, length) = (s(0.0, std::f32::consts::TAU), s(0.5, 2.5));
            let k = std::f32::consts::TAU / length;
            let phase = s(0.0, std::f32::consts::TAU);
            [
                k * angle.cos(),
                k * angle.sin(),
                phase,
                s(-strength, strength + 1e-6),
                s(-strength, strength + 1e-6),
            ]
        });
        Self { waves }
    }

    fn apply(&self, outline: &[Point]) -> Vec<Point> {
        let mut out = Vec::new();
        let next = outline.iter().cycle().skip(1);
        for (a, b) in outline.iter().zip(next) {
            let n = ((b.x - a.x).hypot(b.y - a.y) / EDGE).ceil().max(1.0) as usize;
            for i in 0..n {
                let t = i as f32 / n as f32;
                out.push(self.moved(Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) }));
            }
        }
        out
    }

    fn moved(&self, p: Point) -> Point {
        self.waves.iter().fold(p, |moved, [kx, ky, phase, dx, dy]| {
            let wave = (kx * p.x + ky * p.y + phase).sin();
            Point { x: moved.x + wave * dx, y: moved.y + wave * dy }
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::super::polygon::fill_polygon;
    use super::*;
    use crate::train::forge::pixels::raster::Plane;

    fn at(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    #[test]
    fn halves_are_about_half_and_masks_differ_from_draw_to_draw() {
        let area = |parts: &[Vec<Point>]| {
            let mut plane = Plane::filled(400, 400, 0.0);
            for part in parts {
                let moved: Vec<Point> =
                    part.iter().map(|p| at(p.x * 100.0 + 200.0, p.y * 100.0 + 150.0)).collect();
                fill_polygon(&mut plane, &moved, 1.0);
            }
            plane
        };
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..20 {
            let whole = area(&Shape::draw(MaskKind::WholeFace, None, &mut rng).parts).mean();
            let half = area(&Shape::draw(MaskKind::HalfFace, None, &mut rng).parts).mean();
            assert!((0.25..0.8).contains(&(half / whole)), "{half} of {whole}");
        }
        let one = area(&Shape::draw(MaskKind::FaceHull, None, &mut rng).parts);
        let two = area(&Shape::draw(MaskKind::FaceHull, None, &mut rng).parts);
        let differ = one.data.iter().zip(&two.data).filter(|(a, b)| a != b).count();
        assert!(differ > 800, "{differ} pixels differ");
    }
}
