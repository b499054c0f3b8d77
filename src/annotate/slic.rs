//! Superpixels: small parts of one color that follow edges (SLIC, R. Achanta et al., "SLIC
//! Superpixels Compared to State-of-the-Art Superpixel Methods", IEEE TPAMI 34(11), 2012).
//!
//! As in the paper: k-means over (L, a, b, x, y) from a grid of centers moved off edges, distance
//! `d_c² + (m / S)² d_s²`, ten rounds, then parts that are not joined go to a neighbor. Other than
//! there every pixel looks at the nine centers that began nearest, not every center at a window:
//! the same search, but rows are independent of each other and are worked on by all processors.

use rayon::prelude::*;

use super::mask::{PixelRect, Region};
use crate::base::RgbImage;

/// The weight of place against color, `m` of the paper, which uses 10 for CIELAB.
const COMPACTNESS: f32 = 10.0;
const ROUNDS: usize = 10;
/// Pictures up to this many pixels are segmented as a whole.
const MAX_WHOLE_PX: u64 = 2048 * 2048;
/// Larger ones are segmented in tiles of this size, with a margin.
const TILE_PX: u32 = 1024;
const MARGIN_PX: u32 = 256;

/// The part of a picture that is segmented to find the superpixel of one pixel. It is the same for
/// all pixels of a tile, so that the segmentation can be reused.
pub fn superpixel_window(width_px: u32, height_px: u32, x: u32, y: u32) -> PixelRect {
    if u64::from(width_px) * u64::from(height_px) <= MAX_WHOLE_PX {
        return PixelRect { x0: 0, y0: 0, x1: width_px, y1: height_px };
    }
    let ends = |at: u32, limit: u32| {
        let tile = at.min(limit.saturating_sub(1)) / TILE_PX * TILE_PX;
        (tile.saturating_sub(MARGIN_PX), (tile + TILE_PX + MARGIN_PX).min(limit))
    };
    let ((x0, x1), (y0, y1)) = (ends(x, width_px), ends(y, height_px));
    PixelRect { x0, y0, x1, y1 }
}

/// A part of a picture, segmented into superpixels.
pub struct Superpixels {
    window: PixelRect,
    labels: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Center {
    lab: [f32; 3],
    x: f32,
    y: f32,
}

impl Superpixels {
    /// Segments a part of a picture into superpixels of about `side_px` × `side_px`.
    pub fn compute(picture: &RgbImage, window: PixelRect, side_px: u32) -> Self {
        let window = PixelRect {
            x1: window.x1.min(picture.width_px),
            y1: window.y1.min(picture.height_px),
            ..window
        };
        let w = window.x1.saturating_sub(window.x0) as usize;
        let h = window.y1.saturating_sub(window.y0) as usize;
        if w == 0 || h == 0 {
            return Self { window, labels: Vec::new() };
        }
        let side = side_px.max(4) as usize;
        let (columns, rows) = ((w / side).max(1), (h / side).max(1));
        let lab = lab_of(picture, window);
        let mut centers = first_centers(&lab, [w, h], [columns, rows]);
        let mut labels = vec![0u32; w * h];
        let step = ((w * h) as f32 / (columns * rows) as f32).sqrt();
        for _ in 0..ROUNDS {
            assign(&lab, &centers, [w, h], [columns, rows], step, &mut labels);
            centers = means(&lab, &labels, w, &centers);
        }
        Self { window, labels: joined(&labels, [w, h], (w * h) / (columns * rows) / 4) }
    }

    /// The superpixel of a pixel of the picture; `None` outside the segmented part.
    pub fn at(&self, x: u32, y: u32) -> Option<Region> {
        let w = (self.window.x1 - self.window.x0) as usize;
        let is_inside = x >= self.window.x0 && x < self.window.x1 && y >= self.window.y0;
        let at = |x: u32, y: u32| (y - self.window.y0) as usize * w + (x - self.window.x0) as usize;
        let label = *self.labels.get(if is_inside { at(x, y) } else { return None })?;
        let mut region = Region::covering(self.window);
        for (i, row) in self.labels.chunks_exact(w).enumerate() {
            let y = self.window.y0 + i as u32;
            for (k, _) in row.iter().enumerate().filter(|(_, other)| **other == label) {
                let x = self.window.x0 + k as u32;
                region.set_span(y, x..x + 1);
            }
        }
        Some(region)
    }

    /// Labels in row order, for the segmented part.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }
}

/// CIELAB (D65) of the window, in row order.
fn lab_of(picture: &RgbImage, window: PixelRect) -> Vec<[f32; 3]> {
    let linear: Vec<f32> = (0..=255u8)
        .map(|v| {
            let c = f32::from(v) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
        .collect();
    let bend = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let w = (window.x1 - window.x0) as usize;
    let mut out = vec![[0.0; 3]; w * (window.y1 - window.y0) as usize];
    out.par_chunks_exact_mut(w).enumerate().for_each(|(i, row)| {
        let y = window.y0 as usize + i;
        let start = (y * picture.width_px as usize + window.x0 as usize) * 3;
        let pixels = &picture.pixels[start..start + w * 3];
        for (lab, rgb) in row.iter_mut().zip(pixels.chunks_exact(3)) {
            let [r, g, b] = [0, 1, 2].map(|c| linear[rgb[c] as usize]);
            let fx = bend((0.412_456 * r + 0.357_576 * g + 0.180_438 * b) / 0.950_47);
            let fy = bend(0.212_673 * r + 0.715_152 * g + 0.072_175 * b);
            let fz = bend((0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83);
            *lab = [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)];
        }
    });
    out
}

fn distance2(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// A grid, each center moved to the place of least change among its nine pixels.
fn first_centers(lab: &[[f32; 3]], [w, h]: [usize; 2], grid: [usize; 2]) -> Vec<Center> {
    let [columns, rows] = grid;
    let change = |x: usize, y: usize| {
        let at = |x: usize, y: usize| lab[y.min(h - 1) * w + x.min(w - 1)];
        let (left, up) = (x.saturating_sub(1), y.saturating_sub(1));
        distance2(at(x + 1, y), at(left, y)) + distance2(at(x, y + 1), at(x, up))
    };
    let mut centers = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let middle = ((2 * column + 1) * w / (2 * columns), (2 * row + 1) * h / (2 * rows));
            let mut best = (change(middle.0, middle.1), middle);
            for dy in 0..3 {
                for dx in 0..3 {
                    let x = (middle.0 + dx).saturating_sub(1).min(w - 1);
                    let y = (middle.1 + dy).saturating_sub(1).min(h - 1);
                    if change(x, y) < best.0 {
                        best = (change(x, y), (x, y));
                    }
                }
            }
            let (x, y) = best.1;
            centers.push(Center { lab: lab[y * w + x], x: x as f32, y: y as f32 });
        }
    }
    centers
}

fn assign(
    lab: &[[f32; 3]],
    centers: &[Center],
    [w, h]: [usize; 2],
    [columns, rows]: [usize; 2],
    step: f32,
    labels: &mut [u32],
) {
    let weight = (COMPACTNESS / step) * (COMPACTNESS / step);
    labels.par_chunks_exact_mut(w).enumerate().for_each(|(y, line)| {
        let row = y * rows / h;
        for (x, label) in line.iter_mut().enumerate() {
            let column = x * columns / w;
            let own = lab[y * w + x];
            let mut best = f32::INFINITY;
            for r in row.saturating_sub(1)..(row + 2).min(rows) {
                for c in column.saturating_sub(1)..(column + 2).min(columns) {
                    let center = &centers[r * columns + c];
                    let (dx, dy) = (x as f32 - center.x, y as f32 - center.y);
                    let d = distance2(own, center.lab) + weight * (dx * dx + dy * dy);
                    if d < best {
                        best = d;
                        *label = (r * columns + c) as u32;
                    }
                }
            }
        }
    });
}

fn means(lab: &[[f32; 3]], labels: &[u32], w: usize, old: &[Center]) -> Vec<Center> {
    let mut sums = vec![([0f64; 5], 0u32); old.len()];
    for (i, (label, lab)) in labels.iter().zip(lab).enumerate() {
        let (sum, n) = &mut sums[*label as usize];
        let values = [lab[0], lab[1], lab[2], (i % w) as f32, (i / w) as f32];
        sum.iter_mut().zip(values).for_each(|(sum, v)| *sum += f64::from(v));
        *n += 1;
    }
    let mean = |((sum, n), old): (&([f64; 5], u32), &Center)| {
        if *n == 0 {
            return *old;
        }
        let [l, a, b, x, y] = sum.map(|v| (v / f64::from(*n)) as f32);
        Center { lab: [l, a, b], x, y }
    };
    sums.iter().zip(old).map(mean).collect()
}

/// New labels, each of one connected part; parts smaller than `min_px` go to the neighbor met
/// before them.
fn joined(labels: &[u32], [w, h]: [usize; 2], min_px: usize) -> Vec<u32> {
    let none = u32::MAX;
    let mut out = vec![none; labels.len()];
    let mut part = Vec::new();
    let mut next = 0;
    for start in 0..labels.len() {
        if out[start] != none {
            continue;
        }
        let (x, y) = (start % w, start / w);
        let left = if x > 0 { Some(out[start - 1]) } else { None };
        let up = if y > 0 { Some(out[start - w]) } else { None };
        let neighbor = left.or(up);
        part.clear();
        part.push(start);
        out[start] = next;
        let mut i = 0;
        while let Some(at) = part.get(i).copied() {
            let (x, y) = (at % w, at / w);
            let around = [
                (x > 0).then(|| at - 1),
                (x + 1 < w).then(|| at + 1),
                (y > 0).then(|| at - w),
                (y + 1 < h).then(|| at + w),
            ];
            for other in around.into_iter().flatten() {
                if out[other] == none && labels[other] == labels[start] {
                    out[other] = next;
                    part.push(other);
                }
            }
            i += 1;
        }
        match neighbor.filter(|_| part.len() < min_px) {
            Some(neighbor) => part.iter().for_each(|at| out[*at] = neighbor),
            None => next += 1,
        }
    }
    out
}
