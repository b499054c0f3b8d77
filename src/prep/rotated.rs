//! A rotated square cut out of a picture.

use super::resample;
use crate::base::{Affine, Point, Rect, RgbImage};

/// A square in a picture that may be rotated. Coordinates are those of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RotatedSquare {
    pub center: Point,
    /// Length of its sides.
    pub side: f32,
    /// Clockwise rotation in radians.
    pub angle: f32,
}

impl RotatedSquare {
    /// Maps positions in a `size_px` × `size_px` cut-out to the picture.
    pub fn picture_from_crop(&self, size_px: u32) -> Affine {
        let scale = self.side / size_px as f32;
        let (sin, cos) = self.angle.sin_cos();
        let half = size_px as f32 / 2.0;
        let (a, b) = (cos * scale, -sin * scale);
        Affine { m: [a, b, self.center.x - (a + b) * half, -b, a, self.center.y - (a - b) * half] }
    }
}

/// Cuts a rotated square out of a picture and resamples it to `size_px` × `size_px`.
///
/// Large squares are first shrunk by the low-pass of [`resample`]; beyond the picture its edge is
/// repeated. Costs no more than the pixels under the square.
pub fn cut_rotated(picture: &RgbImage, square: &RotatedSquare, size_px: u32) -> RgbImage {
    let size_px = size_px.max(1);
    let picture_from_crop = square.picture_from_crop(size_px);
    // The axis-aligned box around the square, cut to the picture.
    let reach = square.side * 0.5 * (square.angle.sin().abs() + square.angle.cos().abs()) + 2.0;
    let Point { x, y } = square.center;
    let around = Rect::new(x - reach, y - reach, 2.0 * reach, 2.0 * reach);
    let scale = (square.side / size_px as f32).max(1.0);
    let Some(around) = around.intersect(&picture.bounds()).filter(|_| scale > 1.0) else {
        return picture.warp(size_px, size_px, &picture_from_crop);
    };
    let small_side = |side: f32| (side / scale).ceil().max(1.0) as u32;
    let (w, h) = (small_side(around.w), small_side(around.h));
    let small = resample(picture, &around, w, h);
    let small_from_picture = Affine::rect_to_rect(&around, &small.bounds());
    small.warp(size_px, size_px, &small_from_picture.after(&picture_from_crop))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(w: u32, h: u32) -> RgbImage {
        let at = |x: u32, y: u32| [(x * 255 / w) as u8, (y * 255 / h) as u8, 9];
        let pixels = (0..h).flat_map(|y| (0..w).flat_map(move |x| at(x, y))).collect();
        RgbImage::new(w, h, pixels).unwrap()
    }

    #[test]
    fn the_cut_out_shows_what_its_map_says() {
        let picture = gradient(400, 300);
        for (side, angle) in [(60.0, 0.0), (60.0, 0.7), (240.0, -0.5), (200.0, 3.0)] {
            let square = RotatedSquare { center: Point { x: 200.0, y: 150.0 }, side, angle };
            let cut = cut_rotated(&picture, &square, 64);
            let map = square.picture_from_crop(64);
            for (x, y) in [(3i64, 5i64), (32, 32), (60, 12)] {
                let p = map.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
                let (want, got) = (picture.sample(p), cut.get(x, y));
                for channel in 0..2 {
                    let off = (want[channel] - f32::from(got[channel])).abs();
                    assert!(off < 3.0, "{side} {angle} at {x}, {y}: {want:?}, {got:?}");
                }
            }
        }
    }

    #[test]
    fn a_clockwise_angle_brings_what_leans_to_the_right_upright() {
        let square = RotatedSquare { center: Point { x: 5.0, y: 7.0 }, side: 20.0, angle: 0.3 };
        let map = square.picture_from_crop(10);
        let middle = map.apply(Point { x: 5.0, y: 5.0 });
        assert!((middle.x - 5.0).abs() < 1e-4 && (middle.y - 7.0).abs() < 1e-4, "{middle:?}");
        let right = map.apply(Point { x: 10.0, y: 5.0 });
        let want = Point { x: 5.0 + 10.0 * 0.3f32.cos(), y: 7.0 + 10.0 * 0.3f32.sin() };
        assert!((right.x - want.x).hypot(right.y - want.y) < 1e-4, "{right:?} is not {want:?}");
    }

    #[test]
    fn squares_beyond_the_picture_repeat_its_edge() {
        let picture = RgbImage::filled(20, 10, [7, 8, 9]);
        for (x, side) in [(-500.0, 30.0), (10.0, 4000.0), (0.0, 25.0)] {
            let square = RotatedSquare { center: Point { x, y: 3.0 }, side, angle: 0.4 };
            assert_eq!(cut_rotated(&picture, &square, 16), RgbImage::filled(16, 16, [7, 8, 9]));
        }
    }
}
