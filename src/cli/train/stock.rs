//! `stock`: makes beforehand what a training with the wide recipe takes from disk, a folder of
//! pictures of real people that is never to be committed.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::photos::{PhotoArgs, Photos};
use super::step_log::StepLog;
use crate::base::{Cancel, TaskCtx};
use crate::cli::output;
use crate::cli::progress::{ProgressArg, ProgressLine};
use crate::cli::tools::ToolArgs;
use crate::infer::Engine;
use crate::train::data::prepare::{Amounts, prepare};

/// Arguments of `stock`.
#[derive(Debug, Args)]
pub struct StockArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Folder to fill; what is there stays
    #[arg(long, value_name = "DIR", default_value = "runs/stock")]
    out: PathBuf,
    /// Folder with `taef2_encoder.pth` and `taef2_decoder.pth`, for --decoded and --squares
    #[arg(long, value_name = "DIR")]
    taef2: Option<PathBuf>,
    /// Versions of every training photo through video codecs
    #[arg(long, default_value_t = 2)]
    coded: usize,
    /// Training photos drawn by the autoencoder, 0 for none; a sixth as many of each other split
    #[arg(long, default_value_t = 2400)]
    decoded: usize,
    /// One-shot swaps that go through it, 0 for none; a sixth as many of each other split
    #[arg(long, default_value_t = 1800)]
    squares: usize,
    /// Forgeries with their real partners that go through one codec
    #[arg(long, default_value_t = 3000)]
    pairs: usize,
    /// How far the work is, on stderr
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    progress: ProgressArg,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Fills the folder.
pub(in crate::cli) fn run(args: StockArgs) -> anyhow::Result<()> {
    let StockArgs { coded, decoded, squares, pairs, .. } = args;
    let taef2 = args.taef2.as_deref().filter(|_| decoded + squares > 0);
    if taef2.is_none() && decoded + squares > 0 {
        bail!(
            "drawn faces need the weights of TAEF2: name their folder with --taef2, or leave such \
             faces out with --decoded 0 --squares 0"
        );
    }
    let store = args.tools.models();
    let line = ProgressLine::new(args.progress, 1);
    let engine = Engine::start(&args.tools.engine())?;
    let log = StepLog::new(&line);
    let on_progress = |p| log.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let photos = args.photos.read(&store, &engine, &ctx)?;
    let Photos { train, validation, test } = &photos;
    let amounts = Amounts { coded, decoded, squares, pairs };
    prepare([train, validation, test], &args.out, taef2, amounts, &engine, &ctx)?;
    drop(line);
    output::print_line(&args.out.display().to_string())?;
    Ok(())
}
