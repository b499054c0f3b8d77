//! `forge`: makes forgeries of one photo, with their masks, for a person to look at.
//!
//! * **In**: a photo with a face, perhaps a donor. **Out**: PNG files in a folder.
//! * **Not here**: the forging (`train::forge`).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use rand::SeedableRng as _;

use super::args::ToolArgs;
use super::output;
use crate::base::{Limits, TaskCtx};
use crate::faces::Finder;
use crate::infer::Engine;
use crate::media;
use crate::pipeline::FINDER;
use crate::train::data;
use crate::train::forge::{Method, Portrait, PostProcessing, forge};

/// Arguments of `forge`.
#[derive(Debug, Args)]
pub struct ForgeArgs {
    /// Photo of a real face
    #[arg(value_name = "PHOTO")]
    photo: PathBuf,
    /// Photo of another person, for swaps
    #[arg(long, value_name = "PHOTO")]
    donor: Option<PathBuf>,
    /// How to forge: self-blend, person-swap, inpaint, attribute, resample; all without it
    #[arg(long, value_name = "METHOD")]
    method: Option<Method>,
    /// Folder for the pictures; it is made if need be
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Forgeries of every method
    #[arg(long, default_value_t = 3)]
    count: u64,
    /// Decides everything
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Add the scaling, blur, noise and JPEG of training (to both partners)
    #[arg(long)]
    degrade: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Forges and writes `NAME.METHOD.SEED.{forged,mask,real}.png`.
pub(super) fn run(args: ForgeArgs) -> anyhow::Result<()> {
    let store = args.tools.models();
    let engine = Engine::start(&args.tools.engine())?;
    let mut finder = Finder::load(&engine, &store.read(FINDER)?)?;
    let target = portrait(&args.photo, &mut finder)?;
    let donor = args.donor.as_deref().map(|path| portrait(path, &mut finder)).transpose()?;
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let post = if args.degrade { PostProcessing::Varied } else { PostProcessing::None };
    let methods = args.method.map_or_else(|| Method::ALL.to_vec(), |m| vec![m]);
    let stem = args.photo.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for method in methods {
        if method == Method::PersonSwap && donor.is_none() {
            output::people("person-swap needs --donor; left out");
            continue;
        }
        for seed in args.seed..args.seed + args.count {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let pair = forge(&target, donor.as_ref(), method, post, &mut rng);
            let name =
                |what: &str| args.out.join(format!("{stem}.{}.{seed}.{what}.png", method.as_str()));
            media::write_png(&name("forged"), &pair.forged)?;
            media::write_png(&name("real"), &pair.real)?;
            let mask: Vec<u8> = pair.mask.data.iter().map(|m| (m * 255.0).round() as u8).collect();
            let (w, h) = (pair.forged.width_px, pair.forged.height_px);
            media::write_png_gray(&name("mask"), w, h, &mask)?;
            output::data(&format!("{} ({:?})", name("forged").display(), pair.kind))?;
        }
    }
    Ok(())
}

fn portrait(path: &Path, finder: &mut Finder) -> anyhow::Result<Portrait> {
    let ctx = TaskCtx::silent();
    let still = media::open_still(path, &Limits::default(), &ctx)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let faces = finder.find(&still.frame, &ctx)?;
    let upright = still.frame.upright_from_image();
    for face in faces {
        if let Some(landmarks) = face.landmarks {
            let landmarks = landmarks.map(|p| upright.apply(p));
            return Ok(data::portrait(&still.frame, landmarks, upright.apply_rect(&face.box_px)));
        }
    }
    bail!("no face was found in {}", path.display())
}
