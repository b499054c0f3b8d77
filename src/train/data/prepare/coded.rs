//! Photos of real faces as frames of coded video.

use std::collections::BTreeSet;
use std::path::Path;

use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::base::{Phase, RgbImage, TaskCtx};
use crate::media;
use crate::train::Error;
use crate::train::data::Photo;
use crate::train::data::coding::{self, Codec, Coding};
use crate::train::data::stock::versions::read;
use crate::train::data::stock::{stem, table};

/// Photos that go through one process of `ffmpeg`.
const CHUNK: usize = 48;

/// Draws a coding that a detector is trained on: H.264 three times of four, else the older codecs;
/// a third at a lower resolution that was enlarged afterwards.
pub(super) fn draw(rng: &mut impl Rng) -> Coding {
    let (codec, quality) = match rng.random_range(0..8) {
        0 => (Codec::Mpeg4, rng.random_range(2..9)),
        1 => (Codec::Mpeg2, rng.random_range(2..9)),
        _ => (Codec::H264, rng.random_range(18..37)),
    };
    let scale = match rng.random_range(0..6) {
        0 => 0.5,
        1 => 0.75,
        _ => 1.0,
    };
    Coding { codec, quality, scale, is_intra: rng.random_bool(0.3) }
}

/// A coding that no detector is trained on.
pub(super) fn draw_unseen(rng: &mut impl Rng) -> Coding {
    let (codec, quality) = if rng.random_bool(0.5) {
        (Codec::Hevc, rng.random_range(22..36))
    } else {
        (Codec::Vp9, rng.random_range(28..50))
    };
    Coding { codec, quality, scale: 1.0, is_intra: false }
}

/// Codes every photo once; `tag` tells these versions from others. What is there already stays.
pub(super) fn make(
    photos: &[Photo],
    folder: &Path,
    (tag, draw): (&str, fn(&mut ChaCha8Rng) -> Coding),
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    std::fs::create_dir_all(folder.join("coded")).map_err(Error::io("the stock", folder))?;
    let done: BTreeSet<String> = table::read::<table::CodedRow>(folder, table::CODED)?
        .into_iter()
        .map(|r| r.version)
        .collect();
    let version = |photo: &Photo| format!("coded/{}.{tag}.png", stem(&photo.file));
    // A clip has one size of frame: photos of like sizes stand together.
    let mut order: Vec<&Photo> = photos.iter().collect();
    order.sort_by(|a, b| {
        (a.face.w, &a.file).partial_cmp(&(b.face.w, &b.file)).unwrap_or(std::cmp::Ordering::Equal)
    });
    for (i, chunk) in order.chunks(CHUNK).enumerate() {
        ctx.step(Phase::Writing, (i * CHUNK) as u64, photos.len() as u64)?;
        let todo: Vec<&Photo> =
            chunk.iter().copied().filter(|p| !done.contains(&version(p))).collect();
        if todo.is_empty() {
            continue;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(i as u64);
        let coding = draw(&mut rng);
        let pictures: Vec<RgbImage> =
            todo.par_iter().map(|p| read(&p.path)).collect::<Result<_, _>>()?;
        let coded = coding::through(&pictures, coding)?;
        let save = |(photo, picture): (&&Photo, &RgbImage)| {
            let version = version(photo);
            let path = folder.join(&version);
            media::write_png(&path, picture).map_err(|e| Error::malformed_file(&path, &e))?;
            Ok(table::CodedRow { file: photo.file.clone(), version, coding: coding.name() })
        };
        let rows: Vec<_> = todo.par_iter().zip(&coded).map(save).collect::<Result<_, Error>>()?;
        table::append(folder, table::CODED, &rows)?;
    }
    Ok(())
}
