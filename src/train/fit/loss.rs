//! The terms of LAE's loss and their sum.
//!
//! Sources and deviations: latent activation as in ForensicTransfer and ClassNSeg, `|a_1 - y| +
//! |a_0 - (1 - y)|`, here on the pooled tenth of the cells (on the mean of all cells it would ask 1
//! of every forgery, while the mean of its map is the share of the face that was forged) and joined
//! by cross-entropy on the same pooled difference, whose slope does not stay constant. Locality,
//! convolutional form: cross-entropy plus Dice between heat map and mask; a plain L1 collapses to
//! an empty map (measured). Locality, CAM form: L1 between relative map and mask, inside and
//! outside the mask weighted alike. Reconstruction: L1; its perceptual part is stood in for by an
//! L1 between gradients (Sobel) and SRM residuals (Fridrich & Kodovský, 2012), which asks for the
//! fine grain without a pretrained comparator; its adversarial part is an ablation
//! ([`crate::train::net::Critic`]).

use burn::tensor::activation::{relu, softplus};
use burn::tensor::module::{avg_pool2d, conv2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions};
use burn::tensor::{Tensor, TensorData, Transaction};
use serde::{Deserialize, Serialize};

use crate::train::net::{Critic, HeadForm, Lae, Output};

/// Number of terms.
const TERMS: usize = 8;

/// Weights of the terms; a term of weight 0 is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossWeights {
    /// Cross-entropy of the image score.
    pub image: f64,
    /// Latent activation.
    pub latent: f64,
    /// Agreement of heat map and mask, cell by cell.
    pub locality: f64,
    /// Dice of the heat map, on forgeries.
    pub dice: f64,
    /// L1 of the reconstruction.
    pub reconstruction: f64,
    /// L1 of the reconstruction's gradients and SRM residuals.
    pub detail: f64,
    /// Adversarial term of the reconstruction.
    pub adversarial: f64,
    /// Cross-entropy of the confidence head with the probability that the map gives to the truth.
    pub reliability: f64,
}

impl Default for LossWeights {
    /// Reconstruction 0.1 as in ForensicTransfer's re-implementations; the others near the recipe
    /// measured.
    fn default() -> Self {
        Self {
            image: 1.0,
            latent: 0.5,
            locality: 1.0,
            dice: 0.5,
            reconstruction: 0.1,
            detail: 0.1,
            adversarial: 0.0,
            reliability: 0.5,
        }
    }
}

impl LossWeights {
    /// A plain classifier: cross-entropy of the image score and nothing else.
    pub const CLASSIFIER: Self = Self {
        image: 1.0,
        latent: 0.0,
        locality: 0.0,
        dice: 0.0,
        reconstruction: 0.0,
        detail: 0.0,
        adversarial: 0.0,
        reliability: 0.0,
    };

    /// The confidence head alone: the rest of the net stands still.
    pub const CONFIDENCE: Self = Self { image: 0.0, reliability: 1.0, ..Self::CLASSIFIER };

    /// The same without the terms that need masks: phase one.
    #[must_use]
    pub const fn without_masks(self) -> Self {
        Self { locality: 0.0, dice: 0.0, reliability: 0.0, ..self }
    }

    /// The same without the terms of the reconstruction.
    #[must_use]
    pub const fn without_decoder(self) -> Self {
        Self { reconstruction: 0.0, detail: 0.0, adversarial: 0.0, ..self }
    }

    const fn as_array(&self) -> [f64; TERMS] {
        [
            self.image,
            self.latent,
            self.locality,
            self.dice,
            self.reconstruction,
            self.detail,
            self.adversarial,
            self.reliability,
        ]
    }
}

/// What is asked of the net.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Objective {
    /// Form of the interpretation.
    pub form: HeadForm,
    /// Whether the decoder sees only the half of the latent that the label calls for
    /// (ForensicTransfer's selection): cell by cell where the mask is known, else picture-wide.
    pub select: bool,
    /// Weights of the terms.
    pub weights: LossWeights,
    /// Weight of the variance of the mean logit of a pair's partners, over the batch: against an
    /// offset that a photo brings along, whatever was forged in it. Set for a step by
    /// [`Recipe`](crate::train::batch::recipe::Recipe).
    #[serde(skip)]
    pub offset_penalty: f64,
}

/// What is known about a batch.
#[derive(Debug, Clone)]
pub struct Targets {
    /// `[n]`, 1 = forged.
    pub labels: Tensor<1>,
    /// `[n, cells, cells]`, share of a cell that was forged, 0 for reals.
    pub masks: Tensor<3>,
    /// `[n]`, 1 where the mask may be used. That of a real is always known: it is empty.
    pub known: Tensor<1>,
    /// Mean of `known` over the forgeries of the whole batch, of which this may be a part.
    pub known_share: f64,
    /// `[n]`, how much a picture counts, `0..=1`.
    pub weights: Tensor<1>,
}

/// The terms of one batch, each a scalar tensor.
#[derive(Debug, Clone)]
pub struct Losses {
    /// Weighted sum, to descend on.
    pub total: Tensor<1>,
    /// In the order of [`Losses::NAMES`], unweighted; absent where the weight is 0.
    pub terms: [Option<Tensor<1>>; TERMS],
    /// What the net gave.
    pub output: Output,
    /// The reconstruction, when a term needed it.
    pub reconstruction: Option<Tensor<4>>,
}

/// Total and terms as numbers, 0 where a term was not computed.
pub type LossNumbers = [f32; TERMS + 1];

impl Losses {
    pub const NAMES: [&str; TERMS] = [
        "image",
        "latent",
        "locality",
        "dice",
        "reconstruction",
        "detail",
        "adversarial",
        "reliability",
    ];

    /// The numbers: total first, then the terms.
    pub fn to_numbers(&self) -> LossNumbers {
        let terms =
            || std::iter::once(Some(&self.total)).chain(self.terms.iter().map(Option::as_ref));
        // Read in one go: a graphics card is waited for once.
        let reading =
            terms().flatten().cloned().fold(Transaction::default(), Transaction::register);
        let mut values = reading.execute().into_iter().filter_map(|v| v.iter::<f32>().next());
        let mut out = [0.0; TERMS + 1];
        for (slot, _) in out.iter_mut().zip(terms()).filter(|(_, term)| term.is_some()) {
            *slot = values.next().unwrap_or(f32::NAN);
        }
        out
    }
}

/// The loss of one batch.
///
/// * `input`: `[n, 3, s, s]`, what the net sees.
/// * `original`: what it shall reconstruct (pooled to its size); the input, or the input before
///   it was blurred.
/// * `critic`: needed by the adversarial term only.
pub fn lae_loss(
    model: &Lae,
    critic: Option<&Critic>,
    input: Tensor<4>,
    original: &Tensor<4>,
    targets: &Targets,
    objective: &Objective,
) -> Losses {
    let Targets { labels, known, known_share, weights, .. } = targets;
    let [n, h, w] = targets.masks.dims();
    let is_real = labels.clone().neg() + 1.0;
    let masks = targets.masks.clone() * labels.clone().reshape([n, 1, 1]);
    let factors = objective.weights.as_array();
    let wanted = |i: usize| factors[i] != 0.0;
    let select = objective.select.then(|| {
        let (known, labels) = (known.clone().reshape([n, 1, 1]), labels.clone().reshape([n, 1, 1]));
        let share = masks.clone() * known.clone() + labels * (known.neg() + 1.0);
        share.reshape([n, 1, h, w])
    });
    let output = model.features(input, objective.form);
    let (real, forged) = output.pooled();
    let mean = |per_picture: Tensor<1>| (per_picture * weights.clone()).mean();
    let image = wanted(0).then(|| mean(cross_entropy(output.image_logits(), labels.clone())));
    let latent = wanted(1)
        .then(|| mean((forged - labels.clone()).abs() + (real + labels.clone() - 1.0).abs()));
    let flat = |t: Tensor<3>| t.reshape([n, h * w]);
    // A map term is the mean over forgeries with known masks; as parts of a batch are summed, the
    // count is that of the whole batch.
    let n_known = labels.clone().sum() * *known_share + 1e-6;
    let on_forged = |per_picture: Tensor<2>| {
        let weights = weights.clone() * known.clone() * labels.clone();
        (per_picture.reshape([n]) * weights).sum() / n_known.clone()
    };
    let on_real = |per_picture: Tensor<2>| {
        let weights = weights.clone() * is_real.clone();
        (per_picture.reshape([n]) * weights).sum() / (is_real.clone().sum() + 1e-6)
    };
    // Reals and forgeries weigh alike, however few masks are known.
    let on_both =
        |per_picture: Tensor<2>| (on_forged(per_picture.clone()) + on_real(per_picture)) * 0.5;
    let locality = wanted(2).then(|| match output.form {
        HeadForm::Conv => {
            let per_cell = cross_entropy(flat(output.map_logits()), flat(masks.clone()));
            on_both(per_cell.mean_dim(1))
        }
        HeadForm::Cam => {
            let mask = flat(masks.clone());
            let rest = mask.clone().neg() + 1.0;
            let miss = (flat(output.relative_map()) - mask.clone()).abs();
            let mean_where = |share: Tensor<2>| {
                (miss.clone() * share.clone()).sum_dim(1) / (share.sum_dim(1) + 1e-3)
            };
            // A relative map of a real picture is 0/0: there the map itself shall vanish.
            on_forged(mean_where(mask) + mean_where(rest))
                + on_real(flat(relu(output.forged.clone())).mean_dim(1))
        }
    });
    let dice = wanted(3).then(|| {
        let map = match output.form {
            HeadForm::Conv => output.map(),
            HeadForm::Cam => output.relative_map(),
        };
        let (p, g) = (flat(map), flat(masks.clone()));
        let overlap = (p.clone() * g.clone()).sum_dim(1) * 2.0 + 1.0;
        let per_picture = (overlap / ((p + g).sum_dim(1) + 1.0)).neg() + 1.0;
        on_forged(per_picture)
    });
    let reconstruction =
        (wanted(4) || wanted(5) || wanted(6)).then(|| model.reconstruct(&output, select));
    let difference = reconstruction.as_ref().map(|r| r.clone() - reduced(original, r.dims()[2]));
    let pixels = difference.clone().filter(|_| wanted(4)).map(|d| d.abs().mean());
    let detail = difference.filter(|_| wanted(5)).map(|d| fine_grain(d).abs().mean());
    let adversarial = match (critic, &reconstruction) {
        (Some(critic), Some(made)) if wanted(6) => {
            Some(softplus(critic.forward(made.clone()).neg(), 1.0).mean())
        }
        _ => None,
    };
    let reliability = wanted(7).then(|| {
        let (p, g) = (flat(output.map().detach()), flat(masks.clone()));
        let right = p.clone() * g.clone() + (p.neg() + 1.0) * (g.neg() + 1.0);
        // Cross-entropy: the slope of a squared error vanishes where the head is sure.
        on_both(cross_entropy(flat(output.confidence.clone()), right).mean_dim(1))
    });
    let terms = [image, latent, locality, dice, pixels, detail, adversarial, reliability];
    let total = terms
        .iter()
        .zip(factors)
        .filter_map(|(term, factor)| term.clone().map(|t| t * factor))
        .reduce(|sum, term| sum + term)
        .unwrap_or_else(|| (output.forged.clone() * 0.0).sum());
    let total = if objective.offset_penalty > 0.0 {
        total + offsets(&output) * objective.offset_penalty
    } else {
        total
    };
    Losses { total, terms, output, reconstruction }
}

/// Variance over pairs of the mean logit of both partners; reals come first, then their forgeries.
fn offsets(output: &Output) -> Tensor<1> {
    let logits = output.image_logits();
    let pairs = logits.dims()[0] / 2;
    let half = |from: usize| logits.clone().narrow(0, from, pairs);
    let means = (half(0) + half(pairs)) * 0.5;
    let apart = means.clone() - means.mean();
    (apart.clone() * apart).mean()
}

/// The critic's own loss: photos are photos, reconstructions are not.
pub fn critic_loss(critic: &Critic, original: &Tensor<4>, made: &Tensor<4>) -> Tensor<1> {
    let photo = critic.forward(reduced(original, made.dims()[2]));
    let fake = critic.forward(made.clone().detach());
    softplus(photo.neg(), 1.0).mean() + softplus(fake, 1.0).mean()
}

/// Area-averaged to `side`, which must divide the side of `x`.
fn reduced(x: &Tensor<4>, side: usize) -> Tensor<4> {
    let shrink = x.dims()[2] / side.max(1);
    avg_pool2d(x.clone(), AvgPoolOptions::new([shrink, shrink]))
}

/// Sobel gradients and three SRM residuals of the mean of the channels, `[n, 5, h - 4, w - 4]`.
fn fine_grain(x: Tensor<4>) -> Tensor<4> {
    #[rustfmt::skip]
    const FILTERS: [f32; 125] = [
        // Sobel, across and down.
        0.0, 0.0, 0.0, 0.0, 0.0,  0.0, -0.25, 0.0, 0.25, 0.0,  0.0, -0.5, 0.0, 0.5, 0.0,
        0.0, -0.25, 0.0, 0.25, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0,
        0.0, 0.0, 0.0, 0.0, 0.0,  0.0, -0.25, -0.5, -0.25, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0,
        0.0, 0.25, 0.5, 0.25, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0,
        // SRM: 3×3 and 5×5 square residuals, second order along a row.
        0.0, 0.0, 0.0, 0.0, 0.0,  0.0, -0.25, 0.5, -0.25, 0.0,  0.0, 0.5, -1.0, 0.5, 0.0,
        0.0, -0.25, 0.5, -0.25, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0,
        -1.0 / 12.0, 2.0 / 12.0, -2.0 / 12.0, 2.0 / 12.0, -1.0 / 12.0,
        2.0 / 12.0, -6.0 / 12.0, 8.0 / 12.0, -6.0 / 12.0, 2.0 / 12.0,
        -2.0 / 12.0, 8.0 / 12.0, -1.0, 8.0 / 12.0, -2.0 / 12.0,
        2.0 / 12.0, -6.0 / 12.0, 8.0 / 12.0, -6.0 / 12.0, 2.0 / 12.0,
        -1.0 / 12.0, 2.0 / 12.0, -2.0 / 12.0, 2.0 / 12.0, -1.0 / 12.0,
        0.0, 0.0, 0.0, 0.0, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0,  0.0, 0.5, -1.0, 0.5, 0.0,
        0.0, 0.0, 0.0, 0.0, 0.0,  0.0, 0.0, 0.0, 0.0, 0.0,
    ];
    let gray = x.mean_dim(1);
    let filters =
        Tensor::from_data(TensorData::new(FILTERS.to_vec(), [5, 1, 5, 5]), &gray.device());
    conv2d(gray, filters, None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1))
}

/// `log(1 + exp(x)) - t·x` per element, written so that nothing overflows.
fn cross_entropy<const D: usize>(logits: Tensor<D>, targets: Tensor<D>) -> Tensor<D> {
    let positive = logits.clone().clamp_min(0.0);
    let tail = (logits.clone().abs().neg().exp() + 1.0).log();
    positive - logits * targets + tail
}
