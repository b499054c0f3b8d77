//! Brush and eraser: the pixels under a round tip that moves.

use super::mask::{PixelRect, Region};
use crate::base::Point;

/// Narrower tips can miss pixel centers; then the line of pixels passed is set.
const THIN_PX: f32 = 2.0;

/// A round tip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brush {
    /// In pixels of the picture.
    pub diameter_px: f32,
    /// Share of the radius within which every pixel is set, `0.0..=1.0`. Further out the tip is
    /// dithered in a fixed pattern: a mask has no half-set pixels, but scaled down for training it
    /// then has a soft edge.
    pub hardness: f32,
}

impl Default for Brush {
    fn default() -> Self {
        Self { diameter_px: 40.0, hardness: 1.0 }
    }
}

/// Smallest share of its diameter at the lightest pen pressure.
const LIGHTEST: f32 = 0.1;
/// Step of a changing diameter, in pixels.
const TAPER_PX: f32 = 1.0;
/// Most steps between two points.
const MAX_TAPER: f32 = 64.0;

/// The same as [`stroke`] with a pen: `pressures` are those at the first and at the last point,
/// `0.0..=1.0`, and change evenly between them. The tip is as large as the brush at full pressure.
pub fn pressure_stroke(
    width_px: u32,
    height_px: u32,
    brush: Brush,
    points: &[Point],
    pressures: [f32; 2],
) -> Option<Region> {
    let [from, to] = pressures.map(|p| brush.diameter_px * p.clamp(LIGHTEST, 1.0));
    let tip = |diameter_px: f32| Brush { diameter_px, ..brush };
    if from == to || points.len() < 2 {
        return stroke(width_px, height_px, tip(to), points);
    }
    let n_ways = points.len() - 1;
    let steps = ((to - from).abs() / TAPER_PX / n_ways as f32).ceil().clamp(1.0, MAX_TAPER);
    let n_steps = steps as usize;
    let regions = (0..n_ways * n_steps).filter_map(|i| {
        let (a, b) = (points[i / n_steps], points[i / n_steps + 1]);
        let at = |k: usize| {
            let t = k as f32 / steps;
            Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) }
        };
        let share = (i + 1) as f32 / (n_ways * n_steps) as f32;
        let way = [at(i % n_steps), at(i % n_steps + 1)];
        stroke(width_px, height_px, tip(from + share * (to - from)), &way)
    });
    regions.reduce(|all, region| all.union(&region))
}

/// Pixels whose centers the tip passes on its way through `points`, for a picture of this size.
/// `None` when it passes none.
pub fn stroke(width_px: u32, height_px: u32, brush: Brush, points: &[Point]) -> Option<Region> {
    let radius = f64::from(brush.diameter_px.max(1.0)) / 2.0;
    let points: Vec<(f64, f64)> = points
        .iter()
        .filter(|p| p.x.is_finite() && p.y.is_finite())
        .map(|p| (f64::from(p.x), f64::from(p.y)))
        .collect();
    let reach = radius + 1.0;
    let span = |values: &dyn Fn(&(f64, f64)) -> f64, limit: u32| {
        let all = points.iter().map(values);
        let low = all.clone().fold(f64::INFINITY, f64::min) - reach;
        let high = all.fold(f64::NEG_INFINITY, f64::max) + reach;
        let clamp = |v: f64| v.clamp(0.0, f64::from(limit)) as u32;
        (clamp(low.floor()), clamp(high.ceil()))
    };
    let ((x0, x1), (y0, y1)) = (span(&|p| p.0, width_px), span(&|p| p.1, height_px));
    if x0 >= x1 || y0 >= y1 {
        return None;
    }
    let mut region = Region::covering(PixelRect { x0, y0, x1, y1 });
    let starts = points.iter().take(points.len().saturating_sub(1).max(1));
    for (i, a) in starts.enumerate() {
        let b = points.get(i + 1).unwrap_or(a);
        let segment =
            Segment { a: *a, b: *b, radius, hardness: f64::from(brush.hardness.clamp(0.0, 1.0)) };
        segment.fill(&mut region, [width_px, height_px]);
        if brush.diameter_px < THIN_PX {
            line(&mut region, *a, *b, [width_px, height_px]);
        }
    }
    Some(region)
}

/// The area that a round tip covers between two points.
struct Segment {
    a: (f64, f64),
    b: (f64, f64),
    radius: f64,
    hardness: f64,
}

impl Segment {
    fn fill(&self, region: &mut Region, [width_px, height_px]: [u32; 2]) {
        let (low, high) = (self.a.1.min(self.b.1), self.a.1.max(self.b.1));
        let first = (low - self.radius - 0.5).ceil().max(0.0) as u32;
        let last = (high + self.radius + 0.5).floor().clamp(0.0, f64::from(height_px)) as u32;
        for y in first..last.min(height_px) {
            let Some((left, right)) = self.reach(f64::from(y) + 0.5) else { continue };
            // A pixel more on both sides: the exact test decides at the ends.
            let mut x0 = (left - 1.5).floor().max(0.0) as u32;
            let mut x1 = (right + 1.5).ceil().clamp(0.0, f64::from(width_px)) as u32;
            if self.hardness < 1.0 {
                for x in x0..x1 {
                    if self.holds(x, y) {
                        region.set_span(y, x..x + 1);
                    }
                }
                continue;
            }
            // What the tip passes is convex, so a row of it is one stretch.
            while x0 < x1 && !self.holds(x0, y) {
                x0 += 1;
            }
            while x1 > x0 && !self.holds(x1 - 1, y) {
                x1 -= 1;
            }
            region.set_span(y, x0..x1);
        }
    }

    /// Leftmost and rightmost place on a horizontal line that is within the radius.
    fn reach(&self, y: f64) -> Option<(f64, f64)> {
        let ((ax, ay), (bx, by)) = (self.a, self.b);
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx.hypot(dy);
        let mut found: Option<(f64, f64)> = None;
        let mut add = |x: f64| {
            let (low, high) = found.unwrap_or((x, x));
            found = Some((low.min(x), high.max(x)));
        };
        for (cx, cy) in [self.a, self.b] {
            let height = y - cy;
            if height.abs() <= self.radius {
                let half = (self.radius * self.radius - height * height).sqrt();
                add(cx - half);
                add(cx + half);
            }
        }
        if length > 0.0 && dy != 0.0 {
            let (nx, ny) = (-dy / length * self.radius, dx / length * self.radius);
            for side in [-1.0, 1.0] {
                let t = (y - ay - side * ny) / dy;
                if (0.0..=1.0).contains(&t) {
                    add(ax + side * nx + t * dx);
                }
            }
        }
        found
    }

    /// Whether the tip covers a pixel.
    fn holds(&self, x: u32, y: u32) -> bool {
        let (px, py) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
        let ((ax, ay), (bx, by)) = (self.a, self.b);
        let (dx, dy) = (bx - ax, by - ay);
        let square = dx * dx + dy * dy;
        let t = if square > 0.0 { ((px - ax) * dx + (py - ay) * dy) / square } else { 0.0 };
        let t = t.clamp(0.0, 1.0);
        let distance = (px - ax - t * dx).hypot(py - ay - t * dy);
        let hard = self.hardness * self.radius;
        if distance <= hard || self.hardness >= 1.0 {
            return distance <= self.radius;
        }
        let share = (self.radius - distance) / (self.radius - hard);
        share > pattern(x, y)
    }
}

/// Ordered thresholds, every share of the pixels evenly spread (B. E. Bayer, ICC 1973): 8 × 8,
/// above 0 and below 1.
fn pattern(x: u32, y: u32) -> f64 {
    let mut rank = 0;
    for bit in 0..3 {
        let (bx, by) = (x >> bit & 1, y >> bit & 1);
        rank = rank << 2 | (bx ^ by) << 1 | by;
    }
    (f64::from(rank) + 0.5) / 64.0
}

/// The pixels passed by a line, without gaps.
fn line(region: &mut Region, a: (f64, f64), b: (f64, f64), [width_px, height_px]: [u32; 2]) {
    let steps = (b.0 - a.0).abs().max((b.1 - a.1).abs()).ceil().clamp(1.0, 200_000.0);
    for i in 0..=steps as u32 {
        let t = f64::from(i) / steps;
        let (x, y) = (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1));
        if x >= 0.0 && y >= 0.0 && x < f64::from(width_px) && y < f64::from(height_px) {
            region.set_span(y as u32, x as u32..x as u32 + 1);
        }
    }
}
