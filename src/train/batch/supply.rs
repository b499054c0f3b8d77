//! Training pairs of the wide mix: which photo, in which version, forged how.
//!
//! Coded versions, drawn faces and coded pairs come from a stock ([`crate::train::data::stock`]);
//! where it lacks them, photos serve as they are and decoder residue becomes an up-convolution.

use std::sync::Arc;

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::train::Error;
use crate::train::batch::pairing::{self, FORGED_SCALE};
use crate::train::batch::recipe::Mix;
use crate::train::data::stock::pairs::StoredPair;
use crate::train::data::{self, Photo};
use crate::train::forge::{self, Method, Pair, Portrait, PostProcessing};

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

    pub fn photos(&self) -> &[Photo] {
        &self.photos
    }

    /// One line for people: how many photos have what.
    pub fn summary(&self) -> String {
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
            Mix::Widest => Method::draw_widest(&mut rng),
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
        pairing::forge_with_donors((photo, &target), &self.photos, method, post, rng)
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::{Affine, Point, Rect, RgbImage};
    use crate::media;
    use crate::train::data::stock::versions::{Decoded, Versions};

    /// A textured picture of one mean level.
    fn picture(w: u32, h: u32, level: u8) -> RgbImage {
        let texture = |x: u32, y: u32| level + ((x * 7 + y * 13) % 23) as u8;
        let pixels = (0..h).flat_map(|y| (0..w).flat_map(move |x| [texture(x, y); 3]));
        RgbImage { width_px: w, height_px: h, pixels: pixels.collect() }
    }

    fn photo(folder: &Path, group: &str, versions: Option<Versions>) -> Photo {
        let at = |x, y| Point { x, y };
        let path = folder.join(format!("{group}.png"));
        media::write_png(&path, &picture(170, 180, 100)).unwrap();
        Photo {
            face: Rect::new(30.0, 25.0, 100.0, 130.0),
            landmarks: [
                at(55.0, 65.0),
                at(105.0, 65.0),
                at(80.0, 92.0),
                at(61.0, 118.0),
                at(99.0, 118.0),
            ],
            versions: versions.map(Arc::new),
            ..Photo::unlocated(path, group)
        }
    }

    fn mean(picture: &RgbImage) -> f32 {
        picture.pixels.iter().map(|v| f32::from(*v)).sum::<f32>() / picture.pixels.len() as f32
    }

    #[test]
    fn what_was_made_beforehand_is_laid_where_it_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, picture: &RgbImage| {
            let path = folder.path().join(name);
            media::write_png(&path, picture).unwrap();
            path
        };
        let versions = Versions {
            coded: vec![(file("coded.png", &picture(170, 180, 30)), "h264-30".into())],
            decoded: vec![Decoded {
                path: file("decoded.png", &picture(144, 152, 140)),
                corner: [16, 8],
                look: "plain".into(),
            }],
            squares: vec![(
                file("square.png", &picture(96, 96, 160)),
                Affine { m: [1.0, 0.0, 32.0, 0.0, 1.0, 40.0] },
            )],
        };
        let photos =
            vec![photo(folder.path(), "a", Some(versions)), photo(folder.path(), "b", None)];
        let supply = Supply::new(Arc::new(photos), Vec::new());
        assert!(supply.summary().contains("of 1 drawn faces"), "{}", supply.summary());
        for index in 0..12 {
            let make = |method| supply.pair_of(method, PostProcessing::None, 3, index).unwrap().0;
            let drawn = make(Method::Decoded);
            assert_eq!((drawn.real.width_px, drawn.real.height_px), (144, 152), "the part");
            assert_eq!((drawn.face.x, drawn.face.y), (14.0, 17.0), "the face moves along");
            assert_eq!(drawn.method, Method::Decoded);
            assert!(mean(&drawn.forged) > mean(&drawn.real) + 0.2, "brighter where it was drawn");
            let swap = make(Method::OneShot);
            assert_eq!(swap.method, Method::OneShot);
        }
        let coded = (0..60)
            .filter(|i| {
                let pair = supply.pair_of(Method::Inpaint, PostProcessing::None, 3, *i).unwrap().0;
                mean(&pair.real) < 70.0
            })
            .count();
        assert!((4..20).contains(&coded), "a third of one photo's half: {coded} of 60");
        // The same seed and index make the same pair.
        let twice = [0, 1].map(|_| supply.pair(PostProcessing::Wild, 9, 4).unwrap().0.forged);
        assert!(twice[0] == twice[1]);
    }
}
