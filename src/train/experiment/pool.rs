//! A fixed set of forged pairs for training, and batches drawn from it under a mask budget.
//!
//! * **In**: training photos, a seed, a forger. **Out**: a [`Pool`] in memory, and [`Batch`]es whose
//!   pairs say whether their mask may be used.
//! * **Not here**: measuring (`super::exam`), which masks are worth labelling (`train::select`).
//!
//! A fixed pool is what a mask budget needs: "3 % of the masks" is three of a hundred pairs that are
//! seen again and again. Pairs keep a margin round the input, so that they are shifted and mirrored
//! anew whenever they are drawn; both partners alike.

use std::sync::Arc;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::base::{Phase, RgbImage, TaskCtx};
use crate::prep;
use crate::train::Error;
use crate::train::fit::Batches;
use crate::train::forge::{Method, Pair};
use crate::train::loader::Batch;
use crate::train::net::CELL_PX;
use crate::train::select;

/// Pairs forged before progress is told.
const CHUNK: usize = 32;
/// This share of a batch is drawn from the reserve, when there is one: else the masks of a small
/// budget would hardly ever be seen.
const RESERVED_SHARE: f64 = 0.25;

/// A forged pair.
#[derive(Debug, Clone)]
pub struct Made {
    /// The pair.
    pub pair: Pair,
    /// The random source as it is after the forging.
    pub rng: ChaCha8Rng,
    /// A number for the person or shoot of the photo.
    pub group: u32,
}

/// Makes pair number `index` of a method; deterministic.
pub type Forger<'a> = dyn Fn(Method, u64) -> Result<Made, Error> + Sync + 'a;

/// The methods of a pool, in equal parts of the three tasks: the seen generators of the tables.
const MIX: [Method; 6] = [
    Method::SelfBlend,
    Method::Attribute,
    Method::Inpaint,
    Method::PersonSwap,
    Method::Attribute,
    Method::Inpaint,
];

/// One pair with a margin.
#[derive(Debug, Clone, PartialEq)]
struct Stored {
    real: RgbImage,
    forged: RgbImage,
    /// Share of every pixel that was forged, 0 to 255.
    mask: Vec<u8>,
}

/// Forged pairs in memory.
#[derive(Debug, PartialEq)]
pub struct Pool {
    px: usize,
    pairs: Vec<Stored>,
}

impl Pool {
    /// Forges `n` pairs for inputs of `px` pixels.
    ///
    /// # Errors
    ///
    /// What the forger says; cancellation.
    pub fn make(
        n: usize,
        px: usize,
        forger: &Forger<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        let mut pairs = Vec::with_capacity(n);
        while pairs.len() < n {
            ctx.step(Phase::Training, pairs.len() as u64, n as u64)?;
            let more: Vec<Stored> = (pairs.len()..n.min(pairs.len() + CHUNK))
                .into_par_iter()
                .map(|i| {
                    let Made { pair, mut rng, .. } = forger(MIX[i % MIX.len()], i as u64)?;
                    Ok(stored(&pair, px, rng.random_range(1.25..1.75)))
                })
                .collect::<Result<_, Error>>()?;
            pairs.extend(more);
        }
        Ok(Self { px, pairs })
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs of a range, unshifted, in one batch with all masks known: for looking at what a
    /// net makes of them.
    pub fn plain(&self, range: std::ops::Range<usize>) -> Batch {
        let margin = self.margin() / 2;
        let draws: Vec<Draw> =
            range.map(|pair| Draw { pair, left: margin, top: margin, mirror: false }).collect();
        self.batch(&draws, |_| true)
    }

    fn margin(&self) -> usize {
        canvas(self.px) - self.px
    }

    fn batch(&self, draws: &[Draw], known: impl Fn(usize) -> bool) -> Batch {
        let (px, cells) = (self.px, self.px / CELL_PX);
        let (mut reals, mut forged) = (Vec::new(), Vec::new());
        let mut masks = vec![0.0; draws.len() * cells * cells];
        for draw in draws {
            let pair = &self.pairs[draw.pair];
            draw.cut(&pair.real, px, &mut reals);
            draw.cut(&pair.forged, px, &mut forged);
            draw.pool(&pair.mask, px, &mut masks);
        }
        reals.append(&mut forged);
        let known = draws.iter().map(|d| f32::from(u8::from(known(d.pair)))).collect();
        let weights = vec![1.0; draws.len()];
        Batch { px, input: reals, masks, known, weights, n_pairs: draws.len() }
    }
}

/// Side of a stored picture for inputs of `px`: a seventh more.
const fn canvas(px: usize) -> usize {
    px + px / 7
}

fn stored(pair: &Pair, px: usize, scale: f32) -> Stored {
    let side = canvas(px);
    let crop = prep::crop_rect(&pair.face, scale, &pair.real.bounds());
    let of = |picture: &RgbImage| prep::resample(picture, &crop, side as u32, side as u32);
    let mask = pair.mask.pooled(&crop, side).iter().map(|m| (m * 255.0).round() as u8).collect();
    Stored { real: of(&pair.real), forged: of(&pair.forged), mask }
}

/// A pair of the pool as it is shown once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Draw {
    pair: usize,
    left: usize,
    top: usize,
    mirror: bool,
}

impl Draw {
    fn column(&self, x: usize, px: usize) -> usize {
        self.left + if self.mirror { px - 1 - x } else { x }
    }

    /// Appends `[3, px, px]` in input units.
    fn cut(&self, picture: &RgbImage, px: usize, out: &mut Vec<f32>) {
        let side = picture.width_px as usize;
        for channel in 0..3 {
            for y in 0..px {
                let row = (self.top + y) * side;
                out.extend((0..px).map(|x| {
                    let value = picture.pixels[(row + self.column(x, px)) * 3 + channel];
                    (f32::from(value) - 127.5) / 127.5
                }));
            }
        }
    }

    /// Appends `[cells, cells]`: the share of each cell that was forged.
    fn pool(&self, mask: &[u8], px: usize, out: &mut Vec<f32>) {
        let (side, cells) = (canvas(px), px / CELL_PX);
        for row in 0..cells {
            for column in 0..cells {
                let mut sum = 0u32;
                for y in row * CELL_PX..(row + 1) * CELL_PX {
                    for x in column * CELL_PX..(column + 1) * CELL_PX {
                        sum += u32::from(mask[(self.top + y) * side + self.column(x, px)]);
                    }
                }
                out.push(sum as f32 / (255 * CELL_PX * CELL_PX) as f32);
            }
        }
    }
}

/// Which masks of a pool may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    known: Vec<bool>,
}

impl Budget {
    /// `percent` of `n` masks, drawn by lot; a larger budget of one seed holds every smaller one.
    pub fn by_lot(n: usize, percent: u32, seed: u64) -> Self {
        Self::of(n, &select::by_lot(n, size(n, percent), seed))
    }

    /// Exactly these of `n`.
    pub fn of(n: usize, chosen: &[usize]) -> Self {
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
pub(super) mod tests {
    use super::*;
    use crate::base::Rect;
    use crate::train::forge::{MaskKind, Plane};

    /// A pair whose forgery is a white square on a pattern; `index` shades it.
    #[expect(clippy::unnecessary_wraps, reason = "it stands in for a forger, which may fail")]
    pub(in crate::train::experiment) fn drawn(method: Method, index: u64) -> Result<Made, Error> {
        let side = 64u32;
        let at = |x: u32, y: u32| (x * x / 3 + y * 5 + index as u32 * 3) % 200;
        let inside = |x: u32, y: u32| (18..34).contains(&x) && (30..46).contains(&y);
        let picture = |forged: bool| {
            let pixels = (0..side).flat_map(|y| {
                (0..side).flat_map(move |x| {
                    [if forged && inside(x, y) { 255 } else { at(x, y) as u8 }; 3]
                })
            });
            RgbImage { width_px: side, height_px: side, pixels: pixels.collect() }
        };
        let mask = Plane::from_fn(64, 64, |p| f32::from(u8::from(inside(p.x as u32, p.y as u32))));
        let pair = Pair {
            real: picture(false),
            forged: picture(true),
            mask,
            face: Rect::new(12.0, 12.0, 40.0, 40.0),
            steps: Vec::new(),
            method,
            kind: MaskKind::Blob,
        };
        let rng = ChaCha8Rng::seed_from_u64(index);
        Ok(Made { pair, rng, group: index as u32 % 3 })
    }

    fn pool(n: usize) -> Pool {
        Pool::make(n, 32, &drawn, &TaskCtx::silent()).unwrap()
    }

    #[test]
    fn a_batch_shows_reals_then_forgeries_and_the_mask_follows_the_picture() {
        let pool = Arc::new(pool(40));
        let all = Budget::by_lot(40, 100, 1);
        let mut draws = Draws::new(Arc::clone(&pool), all, &Budget::of(40, &[]), 6, 9);
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
        let budget = Budget::by_lot(n, 1, 5);
        assert_eq!(budget.n_known(), 2);
        let reserve = budget.clone();
        let mut draws = Draws::new(Arc::clone(&pool), budget, &reserve, 8, 9);
        let mut none = Draws::new(pool, Budget::by_lot(n, 0, 5), &reserve, 8, 9);
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
        let of = |percent| Budget::by_lot(500, percent, 3);
        for (small, large) in [(1, 3), (3, 10), (10, 100)] {
            let (a, b) = (of(small), of(large));
            assert!(a.known.iter().zip(&b.known).all(|(a, b)| !a || *b), "{small} in {large}");
        }
        assert_eq!([0, 1, 3, 100].map(|p| of(p).n_known()), [0, 5, 15, 500]);
        assert_eq!(size(20, 1), 1, "a budget is never rounded away");
    }

    #[test]
    fn forging_in_parallel_keeps_the_order_and_stops_on_request() {
        assert_eq!(pool(70), pool(70));
        let ctx = TaskCtx::silent();
        ctx.cancel.cancel();
        let stopped = Pool::make(70, 32, &drawn, &ctx);
        assert!(matches!(stopped, Err(Error::Cancelled(_))), "{:?}", stopped.map(|p| p.len()));
    }
}
