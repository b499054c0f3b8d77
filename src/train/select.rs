//! Active learning: which forgeries' masks are worth drawing.
//!
//! The paper's rule, as reconstructed (LAE, CIKM 2020): rank the channels of
//! the last features by how much the forged half's activation `a_1` hangs on them, mean over
//! validation forgeries of `|sum over cells of F_c · da_1/dF_c|`. The top channel stands for the
//! concept that dominates, perhaps a superficial one; candidates are the training forgeries that
//! excite it most. Comparators: random, nearest to undecided, most misled by an adversarial blur.
//!
//! The gradient is in closed form: from the last features to `a_1` there is one linear layer (batch
//! normalization folded in), a ReLU and means.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::net::{HALF, Head, pooled_cells};
use super::publish::export::folded_latent;

/// How candidates are picked.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// Drawn at random.
    Random,
    /// Highest activation of the top-ranked channel.
    Concept,
    /// Highest activations of the three top-ranked channels, each relative to its mean.
    ConceptThree,
    /// Smallest difference of the two halves' activations.
    Uncertainty,
    /// Largest loss under an adversarial blur.
    AdversarialBlur,
}

impl Criterion {
    /// All criteria.
    pub const ALL: [Self; 5] =
        [Self::Random, Self::Concept, Self::ConceptThree, Self::Uncertainty, Self::AdversarialBlur];

    /// The word used in arguments and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl std::str::FromStr for Criterion {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|c| c.as_str() == word)
            .ok_or_else(|| format!("{word:?} is not one of {:?}", Self::ALL.map(Self::as_str)))
    }
}

/// Feature maps of some pictures, at least 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Channels of a picture.
    pub channels: usize,
    /// Cells of a channel.
    pub cells: usize,
    /// `[n, channels, cells]`.
    pub values: Vec<f32>,
}

impl Features {
    fn pictures(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact((self.channels * self.cells).max(1))
    }
}

/// From features to the latent: one linear map at every cell.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentLayer {
    /// Channels of one half; the first half is real, the second forged.
    pub half: usize,
    /// `[2 · half, channels]`.
    pub weights: Vec<f32>,
    /// `[2 · half]`.
    pub bias: Vec<f32>,
}

impl LatentLayer {
    /// That of a net in evaluation mode, its batch normalization folded in.
    pub fn from_head(head: &Head) -> Self {
        let (weights, bias) = folded_latent(head);
        Self { half: HALF, weights, bias }
    }

    /// `[2 · half, cells]` before the ReLU.
    fn latent(&self, features: &[f32], cells: usize) -> Vec<f32> {
        let channels = features.len() / cells;
        let mut out = Vec::with_capacity(self.bias.len() * cells);
        for (filter, bias) in self.weights.chunks_exact(channels).zip(&self.bias) {
            let mut row = vec![*bias; cells];
            for (weight, feature) in filter.iter().zip(features.chunks_exact(cells)) {
                for (sum, f) in row.iter_mut().zip(feature) {
                    *sum += weight * f;
                }
            }
            out.extend(row);
        }
        out
    }

    /// The most suspicious tenth of the cells, and `A_1` and `A_0` at all of them.
    fn top_cells(&self, latent: &[f32], cells: usize) -> (Vec<usize>, Vec<f32>, Vec<f32>) {
        let mean = |from: usize| -> Vec<f32> {
            let rows = latent.chunks_exact(cells).skip(from).take(self.half);
            let mut sum = vec![0.0; cells];
            for row in rows {
                for (s, v) in sum.iter_mut().zip(row) {
                    *s += v.max(0.0) / self.half as f32;
                }
            }
            sum
        };
        let (real, forged) = (mean(0), mean(self.half));
        let difference: Vec<f32> = forged.iter().zip(&real).map(|(f, r)| f - r).collect();
        (best(&difference, pooled_cells(cells)), forged, real)
    }

    /// `da_1/dF` of one picture, `[channels, cells]`.
    pub fn gradient(&self, features: &[f32], cells: usize) -> Vec<f32> {
        let channels = features.len() / cells;
        let latent = self.latent(features, cells);
        let (top, ..) = self.top_cells(&latent, cells);
        let share = 1.0 / (top.len() * self.half) as f32;
        let mut out = vec![0.0; features.len()];
        for cell in top {
            for k in self.half..2 * self.half {
                if latent[k * cells + cell] > 0.0 {
                    let filter = &self.weights[k * channels..(k + 1) * channels];
                    for (c, weight) in filter.iter().enumerate() {
                        out[c * cells + cell] += weight * share;
                    }
                }
            }
        }
        out
    }
}

/// How much `a_1` hangs on each channel: mean over pictures of `|sum over cells of F · da_1/dF|`.
pub fn sensitivities(features: &Features, layer: &LatentLayer) -> Vec<f32> {
    let mut sums = vec![0.0; features.channels];
    let mut n = 0.0;
    for picture in features.pictures() {
        let gradient = layer.gradient(picture, features.cells);
        n += 1.0;
        let rows = picture.chunks_exact(features.cells).zip(gradient.chunks_exact(features.cells));
        for (sum, (values, slopes)) in sums.iter_mut().zip(rows) {
            *sum += values.iter().zip(slopes).map(|(f, g)| f * g).sum::<f32>().abs();
        }
    }
    for sum in &mut sums {
        *sum /= f32::max(n, 1.0);
    }
    sums
}

/// A channel's mean peak is taken to be at least this, so that dead channels divide nothing by 0.
pub(super) const SMALLEST_PEAK: f32 = 1e-6;

/// The largest value of a channel over the cells of one picture.
fn peak(picture: &[f32], channel: usize, cells: usize) -> f32 {
    let row = &picture[channel * cells..(channel + 1) * cells];
    row.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Mean over the pictures of every channel's largest value over the cells.
pub fn mean_peaks(features: &Features) -> Vec<f32> {
    let n = features.pictures().count().max(1) as f32;
    let mean = |c| features.pictures().map(|p| peak(p, c, features.cells)).sum::<f32>() / n;
    (0..features.channels).map(mean).collect()
}

/// How strongly each picture excites the chosen channels somewhere: the largest value over the
/// cells, relative to the channel's mean over all pictures, summed over channels.
pub fn excitations(features: &Features, channels: &[usize]) -> Vec<f32> {
    let scales = mean_peaks(features);
    let relative =
        |picture: &[f32], c: usize| peak(picture, c, features.cells) / scales[c].max(SMALLEST_PEAK);
    features.pictures().map(|p| channels.iter().map(|c| relative(p, *c)).sum()).collect()
}

/// Nearness to undecided: minus the absolute difference of the halves' activations.
pub fn uncertainties(differences: &[f32]) -> Vec<f32> {
    differences.iter().map(|d| -d.abs()).collect()
}

/// Cross-entropy of forgeries with these logits.
pub fn losses(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|x| (-x).max(0.0) + (-x.abs()).exp().ln_1p()).collect()
}

/// The `n` highest, highest first; of equals the first.
pub fn best(scores: &[f32], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    order.truncate(n);
    order
}

/// `n` of `total` at random; a larger `n` of one seed holds every smaller one.
pub fn random_order(total: usize, n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..total).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1 << 40);
    order.shuffle(&mut rng);
    order.truncate(n);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two channels a half over three features and ten cells: the forged half listens to feature 1
    /// strongly and to feature 2 weakly, the real half to feature 0.
    fn layer() -> LatentLayer {
        #[rustfmt::skip]
        let weights = vec![
            1.0, 0.0, 0.0,
            0.5, 0.0, 0.0,
            0.0, 2.0, 0.3,
            0.0, 1.0, -0.2,
        ];
        LatentLayer { half: 2, weights, bias: vec![0.0, 0.0, -0.1, 0.05] }
    }

    /// `a_1` of one picture: `A_1` averaged over its most suspicious cells.
    fn forged_activation(layer: &LatentLayer, features: &[f32], cells: usize) -> f32 {
        let (top, forged, _) = layer.top_cells(&layer.latent(features, cells), cells);
        top.iter().map(|i| forged[*i]).sum::<f32>() / top.len() as f32
    }

    fn features(n: usize) -> Features {
        let value = |i: usize| ((i * 7919) % 97) as f32 / 97.0;
        Features { channels: 3, cells: 10, values: (0..n * 30).map(value).collect() }
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        let (layer, features) = (layer(), features(1));
        let gradient = layer.gradient(&features.values, 10);
        for i in 0..30 {
            let at = |shift: f32| {
                let mut moved = features.values.clone();
                moved[i] += shift;
                forged_activation(&layer, &moved, 10)
            };
            let difference = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((difference - gradient[i]).abs() < 1e-3, "{i}: {difference} {}", gradient[i]);
        }
        assert!(gradient.iter().any(|g| *g > 0.0), "something matters");
    }

    #[test]
    fn the_channel_that_drives_the_forged_half_ranks_first() {
        let sensitivities = sensitivities(&features(20), &layer());
        assert_eq!(best(&sensitivities, 3), [1, 2, 0], "{sensitivities:?}");
        assert_eq!(sensitivities[0], 0.0, "the forged half does not see feature 0");
    }

    #[test]
    fn the_picture_that_excites_the_concept_is_the_first_candidate() {
        let mut planted = features(6);
        planted.values[4 * 30 + 10 + 3] = 9.0;
        assert_eq!(best(&excitations(&planted, &[1]), 1), [4]);
        planted.values[2 * 30 + 20 + 7] = 30.0;
        assert_eq!(best(&excitations(&planted, &[1]), 1), [4], "another channel does not matter");
        assert_eq!(best(&excitations(&planted, &[1, 2]), 2), [2, 4], "unless it is asked for");
    }

    #[test]
    fn comparators_pick_what_they_say() {
        assert_eq!(best(&uncertainties(&[0.9, -0.05, -2.0, 0.1]), 2), [1, 3]);
        assert_eq!(best(&losses(&[3.0, -4.0, 0.0]), 3), [1, 2, 0]);
        assert!((losses(&[0.0])[0] - 2f32.ln()).abs() < 1e-6, "undecided costs log 2");
        assert_eq!(best(&[1.0, 2.0, 2.0, 0.0], 2), [1, 2], "of equals the first");
        let (some, more) = (random_order(50, 5, 1), random_order(50, 20, 1));
        assert_eq!(some, more[..5], "budgets are nested");
        assert_ne!(some, random_order(50, 5, 2));
        for criterion in Criterion::ALL {
            assert_eq!(criterion.as_str().parse(), Ok(criterion));
        }
    }
}
