//! Polygons: their convex hull, what lies on one side of a line, the pixels inside.

use crate::base::Point;
use crate::train::forge::pixels::raster::Plane;

/// The convex hull, counter-clockwise (A. Andrew's monotone chain).
pub(in crate::train::forge) fn convex_hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let turn = |o: Point, a: Point, b: Point| (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
    let chain = |points: &mut dyn Iterator<Item = Point>| {
        let mut hull: Vec<Point> = Vec::new();
        for p in points {
            while let [.., a, b] = hull[..] {
                if turn(a, b, p) > 0.0 {
                    break;
                }
                hull.pop();
            }
            hull.push(p);
        }
        hull.pop();
        hull
    };
    let mut hull = chain(&mut points.iter().copied());
    hull.extend(chain(&mut points.iter().rev().copied()));
    hull
}

/// The part of a polygon where `side` is positive (I. Sutherland and G. Hodgman's clipping).
pub(super) fn clipped(polygon: &[Point], side: impl Fn(&Point) -> f32) -> Vec<Point> {
    let mut out = Vec::with_capacity(polygon.len() + 2);
    let next = polygon.iter().cycle().skip(1);
    for (a, b) in polygon.iter().zip(next) {
        let (da, db) = (side(a), side(b));
        if da >= 0.0 {
            out.push(*a);
        }
        if (da >= 0.0) != (db >= 0.0) {
            let t = da / (da - db);
            out.push(Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
        }
    }
    out
}

/// Sets the pixels whose centers lie inside a polygon (by the even-odd rule).
pub(in crate::train::forge) fn fill_polygon(plane: &mut Plane, polygon: &[Point], value: f32) {
    let mut crossings: Vec<f32> = Vec::new();
    let width = plane.width;
    let low = polygon.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
    let high = polygon.iter().map(|p| p.y).fold(f32::NEG_INFINITY, f32::max);
    for (row, line) in plane.data.chunks_exact_mut(width).enumerate() {
        let y = row as f32 + 0.5;
        if y < low || y > high {
            continue;
        }
        crossings.clear();
        let next = polygon.iter().cycle().skip(1);
        for (a, b) in polygon.iter().zip(next) {
            if (a.y <= y) != (b.y <= y) {
                crossings.push(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for span in crossings.chunks_exact(2) {
            // Pixel i is inside when its center i + 0.5 is.
            let first = (span[0] - 0.5).ceil().clamp(0.0, width as f32) as usize;
            let end = (span[1] - 0.5).ceil().clamp(first as f32, width as f32) as usize;
            line[first..end].fill(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_polygon_holds_the_pixels_whose_centers_are_inside() {
        let mut plane = Plane::filled(10, 8, 0.0);
        fill_polygon(&mut plane, &[at(2.0, 1.0), at(6.0, 1.0), at(6.0, 4.0), at(2.0, 4.0)], 1.0);
        assert_eq!(plane.data.iter().sum::<f32>(), 12.0);
        assert_eq!(
            (plane.data[10 + 2], plane.data[3 * 10 + 5], plane.data[10 + 6]),
            (1.0, 1.0, 0.0)
        );
        fill_polygon(
            &mut plane,
            &[at(-9.0, -9.0), at(90.0, -9.0), at(90.0, 90.0), at(-9.0, 90.0)],
            0.5,
        );
        assert_eq!(plane.mean(), 0.5, "what reaches beyond the picture fills it");
    }

    #[test]
    fn the_hull_leaves_inner_points_out() {
        let hull =
            convex_hull(vec![at(0.0, 0.0), at(4.0, 0.0), at(2.0, 1.0), at(4.0, 3.0), at(0.0, 3.0)]);
        assert_eq!(hull.len(), 4);
        assert!(!hull.contains(&at(2.0, 1.0)), "it lies inside");
    }
}
