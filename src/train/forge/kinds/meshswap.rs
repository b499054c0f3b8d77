//! Faces laid over faces point by point: 468 points, triangles between them, an affine map each.

use crate::base::{Affine, Point};
use crate::train::forge::Portrait;
use crate::train::forge::masks::mask::fit_affine;
use crate::train::forge::masks::polygon::convex_hull;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Window;

/// How far beyond the hull of the mesh the donor is carried along, from the mesh's middle out.
const BEYOND: f32 = 1.35;

/// A window of the target with the donor's face in it; `None` when a mesh is missing.
///
/// Beyond the mesh its rim is carried on outwards.
pub(in crate::train::forge) fn warped_by_mesh(
    donor: &Portrait,
    target: &Portrait,
    window: &Window,
) -> Option<Picture> {
    let (from, to) = (donor.mesh.as_deref()?, target.mesh.as_deref()?);
    let mut ends: Vec<Point> = to.to_vec();
    let mut starts: Vec<Point> = from.to_vec();
    let (center_to, center_from) = (mean(to), mean(from));
    let away =
        |p: Point, c: Point| Point { x: c.x + BEYOND * (p.x - c.x), y: c.y + BEYOND * (p.y - c.y) };
    for corner in convex_hull(to.to_vec()) {
        if let Some(i) = to.iter().position(|p| *p == corner) {
            ends.push(away(corner, center_to));
            starts.push(away(from[i], center_from));
        }
    }
    let inside: Vec<Point> = ends.iter().map(|p| window.inside(*p)).collect();
    let elsewhere = fit_affine(&target.landmarks, &donor.landmarks).after(&window.shift());
    let [a, b, _, d, e, _] = elsewhere.m;
    let shrink = (a * e - b * d).abs().sqrt();
    let source =
        if shrink > 1.2 { donor.picture.blurred(shrink * 0.35) } else { donor.picture.clone() };

    let size = window.width * window.height;
    let mut map_of = vec![u32::MAX; size];
    let mut maps = Vec::new();
    for triangle in triangulated(&inside) {
        let corners = triangle.map(|i| inside[i]);
        let Some(map) = affine_between(&corners, &triangle.map(|i| starts[i])) else { continue };
        for_pixels(&corners, window, |i| map_of[i] = maps.len() as u32);
        maps.push(map);
    }
    Some(source.displaced(window.width, window.height, |p| {
        let i = p.y as usize * window.width + p.x as usize;
        maps.get(map_of[i] as usize).unwrap_or(&elsewhere).apply(p)
    }))
}

fn mean(points: &[Point]) -> Point {
    let n = points.len().max(1) as f32;
    Point {
        x: points.iter().map(|p| p.x).sum::<f32>() / n,
        y: points.iter().map(|p| p.y).sum::<f32>() / n,
    }
}

/// The affine map that takes three points to three others.
fn affine_between(from: &[Point; 3], to: &[Point; 3]) -> Option<Affine> {
    let frame = |p: &[Point; 3]| Affine {
        m: [p[1].x - p[0].x, p[2].x - p[0].x, p[0].x, p[1].y - p[0].y, p[2].y - p[0].y, p[0].y],
    };
    Some(frame(to).after(&frame(from).inverse()?))
}

/// Calls `f` for every pixel of the window whose center lies in the triangle (or on its rim).
fn for_pixels(corners: &[Point; 3], window: &Window, mut f: impl FnMut(usize)) {
    let edge =
        |a: Point, b: Point, x: f32, y: f32| (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
    let [a, b, c] = *corners;
    let sign = edge(a, b, c.x, c.y).signum();
    let range = |values: [f32; 3], len: usize| {
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        (low.floor().max(0.0) as usize)..(high.ceil().max(0.0) as usize).min(len)
    };
    for row in range([a.y, b.y, c.y], window.height) {
        for column in range([a.x, b.x, c.x], window.width) {
            let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
            let is_inside =
                [(a, b), (b, c), (c, a)].iter().all(|(p, q)| sign * edge(*p, *q, x, y) >= 0.0);
            if is_inside {
                f(row * window.width + column);
            }
        }
    }
}

/// Delaunay's triangulation by insertion (A. Bowyer and D. Watson, 1981), as indices of points.
fn triangulated(points: &[Point]) -> Vec<[usize; 3]> {
    let n = points.len();
    let far = points.iter().map(|p| p.x.abs().max(p.y.abs())).fold(1.0f32, f32::max) * 20.0;
    let mut all: Vec<(f64, f64)> =
        points.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
    let far = f64::from(far);
    all.extend([(-3.0 * far, -far), (3.0 * far, -far), (0.0, 3.0 * far)]);
    let mut triangles: Vec<([usize; 3], Circle)> = Vec::new();
    triangles.extend(Circle::around(&all, [n, n + 1, n + 2]));
    for i in 0..n {
        let mut rim: Vec<(usize, usize)> = Vec::new();
        triangles.retain(|(t, circle)| {
            let is_hit = circle.contains(all[i]);
            if is_hit {
                for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                    // An edge met from both sides is inside the cavity.
                    match rim.iter().position(|e| *e == (b, a) || *e == (a, b)) {
                        Some(at) => drop(rim.swap_remove(at)),
                        None => rim.push((a, b)),
                    }
                }
            }
            !is_hit
        });
        triangles.extend(rim.into_iter().filter_map(|(a, b)| Circle::around(&all, [a, b, i])));
    }
    triangles.into_iter().map(|(t, _)| t).filter(|t| t.iter().all(|i| *i < n)).collect()
}

/// The circle through the corners of a triangle.
#[derive(Debug, Clone, Copy)]
struct Circle {
    x: f64,
    y: f64,
    radius_squared: f64,
}

impl Circle {
    fn around(points: &[(f64, f64)], corners: [usize; 3]) -> Option<([usize; 3], Self)> {
        let [a, b, c] = corners.map(|i| points[i]);
        let (bx, by, cx, cy) = (b.0 - a.0, b.1 - a.1, c.0 - a.0, c.1 - a.1);
        let d = 2.0 * (bx * cy - by * cx);
        if d.abs() < 1e-9 {
            return None;
        }
        let (bb, cc) = (bx * bx + by * by, cx * cx + cy * cy);
        let (x, y) = ((cy * bb - by * cc) / d, (bx * cc - cx * bb) / d);
        Some((corners, Self { x: a.0 + x, y: a.1 + y, radius_squared: x * x + y * y }))
    }

    fn contains(&self, (x, y): (f64, f64)) -> bool {
        (x - self.x).powi(2) + (y - self.y).powi(2) < self.radius_squared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Mesh, Rect};
    use crate::train::forge::pixels::raster::Plane;

    fn grid(n: usize) -> Vec<Point> {
        // Slightly bent, so that no four points lie on one circle.
        (0..n * n)
            .map(|i| {
                let (x, y) = ((i % n) as f32, (i / n) as f32);
                Point { x: 10.0 * x + 0.3 * (y * 1.7).sin(), y: 10.0 * y + 0.3 * (x * 2.3).cos() }
            })
            .collect()
    }

    #[test]
    fn triangles_cover_the_hull_once_and_no_point_lies_in_a_circle() {
        let points = grid(7);
        let triangles = triangulated(&points);
        let area = |p: &[Point]| {
            let next = p.iter().cycle().skip(1);
            p.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f32>().abs() / 2.0
        };
        let sum: f32 = triangles.iter().map(|t| area(&t.map(|i| points[i]))).sum();
        let hull = area(&convex_hull(points.clone()));
        assert!((sum / hull - 1.0).abs() < 0.01, "{sum} of {hull}");
        let exact: Vec<(f64, f64)> =
            points.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
        for t in &triangles {
            let (_, circle) = Circle::around(&exact, *t).unwrap();
            let others = (0..points.len()).filter(|i| !t.contains(i));
            assert!(others.clone().all(|i| !circle.contains(exact[i])), "{t:?} is not Delaunay's");
        }
    }

    /// A portrait whose mesh is a grid mapped by `at`; its picture tells where it is.
    fn portrait(at: impl Fn(Point) -> Point) -> Portrait {
        let spread =
            |i: usize| Point { x: 3.0 * (i % 22) as f32 + 20.0, y: 3.0 * (i / 22) as f32 + 20.0 };
        let mesh: Mesh = std::array::from_fn(|i| at(spread(i)));
        let corner = |x, y| at(Point { x, y });
        Portrait {
            picture: Picture {
                planes: [
                    Plane::from_fn(120, 110, |p| p.x),
                    Plane::from_fn(120, 110, |p| p.y),
                    Plane::filled(120, 110, 0.0),
                ],
            },
            landmarks: [
                corner(35.0, 40.0),
                corner(65.0, 40.0),
                corner(50.0, 55.0),
                corner(38.0, 70.0),
                corner(62.0, 70.0),
            ],
            face: Rect::new(20.0, 20.0, 66.0, 66.0),
            mesh: Some(Box::new(mesh)),
        }
    }

    #[test]
    fn every_point_of_the_donor_comes_to_the_targets() {
        let target = portrait(|p| p);
        let bent = |p: Point| Point { x: p.x + 3.0 * (p.y * 0.1).sin(), y: p.y + 2.0 };
        let donor = portrait(bent);
        let window = Window { x: 15, y: 12, width: 80, height: 75 };
        let out = warped_by_mesh(&donor, &target, &window).unwrap();
        for (x, y) in [(40, 40), (55, 60), (72, 33)] {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let wanted = bent(Point { x: px, y: py });
            let i = (y - window.y) * window.width + x - window.x;
            let got = (out.planes[0].data[i], out.planes[1].data[i]);
            assert!((got.0 - wanted.x).hypot(got.1 - wanted.y) < 0.35, "{got:?} {wanted:?}");
        }
        let bare = Portrait { mesh: None, ..portrait(|p| p) };
        assert!(warped_by_mesh(&bare, &target, &window).is_none(), "no mesh, no warp");
    }
}
