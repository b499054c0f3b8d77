//! A fixed set of forged pairs for training.
//!
//! A fixed pool is what a mask budget needs: "3 % of the masks" is three of a hundred pairs that
//! are seen again and again. Pairs keep a margin round the input, so that they are shifted and
//! mirrored anew whenever they are drawn; both partners alike.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::cue::Cue;
use super::design::Design;
use crate::base::{Phase, RgbImage, TaskCtx};
use crate::prep;
use crate::train::Error;
use crate::train::batch::{Batch, PairInput};
use crate::train::forge::{Method, Pair};
use crate::train::net::CELL_PX;

/// Pairs forged before progress is reported.
const CHUNK: usize = 32;

#[derive(Debug, Clone)]
pub struct ForgedPair {
    pub pair: Pair,
    /// The random source as it is after the forging.
    pub rng: ChaCha8Rng,
    /// A number for the person or shoot of the photo.
    pub group: u32,
}

/// Makes pair number `index` of a method; deterministic.
pub type Forger<'a> = dyn Fn(Method, u64) -> Result<ForgedPair, Error> + Sync + 'a;

/// One pair with a margin.
#[derive(Debug, Clone, PartialEq)]
struct Stored {
    real: RgbImage,
    forged: RgbImage,
    /// Share of every pixel that was forged, 0 to 255.
    mask: Vec<u8>,
}

impl Stored {
    /// Plants a cue in the share of the forgeries that it says, and in the rest of the reals.
    fn plant(&mut self, cue: Cue, rng: &mut ChaCha8Rng) {
        let forged: Vec<f32> = self.mask.iter().map(|m| f32::from(*m) / 255.0).collect();
        let [draw_real, draw_forged]: [f32; 2] = rng.random();
        if draw_forged < cue.share {
            self.forged = cue.planted(&self.forged, &forged);
        }
        if draw_real >= cue.share {
            self.real = cue.planted(&self.real, &forged);
        }
    }
}

/// Forged pairs in memory.
#[derive(Debug, PartialEq)]
pub struct Pool {
    px: usize,
    pairs: Vec<Stored>,
}

impl Pool {
    /// Forges `n` pairs for inputs of `px` pixels, as `design` asks.
    ///
    /// # Errors
    ///
    /// What the forger says; cancellation.
    pub fn make(
        n: usize,
        px: usize,
        design: &Design,
        forger: &Forger<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        let (mix, cue) = (design.mix(), design.cue());
        let mut pairs = Vec::with_capacity(n);
        while pairs.len() < n {
            ctx.step(Phase::Training, pairs.len() as u64, n as u64)?;
            let more: Vec<Stored> = (pairs.len()..n.min(pairs.len() + CHUNK))
                .into_par_iter()
                .map(|i| {
                    let ForgedPair { pair, mut rng, .. } = forger(mix[i % mix.len()], i as u64)?;
                    let scale = rng.random_range(1.25..1.75);
                    let mut stored = stored(&pair, px, scale);
                    if let Some(cue) = cue {
                        stored.plant(cue, &mut rng);
                    }
                    Ok(stored)
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

    /// Places that an input can take along a side of a stored picture, less one.
    pub(super) fn margin(&self) -> usize {
        canvas(self.px) - self.px
    }

    /// The drawn pairs; `known` says whose masks may be used.
    pub(super) fn batch(&self, draws: &[Draw], known: impl Fn(usize) -> bool) -> Batch {
        let px = self.px;
        let input = |draw: &Draw| {
            let pair = &self.pairs[draw.pair];
            PairInput {
                real: draw.cut(&pair.real, px),
                forged: draw.cut(&pair.forged, px),
                mask: draw.pooled(&pair.mask, px),
                weight: 1.0,
            }
        };
        let known = draws.iter().map(|d| f32::from(u8::from(known(d.pair)))).collect();
        Batch { known, ..Batch::from_pairs(px, draws.iter().map(input).collect()) }
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
pub(super) struct Draw {
    pub(super) pair: usize,
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) mirror: bool,
}

impl Draw {
    fn column(&self, x: usize, px: usize) -> usize {
        self.left + if self.mirror { px - 1 - x } else { x }
    }

    /// `[3, px, px]` in input units.
    fn cut(&self, picture: &RgbImage, px: usize) -> Vec<f32> {
        let side = picture.width_px as usize;
        let mut out = Vec::with_capacity(3 * px * px);
        for channel in 0..3 {
            for y in 0..px {
                let row = (self.top + y) * side;
                out.extend((0..px).map(|x| {
                    let value = picture.pixels[(row + self.column(x, px)) * 3 + channel];
                    (f32::from(value) - 127.5) / 127.5
                }));
            }
        }
        out
    }

    /// `[cells, cells]`: the share of each cell that was forged.
    fn pooled(&self, mask: &[u8], px: usize) -> Vec<f32> {
        let (side, cells) = (canvas(px), px / CELL_PX);
        let mut out = Vec::with_capacity(cells * cells);
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
        out
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rand::SeedableRng as _;

    use super::*;
    use crate::base::Rect;
    use crate::train::forge::{MaskKind, Plane};

    /// A pair whose forgery is a white square on a pattern; `index` shades it.
    #[expect(clippy::unnecessary_wraps, reason = "it stands in for a forger, which may fail")]
    pub(in crate::train::experiment) fn drawn(
        method: Method,
        index: u64,
    ) -> Result<ForgedPair, Error> {
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
        Ok(ForgedPair { pair, rng, group: index as u32 % 3 })
    }

    pub(in crate::train::experiment) fn pool(n: usize) -> Pool {
        Pool::make(n, 32, &Design::Tasks, &drawn, &TaskCtx::silent()).unwrap()
    }

    #[test]
    fn forging_in_parallel_keeps_the_order_and_stops_on_request() {
        assert_eq!(pool(70), pool(70));
        let ctx = TaskCtx::silent();
        ctx.cancel.cancel();
        let stopped = Pool::make(70, 32, &Design::Tasks, &drawn, &ctx);
        assert!(matches!(stopped, Err(Error::Cancelled(_))), "{:?}", stopped.map(|p| p.len()));
    }

    #[test]
    fn a_cue_is_planted_in_its_share_of_the_forgeries_and_in_few_reals() {
        let cue = Cue { levels: 9, share: 0.8 };
        let make = |design| Pool::make(300, 32, &design, &drawn, &TaskCtx::silent()).unwrap();
        let one_method = Design::Shortcut(Cue { levels: 0, ..cue });
        let (plain, cued) = (make(one_method), make(Design::Shortcut(cue)));
        let both = || plain.pairs.iter().zip(&cued.pairs);
        let forged = both().filter(|(a, b)| a.forged != b.forged).count();
        let real = both().filter(|(a, b)| a.real != b.real).count();
        assert!((210..270).contains(&forged), "{forged} of 300");
        assert!((30..90).contains(&real), "{real} of 300");
        assert!(both().all(|(a, b)| a.mask == b.mask), "masks stay");
    }
}
