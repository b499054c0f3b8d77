//! Faces drawn by the autoencoder, and one-shot swaps that went through it.

use std::collections::BTreeSet;
use std::path::Path;

use rand::seq::SliceRandom as _;
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::base::{Phase, Rect, RgbImage, TaskCtx};
use crate::media;
use crate::train::Error;
use crate::train::batch::pairing::donor_for;
use crate::train::data::stock::{stem, table};
use crate::train::data::{self, Photo};
use crate::train::forge::{self, Picture, Portrait, Window};
use crate::train::latent::{Autoencoder, CELL_PX, CHANNELS, Latent};

/// Longer side of the face box times this is drawn.
const REACH: f32 = 1.75;
/// Quality of the JPEG grid that real and drawn pixels share: that of the photos themselves.
const JPEG: u8 = 92;

/// How a latent is changed before it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
enum LatentEdit {
    /// Not at all.
    Plain,
    /// Noise of deviation 0.1 to 0.3.
    Noisy,
    /// Another person's, under a face-shaped mask, by a share of 0.2 to 1.
    Mixed,
    /// That of the picture at half its size, drawn and enlarged.
    Half,
}

impl LatentEdit {
    fn as_str(self) -> &'static str {
        self.into()
    }

    fn draw(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..35 => Self::Plain,
            35..55 => Self::Noisy,
            55..85 => Self::Mixed,
            _ => Self::Half,
        }
    }
}

/// Draws up to `limit` faces, each of another photo.
pub(super) fn faces(
    photos: &[Photo],
    folder: &Path,
    taef2: &mut Autoencoder,
    (limit, seed): (usize, u64),
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let rows = table::read::<table::DecodedRow>(folder, table::DECODED)?;
    let done = rows.into_iter().map(|row| row.version).collect();
    let stock = (folder, "decoded", table::DECODED);
    each_photo(photos, stock, &done, (limit, seed), ctx, |photo, version, rng| {
        let target = data::decode(photo)?;
        let Some(window) = grid_window(&target) else { return Ok(None) };
        let look = LatentEdit::draw(rng);
        let donor = match look {
            LatentEdit::Mixed => donor_for(photo, &target, photos, rng)?,
            _ => None,
        };
        let real = target.picture.cut(&window);
        let drawn = drawn(&target, &window, donor.as_ref(), look, taef2, rng)?;
        // The decoder has more fine detail than a photo that was a JPEG: neither that nor the
        // missing grid is to tell.
        let even = if rng.random_bool(0.7) { forge::with_bands_of(drawn, &real) } else { drawn };
        let (x, y) = (window.x as u32, window.y as u32);
        let look = look.as_str().to_owned();
        let row = table::DecodedRow { file: photo.file.clone(), version, x, y, look };
        Ok(Some((forge::recoded(&even, JPEG), row)))
    })
}

/// Makes up to `limit` swaps, each of another photo.
pub(super) fn squares(
    photos: &[Photo],
    folder: &Path,
    taef2: &mut Autoencoder,
    (limit, seed): (usize, u64),
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let rows = table::read::<table::SquareRow>(folder, table::SQUARES)?;
    let done = rows.into_iter().map(|row| row.version).collect();
    let stock = (folder, "squares", table::SQUARES);
    each_photo(photos, stock, &done, (limit, seed), ctx, |photo, version, rng| {
        let target = data::decode(photo)?;
        let Some(donor) = donor_for(photo, &target, photos, rng)? else { return Ok(None) };
        let square = forge::swapped_square(&target, &donor, rng);
        let mut latent = taef2.encode(&square.picture)?;
        if rng.random_bool(0.3) {
            disturb(&mut latent, rng.random_range(0.05..0.2), rng);
        }
        let picture = taef2.decode(&latent)?.to_rgb();
        let map = square.picture_from_square.m;
        let row = table::SquareRow { file: photo.file.clone(), version, donor: String::new(), map };
        Ok(Some((picture, row)))
    })
}

/// Makes a picture of each of up to `limit` photos, in an order decided by the seed, and appends
/// its row to a table of the stock. Versions that are `done` stay.
fn each_photo<R: Serialize>(
    photos: &[Photo],
    (folder, kind, rows): (&Path, &str, &str),
    done: &BTreeSet<String>,
    (limit, seed): (usize, u64),
    ctx: &TaskCtx<'_>,
    mut make: impl FnMut(&Photo, String, &mut ChaCha8Rng) -> Result<Option<(RgbImage, R)>, Error>,
) -> Result<(), Error> {
    std::fs::create_dir_all(folder.join(kind)).map_err(Error::io("the stock", folder))?;
    for (nth, photo) in shuffled(photos, seed).into_iter().take(limit).enumerate() {
        ctx.step(Phase::Writing, nth as u64, limit.min(photos.len()) as u64)?;
        let version = format!("{kind}/{}.png", stem(&photo.file));
        if done.contains(&version) {
            continue;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(nth as u64);
        let path = folder.join(&version);
        let Some((picture, row)) = make(photo, version, &mut rng)? else { continue };
        media::write_png(&path, &picture).map_err(|e| Error::malformed_file(&path, &e))?;
        table::append(folder, rows, &[row])?;
    }
    Ok(())
}

/// Photos in an order decided by the seed.
fn shuffled(photos: &[Photo], seed: u64) -> Vec<&Photo> {
    let mut order: Vec<&Photo> = photos.iter().collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order
}

/// The part round the face whose sides and corner lie on the grid of 8 × 8 pixels that the latent
/// and the photo's JPEG share.
fn grid_window(target: &Portrait) -> Option<Window> {
    let (side, center) = (target.face.w.max(target.face.h) * REACH, target.face.center());
    let rect = Rect::new(center.x - side / 2.0, center.y - side / 2.0, side, side);
    let window = Window::from_rect(&rect, target.picture.size());
    let along = |start: usize, len: usize| {
        let first = start.next_multiple_of(CELL_PX);
        (first, (start + len).saturating_sub(first) / CELL_PX * CELL_PX)
    };
    let ((x, width), (y, height)) = (along(window.x, window.width), along(window.y, window.height));
    (width >= 64 && height >= 64).then_some(Window { x, y, width, height })
}

fn drawn(
    target: &Portrait,
    window: &Window,
    donor: Option<&Portrait>,
    look: LatentEdit,
    taef2: &mut Autoencoder,
    rng: &mut ChaCha8Rng,
) -> Result<Picture, Error> {
    let real = target.picture.cut(window);
    if look == LatentEdit::Half {
        let small = |v: usize| (v / 2).next_multiple_of(CELL_PX);
        let (w, h) = (small(window.width), small(window.height));
        let half = forge::resized(&real, w, h);
        let latent = taef2.encode(&half)?;
        return Ok(forge::resized(&taef2.decode(&latent)?, window.width, window.height));
    }
    let mut latent = taef2.encode(&real)?;
    match (look, donor) {
        (LatentEdit::Noisy, _) => disturb(&mut latent, rng.random_range(0.1..0.3), rng),
        (LatentEdit::Mixed, Some(donor)) => {
            let (face, mask) = forge::laid_over(donor, target, window, rng);
            let other = taef2.encode(&real.clone().blend(&face, &mask))?;
            mix(&mut latent, &other, rng.random_range(0.2..1.0));
        }
        _ => {}
    }
    taef2.decode(&latent)
}

/// Adds normal noise.
fn disturb(latent: &mut Latent, deviation: f32, rng: &mut impl Rng) {
    for v in &mut latent.data {
        // Twelve uniform numbers add up to a nearly normal one of deviation 1.
        let sum: f32 = (0..12).map(|_| rng.random::<f32>()).sum();
        *v += deviation * (sum - 6.0);
    }
}

/// Moves a latent by a share of the way to another one of the same size.
fn mix(latent: &mut Latent, other: &Latent, share: f32) {
    debug_assert_eq!(latent.data.len(), CHANNELS * latent.width * latent.height, "a whole latent");
    for (v, o) in latent.data.iter_mut().zip(&other.data) {
        *v += share * (o - *v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Landmarks;

    #[test]
    fn the_drawn_part_lies_on_the_grid_and_in_the_picture() {
        for (x, w) in [(50.0, 100.0), (3.0, 90.0), (150.0, 120.0)] {
            let target = Portrait {
                picture: Picture::from_rgb(&RgbImage::filled(301, 289, [9; 3])),
                landmarks: Landmarks::default(),
                face: Rect::new(x, 60.0, w, 130.0),
                mesh: None,
            };
            let window = grid_window(&target).unwrap();
            for v in [window.x, window.y, window.width, window.height] {
                assert_eq!(v % CELL_PX, 0, "{window:?}");
            }
            assert!(window.x + window.width <= 301 && window.y + window.height <= 289);
            assert!(window.width >= 104, "{window:?}");
        }
    }

    #[test]
    fn noise_has_the_deviation_asked_for_and_a_mix_lies_between() {
        let blank = Latent { width: 9, height: 8, data: vec![0.0; CHANNELS * 72] };
        let mut noisy = blank.clone();
        disturb(&mut noisy, 0.2, &mut ChaCha8Rng::seed_from_u64(3));
        let var = noisy.data.iter().map(|v| v * v).sum::<f32>() / noisy.data.len() as f32;
        assert!((var.sqrt() - 0.2).abs() < 0.01, "{}", var.sqrt());
        let ones = Latent { data: vec![1.0; CHANNELS * 72], ..blank };
        let mut mixed = blank;
        mix(&mut mixed, &ones, 0.3);
        assert!(mixed.data.iter().all(|v| (v - 0.3).abs() < 1e-6));
    }
}
