//! Whether a smaller picture shows the same as a larger one, as a preview does.
//!
//! Both are compared as a whole, in the brightness of their parts, and then at the size of the smaller
//! one, in what stands in each window of it. Another face differs there; a faint
//! change within a small preview may not.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::base::RgbImage;

/// Cells a side at which both are compared as a whole.
const SIDE: u32 = 32;
/// Sides in this proportion count as equal: small pictures have whole pixels.
const SAME_ASPECT: f64 = 1.04;
/// From this correlation of brightness on both show the same. Previews of a picture reach 0.99.
const SAME: f64 = 0.97;
/// Most gray levels by which a cell may differ.
const MOST_APART: f64 = 16.0;
/// Less contrast, in gray levels: nothing can be compared.
const LEAST_CONTRAST: f64 = 1.0;

/// Pixels of a block, down and across. A window has two blocks in each direction.
const BLOCK: usize = 8;
/// The part of the contrast of both in a window that may be the contrast of their difference. Where
/// both have nothing in common it is all of it.
const MOST_UNLIKE: f64 = 0.65;
/// Variance of the gray levels in a window that is noise.
const NOISE: f64 = 10.0;
/// A picture with more than this part of the pixels, as one over it, is no preview: it could stand in for
/// the larger one, so it has to have the same pixels.
const PREVIEW_SHARE: u64 = 2;
/// Mean gray levels by which the pixels of a window may differ then: a copy of high quality.
const SAME_PIXELS: f64 = 3.0;
/// More pixels are not compared.
const MAX_PIXELS: u64 = 8_000_000;

/// Whether both have the same sides in proportion and show the same in every part. `is_thumbnail`: the
/// smaller one is a preview by its place, however large it is.
pub(super) fn shows_the_same(large: &RgbImage, small: &RgbImage, is_thumbnail: bool) -> bool {
    let sides = |image: &RgbImage| (image.width_px, image.height_px);
    let pixels =
        |image: &RgbImage| u64::from(image.width_px).saturating_mul(image.height_px.into());
    if !have_same_shape(sides(large), sides(small)) || pixels(small) > MAX_PIXELS {
        return false;
    }
    let is_preview = is_thumbnail || pixels(small).saturating_mul(PREVIEW_SHARE) <= pixels(large);
    let may_agree = is_preview || sides(large) == sides(small);
    may_agree && agree_as_a_whole(large, small) && agree_in_windows(large, small, is_preview)
}

/// Whether sides have the same proportion.
pub(super) fn have_same_shape(one: (u32, u32), other: (u32, u32)) -> bool {
    let aspect = |(width, height): (u32, u32)| f64::from(width) / f64::from(height.max(1));
    (SAME_ASPECT.recip()..=SAME_ASPECT).contains(&(aspect(one) / aspect(other)))
}

fn agree_as_a_whole(large: &RgbImage, small: &RgbImage) -> bool {
    let [ours, theirs] = [large, small].map(|image| cells(image, (SIDE, SIDE)));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (of_ours, of_theirs) = (product(&ours, &ours), product(&theirs, &theirs));
    let least = LEAST_CONTRAST * LEAST_CONTRAST * ours.len() as f64;
    let is_close = ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= MOST_APART);
    is_close
        && of_ours.min(of_theirs) >= least
        && product(&ours, &theirs) / (of_ours.sqrt() * of_theirs.sqrt()) >= SAME
}

/// Compares the pixels of the smaller picture with the means of the larger one.
fn agree_in_windows(large: &RgbImage, small: &RgbImage, is_preview: bool) -> bool {
    let grid = (small.width_px, small.height_px);
    let (ours, theirs) = (cells(large, grid), cells(small, grid));
    let width = (grid.0 as usize).max(1);
    let band = width.saturating_mul(BLOCK);
    let blocks = ours.chunks(band).zip(theirs.chunks(band));
    let blocks: Vec<Vec<Sums>> = blocks.map(|(a, b)| blocks_of_band(a, b, width)).collect();
    blocks.windows(2).all(|bands| {
        let [upper, lower] = bands else { return true };
        upper.windows(2).zip(lower.windows(2)).all(|(upper, lower)| {
            let mut window = Sums::default();
            upper.iter().chain(lower).for_each(|block| window.add(block));
            if is_preview {
                window.unlikeness() <= MOST_UNLIKE
            } else {
                window.apart() <= SAME_PIXELS
            }
        })
    })
}

fn blocks_of_band(ours: &[f64], theirs: &[f64], width: usize) -> Vec<Sums> {
    let mut blocks = vec![Sums::default(); width.div_ceil(BLOCK)];
    for (ours, theirs) in ours.chunks(width).zip(theirs.chunks(width)) {
        let rows = ours.chunks(BLOCK).zip(theirs.chunks(BLOCK));
        for (block, (ours, theirs)) in blocks.iter_mut().zip(rows) {
            for (a, b) in ours.iter().zip(theirs) {
                let (a, b) = (*a, *b);
                let apart = a - b;
                let pixel = [1.0, a, b, a * a, b * b, apart * apart, apart.abs()];
                block.add(&Sums(pixel));
            }
        }
    }
    blocks
}

/// Sums over pixels: their number, both levels, the squares of both and of their difference, the
/// difference.
#[derive(Debug, Clone, Copy, Default)]
struct Sums([f64; 7]);

impl Sums {
    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, value)| *sum += value);
    }

    /// Contrast of the difference as part of that of both.
    fn unlikeness(&self) -> f64 {
        let Self([n, a, b, aa, bb, dd, _]) = *self;
        let variance = |sum: f64, squares: f64| (squares / n - (sum / n).powi(2)).max(0.0);
        variance(a - b, dd) / (variance(a, aa) + variance(b, bb) + 2.0 * NOISE)
    }

    fn apart(&self) -> f64 {
        let Self([n, .., apart]) = *self;
        apart / n
    }
}

/// The mean gray level of each cell of a grid, less that of the whole.
fn cells(image: &RgbImage, grid: (u32, u32)) -> Vec<f64> {
    let (width, height) = (image.width_px.max(1), image.height_px.max(1));
    let cell = |at: u32, of: u32, n: u32| {
        u64::from(at).saturating_mul(n.into()).checked_div(of.into()).unwrap_or(0)
    };
    let n_cells = (grid.0 as usize).saturating_mul(grid.1 as usize);
    let (mut sums, mut counts) = (vec![0.0f64; n_cells], vec![0.0f64; n_cells]);
    let (pixels, _) = image.pixels.as_chunks::<3>();
    for (y, row) in (0u32..).zip(pixels.chunks(width as usize)) {
        let first = cell(y, height, grid.1).saturating_mul(grid.0.into());
        for (x, [r, g, b]) in (0u32..).zip(row) {
            let i = usize::try_from(first.saturating_add(cell(x, width, grid.0))).unwrap_or(0);
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

    fn same(large: &RgbImage, small: &RgbImage) -> bool {
        shows_the_same(large, small, false)
    }

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
        assert!(same(&picture, &scene(160, 120, 1.0)), "smaller");
        assert!(!same(&picture, &scene(160, 120, 2.0)), "another scene");
        assert!(!same(&picture, &scene(160, 90, 1.0)), "another shape");
        let mut changed = scene(160, 120, 1.0);
        for y in 40..52usize {
            let row = &mut changed.pixels[(y * 160 + 60) * 3..(y * 160 + 75) * 3];
            for level in row.iter_mut() {
                *level = level.saturating_add(40);
            }
        }
        assert!(!same(&picture, &changed), "a part was changed");
        let mut swapped = scene(160, 120, 1.0);
        for y in 48..72usize {
            // A part of its own brightness, with other detail.
            let row = &mut swapped.pixels[(y * 160 + 64) * 3..(y * 160 + 96) * 3];
            for (i, level) in row.iter_mut().enumerate() {
                *level =
                    level.saturating_add_signed(if (i / 12 + y / 4) % 2 == 0 { 20 } else { -20 });
            }
        }
        assert!(!same(&picture, &swapped), "a part shows something else");
        let flat = RgbImage::filled(64, 48, [9; 3]);
        assert!(!same(&flat, &flat), "nothing can be compared");
    }
    #[test]
    fn a_picture_that_is_nearly_as_large_has_to_have_the_same_pixels() {
        let picture = scene(160, 120, 1.0);
        assert!(same(&picture, &picture));
        assert!(!same(&picture, &scene(150, 112, 1.0)), "it could stand in for it");
        let mut changed = picture.clone();
        for y in 40..72usize {
            for level in &mut changed.pixels[(y * 160 + 60) * 3..(y * 160 + 92) * 3] {
                *level = level.saturating_add(4);
            }
        }
        assert!(!same(&picture, &changed), "retouched");
        assert!(shows_the_same(&picture, &changed, true), "as a thumbnail of low quality");
    }
}
