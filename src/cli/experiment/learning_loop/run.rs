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
  pentimento experiment loop --method patch-fill --budget 3 --strategies concept,random --seeds 1,2,3";

/// Arguments of `experiment loop`.
#[derive(Debug, Args)]
pub struct LoopArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Folder of all results; each seed has a folder in it
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
    /// Seeds of pictures, random order and batches, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
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
    let mut measured = Vec::new();
    for seed in &args.seeds {
        let folder = args.run.join(format!("seed-{seed}"));
        measured.push(Question { args, seed: *seed, folder }.measured()?);
        page::write_section(&args.out, &measured)?;
    }
    output::print_page(&page::section(&measured))?;
    Ok(())
}

/// What is asked with one seed.
struct Question<'a> {
    args: &'a LoopArgs,
    seed: u64,
    /// Where its pictures and results lie.
    folder: PathBuf,
}

impl Question<'_> {
    /// The answers, those that lie there taken over.
    fn measured(&self) -> anyhow::Result<Measured> {
        let Self { args, seed, folder } = self;
        let store = args.tools.models();
        let options = args.tools.clone().engine();
        let engine = Engine::start(&options)?;
        let line = ProgressLine::bar(1);
        let on_progress = |p| line.step(p);
        let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
        let parent = parent_of(Some(&args.parent), &store)?;
        // The queue is examined by the parent, whatever the user has in use.
        let library = Library::at(folder.join("library"));
        library.install(&parent)?;
        library.choose(&parent.card.name)?;
        let folders = store.all_folders().map(Path::to_owned).collect();
        let store = ModelStore::from_folders(folders).with_library(library);
        let photos = if pictures::is_made(folder) && args.replay == 0.0 {
            None
        } else {
            Some(args.photos.read(&store, &engine, &ctx)?)
        };
        let made = self.pictures(photos.as_ref(), &ctx)?;
        let mut finder = Finder::load(&engine, &store.read(FINDER)?)?;
        let rest = Items::read(dataset::open(&made.rest)?, &mut finder, &ctx)?;

        let path = folder.join("measured.json");
        let mut measured = self.begun(&path, &parent, &made)?;
        let annotator = Annotator { store: &store, engine: &options, folder };
        let examined = annotator.examine(&made, &line)?;
        let looked_at = ((made.truth.len() as f64 * args.budget / 100.0).round() as usize).max(1);

        let train = photos.map(|Photos { train, .. }| Arc::new(train)).unwrap_or_default();
        let trial = Trial {
            question: self,
            parent: &parent,
            rest: &rest,
            engine: &engine,
            photos: train,
            store: &store,
        };
        let keep = |measured: &mut Measured, arm: Arm| -> anyhow::Result<()> {
            measured.arms.push(arm);
            let text = serde_json::to_string_pretty(&measured)?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        let is_done =
            |measured: &Measured, name: &str| measured.arms.iter().any(|a| a.name == name);
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
            let set_name = format!("{name}-{n}");
            let set = annotator.correct(&examined, &set_name, strategy, n, *seed, &made, &line)?;
            let (bundle, n_learned) = trial.retrain(&set, &set_name, &ctx)?;
            let exam = trial.exam(&bundle, &ctx)?;
            keep(&mut measured, arm_of(&name, n as u64, n_learned, &exam))?;
        }
        Ok(measured)
    }

    /// The pictures of the queue and those held out: as they lie there, or made now.
    fn pictures(&self, photos: Option<&Photos>, ctx: &TaskCtx<'_>) -> anyhow::Result<PictureSet> {
        let Self { args, seed, folder } = self;
        let making = PicturePlan {
            folder: folder.clone(),
            method: args.method,
            n_pool: args.pool,
            n_rest: args.rest,
            seed: *seed,
        };
        let made = match photos {
            Some(photos) if !pictures::is_made(folder) => {
                pictures::make(&making, &photos.train, &photos.test, ctx)?
            }
            _ => pictures::read(folder)?,
        };
        let n_pool = made.truth.len() as u64;
        let is_asked = made.seed.is_none_or(|own| {
            own == *seed
                && made.method == args.method.as_str()
                && (n_pool, made.n_rest) == (args.pool, args.rest)
        });
        if !is_asked {
            bail!(
                "{} holds other pictures ({}, {n_pool} and {}); choose another --run",
                folder.display(),
                made.method,
                made.n_rest
            );
        }
        Ok(made)
    }

    /// What was measured before, if it was of the same question.
    fn begun(&self, path: &Path, parent: &Bundle, made: &PictureSet) -> anyhow::Result<Measured> {
        let Self { args, seed, .. } = self;
        let hash = parent.card.file.sha256.get(..8).unwrap_or_default();
        let fresh = Measured {
            date: today(),
            commit: commit(),
            command: format!(
                "pentimento experiment loop --method {} --pool {} --rest {} --budget {} --strategies {} \
                 --parent {} --steps {} --pairs {} --replay {} --seeds {seed}",
                made.method,
                made.truth.len(),
                made.n_rest,
                args.budget,
                args.strategies.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(","),
                args.parent,
                args.steps,
                args.pairs,
                args.replay,
            ),
            parent: format!("{} ({hash})", parent.card.name),
            method: made.method.clone(),
            n_pool: made.truth.len() as u64,
            n_rest: made.n_rest,
            budget: args.budget,
            steps: args.steps,
            pairs: args.pairs,
            replay: args.replay,
            seed: *seed,
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
}

fn arm_of(name: &str, n_looked_at: u64, [n_forged, n_real]: [u64; 2], exam: &Exam) -> Arm {
    let (exam, auc_interval) = (exam.figures(), exam.auc_interval);
    Arm { name: name.to_owned(), n_looked_at, n_forged, n_real, exam, auc_interval }
}

/// What all arms share.
struct Trial<'a> {
    question: &'a Question<'a>,
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
        let Question { args, seed, folder } = self.question;
        let LoopArgs { steps, pairs, replay, .. } = **args;
        let rate =
            if replay > 0.0 { refine::RATE_WITH_REPLAY } else { refine::RATE_WITHOUT_REPLAY };
        let plan = refine::plan(*seed, steps, pairs, rate, &self.parent.folder);
        let mut batches = Mixed::new(Arc::clone(&items), Arc::clone(&self.photos), replay, &plan)?;
        let run = folder.join("train").join(name);
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
