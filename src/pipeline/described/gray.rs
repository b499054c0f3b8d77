//! Small gray pictures: averaged down, turned, and compared by their detail.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::base::{RgbImage, luma};

/// Longer side in pixels at which details are compared.
pub(super) const SIDE: usize = 64;
/// Rows or columns darker than this are bars.
const BAR: f32 = 0.06;

/// A gray picture, row by row; black is 0, white 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gray {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Gray {
    pub(super) fn get(&self, x: usize, y: usize) -> f32 {
        let at = y.saturating_mul(self.width).saturating_add(x);
        self.values.get(at).copied().unwrap_or(0.0)
    }

    /// The gray values of a picture. Of a large one only every second, third … pixel of every second,
    /// third … row is taken, so that `side` pixels or more are left on the longer side.
    pub(super) fn sampled(image: &RgbImage, side: usize) -> Self {
        Self::sampled_as(image, side, |rgb| luma(rgb) / 255.0)
    }

    /// The same of any number that a pixel has; `of`: from red, green, blue, 0 to 255.
    pub(super) fn sampled_as(image: &RgbImage, side: usize, of: fn([f32; 3]) -> f32) -> Self {
        let (width, height) = (image.width_px as usize, image.height_px as usize);
        let step = width.max(height).checked_div(side).unwrap_or(1).max(1);
        if step == 1 {
            return Self::from_rgb_as(image, of);
        }
        let mut pixels = Vec::new();
        let row_bytes = width.saturating_mul(3).max(1);
        for row in image.pixels.chunks_exact(row_bytes).step_by(step) {
            let (row, _) = row.as_chunks::<3>();
            pixels.extend(row.iter().step_by(step).flatten().copied());
        }
        let side = |n: usize| u32::try_from(n.div_ceil(step)).unwrap_or(0);
        let small = RgbImage::new(side(width), side(height), pixels);
        Self::from_rgb_as(small.as_ref().unwrap_or(image), of)
    }

    /// The gray values of a picture.
    pub(super) fn from_rgb(image: &RgbImage) -> Self {
        Self::from_rgb_as(image, |rgb| luma(rgb) / 255.0)
    }

    fn from_rgb_as(image: &RgbImage, of: fn([f32; 3]) -> f32) -> Self {
        let (pixels, _) = image.pixels.as_chunks::<3>();
        let gray = |rgb: &[u8; 3]| of(rgb.map(f32::from));
        let (width, height) = (image.width_px as usize, image.height_px as usize);
        Self { width, height, values: pixels.iter().map(gray).collect() }
    }

    /// Averaged to another size: each new pixel is the mean of what it covers.
    pub(super) fn averaged(&self, width: usize, height: usize) -> Self {
        let across = self.rows_averaged(width);
        let down = across.transposed().rows_averaged(height);
        down.transposed()
    }

    fn transposed(&self) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        for x in 0..self.width {
            values.extend((0..self.height).map(|y| self.get(x, y)));
        }
        Self { width: self.height, height: self.width, values }
    }

    /// Every row averaged to `width` values.
    fn rows_averaged(&self, width: usize) -> Self {
        let width = width.max(1);
        let step = self.width as f64 / width as f64;
        let mut values = Vec::with_capacity(width.saturating_mul(self.height));
        for row in self.values.chunks(self.width.max(1)) {
            for x in 0..width {
                values.push(mean_of(row, x as f64 * step, x.saturating_add(1) as f64 * step));
            }
        }
        Self { width, height: self.height, values }
    }

    /// Turned clockwise by a quarter.
    pub(super) fn turned(&self) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        for x in 0..self.width {
            values.extend((0..self.height).rev().map(|y| self.get(x, y)));
        }
        Self { width: self.height, height: self.width, values }
    }

    /// A part of it; what lies beyond is 0.
    pub(super) fn part(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let mut values = Vec::with_capacity(width.saturating_mul(height));
        for row in y..y.saturating_add(height) {
            values.extend((x..x.saturating_add(width)).map(|x| self.get(x, row)));
        }
        Self { width, height, values }
    }

    /// The part between shares of the sides: left, top, right, bottom.
    pub(super) fn share(&self, [left, top, right, bottom]: [f64; 4]) -> Self {
        let at = |share: f64, n: usize| (share.clamp(0.0, 1.0) * n as f64).round() as usize;
        let (x, y) = (at(left, self.width), at(top, self.height));
        let (right, bottom) = (at(right, self.width), at(bottom, self.height));
        self.part(x, y, right.saturating_sub(x).max(1), bottom.saturating_sub(y).max(1))
    }

    /// Rows at the top that are black, as bars that cameras add for another aspect.
    pub(super) fn dark_rows(&self) -> usize {
        let rows = self.values.chunks(self.width.max(1));
        rows.take_while(|row| row.iter().all(|value| *value <= BAR)).count()
    }

    /// What differs from the mean of the pixels around, up to `radius` away.
    pub(super) fn detail(&self, radius: usize) -> Self {
        let blurred = self.rows_blurred(radius).transposed().rows_blurred(radius).transposed();
        let values = self.values.iter().zip(&blurred.values).map(|(v, mean)| v - mean).collect();
        Self { values, ..*self }
    }

    fn rows_blurred(&self, radius: usize) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks(self.width.max(1)) {
            for x in 0..row.len() {
                let end = x.saturating_add(radius).saturating_add(1).min(row.len());
                let around = row.get(x.saturating_sub(radius)..end).unwrap_or_default();
                values.push(around.iter().sum::<f32>() / around.len().max(1) as f32);
            }
        }
        Self { values, ..*self }
    }

    /// Standard deviation of the values.
    pub(super) fn deviation(&self) -> f32 {
        let n = self.values.len().max(1) as f32;
        let mean = self.values.iter().sum::<f32>() / n;
        (self.values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n).sqrt()
    }
}

/// By which factor the aspects differ, at least 1.
pub(super) fn aspect_differs(one: &Gray, other: &Gray) -> f64 {
    let aspect = |gray: &Gray| gray.width.max(1) as f64 / gray.height.max(1) as f64;
    let factor = aspect(one) / aspect(other);
    factor.max(factor.recip())
}

/// Width and height with `side` pixels on the longer side.
pub(super) fn fitted(gray: &Gray, side: usize) -> (usize, usize) {
    let longer = gray.width.max(gray.height).max(1) as f64;
    let scaled = |n: usize| ((n as f64 * side as f64 / longer).round() as usize).max(1);
    (scaled(gray.width), scaled(gray.height))
}

/// The same with at most `side` pixels on the longer side.
pub(super) fn shrunk(gray: &Gray, side: usize) -> Gray {
    if gray.width.max(gray.height) <= side {
        return gray.clone();
    }
    let (width, height) = fitted(gray, side);
    gray.averaged(width, height)
}

/// The mean of a row between two places.
fn mean_of(row: &[f32], from: f64, to: f64) -> f32 {
    let (first, last) = (from.floor().max(0.0) as usize, to.ceil().max(0.0) as usize);
    let (mut sum, mut weights) = (0.0f64, 0.0f64);
    for (i, value) in row.iter().enumerate().take(last).skip(first) {
        let share = (to.min(i as f64 + 1.0) - from.max(i as f64)).max(0.0);
        sum += f64::from(*value) * share;
        weights += share;
    }
    if weights > 0.0 { (sum / weights) as f32 } else { 0.0 }
}

/// Normalized correlation of `small` with the part of `large` at `(x, y)`: 1 for equal but for brightness
/// and contrast, around 0 for unlike pictures; 0 where one of them is flat.
pub(super) fn correlation(small: &Gray, large: &Gray, (x, y): (usize, usize)) -> f32 {
    let (mut sum_a, mut sum_b, mut aa, mut bb, mut ab) = (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
    for (row, values) in small.values.chunks(small.width.max(1)).enumerate() {
        let start = y.saturating_add(row).saturating_mul(large.width).saturating_add(x);
        let end = start.saturating_add(values.len());
        let Some(others) = large.values.get(start..end) else { return 0.0 };
        for (a, b) in values.iter().zip(others) {
            sum_a += a;
            sum_b += b;
            aa += a * a;
            bb += b * b;
            ab += a * b;
        }
    }
    let n = small.values.len().max(1) as f32;
    let [a, b, aa, bb, ab] = [sum_a, sum_b, aa, bb, ab].map(|sum| sum / n);
    let (var_a, var_b) = (aa - a * a, bb - b * b);
    if var_a < 1e-8 || var_b < 1e-8 { 0.0 } else { (ab - a * b) / (var_a * var_b).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averaging_keeps_means_and_turning_four_times_changes_nothing() {
        let gray =
            Gray { width: 4, height: 2, values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0] };
        assert_eq!(gray.averaged(2, 1).values, [2.5, 4.5]);
        assert_eq!(gray.averaged(4, 2), gray);
        assert_eq!(gray.turned().values, [4.0, 0.0, 5.0, 1.0, 6.0, 2.0, 7.0, 3.0]);
        assert_eq!(gray.turned().turned().turned().turned(), gray);
        assert_eq!(gray.part(1, 1, 2, 1).values, [5.0, 6.0]);
    }

    #[test]
    fn of_a_large_picture_some_pixels_are_taken() {
        let pixels = (0..9 * 5).flat_map(|i| [i as u8 * 5; 3]).collect();
        let image = RgbImage::new(9, 5, pixels).unwrap();
        let gray = Gray::sampled(&image, 4);
        assert_eq!((gray.width, gray.height), (5, 3));
        let whole = Gray::from_rgb(&image);
        assert_eq!(gray.get(2, 1), whole.get(4, 2));
        assert_eq!(Gray::sampled(&image, 9), whole);
    }

    #[test]
    fn correlation_knows_neither_brightness_nor_contrast() {
        let gray = |values: &[f32]| Gray { width: 3, height: 1, values: values.to_vec() };
        let one = gray(&[0.1, 0.5, 0.2]);
        // Half the contrast, and brighter.
        let brighter = gray(&[0.55, 0.75, 0.6]);
        assert!((correlation(&one, &brighter, (0, 0)) - 1.0).abs() < 1e-5);
        let inverse = gray(&[0.9, 0.5, 0.8]);
        assert!((correlation(&one, &inverse, (0, 0)) + 1.0).abs() < 1e-5);
        assert_eq!(correlation(&one, &gray(&[0.3; 3]), (0, 0)), 0.0);
        assert_eq!(correlation(&one, &one, (9, 9)), 0.0, "beyond the end");
    }
}
