//! Decoded pixels.

use super::{Affine, Point, Rect};

/// An 8-bit sRGB picture, rows top to bottom, no padding between rows.
#[derive(Clone, PartialEq, Eq)]
pub struct RgbImage {
    /// Columns, at least 1.
    pub width_px: u32,
    /// Rows, at least 1.
    pub height_px: u32,
    /// `[height, width, 3]` bytes in the order red, green, blue.
    pub pixels: Vec<u8>,
}

/// Brightness of a color after ITU-R BT.601, in the unit of the channels.
pub fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

impl std::fmt::Debug for RgbImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RgbImage({} x {})", self.width_px, self.height_px)
    }
}

impl RgbImage {
    /// A picture from its bytes; `None` when a side is 0 or the number of bytes does not fit.
    pub fn new(width_px: u32, height_px: u32, pixels: Vec<u8>) -> Option<Self> {
        let fits = width_px > 0
            && height_px > 0
            && pixels.len() as u64 == u64::from(width_px) * u64::from(height_px) * 3;
        fits.then_some(Self { width_px, height_px, pixels })
    }

    /// A picture of one color.
    pub fn filled(width_px: u32, height_px: u32, rgb: [u8; 3]) -> Self {
        let n = width_px as usize * height_px as usize;
        Self { width_px, height_px, pixels: rgb.repeat(n) }
    }

    /// The whole picture as a rectangle in its own space.
    pub fn bounds(&self) -> Rect {
        Rect::new(0.0, 0.0, self.width_px as f32, self.height_px as f32)
    }

    /// The pixel in column `x`, row `y`; positions outside are clamped to the edge.
    pub fn get(&self, x: i64, y: i64) -> [u8; 3] {
        let x = x.clamp(0, i64::from(self.width_px) - 1) as usize;
        let y = y.clamp(0, i64::from(self.height_px) - 1) as usize;
        let at = (y * self.width_px as usize + x) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// Bilinear value at a continuous position, channels in `0.0..=255.0`, edges extended.
    pub fn sample(&self, p: Point) -> [f32; 3] {
        let (fx, fy) = (p.x - 0.5, p.y - 0.5);
        let (x0, y0) = (fx.floor(), fy.floor());
        let (tx, ty) = (fx - x0, fy - y0);
        let (x0, y0) = (x0 as i64, y0 as i64);
        let (a, b) = (self.get(x0, y0), self.get(x0 + 1, y0));
        let (c, d) = (self.get(x0, y0 + 1), self.get(x0 + 1, y0 + 1));
        std::array::from_fn(|i| {
            let top = f32::from(a[i]) * (1.0 - tx) + f32::from(b[i]) * tx;
            let bottom = f32::from(c[i]) * (1.0 - tx) + f32::from(d[i]) * tx;
            top * (1.0 - ty) + bottom * ty
        })
    }

    /// A new picture of `width_px` × `height_px` whose pixel centers are looked up here through
    /// `self_from_new`. Bilinear: meant for maps that do not shrink by more than about two.
    #[must_use]
    pub fn warp(&self, width_px: u32, height_px: u32, self_from_new: &Affine) -> Self {
        let mut pixels = Vec::with_capacity(width_px as usize * height_px as usize * 3);
        for y in 0..height_px {
            for x in 0..width_px {
                let at = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
                let rgb = self.sample(self_from_new.apply(at));
                pixels.extend(rgb.map(|v| v.round().clamp(0.0, 255.0) as u8));
            }
        }
        Self { width_px, height_px, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        assert!(RgbImage::new(2, 2, vec![0; 12]).is_some(), "12 bytes are 2 x 2 pixels");
        assert!(RgbImage::new(2, 2, vec![0; 11]).is_none(), "a byte is missing");
        assert!(RgbImage::new(0, 2, vec![]).is_none(), "no empty pictures");
    }

    #[test]
    fn sample_hits_pixel_centers_and_averages_between() {
        let image = RgbImage::new(2, 1, vec![0, 0, 0, 100, 200, 40]).unwrap();
        assert_eq!(image.sample(Point { x: 1.5, y: 0.5 }), [100.0, 200.0, 40.0]);
        assert_eq!(image.sample(Point { x: 1.0, y: 0.5 }), [50.0, 100.0, 20.0]);
    }
}
