//! Forgeries and their real partners through one codec, many pairs in one process of `ffmpeg`.

use std::path::Path;
use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::coded;
use crate::base::{Phase, RgbImage, TaskCtx};
use crate::train::Error;
use crate::train::batch::supply::Supply;
use crate::train::data::Photo;
use crate::train::data::coding;
use crate::train::data::stock::{pairs, table};
use crate::train::forge::{Pair, PostProcessing};

/// Pairs that go through one process of `ffmpeg`.
const CHUNK: usize = 24;
/// Pairs forged before they are sorted by size into clips.
const SORTED: usize = 10 * CHUNK;

/// Forges and codes pairs until there are `wanted`. Those that are there stay.
pub(super) fn make(
    photos: &Arc<Vec<Photo>>,
    folder: &Path,
    (wanted, seed): (usize, u64),
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let inside = folder.join("pairs");
    std::fs::create_dir_all(&inside).map_err(Error::io("the stock", &inside))?;
    let supply = Supply::new(Arc::clone(photos), Vec::new());
    let done = pairs::stored_pairs(folder)?.len();
    for first in (done..wanted).step_by(SORTED) {
        ctx.step(Phase::Writing, first as u64, wanted as u64)?;
        let forged = |i: usize| -> Result<_, Error> {
            Ok((i, supply.pair(PostProcessing::None, seed, i as u64)?.0))
        };
        let last = wanted.min(first + SORTED);
        let mut made = (first..last).into_par_iter().map(forged).collect::<Result<Vec<_>, _>>()?;
        made.sort_by_key(|(i, pair)| (pair.real.width_px, pair.real.height_px, *i));
        for chunk in made.chunks(CHUNK) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x636f_6465);
            rng.set_stream(chunk.first().map_or(0, |(i, _)| *i as u64));
            let coding = coded::draw(&mut rng);
            let pictures: Vec<RgbImage> =
                chunk.iter().flat_map(|(_, p)| [p.real.clone(), p.forged.clone()]).collect();
            let pictures = coding::through(&pictures, coding)?;
            let save = |((i, pair), coded): (&(usize, Pair), &[RgbImage])| {
                pairs::save(&inside.join(i.to_string()), pair, coded)?;
                let face = [pair.face.x, pair.face.y, pair.face.w, pair.face.h];
                Ok(table::PairRow {
                    name: i.to_string(),
                    method: pair.method.as_str().to_owned(),
                    kind: format!("{:?}", pair.kind),
                    coding: coding.name(),
                    face,
                })
            };
            let rows = chunk.par_iter().zip(pictures.par_chunks(2)).map(save);
            let rows: Vec<_> = rows.collect::<Result<_, Error>>()?;
            table::append(folder, table::PAIRS, &rows)?;
        }
    }
    Ok(())
}
