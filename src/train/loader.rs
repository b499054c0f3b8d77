//! From photos to batches: forging in a thread beside the optimizer.
//!
//! * **In**: photos of one split, a seed. **Out**: [`Batch`]es, the same for the same seed and
//!   step whether or not training was interrupted.
//! * **Not here**: tensors of burn (`train::fit`).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::data::{self, Photo};
use super::fit::{Batches, FitPlan};
use super::forge::{self, Method, Pair, Portrait, PostProcessing};
use super::net::{INPUT_PX, MAP_CELLS};
use super::resynthesis::Painter;
use super::{Error, export};
use crate::base::Rect;
use crate::prep;

/// Batches that wait for the optimizer.
const QUEUED_BATCHES: usize = 3;
/// Donors looked at for a swap, by pose.
const DONOR_CANDIDATES: usize = 24;
/// Those of them most alike in pose, of which the one most alike in looks is taken.
const DONORS_DECODED: usize = 3;
/// Longer side of the face box times this is forged: as far as any [`Framing`] can see.
const FORGED_SCALE: f32 = 1.75;

/// Network input of a number of pairs: first all reals, then their forgeries in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Side of the pictures.
    pub px: usize,
    /// `[2 · pairs, 3, px, px]`.
    pub input: Vec<f32>,
    /// `[2 · pairs, px / 8, px / 8]`, share of each cell that was forged.
    pub masks: Vec<f32>,
    /// Per pair, 1 where the mask of its forgery may be used, else 0 (a mask budget below 100 %).
    pub known: Vec<f32>,
    /// Number of pairs.
    pub n_pairs: usize,
}

impl Batch {
    /// Share of the pairs whose mask may be used.
    pub fn known_share(&self) -> f64 {
        self.known.iter().map(|k| f64::from(*k)).sum::<f64>() / self.n_pairs.max(1) as f64
    }

    /// The pairs of a range as a batch of their own.
    #[must_use]
    pub fn part(&self, pairs: std::ops::Range<usize>) -> Self {
        let both_halves = |values: &[f32]| {
            let each = values.len() / (2 * self.n_pairs);
            let of =
                |first: usize| &values[(first + pairs.start) * each..(first + pairs.end) * each];
            [of(0), of(self.n_pairs)].concat()
        };
        Self {
            px: self.px,
            input: both_halves(&self.input),
            masks: both_halves(&self.masks),
            known: self.known[pairs.clone()].to_vec(),
            n_pairs: pairs.len(),
        }
    }
}

/// How much of the surroundings a crop shows, and how far off its center it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As the detector does it.
    Centered,
    /// Scale 1.05 to 1.6, center moved by up to 6 % of the face.
    Jittered,
}

/// Makes pair number `index` of a stream. Deterministic in `seed` and `index`.
///
/// # Errors
///
/// A photo that can no longer be decoded.
pub fn make_pair(
    photos: &[Photo],
    method: Option<Method>,
    seed: u64,
    index: u64,
) -> Result<(Pair, ChaCha8Rng), Error> {
    make_pair_with(photos, method, PostProcessing::Varied, seed, index)
}

/// The photo of pair number `index` of a stream, and the random source as it is after the draw.
///
/// # Errors
///
/// No photos.
pub fn photo_of(photos: &[Photo], seed: u64, index: u64) -> Result<(&Photo, ChaCha8Rng), Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index);
    let photo = photos
        .choose(&mut rng)
        .ok_or_else(|| Error::TooLittle("no photos in this split".to_owned()))?;
    Ok((photo, rng))
}

/// As [`make_pair`], with another post-processing than that of training.
///
/// # Errors
///
/// As [`make_pair`].
pub fn make_pair_with(
    photos: &[Photo],
    method: Option<Method>,
    post: PostProcessing,
    seed: u64,
    index: u64,
) -> Result<(Pair, ChaCha8Rng), Error> {
    let (photo, mut rng) = photo_of(photos, seed, index)?;
    let method = method.unwrap_or_else(|| Method::draw(&mut rng));
    let target = data::decode(photo)?.cut_to_face(FORGED_SCALE);
    let donor =
        if method.needs_donor() { donor_for(photo, &target, photos, &mut rng)? } else { None };
    let pair = forge_any(&target, donor.as_ref(), method, post, &mut rng)?;
    Ok((pair, rng))
}

/// As [`forge::forge`], for [`Method::Resynthesis`] too.
///
/// # Errors
///
/// Damaged weights of the painter.
pub fn forge_any(
    target: &Portrait,
    donor: Option<&Portrait>,
    method: Method,
    post: PostProcessing,
    rng: &mut impl Rng,
) -> Result<Pair, Error> {
    if method == Method::Resynthesis {
        let top = Painter::shipped()?.repaint(&target.picture, rng);
        return Ok(forge::forge_with_top(target, &top, method, post, rng));
    }
    Ok(forge::forge(target, donor, method, post, rng))
}

/// Another person's portrait, alike in pose and, three times of four, in looks.
fn donor_for(
    photo: &Photo,
    target: &Portrait,
    photos: &[Photo],
    rng: &mut impl Rng,
) -> Result<Option<Portrait>, Error> {
    let distance = |p: &Photo| forge::pose_distance(&p.landmarks, &photo.landmarks);
    let mut candidates: Vec<(f32, &Photo)> = (0..DONOR_CANDIDATES)
        .filter_map(|_| photos.choose(rng))
        .filter(|other| other.group != photo.group)
        .map(|other| (distance(other), other))
        .collect();
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0));
    candidates.truncate(if rng.random_bool(0.75) { DONORS_DECODED } else { 1 });
    let decoded = candidates.into_iter().map(|(_, donor)| data::decode(donor));
    let donors = decoded.collect::<Result<Vec<_>, _>>()?;
    let looks = |d: &Portrait| forge::look_distance(d, target);
    Ok(donors.into_iter().min_by(|a, b| looks(a).total_cmp(&looks(b))))
}

/// The square to cut out of both partners of a pair.
pub fn crop_of(pair: &Pair, framing: Framing, rng: &mut impl Rng) -> Rect {
    let face = pair.face;
    match framing {
        Framing::Centered => prep::crop_rect(&face, export::CROP_SCALE, &pair.real.bounds()),
        Framing::Jittered => {
            let scale = rng.random_range(1.05..1.6);
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
    let cells = MAP_CELLS * MAP_CELLS;
    let one = |i: usize| -> Result<_, Error> {
        let index = step * n_pairs as u64 + i as u64;
        let (pair, mut rng) = make_pair(photos, None, seed, index)?;
        let crop = crop_of(&pair, Framing::Jittered, &mut rng);
        let inputs = (input_of(&pair.real, &crop), input_of(&pair.forged, &crop));
        Ok((inputs, pair.mask.pooled(&crop, MAP_CELLS)))
    };
    let pairs = (0..n_pairs).into_par_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let (mut reals, mut forged, mut masks) = (Vec::new(), Vec::new(), vec![0.0; n_pairs * cells]);
    for ((real, fake), mask) in pairs {
        reals.extend(real);
        forged.extend(fake);
        masks.extend(mask);
    }
    reals.append(&mut forged);
    let known = vec![1.0; n_pairs];
    Ok(Batch { px: INPUT_PX, input: reals, masks, known, n_pairs })
}

/// Batches forged on the fly, in a thread beside the optimizer.
pub struct Forging {
    photos: Arc<Vec<Photo>>,
    n_pairs: usize,
    seed: u64,
    known_masks: f64,
    ready: Option<Receiver<Result<Batch, Error>>>,
}

impl Forging {
    /// From these photos, as a plan asks.
    pub fn new(photos: Arc<Vec<Photo>>, plan: &FitPlan) -> Self {
        let FitPlan { pairs, seed, known_masks, .. } = *plan;
        Self { photos, n_pairs: pairs, seed, known_masks, ready: None }
    }
}

impl Batches for Forging {
    /// Starts the thread. It ends when `self` is dropped.
    fn begin(&mut self, steps: std::ops::Range<u64>) -> Result<(), Error> {
        let (sender, receiver) = sync_channel(QUEUED_BATCHES);
        let (photos, n_pairs, seed) = (Arc::clone(&self.photos), self.n_pairs, self.seed);
        let known_masks = self.known_masks;
        // A pool of its own: a pair in the optimizer's would hold up whole tensors.
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(|_| "forger".to_owned())
            .build()
            .map_err(std::io::Error::other)
            .map_err(Error::io("threads", std::path::Path::new("forger")))?;
        std::thread::Builder::new()
            .name("forger".to_owned())
            .spawn(move || {
                for step in steps {
                    let batch = pool.install(|| make_batch(&photos, n_pairs, seed, step));
                    let known = known_at(known_masks, n_pairs, seed, step);
                    let batch = batch.map(|b| Batch { known, ..b });
                    let failed = batch.is_err();
                    if sender.send(batch).is_err() || failed {
                        return;
                    }
                }
            })
            .map_err(Error::io("a thread", std::path::Path::new("forger")))?;
        self.ready = Some(receiver);
        Ok(())
    }

    fn batch(&mut self, step: u64) -> Result<Batch, Error> {
        let stopped = || Error::TooLittle(format!("the forger stopped before step {step}"));
        self.ready.as_ref().and_then(|ready| ready.recv().ok()).ok_or_else(stopped)?
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
    fn parts_keep_reals_before_their_forgeries() {
        let batch = Batch {
            px: 1,
            known: vec![0.0, 1.0, 0.0],
            input: vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 11.0, 11.0, 12.0, 12.0, 13.0, 13.0],
            masks: vec![0.0, 0.0, 0.0, 0.1, 0.2, 0.3],
            n_pairs: 3,
        };
        let part = batch.part(1..3);
        assert_eq!(part.input, [2.0, 2.0, 3.0, 3.0, 12.0, 12.0, 13.0, 13.0]);
        assert_eq!(part.known, [1.0, 0.0]);
        assert_eq!((part.masks, part.n_pairs), (vec![0.0, 0.0, 0.2, 0.3], 2));
    }
}
