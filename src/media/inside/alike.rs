//! Whether a smaller picture shows the same as a larger one, as a preview does.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::base::RgbImage;

/// Cells a side at which both are compared.
const SIDE: u32 = 32;
/// Sides in this proportion count as equal: small pictures have whole pixels.
const SAME_ASPECT: f64 = 1.04;
/// From this correlation of brightness on both show the same. Previews of a picture reach 0.99.
const SAME: f64 = 0.97;
/// Most gray levels by which a cell may differ: a face that was put into one of them differs by more.
const MOST_APART: f64 = 16.0;
/// Less contrast, in gray levels: nothing can be compared.
const LEAST_CONTRAST: f64 = 1.0;

/// Whether both have the same sides in proportion and the same brightness in every part.
pub(super) fn shows_the_same(large: &RgbImage, small: &RgbImage) -> bool {
    let aspect = |image: &RgbImage| f64::from(image.width_px) / f64::from(image.height_px.max(1));
    let factor = aspect(large) / aspect(small);
    if !(SAME_ASPECT.recip()..=SAME_ASPECT).contains(&factor) {
        return false;
    }
    let [ours, theirs] = [large, small].map(cells);
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (of_ours, of_theirs) = (product(&ours, &ours), product(&theirs, &theirs));
    let least = LEAST_CONTRAST * LEAST_CONTRAST * ours.len() as f64;
    let is_close = ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= MOST_APART);
    is_close
        && of_ours.min(of_theirs) >= least
        && product(&ours, &theirs) / (of_ours.sqrt() * of_theirs.sqrt()) >= SAME
}

/// The mean gray level of each cell, less that of the whole.
fn cells(image: &RgbImage) -> Vec<f64> {
    let (width, height) = (image.width_px.max(1), image.height_px.max(1));
    let cell = |at: u32, of: u32| {
        u64::from(at).saturating_mul(SIDE.into()).checked_div(of.into()).unwrap_or(0)
    };
    let n_cells = (SIDE as usize).saturating_mul(SIDE as usize);
    let (mut sums, mut counts) = (vec![0.0f64; n_cells], vec![0.0f64; n_cells]);
    let (pixels, _) = image.pixels.as_chunks::<3>();
    for (y, row) in (0u32..).zip(pixels.chunks(width as usize)) {
        let first = cell(y, height).saturating_mul(SIDE.into());
        for (x, [r, g, b]) in (0u32..).zip(row) {
            let i = usize::try_from(first.saturating_add(cell(x, width))).unwrap_or(0);
            if let (Some(sum), Some(count)) = (sums.get_mut(i), counts.get_mut(i)) {
                *sum += f64::from(*r) + 2.0 * f64::from(*g) + f64::from(*b);
                *count += 4.0;
            }
        }
    }
    let known: f64 = counts.iter().sum();
    let mean = sums.iter().sum::<f64>() / known.max(1.0);
    let level = |(sum, n): (f64, f64)| if n > 0.0 { sum / n - mean } else { 0.0 };
    sums.into_iter().zip(counts).map(level).collect()
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;

    fn scene(width: u32, height: u32, turn: f64) -> RgbImage {
        let pixel = |i: u32| {
            let (x, y) = (f64::from(i % width) / f64::from(width), f64::from(i / width));
            let y = y / f64::from(height);
            let level = 128.0 + 60.0 * (9.0 * x + turn).sin() + 60.0 * (7.0 * y * turn).cos();
            [level as u8; 3]
        };
        let pixels = (0..width * height).flat_map(pixel).collect();
        RgbImage::new(width, height, pixels).unwrap()
    }

    #[test]
    fn a_preview_shows_the_same_and_another_scene_does_not() {
        let picture = scene(640, 480, 1.0);
        assert!(shows_the_same(&picture, &scene(160, 120, 1.0)), "smaller");
        assert!(!shows_the_same(&picture, &scene(160, 120, 2.0)), "another scene");
        assert!(!shows_the_same(&picture, &scene(160, 90, 1.0)), "another shape");
        let mut changed = scene(160, 120, 1.0);
        for y in 40..52usize {
            let row = &mut changed.pixels[(y * 160 + 60) * 3..(y * 160 + 75) * 3];
            for level in row.iter_mut() {
                *level = level.saturating_add(40);
            }
        }
        assert!(!shows_the_same(&picture, &changed), "a part was changed");
        let flat = RgbImage::filled(64, 48, [9; 3]);
        assert!(!shows_the_same(&flat, &flat), "nothing can be compared");
    }
}
