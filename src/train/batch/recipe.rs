//! What training pairs are made of, and how a step spends its time.
//!
//! The usual recipe is that of the detectors and experiments up to November 2026; every field of
//! the wide one can be read against it.

use serde::{Deserialize, Serialize};

use crate::train::net::{Backbone, INPUT_PX};

/// The mix of forgery methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mix {
    /// Six kinds of forgery on photos as they are.
    #[default]
    Usual,
    /// One-shot swaps and decoder residue as well; reals that were coded, denoised, enlarged; pairs
    /// that went through video codecs; faces nearer and farther.
    Wide,
    /// As [`Self::Wide`], with composites of several donors and bent faces.
    Wider,
    /// As [`Self::Wider`], with rendered swaps.
    Widest,
}

/// The mix of pairs, and the crop that a step is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// Kinds of forgeries and reals.
    pub mix: Mix,
    /// Side in pixels of the random part of the input that most steps see, a multiple of 16; the
    /// input's own side for all of it. Pixels keep their scale.
    pub crop_px: usize,
    /// Share of the steps, at the end, that see the whole input.
    pub whole_share: f64,
    /// The reconstruction is asked for in every so many steps; 0 for never.
    pub decoder_every: u64,
    /// Pairs count by how much of the forgery is left after post-processing.
    pub is_gated: bool,
    /// Weight of the variance, over a batch, of the mean logit of a pair's two partners.
    pub offset_penalty: f64,
    /// The encoder.
    pub backbone: Backbone,
    /// Residual blocks that the net has before its latent.
    pub blocks: usize,
    /// Decay a step of the running average of the weights that is measured and shipped; 0 for none.
    pub averaging: f64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self::USUAL
    }
}

impl Recipe {
    /// The recipe of the published experiments: whole inputs, six kinds of forgery.
    pub const USUAL: Self = Self {
        mix: Mix::Usual,
        crop_px: INPUT_PX,
        whole_share: 0.0,
        decoder_every: 1,
        is_gated: false,
        offset_penalty: 0.0,
        backbone: Backbone::Lite0,
        blocks: 0,
        averaging: 0.0,
    };

    /// The wide mix, and steps that see parts of pictures.
    pub const WIDE: Self = Self {
        mix: Mix::Wide,
        crop_px: 160,
        whole_share: 0.2,
        decoder_every: 8,
        is_gated: true,
        offset_penalty: 0.02,
        backbone: Backbone::Lite0,
        blocks: 2,
        averaging: 0.995,
    };

    /// As [`Self::WIDE`], of the wider mix.
    pub const WIDER: Self = Self { mix: Mix::Wider, ..Self::WIDE };

    /// As [`Self::WIDE`], of all kinds.
    pub const WIDEST: Self = Self { mix: Mix::Widest, ..Self::WIDE };

    /// Whether it is the usual one: plans of older runs have none.
    pub fn is_usual(&self) -> bool {
        *self == Self::USUAL
    }

    /// The side that a step sees.
    pub(in crate::train) fn side_at(&self, step: u64, steps: u64) -> usize {
        let whole_from = steps as f64 * (1.0 - self.whole_share);
        if self.whole_share > 0.0 && step as f64 >= whole_from { INPUT_PX } else { self.crop_px }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_steps_see_all_and_the_usual_recipe_always_does() {
        assert_eq!(Recipe::WIDE.side_at(0, 100), 160);
        assert_eq!(Recipe::WIDE.side_at(79, 100), 160);
        assert_eq!(Recipe::WIDE.side_at(80, 100), INPUT_PX);
        assert_eq!(Recipe::USUAL.side_at(0, 100), INPUT_PX);
        assert!(Recipe::default().is_usual() && !Recipe::WIDE.is_usual());
        let read: Recipe = serde_json::from_str("{}").unwrap();
        assert!(read.is_usual(), "plans without a recipe are of the usual one");
    }
}
