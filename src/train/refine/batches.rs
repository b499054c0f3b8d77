//! Batches of corrected pictures and replayed forgeries.
//!
//! * **In**: [`Items`], perhaps photos. **Out**: [`Batch`]es, the same for the same seed and step.
//! * **Not here**: forging (`train::forge`), the optimizer (`train::fit`).
//!
//! A pair of corrected pictures is a forgery and a picture in which nothing is forged, of whatever
//! person: both go through one draw of post-processing and framing, so that these do not tell them
//! apart. Where a data set holds nothing unforged, the real halves are photos.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::items::given_photo;
use super::{Corrected, Items};
use crate::base::Rect;
use crate::prep;
use crate::train::Error;
use crate::train::data::Photo;
use crate::train::fit::{Batches, FitPlan};
use crate::train::forge::{self, PostProcessing};
use crate::train::loader::{self, Batch, Framing};
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
    ready: Option<Receiver<Result<Batch, Error>>>,
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
        Ok(Self { sources: Arc::new(sources), ready: None })
    }
}

impl Sources {
    /// Network inputs of a real and a forged picture, and the forged shares of the map's cells.
    fn pair(&self, step: u64, place: usize) -> Result<[Vec<f32>; 3], Error> {
        let index = step * self.n_pairs as u64 + place as u64;
        if place < self.n_replayed {
            let (pair, mut rng) = loader::make_pair(&self.photos, None, self.seed, index)?;
            let crop = loader::crop_of(&pair, Framing::Jittered, &mut rng);
            let inputs = [&pair.real, &pair.forged].map(|p| loader::input_of(p, &crop));
            let [real, forged] = inputs;
            return Ok([real, forged, pair.mask.pooled(&crop, MAP_CELLS)]);
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
        let made = forge::weathered([real, forged], PostProcessing::Varied, &mut rng);
        let scale = rng.random_range(1.05..1.6);
        let shift = (rng.random_range(-0.06..0.06), rng.random_range(-0.06..0.06));
        let [(real, ..), (forged, mask, _)] = &made;
        let [real_crop, forged_crop] = made.each_ref().map(|(picture, _, face)| {
            let (x, y) = (face.x + shift.0 * face.w, face.y + shift.1 * face.h);
            prep::crop_rect(&Rect { x, y, ..*face }, scale, &picture.bounds())
        });
        Ok([
            loader::input_of(real, &real_crop),
            loader::input_of(forged, &forged_crop),
            mask.pooled(&forged_crop, MAP_CELLS),
        ])
    }

    fn batch(&self, step: u64) -> Result<Batch, Error> {
        let pairs = (0..self.n_pairs).into_par_iter().map(|place| self.pair(step, place));
        let pairs = pairs.collect::<Result<Vec<_>, Error>>()?;
        let n_pairs = self.n_pairs;
        let (mut input, mut forged) = (Vec::new(), Vec::new());
        let mut masks = vec![0.0; n_pairs * MAP_CELLS * MAP_CELLS];
        for [real, fake, mask] in pairs {
            input.extend(real);
            forged.extend(fake);
            masks.extend(mask);
        }
        input.append(&mut forged);
        let [known, weights] = [vec![1.0; n_pairs], vec![1.0; n_pairs]];
        Ok(Batch { px: INPUT_PX, input, masks, known, weights, n_pairs })
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
    /// Starts the thread. It ends when `self` is dropped.
    fn begin(&mut self, steps: std::ops::Range<u64>) -> Result<(), Error> {
        let (sender, receiver) = sync_channel(QUEUED_BATCHES);
        let sources = Arc::clone(&self.sources);
        let io = |e| Error::io("a thread", std::path::Path::new("batches"))(e);
        // A pool of its own: a pair in the optimizer's would hold up whole tensors.
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(|_| "batches".to_owned())
            .build()
            .map_err(|e| io(std::io::Error::other(e)))?;
        std::thread::Builder::new()
            .name("batches".to_owned())
            .spawn(move || {
                for step in steps {
                    let batch = pool.install(|| sources.batch(step));
                    let failed = batch.is_err();
                    if sender.send(batch).is_err() || failed {
                        return;
                    }
                }
            })
            .map_err(io)?;
        self.ready = Some(receiver);
        Ok(())
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        let stopped =
            || Error::TooLittle(format!("the pictures stopped coming before step {step}"));
        self.ready.as_ref().and_then(|ready| ready.recv().ok()).ok_or_else(stopped)?
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
