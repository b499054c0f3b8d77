//! `experiment loop`: plays an annotator through the learning loop and measures what it gains.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;

use super::annotator::Annotator;
use super::measured::{Arm, Measured};
use super::page;
use super::pictures::{self, PicturePlan, PictureSet};
use crate::base::{Cancel, TaskCtx};
use crate::bundle::{Bundle, Library, ModelStore};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::cli::train::photos::{PhotoArgs, Photos};
use crate::cli::train::refine::parent_of;
use crate::cli::train::{commit, today};
use crate::curate::QueueStrategy;
use crate::dataset;
use crate::detect::Detector;
use crate::faces::Finder;
use crate::infer::Engine;
use crate::pipeline::FINDER;
use crate::train::fit;
use crate::train::forge::Method;
use crate::train::refine::{self, Exam, Items, Mixed, Parent};

pub(in crate::cli::experiment) const HELP: &str = "\
Pictures are made once: half are forged by one method that the detector was not trained on,
half are real. Every arm gets a copy of the examined case: each strategy of the queue with the
budget, and all pictures. Every arm is retrained with the same steps and measured on the same
held-out pictures, of people outside the training set. Finished parts are stored in the run
folder and not repeated.

Example:
  pentimento experiment loop --method patch-fill --budget 3 --strategies concept,random";

/// Arguments of `experiment loop`.
#[derive(Debug, Args)]
pub struct LoopArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Folder of all results
    #[arg(long, value_name = "DIR", default_value = "runs/loop")]
    run: PathBuf,
    /// The page that gets a section
    #[arg(long, value_name = "FILE", default_value = "models/lae/RESULTS.md")]
    out: PathBuf,
    /// Forgery method
    #[arg(long, value_name = "METHOD", default_value = "patch-fill", value_parser = method)]
    method: Method,
    /// Pictures in the queue, half of them forged
    #[arg(long, default_value_t = 1200)]
    pool: u64,
    /// Pictures held out, half of them forged
    #[arg(long, default_value_t = 400)]
    rest: u64,
    /// Percentage of the queue that is annotated
    #[arg(long, default_value_t = 3.0)]
    budget: f64,
    /// Ranking strategies, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "concept,random", value_parser = strategy)]
    strategies: Vec<QueueStrategy>,
    /// Skip the arm in which all pictures are corrected
    #[arg(long)]
    without_all: bool,
    /// Detector to retrain, by name or folder
    #[arg(long, value_name = "NAME", default_value = "lae")]
    parent: String,
    /// Optimizer steps of every retraining
    #[arg(long, default_value_t = 100)]
    steps: u64,
    /// Pairs per step
    #[arg(long, default_value_t = 12)]
    pairs: usize,
    /// Share of every step that is replayed from photos; 0 needs no photos if the pictures exist
    /// already
    #[arg(long, default_value_t = refine::REPLAY)]
    replay: f64,
    /// Seed of pictures, random order and batches
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    tools: ToolArgs,
}

fn method(word: &str) -> Result<Method, String> {
    let all = Method::ALL;
    let names = || all.map(Method::as_str).join(", ");
    all.into_iter()
        .find(|method| method.as_str() == word)
        .ok_or_else(|| format!("{word:?} is not one of {}", names()))
}

fn strategy(word: &str) -> Result<QueueStrategy, String> {
    word.parse().map_err(|error: crate::curate::UnknownStrategy| error.to_string())
}

/// Makes the pictures, plays the annotator, retrains, measures, writes the section.
pub(in crate::cli::experiment) fn run(args: &LoopArgs) -> anyhow::Result<()> {
    let store = args.tools.models();
    let options = args.tools.clone().engine();
    let engine = Engine::start(&options)?;
    let line = ProgressLine::bar(1);
    let on_progress = |p| line.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let parent = parent_of(Some(&args.parent), &store)?;
    // The queue is examined by the parent, whatever the user has in use.
    let library = Library::at(args.run.join("library"));
    library.install(&parent)?;
    library.choose(&parent.card.name)?;
    let folders = store.all_folders().map(Path::to_owned).collect();
    let store = ModelStore::from_folders(folders).with_library(library);
    let is_made = pictures::is_made(&args.run);
    let photos = if is_made && args.replay == 0.0 {
        None
    } else {
        Some(args.photos.read(&store, &engine, &ctx)?)
    };
    let making = PicturePlan {
        folder: args.run.clone(),
        method: args.method,
        n_pool: args.pool,
        n_rest: args.rest,
        seed: args.seed,
    };
    let made = match &photos {
        Some(photos) if !is_made => pictures::make(&making, &photos.train, &photos.test, &ctx)?,
        _ => pictures::read(&args.run)?,
    };
    let is_asked = |of: &PictureSet| {
        let n_pool = of.truth.len() as u64;
        of.seed.is_none_or(|seed| seed == args.seed)
            && (of.seed.is_none() || of.method == args.method.as_str())
            && (of.seed.is_none() || (n_pool, of.n_rest) == (args.pool, args.rest))
    };
    if !is_asked(&made) {
        bail!(
            "{} holds other pictures ({}, {} and {}); choose another --run",
            args.run.display(),
            made.method,
            made.truth.len(),
            made.n_rest
        );
    }
    let mut finder = Finder::load(&engine, &store.read(FINDER)?)?;
    let rest = Items::read(dataset::open(&made.rest)?, &mut finder, &ctx)?;

    let path = args.run.join("measured.json");
    let mut measured = begun(&path, args, &parent, &made)?;
    let annotator = Annotator { store: &store, engine: &options, folder: &args.run };
    let examined = annotator.examine(&made, &line)?;
    let looked_at = ((made.truth.len() as f64 * args.budget / 100.0).round() as usize).max(1);

    let train = photos.map(|Photos { train, .. }| Arc::new(train)).unwrap_or_default();
    let trial =
        Trial { args, parent: &parent, rest: &rest, engine: &engine, photos: train, store: &store };
    let keep = |measured: &mut Measured, arm: Arm| -> anyhow::Result<()> {
        measured.arms.push(arm);
        let text = serde_json::to_string_pretty(&measured)?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let is_done = |measured: &Measured, name: &str| measured.arms.iter().any(|a| a.name == name);
    if !is_done(&measured, "none") {
        let exam = trial.exam(&parent, &ctx)?;
        keep(&mut measured, arm_of("none", 0, [0, 0], &exam))?;
    }
    let mut arms: Vec<(String, Option<QueueStrategy>)> =
        args.strategies.iter().map(|s| (s.as_str().to_owned(), Some(*s))).collect();
    if !args.without_all {
        arms.push(("all".to_owned(), None));
    }
    for (name, strategy) in arms {
        if is_done(&measured, &name) {
            continue;
        }
        let n = if strategy.is_some() { looked_at } else { made.truth.len() };
        let folder = format!("{name}-{n}");
        let set = annotator.correct(&examined, &folder, strategy, n, args.seed, &made, &line)?;
        let (bundle, n_learned) = trial.retrain(&set, &folder, &ctx)?;
        let exam = trial.exam(&bundle, &ctx)?;
        keep(&mut measured, arm_of(&name, n as u64, n_learned, &exam))?;
    }
    drop(line);
    output::print_page(&page::section(&measured))?;
    page::write_section(&args.out, &measured)?;
    Ok(())
}

fn arm_of(name: &str, n_looked_at: u64, [n_forged, n_real]: [u64; 2], exam: &Exam) -> Arm {
    let (exam, auc_interval) = (exam.figures(), exam.auc_interval);
    Arm { name: name.to_owned(), n_looked_at, n_forged, n_real, exam, auc_interval }
}

/// What was measured before, if it was of the same question.
fn begun(
    path: &Path,
    args: &LoopArgs,
    parent: &Bundle,
    made: &PictureSet,
) -> anyhow::Result<Measured> {
    let hash = parent.card.file.sha256.get(..8).unwrap_or_default();
    let fresh = Measured {
        date: today(),
        commit: commit(),
        command: format!(
            "pentimento experiment loop --method {} --pool {} --rest {} --budget {} --strategies {} \
             --parent {} --steps {} --pairs {} --replay {} --seed {}",
            made.method,
            made.truth.len(),
            made.n_rest,
            args.budget,
            args.strategies.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(","),
            args.parent,
            args.steps,
            args.pairs,
            args.replay,
            args.seed
        ),
        parent: format!("{} ({hash})", parent.card.name),
        method: made.method.clone(),
        n_pool: made.truth.len() as u64,
        n_rest: made.n_rest,
        budget: args.budget,
        steps: args.steps,
        pairs: args.pairs,
        replay: args.replay,
        seed: args.seed,
        arms: Vec::new(),
    };
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(fresh) };
    let earlier: Measured = serde_json::from_str(&text)
        .with_context(|| format!("{} is damaged; remove it to begin again", path.display()))?;
    if earlier.command != fresh.command || earlier.parent != fresh.parent {
        bail!(
            "{} is of another question ({}, {}); choose another --run",
            path.display(),
            earlier.command,
            earlier.parent
        );
    }
    Ok(earlier)
}

/// What all arms share.
struct Trial<'a> {
    args: &'a LoopArgs,
    parent: &'a Bundle,
    rest: &'a Items,
    engine: &'a Engine,
    photos: Arc<Vec<crate::train::data::Photo>>,
    store: &'a ModelStore,
}

impl Trial<'_> {
    /// Learns from a data set; with the number of masks in it.
    fn retrain(
        &self,
        set: &Path,
        name: &str,
        ctx: &TaskCtx<'_>,
    ) -> anyhow::Result<(Bundle, [u64; 2])> {
        let set = dataset::open(set)?;
        let mut finder = Finder::load(self.engine, &self.store.read(FINDER)?)?;
        let mut items = Items::read(set, &mut finder, ctx)?;
        // What is measured on lies elsewhere: the whole budget is learned from.
        items.learn_all();
        let n = |is_forged: bool| {
            items.train.iter().filter(|face| face.is_forged == is_forged).count() as u64
        };
        let n_learned = [n(true), n(false)];
        let items = Arc::new(items);
        let LoopArgs { steps, pairs, replay, seed, .. } = *self.args;
        let rate =
            if replay > 0.0 { refine::RATE_WITH_REPLAY } else { refine::RATE_WITHOUT_REPLAY };
        let plan = refine::plan(seed, steps, pairs, rate, &self.parent.folder);
        let mut batches = Mixed::new(Arc::clone(&items), Arc::clone(&self.photos), replay, &plan)?;
        let run = self.args.run.join("train").join(name);
        let fitted = fit::fit(&plan, &mut batches, &[], &run, ctx)?;
        let facts = Parent {
            card: self.parent.card.clone(),
            n_learned: items.train.len(),
            set: name.to_owned(),
            date: today(),
            commit: commit(),
        };
        let out = run.join("bundle");
        let made = (&plan, fitted.steps);
        Ok((refine::without_photos(&fitted.model, &facts, made, &out)?, n_learned))
    }

    /// On the pictures held out.
    fn exam(&self, bundle: &Bundle, ctx: &TaskCtx<'_>) -> anyhow::Result<Exam> {
        let mut detector = Detector::load(self.engine, bundle)?;
        Ok(refine::compare(&mut detector, self.rest, &self.rest.held_out, ctx)?)
    }
}
