//! The Locality-Aware AutoEncoder.
//!
//! * **In**: `[n, 3, s, s]`, `(value - 127.5) / 127.5`, RGB; `s` a multiple of 16, 224 when shipped.
//! * **Out**: [`Output`]: two activation maps at 1/8 size, the confidence, the latent; from that the
//!   reconstruction.
//! * **Not here**: the loss (`train::loss`), files (`train::export`, [`imagenet`]).
//!
//! Source: LAE (CIKM 2020) gives the parts: an encoder whose latent has a real and a forged half,
//! a decoder, a local interpretation held to the forgery mask. The layer table is ours. Two forms
//! of the interpretation (research/METHOD.md 1.5):
//!
//! * [`HeadForm::Conv`] follows ForensicTransfer's latent (Cozzolino et al., arXiv 1812.02510):
//!   `A_j(u, v)` is the mean activation of half `j` at a cell, the heat map is `A_1 - A_0`, and
//!   the image score pools the most suspicious tenth of the cells, so that a small forgery and a
//!   large one both can reach the score 1.
//! * [`HeadForm::Cam`] is nearer to the paper: the latent vector `z` is the spatial mean of the
//!   latent maps `Z`, `a_j` the mean of `|z_k|` over half `j`, and the class activation map of a
//!   half is `mean_k sign(z_k) Z_k(u, v)`, whose spatial mean is `a_j` exactly.

mod critic;
mod decoder;
mod encoder;
mod head;
pub mod imagenet;
mod lean;

pub use critic::Critic;
pub use decoder::Decoder;
pub use encoder::{Backbone, Encoder, MbConv};
pub use head::{Head, HeadForm, Output};

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

/// Side of the shipped net's input in pixels.
pub const INPUT_PX: usize = 224;
/// Input pixels per cell of the heat map, along a side.
pub const CELL_PX: usize = 8;
/// Side of the shipped net's heat map in cells.
pub const MAP_CELLS: usize = INPUT_PX / CELL_PX;
/// Side of the shipped net's reconstruction in pixels.
pub const RECONSTRUCTION_PX: usize = INPUT_PX / 2;
/// Channels of one half of the latent.
pub const HALF: usize = 32;
/// Logits per unit of `A_1 - A_0`: activations of 1 and 0 mean a probability of 0.98.
pub const GAIN: f64 = 4.0;

/// Cells that the image score pools in a map of so many: a tenth.
pub const fn pooled_cells(cells: usize) -> usize {
    let tenth = cells / 10;
    if tenth == 0 { 1 } else { tenth }
}

/// Encoder, latent, decoder.
#[derive(Module, Debug)]
pub struct Lae {
    /// Features at 1/8 and 1/16 size.
    pub encoder: Encoder,
    /// Everything trained from scratch.
    pub head: Head,
}

impl Lae {
    /// A net with random weights; the stem and the first block of the encoder are frozen only when
    /// ImageNet weights are loaded ([`imagenet::load`]).
    pub fn new(device: &Device) -> Self {
        Self::on(Backbone::Lite0, device)
    }

    /// As [`Self::new`], with another encoder.
    pub fn on(backbone: Backbone, device: &Device) -> Self {
        initialized(Self {
            encoder: Encoder::new(backbone, device),
            head: Head::new(backbone.channels(), device),
        })
    }

    /// The same net with `n` more residual blocks before the latent. They begin as the identity.
    #[must_use]
    pub fn deepened(self, n: usize, device: &Device) -> Self {
        if n == 0 {
            return self;
        }
        initialized(Self { head: self.head.deepened(n, device), ..self })
    }

    /// Everything but the reconstruction, in the given form. `x` is `[n, 3, s, s]`.
    pub fn features(&self, x: Tensor<4>, form: HeadForm) -> Output {
        let (at8, at16) = self.encoder.forward(x);
        self.head.forward(at8, at16, form)
    }

    /// What the normalization of the latent is given, `[n, 64, s / 8, s / 8]`: its statistics can
    /// be estimated anew from that.
    pub(super) fn before_norm(&self, x: Tensor<4>) -> Tensor<4> {
        let (at8, at16) = self.encoder.forward(x);
        self.head.unnormed(at8, at16)
    }

    /// As [`Self::features`], of the picture and of its mirror image: activations, features and
    /// confidence are the means of both, the second turned back. The latent is the picture's own.
    pub fn features_of_both(&self, x: Tensor<4>, form: HeadForm) -> Output {
        let mirrored = self.features(x.clone().flip([3]), form);
        let own = self.features(x, form);
        let mean = |a: Tensor<3>, b: Tensor<3>| (a + b.flip([2])) * 0.5;
        Output {
            form,
            features: (own.features + mirrored.features.flip([3])) * 0.5,
            real: mean(own.real, mirrored.real),
            forged: mean(own.forged, mirrored.forged),
            confidence: mean(own.confidence, mirrored.confidence),
            latent: own.latent,
        }
    }

    /// The picture from the latent, `[n, 3, s/2, s/2]`, in input units.
    ///
    /// `select`, `[n, 1, cells, cells]`, turns on ForensicTransfer's selection: the share of a
    /// cell that is forged, by which the decoder sees the forged half and by its complement the
    /// real half. Without it the decoder sees both halves as they are.
    pub fn reconstruct(&self, output: &Output, select: Option<Tensor<4>>) -> Tensor<4> {
        self.head.reconstruct(output, select)
    }
}

/// Twice the size, nearest neighbor.
pub(super) fn doubled(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]);
    interpolate(x, options)
}

/// The module with every weight drawn. burn draws weights when they are first used, and a frozen
/// clone that is the first to use them would freeze the original as well.
pub(super) fn initialized<M: Module>(module: M) -> M {
    struct Draw;
    impl ModuleMapper for Draw {
        fn map_float<const D: usize>(&mut self, weights: Param<Tensor<D>>) -> Param<Tensor<D>> {
            weights.map(|drawn| drawn)
        }
    }
    module.map(&mut Draw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::export::{Views, reference};

    #[test]
    fn more_blocks_change_nothing_at_first() {
        let device = Device::flex();
        device.seed(8);
        let net = Lae::new(&device);
        let deep = net.clone().deepened(2, &device);
        assert_eq!(deep.head.deep.len(), 2);
        let input: Vec<f32> = (0..3 * 64 * 64).map(|i| (i % 97) as f32 / 48.0 - 1.0).collect();
        let answer =
            |net: &Lae| reference(net, HeadForm::Conv, Views::One, input.clone(), 64, &device);
        assert!(answer(&net) == answer(&deep), "the blocks are no identity");
    }
}
