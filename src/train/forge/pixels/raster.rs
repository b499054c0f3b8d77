//! Floating-point planes (channels and masks) for the forger, and the few filters it needs.

use crate::base::{Affine, Point, Rect};

/// A rectangle of whole pixels inside a picture, at least one wide and high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// The window of a rectangle, cut to a picture of `width` × `height`.
    pub fn from_rect(rect: &Rect, (width, height): (usize, usize)) -> Self {
        let along = |start: f32, extent: f32, len: usize| {
            let first = (start.floor().max(0.0) as usize).min(len - 1);
            let end = ((start + extent).ceil().max(0.0) as usize).clamp(first + 1, len);
            (first, end - first)
        };
        let (x, width) = along(rect.x, rect.w, width);
        let (y, height) = along(rect.y, rect.h, height);
        Self { x, y, width, height }
    }

    /// The whole of a picture.
    pub const fn whole((width, height): (usize, usize)) -> Self {
        Self { x: 0, y: 0, width, height }
    }

    /// From positions in the window to positions in the picture.
    pub const fn shift(&self) -> Affine {
        Affine { m: [1.0, 0.0, self.x as f32, 0.0, 1.0, self.y as f32] }
    }

    /// A position of the picture as one of the window.
    pub const fn inside(&self, p: Point) -> Point {
        Point { x: p.x - self.x as f32, y: p.y - self.y as f32 }
    }
}

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
    ///
    /// Wide ones are three running means, whose reach is finite: beyond `3 · sigma + 3` pixels of
    /// a value nothing of it is left.
    #[must_use]
    pub fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.2 {
            return self.clone();
        }
        if sigma >= 2.5 {
            // Three means of width 2r + 1 have the variance r(r + 1); the rest is shared out.
            let r = ((0.25 + sigma * sigma).sqrt() - 0.5).max(1.0);
            let radii = [r.floor() as usize, r.round() as usize, r.ceil() as usize];
            return radii.iter().fold(self.clone(), |p, r| p.running_mean(*r));
        }
        let radius = (sigma * 2.5).ceil() as usize;
        let mut kernel: Vec<f32> = (0..=2 * radius)
            .map(|i| (-((i as f32 - radius as f32) / sigma).powi(2) / 2.0).exp())
            .collect();
        let sum: f32 = kernel.iter().sum();
        for k in &mut kernel {
            *k /= sum;
        }
        self.filter_rows(&kernel).filter_columns(&kernel)
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

    fn filter_columns(&self, kernel: &[f32]) -> Self {
        let radius = kernel.len() / 2;
        let mut out = Self::filled(self.width, self.height, 0.0);
        for (y, target) in out.data.chunks_exact_mut(self.width).enumerate() {
            for (i, weight) in kernel.iter().enumerate() {
                for (sum, value) in target.iter_mut().zip(self.row_near(y + i, radius)) {
                    *sum += weight * value;
                }
            }
        }
        out
    }

    /// Row `y - offset`, the first or last one beyond the edges.
    fn row_near(&self, y: usize, offset: usize) -> &[f32] {
        let y = y.saturating_sub(offset).min(self.height - 1);
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// Mean over squares of `2 · radius + 1` pixels a side, edges extended.
    fn running_mean(&self, radius: usize) -> Self {
        let (w, scale) = (self.width, 1.0 / (2 * radius + 1) as f32);
        let mut across = Self::filled(w, self.height, 0.0);
        let mut padded = vec![0.0; w + 2 * radius];
        for (line, target) in self.data.chunks_exact(w).zip(across.data.chunks_exact_mut(w)) {
            padded[..radius].fill(line[0]);
            padded[radius..radius + w].copy_from_slice(line);
            padded[radius + w..].fill(line[w - 1]);
            let mut sum: f32 = padded[..2 * radius].iter().sum();
            for (x, out) in target.iter_mut().enumerate() {
                sum += padded[x + 2 * radius];
                *out = sum * scale;
                sum -= padded[x];
            }
        }
        let mut out = Self::filled(w, self.height, 0.0);
        let mut sums = vec![0.0; w];
        for i in 0..2 * radius {
            for (sum, v) in sums.iter_mut().zip(across.row_near(i, radius)) {
                *sum += v;
            }
        }
        for (y, target) in out.data.chunks_exact_mut(w).enumerate() {
            let (newest, oldest) =
                (across.row_near(y + 2 * radius, radius), across.row_near(y, radius));
            for (((out, sum), new), old) in target.iter_mut().zip(&mut sums).zip(newest).zip(oldest)
            {
                *sum += new;
                *out = *sum * scale;
                *sum -= old;
            }
        }
        out
    }

    /// The pixels of a window that lies inside the plane.
    #[must_use]
    pub fn cut(&self, window: &Window) -> Self {
        let rows = (window.y..window.y + window.height)
            .map(|y| &self.data[y * self.width + window.x..][..window.width]);
        Self { width: window.width, height: window.height, data: rows.flatten().copied().collect() }
    }

    /// Puts the pixels of a window back.
    pub fn paste(&mut self, window: &Window, piece: &Self) {
        for (y, line) in piece.data.chunks_exact(piece.width).enumerate() {
            let at = (window.y + y) * self.width + window.x;
            self.data[at..at + piece.width].copy_from_slice(line);
        }
    }

    /// The smallest window that holds all values above 0, widened by `margin` pixels where there
    /// is room; `None` when there are none.
    pub fn support(&self, margin: usize) -> Option<Window> {
        let lit = |line: &[f32]| line.iter().any(|v| *v > 0.0);
        let top = self.data.chunks_exact(self.width).position(lit)?;
        let bottom = self.data.chunks_exact(self.width).rposition(lit)?;
        let rows = || self.data.chunks_exact(self.width).skip(top).take(bottom + 1 - top);
        let left = rows().filter_map(|l| l.iter().position(|v| *v > 0.0)).min()?;
        let right = rows().filter_map(|l| l.iter().rposition(|v| *v > 0.0)).max()?;
        let (x, y) = (left.saturating_sub(margin), top.saturating_sub(margin));
        let width = (right + 1 + margin).min(self.width) - x;
        let height = (bottom + 1 + margin).min(self.height) - y;
        Some(Window { x, y, width, height })
    }

    /// Mean of the values.
    pub fn mean(&self) -> f32 {
        self.data.iter().sum::<f32>() / self.data.len().max(1) as f32
    }

    /// Mean over an axis-aligned cell of a `cells` × `cells` grid laid over `crop`.
    pub fn pooled(&self, crop: &Rect, cells: usize) -> Vec<f32> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_the_mean_and_spreads_a_point() {
        let mut plane = Plane::filled(21, 21, 0.0);
        plane.data[10 * 21 + 10] = 1.0;
        let soft = plane.blurred(1.5);
        assert!((soft.data.iter().sum::<f32>() - 1.0).abs() < 1e-3, "energy is kept");
        assert!(soft.data[10 * 21 + 10] < 0.1 && soft.data[10 * 21 + 12] > 0.01, "it spreads");
    }

    #[test]
    fn wide_blurs_keep_mean_and_width_and_end() {
        let mut plane = Plane::filled(101, 101, 0.0);
        plane.data[50 * 101 + 50] = 1.0;
        for sigma in [2.6, 4.0, 7.3] {
            let soft = plane.blurred(sigma);
            assert!((soft.data.iter().sum::<f32>() - 1.0).abs() < 1e-3, "energy at {sigma}");
            let var: f32 = soft
                .data
                .iter()
                .enumerate()
                .map(|(i, v)| v * ((i % 101) as f32 - 50.0).powi(2))
                .sum();
            assert!((var.sqrt() / sigma - 1.0).abs() < 0.12, "{} for {sigma}", var.sqrt());
            let far = 50 - (3.0 * sigma + 3.0) as usize;
            assert!(soft.data[50 * 101 + far].abs() < 1e-6, "it ends at {sigma}");
        }
    }

    #[test]
    fn pooling_measures_the_covered_share() {
        let plane = Plane::from_fn(8, 8, |p| if p.x < 4.0 { 1.0 } else { 0.0 });
        assert_eq!(plane.pooled(&Rect::new(0.0, 0.0, 8.0, 8.0), 2), [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(plane.pooled(&Rect::new(2.0, 0.0, 4.0, 4.0), 1), [0.5]);
    }
}
