//! Trains and measures a row: pool, test sets and first phases are shared by all rows.
//!
//! Every row has two phases. Phase one is shared: a plain classifier or an autoencoder, trained
//! once a seed. Phase two goes on from its weights with the row's own terms, masks and game, a
//! fresh optimizer and a learning rate that warms up again, alike for every row. A row with a game
//! sees as many pictures again as changed copies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::budget::{Budget, Draws};
use super::cue::Cue;
use super::design::Set;
use super::evaluate::{Extent, answers_of_the_prior, evaluate, thresholds};
use super::facts::{cpu_secs, game_facts};
use super::pool::Pool;
use super::record::Record;
use super::setup::{Photos, Setup, TEST_SEED, VALIDATION_SEED, base_plan, config_of, forger};
use super::test_set::{TestPlan, TestSets};
use crate::base::{TaskCtx, sigmoid};
use crate::bundle::{Bundle, InputSize, Thresholds};
use crate::detect::Detector;
use crate::infer::Engine;
use crate::train::Error;
use crate::train::fit::loss::{LossWeights, Objective};
use crate::train::fit::{FitPlan, Fitted, fit};
use crate::train::game::{Game, GameForm};
use crate::train::net::HeadForm;
use crate::train::publish::export;
use crate::train::publish::export::Views;
use crate::train::publish::{self, Looks, Provenance};

/// Percentage of the pool from which a quarter of every batch of phase two is drawn.
const RESERVE: u32 = 3;

/// Measures a bundle on development sets: gets a folder of bundles in which it is called
/// [`BUNDLE`], gives figures by set.
pub type Dev<'a> = dyn Fn(&Path) -> Result<Figures, Error> + 'a;
/// Figures by set and name.
pub type Figures = BTreeMap<String, BTreeMap<String, f64>>;
/// Name of the bundle that [`Dev`] is to measure.
pub const BUNDLE: &str = "row";

/// What phase one asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Cross-entropy of the image score alone.
    Classifier,
    /// Everything of LAE but what needs masks.
    Autoencoder,
}

impl Start {
    /// The word in folder names.
    pub fn as_str(self) -> &'static str {
        self.into()
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
    pub start: Start,
    /// Weights of the loss terms.
    pub weights: LossWeights,
    /// Which masks are known.
    pub budget: Budget,
    /// From where a quarter of every batch is drawn; from 3 % at random when absent, so that rows
    /// differ in the masks they know and never in the pictures they see.
    pub reserve: Option<Budget>,
    pub game: Game,
}

/// Trains and measures rows.
pub struct Experiment<'a> {
    /// What decides the figures.
    pub setup: &'a Setup,
    pub photos: Photos<'a>,
    /// What runs written nets.
    pub engine: &'a Engine,
    /// Folder for checkpoints.
    pub folder: &'a Path,
    /// Development sets, where they are.
    pub dev: Option<&'a Dev<'a>>,
    /// Commit and day, for the records.
    pub stamp: (String, String),
    test_sets: Option<(TestSets, TestSets)>,
    pool: Option<(u64, Arc<Pool>)>,
    config: String,
}

impl<'a> Experiment<'a> {
    /// No pool and no test sets: they are made when they are first needed.
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
        Ok(Self { setup, photos, engine, folder, dev, stamp, test_sets: None, pool: None, config })
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
        let Setup { pool: n, test, design, .. } = self.setup;
        let pool = Pool::make(*n, test.px, design, &forger(self.photos.train, seed), ctx)?;
        let pool = Arc::new(pool);
        self.pool = Some((seed, Arc::clone(&pool)));
        Ok(pool)
    }

    /// The sets of test and of validation photos.
    fn test_sets(&mut self, ctx: &TaskCtx<'_>) -> Result<&(TestSets, TestSets), Error> {
        if self.test_sets.is_none() {
            let Setup { test: plan, design, .. } = self.setup;
            let (sets, cue) = (design.sets(), design.cue());
            tracing::info!("forging the test pairs: {} sets of {}", sets.len(), plan.pairs);
            let test = TestSets::make(sets, plan, cue, &forger(self.photos.test, TEST_SEED), ctx)?;
            let seen: Vec<Set> =
                sets.iter().copied().filter(|(name, _)| name.ends_with("-seen")).collect();
            let plan = TestPlan { pairs: self.setup.validation_pairs, quality_pairs: 0, ..*plan };
            let forger = forger(self.photos.validation, VALIDATION_SEED);
            let mut validation = TestSets::make(&seen, &plan, cue, &forger, ctx)?;
            if cue.is_some() {
                // Thresholds are set on pictures such as it was trained on.
                validation.columns.retain(|name, _| name.ends_with(Cue::AS_TRAINED));
            }
            self.test_sets = Some((test, validation));
        }
        self.test_sets.as_ref().ok_or_else(|| Error::TooLittle("no test sets".to_owned()))
    }

    /// Figures of the face-center baseline, with facts about the pairs.
    ///
    /// # Errors
    ///
    /// Forging; cancellation.
    pub fn blind(&mut self, row: &str, ctx: &TaskCtx<'_>) -> Result<Record, Error> {
        let (test, validation) = self.test_sets(ctx)?;
        let (columns, map_threshold) = answers_of_the_prior(test, validation);
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
            objective: self.objective(start.weights()),
            ..base_plan(self.setup, seed)
        };
        let none = Budget::from_chosen(pool.len(), &[]);
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
            objective: self.objective(treatment.weights),
            game: treatment.game,
            start_from: Some(start),
            ..base_plan(self.setup, seed)
        };
        let folder = self.seed_folder(seed).join(row);
        let known = treatment.budget.n_known();
        let random = || Budget::random(pool.len(), RESERVE, seed);
        let reserve = treatment.reserve.clone().unwrap_or_else(random);
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

    fn objective(&self, weights: LossWeights) -> Objective {
        Objective { form: self.setup.head, weights, ..Objective::default() }
    }

    fn seed_folder(&self, seed: u64) -> PathBuf {
        self.folder.join(&self.config).join(format!("seed{seed}"))
    }

    /// Writes the net as a bundle and evaluates it on the test sets, thresholds first.
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
        let px = self.setup.test.px;
        let bundle = bundle_of(fitted, plan, px, &folder)?;
        let mut detector = Detector::load(self.engine, &bundle)?;
        let form = plan.objective.form;
        let mut ask = |input: Vec<f32>| -> Result<(f32, Vec<f32>), Error> {
            if form == HeadForm::Cam {
                // The file of a bundle has the convolutional form alone.
                let device = burn::tensor::Device::flex();
                let output = export::reference(&fitted.model, form, Views::One, input, px, &device);
                return Ok((output.logits.first().copied().unwrap_or(f32::NAN), output.maps));
            }
            let tensor = crate::base::Tensor { shape: vec![1, 3, px, px], data: input };
            let output = detector.raw(&tensor)?;
            Ok((output.logit, output.map))
        };
        let (test, validation) = self.test_sets(ctx)?;
        let (threshold, map_threshold) = thresholds(&mut ask, validation, ctx)?;
        let columns = evaluate(&mut ask, test, extent, map_threshold, ctx)?;
        let upper = sigmoid(threshold);
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

fn bundle_of(fitted: &Fitted, plan: &FitPlan, px: usize, folder: &Path) -> Result<Bundle, Error> {
    let provenance = Provenance {
        name: BUNDLE.to_owned(),
        commit: String::new(),
        date: String::new(),
        terms: "a row of an experiment, not for use".to_owned(),
        license: "LicenseRef-research-only".to_owned(),
        looks: Looks::These(Vec::new()),
        pairs_per_method: 0,
    };
    let mut card = publish::draft_card(plan, fitted.steps, &provenance);
    card.input.size = InputSize::SquarePx(px as u32);
    Ok(Bundle::write(folder, card, export::to_onnx_at(&fitted.model, Views::One, px, &[]))?)
}
