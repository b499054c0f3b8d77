//! A coarse grid of probabilities that knows its place in the picture: where the traces are, and
//! where to believe that.

use super::{Affine, Point};

/// A probability per cell, with its mapping to image space.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    /// Columns of the grid.
    pub width: u32,
    /// Rows of the grid.
    pub height: u32,
    /// `[height, width]`, each in `0.0..=1.0`.
    pub values: Vec<f32>,
    /// Takes map positions (cell `i` covers `i..i + 1`) to image space.
    pub image_from_map: Affine,
}

impl Heatmap {
    /// Bilinear value at a map position, edges extended; `None` outside the grid.
    pub fn sample(&self, p: Point) -> Option<f32> {
        let (w, h) = (self.width as f32, self.height as f32);
        if self.values.is_empty() || p.x < 0.0 || p.y < 0.0 || p.x >= w || p.y >= h {
            return None;
        }
        let fx = (p.x - 0.5).clamp(0.0, w - 1.0);
        let fy = (p.y - 0.5).clamp(0.0, h - 1.0);
        let (x0, y0) = (fx.floor() as usize, fy.floor() as usize);
        let (x1, y1) =
            ((x0 + 1).min(self.width as usize - 1), (y0 + 1).min(self.height as usize - 1));
        let (tx, ty) = (fx - x0 as f32, fy - y0 as f32);
        let at = |x: usize, y: usize| self.values[y * self.width as usize + x];
        let top = at(x0, y0) * (1.0 - tx) + at(x1, y0) * tx;
        let bottom = at(x0, y1) * (1.0 - tx) + at(x1, y1) * tx;
        Some(top * (1.0 - ty) + bottom * ty)
    }

    /// The map drawn on the stored pixel grid of a picture: `[height_px, width_px]`, 0 outside the
    /// examined square, 255 for probability 1.
    pub fn rasterize(&self, width_px: u32, height_px: u32) -> Vec<u8> {
        let mut out = vec![0; width_px as usize * height_px as usize];
        let Some(map_from_image) = self.image_from_map.inverse() else { return out };
        let area = self.image_from_map.apply_rect(&super::Rect::new(
            0.0,
            0.0,
            self.width as f32,
            self.height as f32,
        ));
        let columns =
            area.x.max(0.0) as u32..((area.x + area.w).ceil().max(0.0) as u32).min(width_px);
        let rows =
            area.y.max(0.0) as u32..((area.y + area.h).ceil().max(0.0) as u32).min(height_px);
        for y in rows {
            for x in columns.clone() {
                let p = map_from_image.apply(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
                if let Some(v) = self.sample(p) {
                    out[y as usize * width_px as usize + x as usize] =
                        (v * 255.0).round().clamp(0.0, 255.0) as u8;
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rasterize_stays_inside_the_examined_square() {
        let map = Heatmap {
            width: 2,
            height: 2,
            values: vec![1.0; 4],
            image_from_map: Affine { m: [2.0, 0.0, 1.0, 0.0, 2.0, 3.0] },
        };
        let drawn = map.rasterize(8, 8);
        let sum: u32 = drawn.iter().map(|v| u32::from(*v)).sum();
        assert_eq!(sum, 16 * 255, "a 4 x 4 square");
        assert_eq!((drawn[3 * 8 + 1], drawn[2 * 8 + 1], drawn[3 * 8]), (255, 0, 0));
    }
}
