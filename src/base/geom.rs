//! Points, rectangles and affine maps in pixels.
//!
//! Coordinates are continuous: the pixel in column `i` covers `i..i + 1`, its center is `i + 0.5`.

/// A position in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Rightwards.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// An axis-aligned rectangle in pixels; `w` and `h` are at least 0 in every rectangle made here.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl Rect {
    /// A rectangle from its left, top, width and height.
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    /// The smallest rectangle that holds both points.
    pub fn from_corners(a: Point, b: Point) -> Self {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        Self { x, y, w: (a.x - b.x).abs(), h: (a.y - b.y).abs() }
    }

    /// The middle.
    pub fn center(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// Area in square pixels.
    pub fn area(&self) -> f32 {
        self.w * self.h
    }

    /// The common part, `None` when it is empty.
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let w = (self.x + self.w).min(other.x + other.w) - x;
        let h = (self.y + self.h).min(other.y + other.h) - y;
        (w > 0.0 && h > 0.0).then_some(Self { x, y, w, h })
    }

    /// Intersection over union, `0.0..=1.0`.
    pub fn iou(&self, other: &Self) -> f32 {
        let common = self.intersect(other).map_or(0.0, |r| r.area());
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }

    /// Whether the point lies inside (left and top edges belong to it).
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.y >= self.y && p.x < self.x + self.w && p.y < self.y + self.h
    }
}

/// `x' = a·x + b·y + c`, `y' = d·x + e·y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Row-major `[a, b, c, d, e, f]`.
    pub m: [f32; 6],
}

impl Affine {
    /// Leaves every point where it is.
    pub const IDENTITY: Self = Self { m: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0] };

    /// The map that takes `from` onto `to`, edges onto edges.
    pub fn rect_to_rect(from: &Rect, to: &Rect) -> Self {
        let (sx, sy) = (to.w / from.w, to.h / from.h);
        Self { m: [sx, 0.0, to.x - from.x * sx, 0.0, sy, to.y - from.y * sy] }
    }

    /// Applies the map to a point.
    pub fn apply(&self, p: Point) -> Point {
        let [a, b, c, d, e, f] = self.m;
        Point { x: a * p.x + b * p.y + c, y: d * p.x + e * p.y + f }
    }

    /// The rectangle spanned by the images of two opposite corners. Exact for maps made of
    /// scaling, shifting, mirroring and quarter turns, which are the only ones used here.
    pub fn apply_rect(&self, r: &Rect) -> Rect {
        Rect::from_corners(
            self.apply(Point { x: r.x, y: r.y }),
            self.apply(Point { x: r.x + r.w, y: r.y + r.h }),
        )
    }

    /// First `inner`, then `self`: `a_from_b.after(&b_from_c)` is `a_from_c`.
    #[must_use]
    pub fn after(&self, inner: &Self) -> Self {
        let [a, b, c, d, e, f] = self.m;
        let [p, q, r, s, t, u] = inner.m;
        Self {
            m: [
                a * p + b * s,
                a * q + b * t,
                a * r + b * u + c,
                d * p + e * s,
                d * q + e * t,
                d * r + e * u + f,
            ],
        }
    }

    /// The inverse map, `None` when the map flattens the plane.
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.m;
        let det = a * e - b * d;
        if det.abs() < 1e-12 || !det.is_finite() {
            return None;
        }
        let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
        Some(Self { m: [ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_the_map() {
        let map = Affine { m: [0.0, -2.0, 7.0, 3.0, 0.0, -1.0] };
        let p = Point { x: 4.0, y: 9.0 };
        let back = map.inverse().unwrap().apply(map.apply(p));
        assert!((back.x - p.x).abs() < 1e-4 && (back.y - p.y).abs() < 1e-4, "{back:?}");
        assert!(Affine { m: [0.0; 6] }.inverse().is_none(), "a flat map has no inverse");
    }

    #[test]
    fn after_applies_the_inner_map_first() {
        let scale = Affine { m: [2.0, 0.0, 0.0, 0.0, 2.0, 0.0] };
        let shift = Affine { m: [1.0, 0.0, 5.0, 0.0, 1.0, 0.0] };
        assert_eq!(scale.after(&shift).apply(Point { x: 1.0, y: 1.0 }), Point { x: 12.0, y: 2.0 });
    }

    #[test]
    fn iou_of_half_overlapping_squares_is_a_third() {
        let (a, b) = (Rect::new(0.0, 0.0, 2.0, 2.0), Rect::new(1.0, 0.0, 2.0, 2.0));
        assert!((a.iou(&b) - 1.0 / 3.0).abs() < 1e-6, "{}", a.iou(&b));
        assert_eq!(a.iou(&Rect::new(5.0, 5.0, 1.0, 1.0)), 0.0);
    }
}
