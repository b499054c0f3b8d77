//! The three terms of LAE and their sum.
//!
//! * **In**: [`Output`], labels, masks at map size, the input. **Out**: [`Losses`].
//! * **Not here**: the optimizer (`train::fit`).
//!
//! Sources and deviations: latent activation as in ForensicTransfer and ClassNSeg, `|a_1 - y| +
//! |a_0 - (1 - y)|`, here on the pooled tenth of the cells (METHOD.md 1.5 B explains the conflict
//! that this avoids) and joined by cross-entropy on the same pooled difference, whose slope does
//! not stay constant. Locality: cross-entropy plus Dice between heat map and mask; a plain L1
//! collapses to an empty map (research/TRAINING.md, measured). Reconstruction: L1.

use burn::tensor::activation::sigmoid;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{ElementConversion as _, Tensor};

use super::net::Output;

/// Weights of the terms.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LossWeights {
    /// Cross-entropy of the image score.
    pub image: f64,
    /// Latent activation.
    pub latent: f64,
    /// Cross-entropy of the heat map.
    pub locality: f64,
    /// Dice of the heat map, on forgeries.
    pub dice: f64,
    /// L1 of the reconstruction.
    pub reconstruction: f64,
}

impl Default for LossWeights {
    /// Reconstruction 0.1 as in ForensicTransfer's re-implementations; the others near the recipe
    /// measured in research/TRAINING.md.
    fn default() -> Self {
        Self { image: 1.0, latent: 0.5, locality: 1.0, dice: 0.5, reconstruction: 0.1 }
    }
}

/// The terms of one batch, each a scalar tensor.
#[derive(Debug, Clone)]
pub struct Losses {
    /// Weighted sum, to descend on.
    pub total: Tensor<1>,
    /// In the order of [`Losses::NAMES`], unweighted.
    pub terms: [Tensor<1>; 5],
}

impl Losses {
    /// Names of the terms.
    pub const NAMES: [&str; 5] = ["image", "latent", "locality", "dice", "reconstruction"];

    /// The numbers: total first, then the terms.
    pub fn to_numbers(&self) -> [f32; 6] {
        let number = |t: &Tensor<1>| t.clone().into_scalar::<f32>().elem::<f32>();
        let [a, b, c, d, e] = self.terms.each_ref().map(number);
        [number(&self.total), a, b, c, d, e]
    }
}

/// The loss of one batch whose first half is real and whose second half holds the forgeries.
///
/// * `input`: `[n, 3, s, s]`, also the target of the reconstruction (pooled to its size).
/// * `labels`: `[n]`, 1 = forged.
/// * `masks`: `[n, cells, cells]`, share of a cell that was forged, 0 for reals.
pub fn lae_loss(
    output: &Output,
    input: Tensor<4>,
    labels: Tensor<1>,
    masks: Tensor<3>,
    weights: &LossWeights,
) -> Losses {
    let [n, h, w] = masks.dims();
    let (real, forged) = output.pooled();
    let image = cross_entropy(output.image_logits(), labels.clone());
    let latent = ((forged - labels.clone()).abs() + (real + labels - 1.0).abs()).mean();
    let map = output.map_logits();
    let locality =
        cross_entropy(map.clone().reshape([n * h * w]), masks.clone().reshape([n * h * w]));
    let half = |t: Tensor<3>| t.slice([n / 2..n, 0..h, 0..w]).reshape([(n - n / 2) as i64, -1]);
    let (p, g) = (half(sigmoid(map)), half(masks));
    let overlap = (p.clone() * g.clone()).sum_dim(1) * 2.0 + 1.0;
    let dice = (overlap / ((p + g).sum_dim(1) + 1.0)).mean().neg() + 1.0;
    let shrink = input.dims()[2] / output.reconstruction.dims()[2];
    let target = avg_pool2d(input, AvgPoolOptions::new([shrink, shrink]));
    let reconstruction = (output.reconstruction.clone() - target).abs().mean();
    let terms = [image, latent, locality, dice, reconstruction];
    let factors =
        [weights.image, weights.latent, weights.locality, weights.dice, weights.reconstruction];
    let mut total = terms[0].clone() * factors[0];
    for (term, factor) in terms.iter().zip(factors).skip(1) {
        total = total + term.clone() * factor;
    }
    Losses { total, terms }
}

/// Mean of `log(1 + exp(x)) - t·x`, written so that nothing overflows.
fn cross_entropy(logits: Tensor<1>, targets: Tensor<1>) -> Tensor<1> {
    let positive = logits.clone().clamp_min(0.0);
    let tail = (logits.clone().abs().neg().exp() + 1.0).log();
    (positive - logits * targets + tail).mean()
}
