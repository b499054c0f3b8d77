//! Batches of corrected pictures and replayed forgeries.
//!
//! A pair of corrected pictures is a forgery and a picture in which nothing is forged, of whatever
//! person: both go through one draw of post-processing and framing, so that these do not tell them
//! apart. Where a data set holds nothing unforged, the real halves are photos.

use std::sync::Arc;

use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::items::given_photo;
use super::{Corrected, Items};
use crate::base::Rect;
use crate::prep;
use crate::train::Error;
use crate::train::batch::loader::{self, Batch, Framing};
use crate::train::batch::{BatchThread, PairInput};
use crate::train::data::Photo;
use crate::train::fit::{Batches, FitPlan};
use crate::train::forge::{self, PostProcessing};
use crate::train::net::{INPUT_PX, MAP_CELLS};

/// Batches that wait for the optimizer.
const QUEUED_BATCHES: usize = 2;
/// Random streams of corrected pairs begin here; replayed pairs have those below.
const STREAM: u64 = 1 << 48;

/// What a thread needs to make batches.
struct Sources {
    items: Arc<Items>,
    forged: Vec<Corrected>,
    real: Vec<Corrected>,
    photos: Arc<Vec<Photo>>,
    n_pairs: usize,
    n_replayed: usize,
    seed: u64,
}

/// Corrected pictures mixed with replayed forgeries, made in a thread beside the optimizer.
pub struct Mixed {
    sources: Arc<Sources>,
    thread: Option<BatchThread>,
}

impl Mixed {
    /// From the pictures to learn from. `photos` may be empty: then nothing is replayed.
    ///
    /// # Errors
    ///
    /// [`Error::TooLittle`] without a forgery, or without anything unforged.
    pub fn new(
        items: Arc<Items>,
        photos: Arc<Vec<Photo>>,
        replay: f64,
        plan: &FitPlan,
    ) -> Result<Self, Error> {
        let (forged, real): (Vec<_>, Vec<_>) =
            items.train.iter().cloned().partition(|item| item.is_forged);
        let too_little = |what: &str| Err(Error::TooLittle(what.to_owned()));
        if forged.is_empty() {
            return too_little(
                "no picture to learn from has a mask on a face; correct some and export again",
            );
        }
        if real.is_empty() && photos.is_empty() {
            return too_little(
                "no picture to learn from is free of forgery; mark some as \"nothing forged\", or \
                 name photos of real faces with --data",
            );
        }
        let share = if photos.is_empty() { 0.0 } else { replay.clamp(0.0, 1.0) };
        // At least one corrected pair a step, else nothing would be learned.
        let n_replayed = ((plan.pairs as f64 * share).round() as usize).min(plan.pairs - 1);
        let (n_pairs, seed) = (plan.pairs, plan.seed);
        let sources = Sources { items, forged, real, photos, n_pairs, n_replayed, seed };
        Ok(Self { sources: Arc::new(sources), thread: None })
    }
}

impl Sources {
    fn pair(&self, step: u64, place: usize) -> Result<PairInput, Error> {
        let index = step * self.n_pairs as u64 + place as u64;
        if place < self.n_replayed {
            let (pair, mut rng) = loader::make_pair(&self.photos, None, self.seed, index)?;
            let crop = loader::crop_of(&pair, Framing::Jittered, &mut rng);
            return Ok(loader::pair_input(&pair, &crop));
        }
        let n_corrected = (self.n_pairs - self.n_replayed) as u64;
        let nth = step * n_corrected + (place - self.n_replayed) as u64;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(STREAM + index);
        let forged = self.items.given(&self.forged[in_turn(self.forged.len(), nth, self.seed)])?;
        let real = if self.real.is_empty() {
            let (photo, _) = loader::photo_of(&self.photos, self.seed, STREAM + index)?;
            given_photo(photo)?
        } else {
            self.items.given(&self.real[in_turn(self.real.len(), nth, self.seed ^ 1)])?
        };
        let pair = forge::augmented([real, forged], PostProcessing::Varied, &mut rng);
        let scale = rng.random_range(1.05..1.6);
        let shift = (rng.random_range(-0.06..0.06), rng.random_range(-0.06..0.06));
        let [(real, ..), (forged, mask, _)] = &pair;
        let [real_crop, forged_crop] = pair.each_ref().map(|(picture, _, face)| {
            let (x, y) = (face.x + shift.0 * face.w, face.y + shift.1 * face.h);
            prep::crop_rect(&Rect { x, y, ..*face }, scale, &picture.bounds())
        });
        Ok(PairInput {
            real: loader::input_of(real, &real_crop),
            forged: loader::input_of(forged, &forged_crop),
            mask: mask.pooled(&forged_crop, MAP_CELLS),
            weight: 1.0,
        })
    }

    fn batch(&self, step: u64) -> Result<Batch, Error> {
        let pairs = (0..self.n_pairs).into_par_iter().map(|place| self.pair(step, place));
        Ok(Batch::from_pairs(INPUT_PX, pairs.collect::<Result<_, Error>>()?))
    }
}

/// The item that is `nth` to be shown of `n`: all of them once a round, each round in another order.
fn in_turn(n: usize, nth: u64, seed: u64) -> usize {
    let (round, place) = (nth / n as u64, (nth % n as u64) as usize);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(2 * STREAM + round);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut rng);
    order[place]
}

impl Batches for Mixed {
    fn begin(&mut self, steps: std::ops::Range<u64>) -> Result<(), Error> {
        let sources = Arc::clone(&self.sources);
        let make = move |step| sources.batch(step);
        self.thread = Some(BatchThread::start("batches", QUEUED_BATCHES, steps, make)?);
        Ok(())
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        let begun = || Error::TooLittle("the batches were not begun".to_owned());
        self.thread.as_ref().ok_or_else(begun)?.next(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_shown_once_a_round_and_rounds_differ() {
        let round = |k: u64| -> Vec<usize> { (0..9).map(|i| in_turn(9, 9 * k + i, 4)).collect() };
        for k in 0..5 {
            let mut sorted = round(k);
            sorted.sort_unstable();
            assert_eq!(sorted, (0..9).collect::<Vec<_>>());
        }
        assert_ne!(round(0), round(1));
        assert_eq!(round(3), round(3), "the same after an interruption");
    }
}
