//! Gradients of a batch: with respect to the weights, and to the pixels.
//!
//! A batch is cut in two and each half runs on its own thread: burn's CPU backend leaves much of a
//! step on one core. Batch normalization sees half a batch each. Each thread has a fork of the
//! weights: where two threads share tracked tensors, burn joins their graphs under one lock, and
//! one thread joining while the other walks backwards can wait for each other forever (seen with
//! burn 0.22.1). A graphics card gets the batch whole.

use std::path::Path;

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::chosen;
use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::fit::loss::{
    LossNumbers, LossWeights, Losses, Objective, Targets, critic_loss, lae_loss,
};
use crate::train::net::{CELL_PX, Critic, Lae, floats};

/// Gradients of one part of a batch.
pub(in crate::train) struct PartGradients {
    pub(in crate::train) encoder: GradientsParams,
    pub(in crate::train) head: GradientsParams,
    pub(in crate::train) critic: Option<GradientsParams>,
    /// Share of the whole batch, `0.0..=1.0`.
    pub(in crate::train) share: f32,
    pub(in crate::train) numbers: LossNumbers,
    /// Correctly classified pictures, at logit 0.
    pub(in crate::train) right: usize,
}

/// A part of a batch as tensors: input and targets.
fn tensors(batch: &Batch, known_share: f64, device: &Device) -> (Tensor<4>, Targets) {
    let n = 2 * batch.n_pairs;
    let cells = batch.px / CELL_PX;
    let labels: Vec<f32> = (0..n).map(|i| f32::from(u8::from(i >= batch.n_pairs))).collect();
    let known = [vec![1.0; batch.n_pairs], batch.known.clone()].concat();
    // Reals stay reals where nothing is left of the forgery: they count for half at least.
    let of_reals = batch.weights.iter().map(|w| 0.5 + 0.5 * w).collect();
    let weights = [of_reals, batch.weights.clone()].concat();
    let tensor1 = |v: Vec<f32>| Tensor::from_data(TensorData::new(v, [n]), device);
    let input = TensorData::new(batch.input.clone(), [n, 3, batch.px, batch.px]);
    let masks = TensorData::new(batch.masks.clone(), [n, cells, cells]);
    let targets = Targets {
        labels: tensor1(labels),
        masks: Tensor::from_data(masks, device),
        known: tensor1(known),
        known_share,
        weights: tensor1(weights),
    };
    (Tensor::from_data(input, device), targets)
}

/// Gradients of the weights for both halves of a batch. `originals` holds the pictures before they
/// were changed, which are what shall be reconstructed.
pub(in crate::train) fn of_weights(
    model: &Lae,
    critic: Option<&Critic>,
    objective: &Objective,
    batch: &Batch,
    originals: &Batch,
    device: &Device,
) -> Result<Vec<PartGradients>, Error> {
    of_weights_in(parts_on(device), (model, critic), objective, batch, originals, device)
}

/// As [`of_weights`], with the batch cut into this many parts, [`HALVES`] at most.
pub(in crate::train) fn of_weights_in(
    n_parts: usize,
    (model, critic): (&Lae, Option<&Critic>),
    objective: &Objective,
    batch: &Batch,
    originals: &Batch,
    device: &Device,
) -> Result<Vec<PartGradients>, Error> {
    let models = [(); HALVES].map(|()| forked(model, device));
    let critics = [(); HALVES].map(|()| critic.map(|c| c.clone().fork(device)));
    in_parts(n_parts, batch.n_pairs, |half, pairs| {
        let (model, critic) = (&models[half], critics[half].as_ref());
        let (part, whole) = (batch.part(pairs.clone()), batch);
        let share = part.n_pairs as f32 / whole.n_pairs as f32;
        let (input, targets) = tensors(&part, whole.known_share(), device);
        let original = if std::ptr::eq(batch, originals) {
            input.clone()
        } else {
            tensors(&originals.part(pairs), 0.0, device).0
        };
        let frozen = critic.map(|c| c.clone().freeze());
        let losses = lae_loss(model, frozen.as_ref(), input, &original, &targets, objective);
        let right = right_side(&losses, part.n_pairs);
        let mut gradients = (losses.total.clone() * share).backward();
        let critic = critic.zip(losses.reconstruction.as_ref()).map(|(critic, made)| {
            let loss = critic_loss(critic, &original, made) * share;
            GradientsParams::from_grads(loss.backward(), critic)
        });
        PartGradients {
            encoder: GradientsParams::from_module(&mut gradients, &model.encoder),
            head: GradientsParams::from_module(&mut gradients, &model.head),
            critic,
            share,
            numbers: losses.to_numbers(),
            right,
        }
    })
}

/// Gradient of the image score's cross-entropy with respect to every pixel, the net frozen and in
/// evaluation mode, as the paper's generators see it. `input` stands in for the batch's own.
/// `device` is that of the net, with gradients.
pub(in crate::train) fn input_gradient(
    model: &Lae,
    objective: &Objective,
    batch: &Batch,
    input: &[f32],
    device: &Device,
) -> Result<Vec<f32>, Error> {
    let frozen = [(); HALVES].map(|()| forked(model, device).freeze());
    let objective = Objective { weights: LossWeights::CLASSIFIER, ..*objective };
    let changed = Batch { input: input.to_vec(), ..batch.clone() };
    let halves = in_parts(parts_on(device), batch.n_pairs, |half, pairs| {
        let part = changed.part(pairs);
        let share = part.n_pairs as f32 / changed.n_pairs as f32;
        let (input, targets) = tensors(&part, changed.known_share(), device);
        let input = input.require_grad();
        let losses = lae_loss(&frozen[half], None, input.clone(), &input, &targets, &objective);
        let gradients = (losses.total * share).backward();
        let zeros = || vec![0.0; part.input.len()];
        input.grad(&gradients).map_or_else(zeros, floats)
    })?;
    // Every part holds its reals, then its forgeries.
    let (reals, forged): (Vec<&[f32]>, Vec<&[f32]>) =
        halves.iter().map(|part| part.split_at(part.len() / 2)).unzip();
    Ok([reals.concat(), forged.concat()].concat())
}

/// Threads at work on the processor.
const HALVES: usize = 2;

/// Parts of a batch: a graphics card is filled by one, and so is a single thread
/// (`RAYON_NUM_THREADS=1`).
fn parts_on(device: &Device) -> usize {
    let is_alone = rayon::current_num_threads() == 1;
    if *device == Device::flex() && !is_alone { HALVES } else { 1 }
}

/// A copy with leaves of its own and the running statistics of the original.
fn forked(model: &Lae, device: &Device) -> Lae {
    let mut copy = model.clone().fork(device);
    copy.head.norm.running_mean = model.head.norm.running_mean.clone();
    copy.head.norm.running_var = model.head.norm.running_var.clone();
    copy
}

/// Runs `work` on the first and the second half of the pairs, each on a thread of its own, or on all
/// of them.
fn in_parts<T: Send>(
    n_parts: usize,
    n_pairs: usize,
    work: impl Fn(usize, std::ops::Range<usize>) -> T + Sync,
) -> Result<Vec<T>, Error> {
    let middle = n_pairs.div_ceil(n_parts.clamp(1, HALVES));
    std::thread::scope(|scope| {
        let work = &work;
        let other = (middle < n_pairs).then(|| {
            std::thread::Builder::new()
                .name("trainer".to_owned())
                .spawn_scoped(scope, move || work(1, middle..n_pairs))
        });
        let mut done = vec![work(0, 0..middle)];
        if let Some(spawned) = other {
            let joined = spawned.map_err(Error::io("a thread", Path::new("trainer")))?.join();
            done.push(joined.map_err(|panic| Error::Panicked(chosen::panic_text(panic.as_ref())))?);
        }
        Ok(done)
    })
}

fn right_side(losses: &Losses, n_pairs: usize) -> usize {
    let logits = floats(losses.output.image_logits());
    logits.iter().enumerate().filter(|(i, logit)| (**logit > 0.0) == (*i >= n_pairs)).count()
}
