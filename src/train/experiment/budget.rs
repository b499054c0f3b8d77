//! Which masks of a pool may be used, and batches drawn under that budget.

use std::sync::Arc;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::pool::{Draw, Pool};
use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::fit::Batches;
use crate::train::select;

/// This share of a batch is drawn from the reserve, when there is one: else the masks of a small
/// budget would hardly ever be seen.
const RESERVED_SHARE: f64 = 0.25;

/// Which masks of a pool may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    known: Vec<bool>,
}

impl Budget {
    /// `percent` of `n` masks, drawn at random; a larger budget of one seed holds every smaller one.
    pub fn random(n: usize, percent: u32, seed: u64) -> Self {
        Self::from_chosen(n, &select::random_order(n, size(n, percent), seed))
    }

    /// Exactly these of `n`.
    pub fn from_chosen(n: usize, chosen: &[usize]) -> Self {
        let mut known = vec![false; n];
        for i in chosen {
            if let Some(known) = known.get_mut(*i) {
                *known = true;
            }
        }
        Self { known }
    }

    /// Number of known masks.
    pub fn n_known(&self) -> usize {
        self.known.iter().filter(|k| **k).count()
    }
}

/// How many of `n` masks a budget of `percent` is, at least one when it is not 0.
pub fn size(n: usize, percent: u32) -> usize {
    let exact = (n as f64 * f64::from(percent.min(100)) / 100.0).round() as usize;
    exact.max(usize::from(percent > 0 && n > 0))
}

/// Batches drawn from a pool.
#[derive(Debug)]
pub struct Draws {
    pool: Arc<Pool>,
    budget: Budget,
    reserve: Vec<usize>,
    n_pairs: usize,
    seed: u64,
}

impl Draws {
    /// `n_pairs` a step, the masks of `budget` known. Which pairs are drawn hangs on `seed` and
    /// `reserve` alone: a quarter of every batch comes from the reserve.
    pub fn new(
        pool: Arc<Pool>,
        budget: Budget,
        reserve: &Budget,
        n_pairs: usize,
        seed: u64,
    ) -> Self {
        let reserve = (0..pool.len()).filter(|i| reserve.known.get(*i) == Some(&true)).collect();
        Self { pool, budget, reserve, n_pairs, seed }
    }
}

impl Batches for Draws {
    fn begin(&mut self, _steps: std::ops::Range<u64>) -> Result<(), Error> {
        if self.pool.is_empty() {
            return Err(Error::TooLittle("the pool holds no pairs".to_owned()));
        }
        Ok(())
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step);
        let reserved = (self.n_pairs as f64 * RESERVED_SHARE).ceil() as usize;
        let margin = self.pool.margin();
        let draws: Vec<Draw> = (0..self.n_pairs)
            .map(|i| {
                let pair = if i < reserved && !self.reserve.is_empty() {
                    self.reserve[rng.random_range(0..self.reserve.len())]
                } else {
                    rng.random_range(0..self.pool.len())
                };
                Draw {
                    pair,
                    left: rng.random_range(0..=margin),
                    top: rng.random_range(0..=margin),
                    mirror: rng.random(),
                }
            })
            .collect();
        Ok(self.pool.batch(&draws, |i| self.budget.known.get(i) == Some(&true)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pool::tests::pool;
    use super::*;

    #[test]
    fn a_batch_shows_reals_then_forgeries_and_the_mask_follows_the_picture() {
        let pool = Arc::new(pool(40));
        let all = Budget::random(40, 100, 1);
        let mut draws = Draws::new(Arc::clone(&pool), all, &Budget::from_chosen(40, &[]), 6, 9);
        let batch = draws.batch(3).unwrap();
        assert_eq!(batch, draws.batch(3).unwrap(), "a step always gets the same batch");
        assert_ne!(batch, draws.batch(4).unwrap());
        assert_eq!((batch.px, batch.n_pairs, batch.input.len()), (32, 6, 12 * 3 * 32 * 32));
        assert_eq!(batch.masks.len(), 12 * 16);
        assert!(batch.masks[..6 * 16].iter().all(|m| *m == 0.0), "reals have no mask");
        for pair in 0..6 {
            for cell in 0..16 {
                let share = batch.masks[(6 + pair) * 16 + cell];
                // Mean change of the cell's pixels: there is some exactly where the mask is.
                let change: f32 = (0..64)
                    .map(|i| {
                        let at = (cell / 4 * 8 + i / 8) * 32 + cell % 4 * 8 + i % 8;
                        let of = |picture: usize| batch.input[picture * 3 * 1024 + at];
                        (of(6 + pair) - of(pair)).abs()
                    })
                    .sum();
                // Shrinking smears a rim of a pixel beyond the mask.
                let agrees = if share > 0.1 { change > 3.0 } else { share > 0.0 || change < 8.0 };
                assert!(agrees, "cell {cell}: {share} and {change}");
            }
        }
    }

    #[test]
    fn a_small_budget_is_seen_in_every_batch() {
        let n = 200;
        let pool = Arc::new(pool(n));
        let budget = Budget::random(n, 1, 5);
        assert_eq!(budget.n_known(), 2);
        let reserve = budget.clone();
        let mut draws = Draws::new(Arc::clone(&pool), budget, &reserve, 8, 9);
        let mut none = Draws::new(pool, Budget::random(n, 0, 5), &reserve, 8, 9);
        for step in 0..5 {
            let (with, without) = (draws.batch(step).unwrap(), none.batch(step).unwrap());
            let known: f32 = with.known.iter().sum();
            assert!((2.0..5.0).contains(&known), "{known} of 8 pairs");
            assert_eq!(without.known, [0.0; 8]);
            assert_eq!(with.input, without.input, "the same pictures, whichever masks are known");
        }
    }

    #[test]
    fn larger_budgets_hold_smaller_ones() {
        let of = |percent| Budget::random(500, percent, 3);
        for (small, large) in [(1, 3), (3, 10), (10, 100)] {
            let (a, b) = (of(small), of(large));
            assert!(a.known.iter().zip(&b.known).all(|(a, b)| !a || *b), "{small} in {large}");
        }
        assert_eq!([0, 1, 3, 100].map(|p| of(p).n_known()), [0, 5, 15, 500]);
        assert_eq!(size(20, 1), 1, "a budget is never rounded away");
    }
}
