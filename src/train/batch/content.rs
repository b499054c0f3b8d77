//! A batch, and whatever hands out batches.

use crate::train::Error;
use crate::train::net::CELL_PX;

/// What a net is shown of one pair.
pub(in crate::train) struct PairInput {
    /// `[3, px, px]`.
    pub(in crate::train) real: Vec<f32>,
    /// `[3, px, px]`.
    pub(in crate::train) forged: Vec<f32>,
    /// `[px / 8, px / 8]`, share of each cell that was forged.
    pub(in crate::train) mask: Vec<f32>,
    /// As in [`Batch::weights`].
    pub(in crate::train) weight: f32,
}

/// Network input of a number of pairs: first all reals, then their forgeries in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Side of the pictures.
    pub px: usize,
    /// `[2 · pairs, 3, px, px]`.
    pub input: Vec<f32>,
    /// `[2 · pairs, px / 8, px / 8]`, share of each cell that was forged.
    pub masks: Vec<f32>,
    /// Per pair, 1 where the mask of its forgery may be used, else 0 (a mask budget below 100 %).
    pub known: Vec<f32>,
    /// Per pair, how much its forgery counts, `0..=1`; its real partner counts half as little less.
    pub weights: Vec<f32>,
    pub n_pairs: usize,
}

impl Batch {
    /// Pairs of one size, whose masks may all be used.
    pub(in crate::train) fn from_pairs(px: usize, pairs: Vec<PairInput>) -> Self {
        let n_pairs = pairs.len();
        let (mut reals, mut forgeries) = (Vec::new(), Vec::new());
        let mut masks = vec![0.0; n_pairs * (px / CELL_PX) * (px / CELL_PX)];
        let mut weights = Vec::with_capacity(n_pairs);
        for pair in pairs {
            reals.extend(pair.real);
            forgeries.extend(pair.forged);
            masks.extend(pair.mask);
            weights.push(pair.weight);
        }
        reals.append(&mut forgeries);
        Self { px, input: reals, masks, known: vec![1.0; n_pairs], weights, n_pairs }
    }

    /// Share of the pairs whose mask may be used.
    pub fn known_share(&self) -> f64 {
        self.known.iter().map(|k| f64::from(*k)).sum::<f64>() / self.n_pairs.max(1) as f64
    }

    /// The pairs of a range as a batch of their own.
    #[must_use]
    pub fn part(&self, pairs: std::ops::Range<usize>) -> Self {
        let both_halves = |values: &[f32]| {
            let each = values.len() / (2 * self.n_pairs);
            let of =
                |first: usize| &values[(first + pairs.start) * each..(first + pairs.end) * each];
            [of(0), of(self.n_pairs)].concat()
        };
        Self {
            px: self.px,
            input: both_halves(&self.input),
            masks: both_halves(&self.masks),
            known: self.known[pairs.clone()].to_vec(),
            weights: self.weights[pairs.clone()].to_vec(),
            n_pairs: pairs.len(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_reals_before_their_forgeries() {
        let batch = Batch {
            px: 1,
            known: vec![0.0, 1.0, 0.0],
            weights: vec![0.5, 0.25, 1.0],
            input: vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 11.0, 11.0, 12.0, 12.0, 13.0, 13.0],
            masks: vec![0.0, 0.0, 0.0, 0.1, 0.2, 0.3],
            n_pairs: 3,
        };
        let part = batch.part(1..3);
        assert_eq!(part.input, [2.0, 2.0, 3.0, 3.0, 12.0, 12.0, 13.0, 13.0]);
        assert_eq!(part.known, [1.0, 0.0]);
        assert_eq!(part.weights, [0.25, 1.0]);
        assert_eq!((part.masks, part.n_pairs), (vec![0.0, 0.0, 0.2, 0.3], 2));
    }
}
