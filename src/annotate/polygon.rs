//! Polygon and lasso: what a closed line surrounds.

use super::mask::{PixelRect, Region};
use crate::base::Point;

/// Pixels inside any of several closed lines; see [`polygon`].
pub fn polygons(width_px: u32, height_px: u32, outlines: &[Vec<Point>]) -> Option<Region> {
    let regions = outlines.iter().filter_map(|corners| polygon(width_px, height_px, corners));
    regions.reduce(|all, region| all.union(&region))
}

/// Pixels whose centers lie inside, for a picture of this size. `None` with fewer than three
/// corners or when all is outside.
pub fn polygon(width_px: u32, height_px: u32, corners: &[Point]) -> Option<Region> {
    let corners: Vec<(f64, f64)> = corners
        .iter()
        .filter(|p| p.x.is_finite() && p.y.is_finite())
        .map(|p| (f64::from(p.x), f64::from(p.y)))
        .collect();
    if corners.len() < 3 {
        return None;
    }
    let ends = |values: &dyn Fn(&(f64, f64)) -> f64, limit: u32| {
        let low = corners.iter().map(values).fold(f64::INFINITY, f64::min);
        let high = corners.iter().map(values).fold(f64::NEG_INFINITY, f64::max);
        let clamp = |v: f64| v.clamp(0.0, f64::from(limit)) as u32;
        (clamp(low.floor()), clamp(high.ceil()))
    };
    let ((x0, x1), (y0, y1)) = (ends(&|p| p.0, width_px), ends(&|p| p.1, height_px));
    if x0 >= x1 || y0 >= y1 {
        return None;
    }
    let mut region = Region::covering(PixelRect { x0, y0, x1, y1 });
    let mut crossings = Vec::new();
    for y in y0..y1 {
        let at = f64::from(y) + 0.5;
        crossings.clear();
        for (i, a) in corners.iter().enumerate() {
            let b = corners[(i + 1) % corners.len()];
            if (a.1 <= at) != (b.1 <= at) {
                crossings.push(a.0 + (at - a.1) / (b.1 - a.1) * (b.0 - a.0));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            // Pixels whose center lies between; one on the left line belongs to it.
            let column = |x: f64| (x - 0.5).ceil().clamp(0.0, f64::from(width_px)) as u32;
            region.set_span(y, column(pair[0])..column(pair[1]));
        }
    }
    Some(region)
}
