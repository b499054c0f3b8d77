//! Training pairs of the wide mix: which photo, in which version, forged how.
//!
//! Coded versions, drawn faces and coded pairs come from a stock ([`super::stock`]); where it lacks
//! them, photos serve as they are and decoder residue becomes an up-convolution.

use std::sync::Arc;

use rand::Rng;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use super::Error;
use super::data::{self, Photo};
use super::forge::{self, Method, Pair, Portrait, PostProcessing};
use super::pairing::{self, FORGED_SCALE};
use super::recipe::Mix;
use super::stock::pairs::StoredPair;

/// Share of the pairs that were coded after forging.
const STORED_SHARE: f64 = 0.15;
/// Share of the photos that had been coded before anything was forged in them.
const CODED_SHARE: f64 = 0.35;
/// Share of the one-shot swaps that went through the autoencoder.
const SQUARE_SHARE: f64 = 0.5;

/// Photos with what was made of them.
pub struct Supply {
    photos: Arc<Vec<Photo>>,
    pairs: Vec<StoredPair>,
    with_decoded: Vec<usize>,
    with_squares: Vec<usize>,
    mix: Mix,
}

impl Supply {
    /// From photos with their versions, and coded pairs.
    pub fn new(photos: Arc<Vec<Photo>>, pairs: Vec<StoredPair>) -> Self {
        let which = |has: &dyn Fn(&Photo) -> bool| {
            photos.iter().enumerate().filter(|(_, p)| has(p)).map(|(i, _)| i).collect()
        };
        let versions = |p: &Photo| p.versions.clone().unwrap_or_default();
        let with_decoded = which(&|p| !versions(p).decoded.is_empty());
        let with_squares = which(&|p| !versions(p).squares.is_empty());
        Self { with_decoded, with_squares, photos, pairs, mix: Mix::Wide }
    }

    /// The same for another mix.
    #[must_use]
    pub fn of_mix(self, mix: Mix) -> Self {
        Self { mix, ..self }
    }

    /// All photos.
    pub fn photos(&self) -> &[Photo] {
        &self.photos
    }

    /// In words: how many photos have what.
    pub fn words(&self) -> String {
        let coded = |p: &&Photo| p.versions.as_ref().is_some_and(|v| !v.coded.is_empty());
        format!(
            "{} photos, of {} coded versions, of {} drawn faces, of {} swaps; {} coded pairs",
            self.photos.len(),
            self.photos.iter().filter(coded).count(),
            self.with_decoded.len(),
            self.with_squares.len(),
            self.pairs.len()
        )
    }

    /// Pair number `index` of the wide mix. Deterministic in `seed` and `index`.
    ///
    /// # Errors
    ///
    /// Files that can no longer be read.
    pub fn pair(
        &self,
        post: PostProcessing,
        seed: u64,
        index: u64,
    ) -> Result<(Pair, ChaCha8Rng), Error> {
        let (photo, mut rng) = pairing::photo_of(&self.photos, seed, index)?;
        if rng.random_bool(STORED_SHARE)
            && let Some(stored) = self.pairs.choose(&mut rng)
        {
            return Ok((forge::post_processed(stored.load()?, post, &mut rng), rng));
        }
        let method = match self.mix {
            Mix::Wider => Method::draw_wider(&mut rng),
            Mix::Wide | Mix::Usual => Method::draw_wide(&mut rng),
        };
        let pair = self.forged(photo, method, post, &mut rng)?;
        Ok((pair, rng))
    }

    /// As [`Self::pair`], of a known method, never a coded pair.
    ///
    /// # Errors
    ///
    /// As [`Self::pair`].
    pub fn pair_of(
        &self,
        method: Method,
        post: PostProcessing,
        seed: u64,
        index: u64,
    ) -> Result<(Pair, ChaCha8Rng), Error> {
        let (photo, mut rng) = pairing::photo_of(&self.photos, seed, index)?;
        let pair = self.forged(photo, method, post, &mut rng)?;
        Ok((pair, rng))
    }

    fn forged(
        &self,
        photo: &Photo,
        method: Method,
        post: PostProcessing,
        rng: &mut ChaCha8Rng,
    ) -> Result<Pair, Error> {
        let of = |indices: &[usize], rng: &mut ChaCha8Rng| {
            indices.choose(rng).and_then(|i| self.photos.get(*i)).cloned()
        };
        if method == Method::Decoded
            && let Some(photo) = of(&self.with_decoded, rng)
        {
            return pairing::decoded(&photo, post, rng);
        }
        if method == Method::OneShot
            && rng.random_bool(SQUARE_SHARE)
            && let Some(photo) = of(&self.with_squares, rng)
        {
            return pairing::swapped(&photo, post, rng);
        }
        let target = base(photo, rng)?.cut_to_face(FORGED_SCALE);
        if method == Method::Composite {
            let donors = pairing::donors_for(photo, &target, &self.photos, rng)?;
            return Ok(forge::forge_composite(&target, &donors, post, rng));
        }
        let needs_donor = method.needs_donor();
        let donor = if needs_donor {
            pairing::donor_for(photo, &target, &self.photos, rng)?
        } else {
            None
        };
        pairing::forge_any(&target, donor.as_ref(), method, post, rng)
    }
}

/// A photo as it is, coded, or as another source would hand it over.
fn base(photo: &Photo, rng: &mut ChaCha8Rng) -> Result<Portrait, Error> {
    if rng.random_bool(CODED_SHARE)
        && let Some(versions) = &photo.versions
    {
        let coded: Vec<_> = versions.coded_for_training().collect();
        if let Some(path) = coded.choose(rng) {
            return data::decode_version(photo, path);
        }
    }
    Ok(forge::sourced(data::decode(photo)?, rng))
}
