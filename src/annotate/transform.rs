//! Masks moved along with a face from frame to frame.

use super::mask::Mask;
use crate::base::{Affine, Point, Rect};

/// Larger changes of scale between two frames are tracking errors.
const MAX_SCALE: f32 = 20.0;

/// The rotation, translation and scaling that brings `from` nearest to `to`, by least squares. `None`
/// when all points coincide or the scale changes by more than 20 times.
pub fn similarity_transform(from: &[Point], to: &[Point]) -> Option<Affine> {
    let n = from.len().min(to.len());
    let mean = |points: &[Point]| {
        let sum = points[..n]
            .iter()
            .fold((0.0f64, 0.0f64), |(x, y), p| (x + f64::from(p.x), y + f64::from(p.y)));
        (sum.0 / n.max(1) as f64, sum.1 / n.max(1) as f64)
    };
    let ((fx, fy), (tx, ty)) = (mean(from), mean(to));
    let (mut along, mut across, mut square) = (0.0, 0.0, 0.0);
    for (p, q) in from.iter().zip(to) {
        let (x, y) = (f64::from(p.x) - fx, f64::from(p.y) - fy);
        let (u, v) = (f64::from(q.x) - tx, f64::from(q.y) - ty);
        along += x * u + y * v;
        across += x * v - y * u;
        square += x * x + y * y;
    }
    let (a, b) = (along / square, across / square);
    let scale = a.hypot(b) as f32;
    if !(1.0 / MAX_SCALE..=MAX_SCALE).contains(&scale) {
        return None;
    }
    let m = [a, -b, tx - a * fx + b * fy, b, a, ty - b * fx - a * fy];
    Some(Affine { m: m.map(|v| v as f32) })
}

/// The translation and scaling between two boxes of a face; their aspect ratio is ignored.
pub fn box_transform(from: &Rect, to: &Rect) -> Option<Affine> {
    let scale = (to.area() / from.area()).sqrt();
    if !(1.0 / MAX_SCALE..=MAX_SCALE).contains(&scale) {
        return None;
    }
    let (a, b) = (from.center(), to.center());
    Some(Affine { m: [scale, 0.0, b.x - scale * a.x, 0.0, scale, b.y - scale * a.y] })
}

/// Applies a transform to a mask: a pixel is set if the pixel under its center was. Pixels moved out
/// of the picture are lost.
pub fn transformed(mask: &Mask, to_from: &Affine) -> Mask {
    let (w, h) = (mask.width_px(), mask.height_px());
    let mut out = Mask::new(w, h);
    let (Some(bounds), Some(from_to)) = (mask.bounds(), to_from.inverse()) else { return out };
    let corners = [
        (bounds.x0, bounds.y0),
        (bounds.x1, bounds.y0),
        (bounds.x0, bounds.y1),
        (bounds.x1, bounds.y1),
    ]
    .map(|(x, y)| to_from.apply(Point { x: x as f32, y: y as f32 }));
    let reach = |values: [f32; 4], limit: u32| {
        let low = values.into_iter().fold(f32::INFINITY, f32::min).floor();
        let high = values.into_iter().fold(f32::NEG_INFINITY, f32::max).ceil();
        // Conversions to u32 hold what is negative or not a number to 0.
        (low as u32).min(limit)..(high as u32).min(limit)
    };
    let columns = reach(corners.map(|p| p.x), w);
    for y in reach(corners.map(|p| p.y), h) {
        let mut from = None;
        for x in columns.clone() {
            let p = from_to.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
            let is_set = p.x >= 0.0 && p.y >= 0.0 && mask.get(p.x as u32, p.y as u32);
            match (is_set, from) {
                (true, None) => from = Some(x),
                (false, Some(first)) => {
                    out.set_span(y, first..x);
                    from = None;
                }
                _ => {}
            }
        }
        if let Some(first) = from {
            out.set_span(y, first..columns.end);
        }
    }
    out
}
