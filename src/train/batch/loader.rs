//! From photos to batches: forging in a thread beside the optimizer.

use std::sync::Arc;

use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::content::PairInput;
use super::thread::BatchThread;
use crate::base::Rect;
use crate::prep;
use crate::train::Error;
use crate::train::batch::evidence;
pub use crate::train::batch::pairing::{forge_any, make_pair, make_pair_with, photo_of};
use crate::train::batch::recipe::{Mix, Recipe};
use crate::train::batch::supply::Supply;
pub use crate::train::batch::{Batch, Batches};
use crate::train::data::Photo;
use crate::train::fit::FitPlan;
use crate::train::forge::{Pair, PostProcessing};
use crate::train::net::{CELL_PX, INPUT_PX, MAP_CELLS};
use crate::train::publish::export;

/// Batches that wait for the optimizer.
const QUEUED_BATCHES: usize = 3;
/// How much of the surroundings a crop shows, and how far off its center it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As the detector does it.
    Centered,
    /// Scale 1.05 to 1.6, center moved by up to 6 % of the face.
    Jittered,
    /// As [`Self::Jittered`], nearer as well: scale 0.85 to 1.6, all ratios alike.
    Wide,
}

/// The square to cut out of both partners of a pair.
pub fn crop_of(pair: &Pair, framing: Framing, rng: &mut impl Rng) -> Rect {
    let face = pair.face;
    match framing {
        Framing::Centered => prep::crop_rect(&face, export::CROP_SCALE, &pair.real.bounds()),
        Framing::Jittered | Framing::Wide => {
            let scale = if framing == Framing::Wide {
                0.85 * (1.6f32 / 0.85).powf(rng.random())
            } else {
                rng.random_range(1.05..1.6)
            };
            let (dx, dy) = (rng.random_range(-0.06..0.06), rng.random_range(-0.06..0.06));
            let moved = Rect::new(face.x + dx * face.w, face.y + dy * face.h, face.w, face.h);
            prep::crop_rect(&moved, scale, &pair.real.bounds())
        }
    }
}

/// Network input of one picture of a pair, `[3, 224, 224]`.
pub fn input_of(picture: &crate::base::RgbImage, crop: &Rect) -> Vec<f32> {
    let side = INPUT_PX as u32;
    prep::prepare(picture, crop, side, side, &export::input_spec()).data
}

/// Makes the batch of a step, its pairs side by side on the threads of the pool it is called in.
/// The same for the same seed and step on any number of threads.
///
/// # Errors
///
/// As [`make_pair`].
pub fn make_batch(photos: &[Photo], n_pairs: usize, seed: u64, step: u64) -> Result<Batch, Error> {
    let one = |i: usize| -> Result<_, Error> {
        let index = step * n_pairs as u64 + i as u64;
        let (pair, mut rng) = make_pair(photos, None, seed, index)?;
        let crop = crop_of(&pair, Framing::Jittered, &mut rng);
        Ok(pair_input(&pair, &crop))
    };
    let pairs = (0..n_pairs).into_par_iter().map(one).collect::<Result<_, Error>>()?;
    Ok(Batch::from_pairs(INPUT_PX, pairs))
}

/// A pair as the net sees it, all of the crop.
pub(in crate::train) fn pair_input(pair: &Pair, crop: &Rect) -> PairInput {
    PairInput {
        real: input_of(&pair.real, crop),
        forged: input_of(&pair.forged, crop),
        mask: pair.mask.pooled(crop, MAP_CELLS),
        weight: 1.0,
    }
}

/// As [`make_batch`], of the wide mix: parts of `px` pixels a side, cut where the forgery is, and
/// pairs weighted by the evidence that is left.
///
/// # Errors
///
/// As [`make_pair`].
pub fn make_wide_batch(
    supply: &Supply,
    recipe: &Recipe,
    (n_pairs, px): (usize, usize),
    seed: u64,
    step: u64,
) -> Result<Batch, Error> {
    let one = |i: usize| -> Result<_, Error> {
        let index = step * n_pairs as u64 + i as u64;
        let (pair, mut rng) = supply.pair(PostProcessing::Wild, seed, index)?;
        let crop = crop_of(&pair, Framing::Wide, &mut rng);
        let mask = pair.mask.pooled(&crop, MAP_CELLS);
        let part = Part::draw(&mask, px, &mut rng);
        let real = part.pixels(&input_of(&pair.real, &crop));
        let forged = part.pixels(&input_of(&pair.forged, &crop));
        let mask = part.cells(&mask);
        let weight = if recipe.is_gated {
            evidence::remaining(&real, &forged, &mask, px).max(0.05)
        } else {
            1.0
        };
        Ok(PairInput { real, forged, mask, weight })
    };
    let pairs = (0..n_pairs).into_par_iter().map(one).collect::<Result<_, Error>>()?;
    Ok(Batch::from_pairs(px, pairs))
}

/// A square part of an input, on the grid of the map's cells.
struct Part {
    /// First column and row, in cells.
    corner: [usize; 2],
    /// Cells along a side.
    cells: usize,
}

impl Part {
    /// Places tried before the one with the most forged cells is taken.
    const TRIES: usize = 5;
    /// Share of all forged cells, or their number, that a part must hold.
    const ENOUGH: (f32, f32) = (0.4, 12.0);

    fn draw(mask: &[f32], px: usize, rng: &mut impl Rng) -> Self {
        let cells = px / CELL_PX;
        let all: f32 = mask.iter().sum();
        // Only places that hold the middle of the forgery are tried.
        let middle = |along: fn(usize) -> usize| -> usize {
            let sum: f32 = mask.iter().enumerate().map(|(i, m)| m * along(i) as f32).sum();
            ((sum / all.max(1e-6)) as usize).min(MAP_CELLS - 1)
        };
        let middles = [middle(|i| i % MAP_CELLS), middle(|i| i / MAP_CELLS)];
        let places = middles.map(|m| (m + 1).saturating_sub(cells)..=m.min(MAP_CELLS - cells));
        let mut best = Self { corner: [0; 2], cells };
        let mut most = -1.0;
        for _ in 0..Self::TRIES {
            let part = Self { corner: places.clone().map(|place| rng.random_range(place)), cells };
            let inside: f32 = part.cells(mask).iter().sum();
            if inside > most {
                (best, most) = (part, inside);
            }
            if most >= (Self::ENOUGH.0 * all).min(Self::ENOUGH.1) {
                break;
            }
        }
        best
    }

    /// Cuts this part out of a map `[28, 28]`.
    fn cells(&self, map: &[f32]) -> Vec<f32> {
        let [x, y] = self.corner;
        let row = |row: usize| &map[(y + row) * MAP_CELLS + x..][..self.cells];
        (0..self.cells).flat_map(row).copied().collect()
    }

    /// Cuts this part out of an input `[3, 224, 224]`.
    fn pixels(&self, input: &[f32]) -> Vec<f32> {
        let ([x, y], side) = (self.corner.map(|c| c * CELL_PX), self.cells * CELL_PX);
        let plane = INPUT_PX * INPUT_PX;
        let rows = (0..3).flat_map(|c| (0..side).map(move |row| (c, row)));
        rows.flat_map(|(c, row)| &input[c * plane + (y + row) * INPUT_PX + x..][..side])
            .copied()
            .collect()
    }
}

/// Batches forged on the fly, in a thread beside the optimizer.
pub struct Forging {
    supply: Arc<Supply>,
    n_pairs: usize,
    seed: u64,
    known_masks: f64,
    recipe: Recipe,
    /// Steps of the whole run: the last ones may see more of a picture.
    steps: u64,
    thread: Option<BatchThread>,
}

impl Forging {
    /// From these photos, as a plan asks.
    pub fn new(photos: Arc<Vec<Photo>>, plan: &FitPlan) -> Self {
        Self::from_supply(Supply::new(photos, Vec::new()), plan)
    }

    /// From photos with what was made of them.
    pub fn from_supply(supply: Supply, plan: &FitPlan) -> Self {
        let FitPlan { pairs, seed, known_masks, recipe, steps, .. } = *plan;
        let supply = Arc::new(supply.of_mix(recipe.mix));
        Self { supply, n_pairs: pairs, seed, known_masks, recipe, steps, thread: None }
    }
}

impl Batches for Forging {
    fn begin(&mut self, steps: std::ops::Range<u64>) -> Result<(), Error> {
        let (supply, n_pairs, seed) = (Arc::clone(&self.supply), self.n_pairs, self.seed);
        let (known_masks, recipe, all_steps) = (self.known_masks, self.recipe, self.steps);
        let make = move |step| {
            let batch = match recipe.mix {
                Mix::Usual => make_batch(supply.photos(), n_pairs, seed, step)?,
                Mix::Wide | Mix::Wider | Mix::Widest => {
                    let size = (n_pairs, recipe.side_at(step, all_steps));
                    make_wide_batch(&supply, &recipe, size, seed, step)?
                }
            };
            Ok(Batch { known: known_at(known_masks, n_pairs, seed, step), ..batch })
        };
        self.thread = Some(BatchThread::start("forger", QUEUED_BATCHES, steps, make)?);
        Ok(())
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        let begun = || Error::TooLittle("the forger was not begun".to_owned());
        self.thread.as_ref().ok_or_else(begun)?.next(step)
    }
}

/// Which masks of a step may be used: each with the given probability.
fn known_at(share: f64, n_pairs: usize, seed: u64, step: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6d61_736b);
    rng.set_stream(step);
    (0..n_pairs).map(|_| f32::from(u8::from(rng.random_bool(share.clamp(0.0, 1.0))))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_budget_is_the_share_of_known_masks() {
        let known = |share, step| known_at(share, 5000, 1, step);
        assert!(known(0.0, 0).iter().all(|k| *k == 0.0) && known(1.0, 0).iter().all(|k| *k == 1.0));
        let some: f32 = known(0.03, 2).iter().sum();
        assert!((100.0..200.0).contains(&some), "{some} of 5000");
        assert_eq!(known(0.03, 2), known(0.03, 2));
        assert_ne!(known(0.03, 2), known(0.03, 3));
    }

    #[test]
    fn a_part_shows_the_pixels_of_its_cells_and_looks_for_the_forgery() {
        // Every pixel says which cell it is of.
        let cell = |x: usize, y: usize| (y * MAP_CELLS + x) as f32;
        let input: Vec<f32> = (0..3 * INPUT_PX * INPUT_PX)
            .map(|i| cell(i % INPUT_PX / CELL_PX, i / INPUT_PX % INPUT_PX / CELL_PX))
            .collect();
        let map: Vec<f32> = (0..MAP_CELLS * MAP_CELLS).map(|i| i as f32).collect();
        let part = Part { corner: [3, 5], cells: 20 };
        let (pixels, cells) = (part.pixels(&input), part.cells(&map));
        assert_eq!((pixels.len(), cells.len()), (3 * 160 * 160, 400));
        for (x, y) in [(0, 0), (159, 0), (77, 123)] {
            assert_eq!(pixels[y * 160 + x], cells[y / CELL_PX * 20 + x / CELL_PX], "{x} {y}");
        }
        // A forgery in one corner is nearly always seen.
        let mut mask = vec![0.0; MAP_CELLS * MAP_CELLS];
        (0..4).for_each(|y| mask[y * MAP_CELLS..y * MAP_CELLS + 4].fill(1.0));
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut seen = 0;
        for _ in 0..100 {
            let part = Part::draw(&mask, 160, &mut rng);
            seen += usize::from(part.cells(&mask).iter().sum::<f32>() >= 4.0);
        }
        assert_eq!(seen, 100, "of 100");
        let whole = Part::draw(&mask, INPUT_PX, &mut rng);
        assert_eq!(whole.pixels(&input), input);
    }
}
