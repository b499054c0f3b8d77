//! A running average of a net's weights: what is measured and shipped of a wide run.
//!
//! Weights of single steps jump about in the last batches' favor; their exponential average lies in
//! the middle and does better (Izmailov et al., "Averaging Weights Leads to Wider Optima", UAI
//! 2018). Its batch normalization is estimated anew from whole batches, as that paper asks.

use std::collections::HashMap;
use std::path::Path;

use burn::module::{Module as _, ModuleMapper, ModuleVisitor, Param, ParamId, RunningState};
use burn::tensor::{Device, Tensor, TensorData, Transaction};

use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::net::Lae;

/// File beside the weights themselves.
pub(in crate::train) const FILE: &str = "average.bpk";
/// Batches that the statistics of the normalization are estimated from.
pub(in crate::train) const BATCHES: u64 = 2;

/// The average, on the processor, without gradients.
pub(in crate::train) struct Average {
    model: Lae,
    decay: f64,
    n_steps: u64,
    /// The last batches.
    recent: Vec<Batch>,
}

impl Average {
    /// Begins with a net as it is.
    pub(in crate::train) fn new(model: &Lae, decay: f64) -> Self {
        Self { model: apart(model), decay, n_steps: 0, recent: Vec::new() }
    }

    /// Moves the average toward `model` and keeps the batch.
    pub(in crate::train) fn follow(&mut self, model: &Lae, batch: &Batch) {
        self.n_steps += 1;
        // The first steps count more: else the start would be remembered for long.
        let n = self.n_steps as f64;
        let decay = self.decay.min((1.0 + n) / (10.0 + n));
        let mut moved = Follow { seen: weights(model), decay };
        self.model = self.model.clone().map(&mut moved);
        self.remember(batch);
    }

    /// Keeps a batch for the statistics of the normalization.
    pub(in crate::train) fn remember(&mut self, batch: &Batch) {
        if self.recent.len() as u64 == BATCHES {
            self.recent.remove(0);
        }
        self.recent.push(batch.clone());
    }

    /// The average with statistics that suit it.
    pub(in crate::train) fn settled(&self) -> Lae {
        let mut model = apart(&self.model);
        let device = Device::flex();
        let (mut n, mut sums, mut squares) = (0.0, Vec::<f64>::new(), Vec::<f64>::new());
        for batch in &self.recent {
            let pictures = 2 * batch.n_pairs;
            let input = TensorData::new(batch.input.clone(), [pictures, 3, batch.px, batch.px]);
            let values = model.before_norm(Tensor::from_data(input, &device));
            let [_, channels, h, w] = values.dims();
            let flat = values.swap_dims(0, 1).reshape([channels, pictures * h * w]);
            let count = (pictures * h * w) as f64;
            let add = |to: &mut Vec<f64>, mean: Tensor<2>| {
                let means = crate::train::net::floats(mean);
                to.resize(means.len(), 0.0);
                to.iter_mut().zip(means).for_each(|(sum, m)| *sum += f64::from(m) * count);
            };
            add(&mut sums, flat.clone().mean_dim(1));
            add(&mut squares, (flat.clone() * flat).mean_dim(1));
            n += count;
        }
        if n > 0.0 {
            let means: Vec<f32> = sums.iter().map(|s| (s / n) as f32).collect();
            let vars: Vec<f32> = squares
                .iter()
                .zip(&means)
                .map(|(s, m)| (s / n - f64::from(*m).powi(2)).max(0.0) as f32)
                .collect();
            let state = |values: Vec<f32>| {
                let shape = [values.len()];
                RunningState::new(Tensor::from_data(TensorData::new(values, shape), &device))
            };
            model.head.norm.running_mean = state(means);
            model.head.norm.running_var = state(vars);
        }
        model
    }

    pub(in crate::train) fn save(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        self.settled().save_file(&path).map_err(Error::unwritten(&path))?;
        Ok(())
    }

    /// The average of a checkpoint; `None` where it has none.
    pub(in crate::train) fn restored(
        model: &Lae,
        (decay, n_steps): (f64, u64),
        folder: &Path,
    ) -> Result<Option<Self>, Error> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let record = |e: burn::store::RecordError| Error::malformed_file(&path, &e);
        let model = apart(model).try_load_file(&path).map_err(record)?;
        Ok(Some(Self { model, decay, n_steps, recent: Vec::new() }))
    }
}

/// A copy on the processor, in evaluation mode, with running statistics of its own.
fn apart(model: &Lae) -> Lae {
    model.valid().to_device(&Device::flex()).with_own_statistics()
}

/// Every weight, flat. All are read in one go: a graphics card is waited for once.
fn weights(model: &Lae) -> HashMap<ParamId, Vec<f32>> {
    #[derive(Default)]
    struct Seen {
        ids: Vec<ParamId>,
        reading: Transaction,
    }
    impl ModuleVisitor for Seen {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.ids.push(param.id);
            let reading = std::mem::take(&mut self.reading);
            self.reading = reading.register(param.val().without_autodiff());
        }
    }
    let mut seen = Seen::default();
    model.visit(&mut seen);
    let values = seen.reading.execute();
    seen.ids.into_iter().zip(values.iter().map(|v| v.iter::<f32>().collect())).collect()
}

struct Follow {
    seen: HashMap<ParamId, Vec<f32>>,
    decay: f64,
}

impl ModuleMapper for Follow {
    fn map_float<const D: usize>(&mut self, weights: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(new) = self.seen.remove(&weights.id) else { return weights };
        let decay = self.decay as f32;
        weights.map(|old| {
            let (shape, device) = (old.dims(), old.device());
            let mut values = crate::train::net::floats(old);
            for (v, n) in values.iter_mut().zip(&new) {
                *v += (1.0 - decay) * (n - *v);
            }
            Tensor::from_data(TensorData::new(values, shape), &device)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::net::floats;

    fn batch() -> Batch {
        let px = 32;
        Batch {
            px,
            input: (0..2 * 3 * px * px).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect(),
            masks: vec![0.0; 2 * 16],
            known: vec![1.0],
            weights: vec![1.0],
            n_pairs: 1,
        }
    }

    fn weight(model: &Lae) -> Vec<f32> {
        floats(model.head.latent.weight.val())
    }

    #[test]
    fn it_moves_towards_the_net_and_a_file_brings_it_back() {
        let device = Device::flex();
        device.seed(5);
        let (first, second) = (Lae::new(&device), Lae::new(&device));
        // The same parameters with other values, as after a step.
        let mut stepped = first.clone();
        let other = floats(second.head.latent.weight.val());
        stepped.head.latent.weight = first
            .head
            .latent
            .weight
            .clone()
            .map(|w| Tensor::from_data(TensorData::new(other.clone(), w.dims()), &w.device()));
        let mut average = Average::new(&first, 0.5);
        let start = weight(&average.model);
        average.follow(&stepped, &batch());
        let decay = 2.0 / 11.0;
        for ((a, b), now) in start.iter().zip(&other).zip(weight(&average.model)) {
            assert!((a * decay + b * (1.0 - decay) - now).abs() < 1e-5, "{a} {b} {now}");
        }
        assert_ne!(start, other, "two draws differ");
        let folder = tempfile::tempdir().unwrap();
        average.save(folder.path()).unwrap();
        let back = Average::restored(&first, (0.5, 1), folder.path()).unwrap().unwrap();
        assert_eq!(weight(&back.model), weight(&average.model));
        let nothing = tempfile::tempdir().unwrap();
        assert!(Average::restored(&first, (0.5, 1), nothing.path()).unwrap().is_none());
    }

    #[test]
    fn its_statistics_are_those_of_the_batches() {
        let device = Device::flex();
        device.seed(6);
        let net = Lae::new(&device);
        let mut average = Average::new(&net, 0.9);
        average.follow(&net, &batch());
        let settled = average.settled();
        let input = TensorData::new(batch().input, [2, 3, 32, 32]);
        let values = settled.before_norm(Tensor::from_data(input, &device));
        let [n, channels, h, w] = values.dims();
        let flat = floats(values.swap_dims(0, 1).reshape([channels, n * h * w]));
        let norm = &settled.head.norm;
        let known = floats(norm.running_mean.value_sync())
            .into_iter()
            .zip(floats(norm.running_var.value_sync()));
        for (of_channel, (mean, var)) in flat.chunks(n * h * w).zip(known) {
            let count = of_channel.len() as f32;
            let wanted = of_channel.iter().sum::<f32>() / count;
            let spread = of_channel.iter().map(|v| (v - wanted).powi(2)).sum::<f32>() / count;
            assert!((mean - wanted).abs() < 1e-5, "{mean} for {wanted}");
            assert!((var - spread).abs() < 1e-5 + 0.01 * spread, "{var} for {spread}");
        }
    }
}
