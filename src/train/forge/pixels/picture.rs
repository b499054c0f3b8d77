//! Floating-point pictures for the forger: three planes, looked up, mixed and measured.

use crate::base::{Affine, Point, RgbImage};
use crate::train::forge::pixels::raster::{Plane, Window};

/// Three planes, 0 to 255.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Red, green, blue; all of one size.
    pub planes: [Plane; 3],
}

impl Picture {
    /// Columns.
    pub fn width(&self) -> usize {
        self.planes[0].width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.planes[0].height
    }

    /// From 8 bits.
    pub fn from_rgb(image: &RgbImage) -> Self {
        let (width, height) = (image.width_px as usize, image.height_px as usize);
        let planes = std::array::from_fn(|c| Plane {
            width,
            height,
            data: image.pixels.iter().skip(c).step_by(3).map(|v| f32::from(*v)).collect(),
        });
        Self { planes }
    }

    /// To 8 bits, rounded and clamped.
    pub fn to_rgb(&self) -> RgbImage {
        let [r, g, b] = &self.planes;
        let to_byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
        let mut pixels = Vec::with_capacity(r.data.len() * 3);
        for ((r, g), b) in r.data.iter().zip(&g.data).zip(&b.data) {
            pixels.extend([to_byte(*r), to_byte(*g), to_byte(*b)]);
        }
        RgbImage { width_px: self.width() as u32, height_px: self.height() as u32, pixels }
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.width(), self.height())
    }

    /// The pixels of a window that lies inside the picture.
    #[must_use]
    pub fn cut(&self, window: &Window) -> Self {
        self.map_planes(|p| p.cut(window))
    }

    /// Puts the pixels of a window back.
    pub fn paste(&mut self, window: &Window, piece: &Self) {
        for (plane, piece) in self.planes.iter_mut().zip(&piece.planes) {
            plane.paste(window, piece);
        }
    }

    /// Every channel through a Gaussian low-pass.
    #[must_use]
    pub fn blurred(&self, sigma: f32) -> Self {
        self.map_planes(|p| p.blurred(sigma))
    }

    /// Every value through a table of 256 × 16 steps of a function from and to 0..=255.
    #[must_use]
    pub fn map_by_table(mut self, f: impl Fn(usize, f32) -> f32) -> Self {
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            let table: Vec<f32> =
                (0..4096).map(|i| f(channel, i as f32 / 16.0).clamp(0.0, 255.0)).collect();
            for v in &mut plane.data {
                *v = table[(*v * 16.0 + 0.5).clamp(0.0, 4080.0) as usize];
            }
        }
        self
    }

    /// Every channel through a function of the plane.
    #[must_use]
    pub fn map_planes(&self, f: impl Fn(&Plane) -> Plane) -> Self {
        Self { planes: std::array::from_fn(|c| f(&self.planes[c])) }
    }

    /// Every value through a function of channel and value.
    #[must_use]
    pub fn map_values(mut self, f: impl Fn(usize, f32) -> f32) -> Self {
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            for v in &mut plane.data {
                *v = f(channel, *v);
            }
        }
        self
    }

    /// `mask · top + (1 - mask) · self`, per pixel; all of one size.
    #[must_use]
    pub fn blend(mut self, top: &Self, mask: &Plane) -> Self {
        for (under, over) in self.planes.iter_mut().zip(&top.planes) {
            for ((u, o), m) in under.data.iter_mut().zip(&over.data).zip(&mask.data) {
                *u += m * (o - *u);
            }
        }
        self
    }

    /// Bilinear look-up of every pixel of a `width` × `height` picture through `self_from_new`.
    #[must_use]
    pub fn warped(&self, width: usize, height: usize, self_from_new: &Affine) -> Self {
        self.displaced(width, height, |p| self_from_new.apply(p))
    }

    /// Bilinear look-up through any function from new to own positions.
    #[must_use]
    pub fn displaced(&self, width: usize, height: usize, at: impl Fn(Point) -> Point) -> Self {
        let mut planes: [Plane; 3] = std::array::from_fn(|_| Plane::filled(width, height, 0.0));
        let (w, h) = (self.width(), self.height());
        let (max_x, max_y) = (w as f32 - 1.0, h as f32 - 1.0);
        for y in 0..height {
            for x in 0..width {
                let p = at(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 });
                let fx = (p.x - 0.5).clamp(0.0, max_x);
                let fy = (p.y - 0.5).clamp(0.0, max_y);
                let (x0, y0) = (fx as usize, fy as usize);
                let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
                let (tx, ty) = (fx - x0 as f32, fy - y0 as f32);
                for (out, plane) in planes.iter_mut().zip(&self.planes) {
                    let top = plane.data[y0 * w + x0] * (1.0 - tx) + plane.data[y0 * w + x1] * tx;
                    let low = plane.data[y1 * w + x0] * (1.0 - tx) + plane.data[y1 * w + x1] * tx;
                    out.data[y * width + x] = top * (1.0 - ty) + low * ty;
                }
            }
        }
        Self { planes }
    }

    /// Mean and standard deviation per channel under a mask.
    pub fn statistics(&self, mask: &Plane) -> [(f32, f32); 3] {
        let weight: f32 = mask.data.iter().sum::<f32>().max(1e-3);
        std::array::from_fn(|c| {
            let data = &self.planes[c].data;
            let mean = data.iter().zip(&mask.data).map(|(v, m)| v * m).sum::<f32>() / weight;
            let var = data.iter().zip(&mask.data).map(|(v, m)| m * (v - mean).powi(2)).sum::<f32>()
                / weight;
            (mean, var.sqrt())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rect;

    #[test]
    fn a_window_cut_and_pasted_is_where_it_was() {
        let picture =
            Picture { planes: std::array::from_fn(|_| Plane::from_fn(9, 7, |p| p.x + 20.0 * p.y)) };
        let window = Window::from_rect(&Rect::new(2.2, -3.0, 3.9, 6.0), picture.size());
        assert_eq!(window, Window { x: 2, y: 0, width: 5, height: 3 });
        let mut copy = Picture { planes: std::array::from_fn(|_| Plane::filled(9, 7, 0.0)) };
        copy.paste(&window, &picture.cut(&window));
        assert_eq!(copy.planes[0].data[9 + 3], picture.planes[0].data[9 + 3]);
        assert_eq!(copy.planes[0].support(0), Some(window));
        assert_eq!(copy.planes[0].support(1).map(|w| (w.x, w.height)), Some((1, 4)));
        assert_eq!(Plane::filled(4, 4, 0.0).support(1), None);
    }

    #[test]
    fn identity_warp_changes_nothing() {
        let picture = Picture {
            planes: std::array::from_fn(|c| Plane::from_fn(5, 4, |p| p.x * 7.0 + p.y + c as f32)),
        };
        assert_eq!(picture.warped(5, 4, &Affine::IDENTITY), picture);
    }
}
