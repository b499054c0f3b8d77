//! Triangles between points, and the affine map of each that takes its corners to where they come
//! from.

use crate::base::{Affine, Point};
use crate::train::forge::pixels::raster::Window;

/// The maps of all triangles, and which of them a pixel of the window lies in.
#[derive(Debug)]
pub(super) struct Facets {
    width: usize,
    map_of: Vec<u32>,
    maps: Vec<Affine>,
}

impl Facets {
    /// Delaunay's triangles between `ends`, points in pixels of the window; each map takes the
    /// corners to those of `starts`.
    pub(super) fn new(ends: &[Point], starts: &[Point], window: &Window) -> Self {
        let mut map_of = vec![u32::MAX; window.width * window.height];
        let mut maps = Vec::new();
        for triangle in triangulated(ends) {
            let corners = triangle.map(|i| ends[i]);
            let Some(map) = affine_between(&corners, &triangle.map(|i| starts[i])) else {
                continue;
            };
            for_pixels(&corners, window, |i| map_of[i] = maps.len() as u32);
            maps.push(map);
        }
        Self { width: window.width, map_of, maps }
    }

    /// The map of the triangle that a position of the window lies in.
    pub(super) fn at(&self, p: Point) -> Option<&Affine> {
        self.maps.get(self.map_of[p.y as usize * self.width + p.x as usize] as usize)
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
    use crate::train::forge::masks::polygon::convex_hull;

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
}
