//! The stages of a stock, one after another.

use std::path::Path;
use std::sync::Arc;

use super::{coded, decoded, pairs};
use crate::base::TaskCtx;
use crate::infer::Engine;
use crate::train::Error;
use crate::train::data::Photo;
use crate::train::data::stock::attach;
use crate::train::latent::Autoencoder;

/// Decides everything that is drawn.
const SEED: u64 = 0x57_0c4b;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    /// Coded versions of every training photo; unless 0, two of every other photo.
    pub coded: usize,
    /// Training photos drawn by the autoencoder; a sixth as many of each other split.
    pub decoded: usize,
    /// One-shot swaps that go through it; a sixth as many of each other split.
    pub squares: usize,
    /// Coded pairs, of training photos only.
    pub pairs: usize,
}

/// Fills a folder. It can be interrupted and gone on with; larger amounts add to what is there.
///
/// `taef2` is the folder of the autoencoder's weights; without it nothing is drawn.
///
/// # Errors
///
/// No `ffmpeg`, missing weights, files, cancellation.
pub fn prepare(
    [train, validation, test]: [&[Photo]; 3],
    folder: &Path,
    taef2: Option<&Path>,
    amounts: Amounts,
    engine: &Engine,
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(Error::io("the stock", folder))?;
    let log = |what: &str| tracing::info!("stock: {what}");
    for version in 0..amounts.coded {
        log("coded photos");
        let tag = version.to_string();
        coded::make(train, folder, (&tag, coded::draw), SEED + version as u64, ctx)?;
    }
    let held_out = if amounts.coded > 0 { &[(validation, 100), (test, 200)][..] } else { &[] };
    for (held_out, seed) in held_out.iter().copied() {
        coded::make(held_out, folder, ("0", coded::draw), SEED + seed, ctx)?;
        coded::make(held_out, folder, ("unseen", coded::draw_unseen), SEED + seed + 1, ctx)?;
    }
    if let Some(weights) = taef2 {
        let mut taef2 = Autoencoder::load(weights, engine)?;
        let splits = [(train, 1, 0), (validation, 6, 1), (test, 6, 2)];
        for (photos, divisor, seed) in splits {
            log("one-shot swaps");
            let wanted = (amounts.squares / divisor, SEED + 300 + seed);
            decoded::squares(photos, folder, &mut taef2, wanted, ctx)?;
        }
        for (photos, divisor, seed) in splits {
            log("drawn faces");
            let wanted = (amounts.decoded / divisor, SEED + 400 + seed);
            decoded::faces(photos, folder, &mut taef2, wanted, ctx)?;
        }
    }
    if amounts.pairs > 0 {
        log("coded pairs");
        let mut photos = train.to_vec();
        attach(&mut photos, folder)?;
        pairs::make(&Arc::new(photos), folder, (amounts.pairs, SEED + 500), ctx)?;
    }
    Ok(())
}
