//! One pair: which photo, which donor, which way of forging. Deterministic in a seed and an index.

use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::base::{Point, Rect};
use crate::train::Error;
use crate::train::data::{self, Photo};
use crate::train::forge::{self, Method, Pair, Portrait, PostProcessing, Window};
use crate::train::resynthesis::Painter;

/// Donors looked at for a swap, by pose.
const DONOR_CANDIDATES: usize = 24;
/// Those of them most alike in pose, of which the one most alike in looks is taken.
const DONORS_DECODED: usize = 3;
/// Longer side of the face box times this is forged: as far as any [`Framing`] can see.
pub(in crate::train) const FORGED_SCALE: f32 = 1.75;

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
    if method == Method::Decoded
        && let Some(pair) = decoded_of_any(photos, post, &mut rng)?
    {
        return Ok((pair, rng));
    }
    let target = data::decode(photo)?.cut_to_face(FORGED_SCALE);
    let pair = forge_with_donors((photo, &target), photos, method, post, &mut rng)?;
    Ok((pair, rng))
}

/// Forges a photo's portrait, with donors among `photos` where the method needs some.
pub(in crate::train) fn forge_with_donors(
    (photo, target): (&Photo, &Portrait),
    photos: &[Photo],
    method: Method,
    post: PostProcessing,
    rng: &mut ChaCha8Rng,
) -> Result<Pair, Error> {
    if method == Method::Composite {
        let donors = donors_for(photo, target, photos, rng)?;
        return Ok(forge::forge_composite(target, &donors, post, rng));
    }
    let donor = if method.needs_donor() { donor_for(photo, target, photos, rng)? } else { None };
    forge_any(target, donor.as_ref(), method, post, rng)
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
pub(in crate::train) fn donor_for(
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
    let looks = |d: &Portrait| forge::appearance_distance(d, target);
    Ok(donors.into_iter().min_by(|a, b| looks(a).total_cmp(&looks(b))))
}

/// Two to four other people's portraits, alike in pose and looks.
fn donors_for(
    photo: &Photo,
    target: &Portrait,
    photos: &[Photo],
    rng: &mut impl Rng,
) -> Result<Vec<Portrait>, Error> {
    let n = rng.random_range(2..5);
    let donors = (0..n).map(|_| donor_for(photo, target, photos, rng));
    Ok(donors.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// A pair from a random photo that has decoded versions; `None` without such photos.
fn decoded_of_any(
    photos: &[Photo],
    post: PostProcessing,
    rng: &mut ChaCha8Rng,
) -> Result<Option<Pair>, Error> {
    let is_drawn = |p: &&Photo| p.versions.as_ref().is_some_and(|v| !v.decoded.is_empty());
    let drawn: Vec<&Photo> = photos.iter().filter(is_drawn).collect();
    drawn.choose(rng).map(|photo| decoded(photo, post, rng)).transpose()
}

/// A part of the photo, or the whole, replaced by what the autoencoder drew.
pub(in crate::train) fn decoded(
    photo: &Photo,
    post: PostProcessing,
    rng: &mut ChaCha8Rng,
) -> Result<Pair, Error> {
    let target = data::decode(photo)?;
    let versions = photo.versions.clone().unwrap_or_default();
    let part = versions.decoded.choose(rng).ok_or_else(|| missing(photo))?;
    let top = part.picture()?;
    let [x, y] = part.corner;
    let (w, h) = (top.width() as f32, top.height() as f32);
    let window = Window::from_rect(&Rect::new(x as f32, y as f32, w, h), target.picture.size());
    if (window.width, window.height) != top.size() {
        return Err(Error::malformed_file(&part.path, &"it does not fit its photo"));
    }
    let target = target.cut_to(&window);
    Ok(forge::forge_with_top(&target, &top, Method::Decoded, post, rng))
}

/// A one-shot swap whose square went through the autoencoder.
pub(in crate::train) fn swapped(
    photo: &Photo,
    post: PostProcessing,
    rng: &mut ChaCha8Rng,
) -> Result<Pair, Error> {
    let versions = photo.versions.clone().unwrap_or_default();
    let index = rng.random_range(0..versions.squares.len().max(1));
    let square = versions.square(index)?.ok_or_else(|| missing(photo))?;
    let whole = data::decode(photo)?;
    let target = whole.cut_to_face(FORGED_SCALE);
    let corner = Point { x: whole.face.x - target.face.x, y: whole.face.y - target.face.y };
    Ok(forge::forge_with_square(&target, &square.moved(corner), post, rng))
}

fn missing(photo: &Photo) -> Error {
    Error::malformed_file(&photo.path, &"the stock holds nothing of it")
}
