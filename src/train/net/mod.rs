//! The Locality-Aware AutoEncoder.
//!
//! * **In**: `[n, 3, 224, 224]`, `(value - 127.5) / 127.5`, RGB.
//! * **Out**: [`Output`]: two activation maps at 1/8 size, the latent, the reconstruction.
//! * **Not here**: the loss (`train::loss`), files (`train::export`, [`imagenet`]).
//!
//! Source: LAE (CIKM 2020) gives the parts: an encoder whose latent has a real and a forged half,
//! a decoder, a local interpretation held to the forgery mask. The layer table is ours, following
//! ForensicTransfer's latent (Cozzolino et al., arXiv 1812.02510) with a *convolutional* latent:
//! `A_j(u, v)` is the mean activation of half `j` at a cell, the heat map is `A_1 - A_0`, and the
//! image score pools the most suspicious tenth of the cells, so that a small forgery and a large
//! one both can reach the score 1 (research/METHOD.md 1.5 B).

mod decoder;
mod encoder;
pub mod imagenet;

pub use decoder::Decoder;
pub(super) use encoder::TAP_8;
pub use encoder::{Encoder, MbConv};

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

/// Side of the input in pixels.
pub const INPUT_PX: usize = 224;
/// Side of the heat map in cells.
pub const MAP_CELLS: usize = INPUT_PX / 8;
/// Side of the reconstruction in pixels.
pub const RECONSTRUCTION_PX: usize = INPUT_PX / 2;
/// Channels of one half of the latent.
pub const HALF: usize = 32;
/// Logits per unit of `A_1 - A_0`: activations of 1 and 0 mean a probability of 0.98.
pub const GAIN: f64 = 4.0;
/// Cells that the image score pools: a tenth.
pub const POOLED_CELLS: usize = MAP_CELLS * MAP_CELLS / 10;
/// Width of the fused features.
const FUSED: usize = 64;

/// Encoder, latent, decoder.
#[derive(Module, Debug)]
pub struct Lae {
    /// Features at 1/8 and 1/16 size.
    pub encoder: Encoder,
    /// Everything trained from scratch.
    pub head: Head,
}

/// Fusion of the two scales, the latent and the decoder.
#[derive(Module, Debug)]
pub struct Head {
    /// 1×1 on the 1/8 features.
    pub lateral8: Conv2d,
    /// 1×1 on the 1/16 features.
    pub lateral16: Conv2d,
    /// 3×3 depthwise over the fused features.
    pub spread: Conv2d,
    /// 1×1 to the latent.
    pub latent: Conv2d,
    /// Before the latent's ReLU, so that neither half dies.
    pub norm: BatchNorm,
    /// From the latent back to the picture.
    pub decoder: Decoder,
}

/// What a forward pass gives.
#[derive(Debug, Clone)]
pub struct Output {
    /// `A_0`, activation of the real half, `[n, cells, cells]`, at least 0.
    pub real: Tensor<3>,
    /// `A_1`, activation of the forged half, same shape.
    pub forged: Tensor<3>,
    /// The picture from the latent, `[n, 3, 112, 112]`, in input units.
    pub reconstruction: Tensor<4>,
}

impl Lae {
    /// A net with random weights; the stem and the first block of the encoder are frozen only when
    /// ImageNet weights are loaded ([`imagenet::load`]).
    pub fn new(device: &Device) -> Self {
        let conv1 = |from, to| Conv2dConfig::new([from, to], [1, 1]).init(device);
        Self {
            encoder: Encoder::new(device),
            head: Head {
                lateral8: conv1(Encoder::CHANNELS_8, FUSED),
                lateral16: conv1(Encoder::CHANNELS_16, FUSED),
                spread: Conv2dConfig::new([FUSED, FUSED], [3, 3])
                    .with_groups(FUSED)
                    .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                    .init(device),
                latent: conv1(FUSED, 2 * HALF),
                norm: BatchNormConfig::new(2 * HALF).init(device),
                decoder: Decoder::new(2 * HALF, device),
            },
        }
    }

    /// One pass. `x` is `[n, 3, 224, 224]`.
    pub fn forward(&self, x: Tensor<4>) -> Output {
        let (at8, at16) = self.encoder.forward(x);
        let head = &self.head;
        let fused = relu(head.lateral8.forward(at8) + doubled(head.lateral16.forward(at16)));
        let latent = head.latent.forward(relu(head.spread.forward(fused)));
        let latent = relu(head.norm.forward(latent));
        let [n, _, h, w] = latent.dims();
        let half = |range: std::ops::Range<usize>| {
            latent.clone().slice([0..n, range, 0..h, 0..w]).mean_dim(1).reshape([n, h, w])
        };
        Output {
            real: half(0..HALF),
            forged: half(HALF..2 * HALF),
            reconstruction: head.decoder.forward(latent),
        }
    }
}

impl Output {
    /// Logit of "forged" per cell, `[n, cells, cells]`.
    pub fn map_logits(&self) -> Tensor<3> {
        (self.forged.clone() - self.real.clone()) * GAIN
    }

    /// `A_0` and `A_1` averaged over the most suspicious tenth of the cells, each `[n]`.
    pub fn pooled(&self) -> (Tensor<1>, Tensor<1>) {
        let [n, h, w] = self.real.dims();
        let flat = |t: &Tensor<3>| t.clone().reshape([n, h * w]);
        let (real, forged) = (flat(&self.real), flat(&self.forged));
        let (_, cells) = (forged.clone() - real.clone()).topk_with_indices(POOLED_CELLS, 1);
        let mean = |t: Tensor<2>| t.gather(1, cells.clone()).mean_dim(1).reshape([n]);
        (mean(real), mean(forged))
    }

    /// Logit of "holds a forgery" per picture, `[n]`.
    pub fn image_logits(&self) -> Tensor<1> {
        let (real, forged) = self.pooled();
        (forged - real) * GAIN
    }
}

/// Twice the size, nearest neighbor.
pub(super) fn doubled(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]);
    interpolate(x, options)
}
