//! Resampling with a low-pass: what shrinks is averaged, what grows is interpolated.

use crate::base::{Rect, RgbImage};

/// Weights of the source pixels for one target pixel.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// Triangle filter whose support grows with the shrink factor (as PIL and `image` do).
fn taps(source_len: u32, start: f32, extent: f32, target_len: u32) -> Vec<Taps> {
    let scale = extent / target_len as f32;
    let support = scale.max(1.0);
    let last = i64::from(source_len) - 1;
    (0..target_len)
        .map(|i| {
            let center = start + (i as f32 + 0.5) * scale;
            let first = ((center - support - 0.5).ceil() as i64).clamp(0, last);
            let end = ((center + support - 0.5).floor() as i64).clamp(first, last);
            let mut weights: Vec<f32> = (first..=end)
                .map(|j| (1.0 - ((j as f32 + 0.5 - center) / support).abs()).max(0.0))
                .collect();
            let sum: f32 = weights.iter().sum();
            if sum > 0.0 {
                for w in &mut weights {
                    *w /= sum;
                }
            } else {
                weights.fill(1.0 / (end - first + 1) as f32);
            }
            Taps { first: first as usize, weights }
        })
        .collect()
}

/// Cuts `crop` (in picture pixels) out of a picture and brings it to `width` × `height`.
///
/// Separable triangle filter, widened when shrinking, so small faces and large ones are low-passed
/// alike; edges extended. Deterministic. Touches only the pixels under `crop`.
pub fn resample(picture: &RgbImage, crop: &Rect, width: u32, height: u32) -> RgbImage {
    let columns = taps(picture.width_px, crop.x, crop.w, width);
    let rows = taps(picture.height_px, crop.y, crop.h, height);
    let stride = picture.width_px as usize * 3;
    let first = columns.iter().map(|t| t.first).min().unwrap_or(0) * 3;
    let end = columns.iter().map(|t| t.first + t.weights.len()).max().unwrap_or(0) * 3;
    // Down first, because whole rows of bytes add up fast; then across, on what little is left.
    let mut line = vec![0.0f32; end - first];
    let mut pixels = vec![0u8; width as usize * height as usize * 3];
    for (row, out) in rows.iter().zip(pixels.chunks_exact_mut(width as usize * 3)) {
        line.fill(0.0);
        for (y, weight) in (row.first..).zip(&row.weights) {
            let source = &picture.pixels[y * stride + first..y * stride + end];
            for (sum, value) in line.iter_mut().zip(source) {
                *sum += weight * f32::from(*value);
            }
        }
        for (column, pixel) in columns.iter().zip(out.chunks_exact_mut(3)) {
            let mut rgb = [0.5f32; 3];
            let source = line[column.first * 3 - first..].chunks_exact(3);
            for (from, weight) in source.zip(&column.weights) {
                for (sum, value) in rgb.iter_mut().zip(from) {
                    *sum += weight * value;
                }
            }
            pixel.copy_from_slice(&rgb.map(|v| v as u8));
        }
    }
    RgbImage { width_px: width, height_px: height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(w: u32, h: u32) -> RgbImage {
        let pixels = (0..h).flat_map(|y| (0..w).flat_map(move |x| [x as u8, y as u8, 7])).collect();
        RgbImage::new(w, h, pixels).unwrap()
    }

    #[test]
    fn same_size_is_the_same_picture() {
        let picture = gradient(9, 5);
        assert_eq!(resample(&picture, &picture.bounds(), 9, 5), picture);
        let part = resample(&picture, &Rect::new(2.0, 1.0, 4.0, 3.0), 4, 3);
        assert_eq!(part.get(0, 0), [2, 1, 7]);
        assert_eq!(part.get(3, 2), [5, 3, 7]);
    }

    #[test]
    fn shrinking_averages_a_checkerboard_to_grey() {
        let pixels = (0..64 * 64).flat_map(|i| [if (i + i / 64) % 2 == 0 { 255 } else { 0 }; 3]);
        let board = RgbImage::new(64, 64, pixels.collect()).unwrap();
        let small = resample(&board, &board.bounds(), 8, 8);
        for value in &small.pixels {
            assert!((120..=135).contains(value), "aliasing: {value}");
        }
    }

    #[test]
    fn growing_interpolates_between_neighbors() {
        let picture = RgbImage::new(2, 1, vec![0, 0, 0, 200, 200, 200]).unwrap();
        let wide = resample(&picture, &picture.bounds(), 4, 1);
        let red: Vec<u8> = wide.pixels.chunks(3).map(|p| p[0]).collect();
        assert_eq!(red, [0, 50, 150, 200]);
    }
}
