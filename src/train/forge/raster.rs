//! Floating-point pictures and masks for the forger, and the few filters it needs.

use crate::base::{Affine, Point, RgbImage};

/// One channel, `[height, width]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The values, rows top to bottom.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of one value.
    pub fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// A plane from a function of the pixel center.
    pub fn from_fn(width: usize, height: usize, f: impl Fn(Point) -> f32) -> Self {
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                data.push(f(Point { x: x as f32 + 0.5, y: y as f32 + 0.5 }));
            }
        }
        Self { width, height, data }
    }

    /// Gaussian low-pass with edges extended; `sigma` in pixels, nothing happens below 0.2.
    #[must_use]
    pub fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.2 {
            return self.clone();
        }
        let radius = (sigma * 2.5).ceil() as usize;
        let mut kernel: Vec<f32> = (0..=2 * radius)
            .map(|i| (-((i as f32 - radius as f32) / sigma).powi(2) / 2.0).exp())
            .collect();
        let sum: f32 = kernel.iter().sum();
        for k in &mut kernel {
            *k /= sum;
        }
        self.filter_rows(&kernel).transposed().filter_rows(&kernel).transposed()
    }

    fn filter_rows(&self, kernel: &[f32]) -> Self {
        let radius = kernel.len() / 2;
        let mut out = Self::filled(self.width, self.height, 0.0);
        let mut padded = vec![0.0; self.width + 2 * radius];
        for (line, target) in
            self.data.chunks_exact(self.width).zip(out.data.chunks_exact_mut(self.width))
        {
            padded[..radius].fill(line[0]);
            padded[radius..radius + self.width].copy_from_slice(line);
            padded[radius + self.width..].fill(line[self.width - 1]);
            for (i, weight) in kernel.iter().enumerate() {
                for (sum, value) in target.iter_mut().zip(&padded[i..i + self.width]) {
                    *sum += weight * value;
                }
            }
        }
        out
    }

    fn transposed(&self) -> Self {
        let mut data = Vec::with_capacity(self.data.len());
        for x in 0..self.width {
            data.extend((0..self.height).map(|y| self.data[y * self.width + x]));
        }
        Self { width: self.height, height: self.width, data }
    }

    /// Mean of the values.
    pub fn mean(&self) -> f32 {
        self.data.iter().sum::<f32>() / self.data.len().max(1) as f32
    }

    /// Mean over an axis-aligned cell of a `cells` × `cells` grid laid over `crop`.
    pub fn pooled(&self, crop: &crate::base::Rect, cells: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(cells * cells);
        let edge = |start: f32, extent: f32, i: usize, len: usize| {
            ((start + extent * i as f32 / cells as f32).round().max(0.0) as usize).min(len)
        };
        for row in 0..cells {
            let y0 = edge(crop.y, crop.h, row, self.height - 1);
            let y1 = edge(crop.y, crop.h, row + 1, self.height).max(y0 + 1);
            for column in 0..cells {
                let x0 = edge(crop.x, crop.w, column, self.width - 1);
                let x1 = edge(crop.x, crop.w, column + 1, self.width).max(x0 + 1);
                let sum: f32 = (y0..y1)
                    .map(|y| {
                        self.data[y * self.width + x0..y * self.width + x1].iter().sum::<f32>()
                    })
                    .sum();
                out.push(sum / ((y1 - y0) * (x1 - x0)) as f32);
            }
        }
        out
    }
}

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
    fn blur_keeps_the_mean_and_spreads_a_point() {
        let mut plane = Plane::filled(21, 21, 0.0);
        plane.data[10 * 21 + 10] = 1.0;
        let soft = plane.blurred(1.5);
        assert!((soft.data.iter().sum::<f32>() - 1.0).abs() < 1e-3, "energy is kept");
        assert!(soft.data[10 * 21 + 10] < 0.1 && soft.data[10 * 21 + 12] > 0.01, "it spreads");
    }

    #[test]
    fn pooling_measures_the_covered_share() {
        let plane = Plane::from_fn(8, 8, |p| if p.x < 4.0 { 1.0 } else { 0.0 });
        assert_eq!(plane.pooled(&Rect::new(0.0, 0.0, 8.0, 8.0), 2), [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(plane.pooled(&Rect::new(2.0, 0.0, 4.0, 4.0), 1), [0.5]);
    }

    #[test]
    fn identity_warp_changes_nothing() {
        let picture = Picture {
            planes: std::array::from_fn(|c| Plane::from_fn(5, 4, |p| p.x * 7.0 + p.y + c as f32)),
        };
        assert_eq!(picture.warped(5, 4, &Affine::IDENTITY), picture);
    }
}
