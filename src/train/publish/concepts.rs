//! The concepts of a finished net, for the card: channels of its last features that drive the
//! forged half of its latent.
//!
//! Mean over validation forgeries of `|sum over cells of F · da_1/dF|`.
//! Forgeries of all methods alike, at native quality, in the crop of the detector. The ranking is of
//! one look; the peaks are those of the shipped file's output `embedding`, which looks twice.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

use crate::base::{Phase, TaskCtx};
use crate::bundle::{Concept, Concepts};
use crate::train::Error;
use crate::train::batch::loader::{self, Framing};
use crate::train::data::Photo;
use crate::train::forge::{Method, PostProcessing};
use crate::train::net::{HeadForm, INPUT_PX, Lae, floats};
use crate::train::select::{self, Features, LatentLayer};

/// Channels named in the card.
const N_CONCEPTS: usize = 3;
/// More forgeries than this change the ranking no more.
const MAX_FORGERIES: u64 = 512;
/// Forgeries made and looked at together.
const CHUNK: u64 = 8;
/// Seed of these forgeries; no training seed reaches it.
const SEED: u64 = 0x5eed_0a14;

/// Sums over forgeries, one value a channel.
#[derive(Debug, Default)]
struct Sums {
    n: usize,
    sensitivity: Vec<f32>,
    peak: Vec<f32>,
}

/// Ranks the channels on `per_method` forgeries of every method, at most 512 in all.
///
/// # Errors
///
/// Undecodable photos, cancellation.
pub(in crate::train) fn find(
    model: &Lae,
    photos: &[Photo],
    per_method: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Concepts, Error> {
    let n_methods = Method::ALL.len() as u64;
    let total = per_method.min(MAX_FORGERIES / n_methods) * n_methods;
    let layer = LatentLayer::from_head(&model.head);
    let mut sums = Sums::default();
    for first in (0..total).step_by(CHUNK as usize) {
        ctx.step(Phase::Evaluating, first, total)?;
        let make = |i: u64| {
            let method = Method::ALL[(i % n_methods) as usize];
            forged_input(photos, method, i)
        };
        let last = (first + CHUNK).min(total);
        let inputs: Vec<Vec<f32>> =
            (first..last).into_par_iter().map(make).collect::<Result<_, _>>()?;
        let [own, of_both] = features(model, &inputs);
        sums.add(&own, &of_both, &layer);
    }
    ctx.step(Phase::Evaluating, total, total)?;
    Ok(sums.ranked())
}

fn forged_input(photos: &[Photo], method: Method, index: u64) -> Result<Vec<f32>, Error> {
    let post = PostProcessing::Native;
    let (pair, mut rng) = loader::make_pair_with(photos, Some(method), post, SEED, index)?;
    let crop = loader::crop_of(&pair, Framing::Centered, &mut rng);
    Ok(loader::input_of(&pair.forged, &crop))
}

/// Features of one look, and the mean of those of both.
fn features(model: &Lae, inputs: &[Vec<f32>]) -> [Features; 2] {
    let data = TensorData::new(inputs.concat(), [inputs.len(), 3, INPUT_PX, INPUT_PX]);
    let input: Tensor<4> = Tensor::from_data(data, &Device::flex());
    let own = model.features(input.clone(), HeadForm::Conv);
    let of_both = model.features_of_both(input, HeadForm::Conv);
    [own, of_both].map(|output| {
        let [_, channels, h, w] = output.features.dims();
        Features { channels, cells: h * w, values: floats(output.features) }
    })
}

impl Sums {
    fn add(&mut self, features: &Features, of_both: &Features, layer: &LatentLayer) {
        let n = features.values.len() / (features.channels * features.cells).max(1);
        self.n += n;
        self.sensitivity.resize(features.channels, 0.0);
        self.peak.resize(features.channels, 0.0);
        let of_chunk = select::sensitivities(features, layer);
        for (sum, mean) in self.sensitivity.iter_mut().zip(of_chunk) {
            *sum += mean * n as f32;
        }
        for (sum, mean) in self.peak.iter_mut().zip(select::mean_peaks(of_both)) {
            *sum += mean * n as f32;
        }
    }

    fn ranked(&self) -> Concepts {
        let n = self.n.max(1) as f32;
        let concept = |channel: usize| Concept {
            channel,
            sensitivity: self.sensitivity[channel] / n,
            mean_peak: (self.peak[channel] / n).max(select::SMALLEST_PEAK),
        };
        let channels = select::best(&self.sensitivity, N_CONCEPTS).into_iter().map(concept);
        Concepts { n_forgeries: self.n, channels: channels.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_over_chunks_are_those_of_the_whole() {
        // The forged half listens to feature 1 most, to 2 a little, to 0 not at all.
        let weights = vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.3];
        let layer = LatentLayer { half: 1, weights, bias: vec![0.0, 0.1] };
        let value = |i: usize| ((i * 7919) % 97) as f32 / 97.0;
        let all = Features { channels: 3, cells: 10, values: (0..5 * 30).map(value).collect() };
        let part = |from: usize, to: usize| Features {
            values: all.values[from * 30..to * 30].to_vec(),
            ..all
        };
        let mut sums = Sums::default();
        sums.add(&part(0, 3), &part(0, 3), &layer);
        sums.add(&part(3, 5), &part(3, 5), &layer);
        let found = sums.ranked();
        assert_eq!(found.n_forgeries, 5);
        assert_eq!(found.channels.iter().map(|c| c.channel).collect::<Vec<_>>(), [1, 2, 0]);
        let whole = select::sensitivities(&all, &layer);
        let peaks: Vec<f32> = (0..5)
            .map(|p| all.values[p * 30 + 10..p * 30 + 20].iter().copied().fold(0.0, f32::max))
            .collect();
        let first = found.channels[0];
        assert!((first.sensitivity - whole[1]).abs() < 1e-5, "{first:?} {whole:?}");
        assert!((first.mean_peak - peaks.iter().sum::<f32>() / 5.0).abs() < 1e-5, "{first:?}");
    }
}
