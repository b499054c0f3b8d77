//! From the latent back to the picture, at half the input's size: half is enough to ask for fine
//! detail and costs a quarter.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::doubled;

/// Three 3×3 convolutions with nearest-neighbor doubling between them.
#[derive(Module, Debug)]
pub struct Decoder {
    /// At 1/8 size.
    pub first: Conv2d,
    /// At 1/4 size.
    pub second: Conv2d,
    /// At 1/2 size, to three channels.
    pub last: Conv2d,
}

impl Decoder {
    /// A decoder for a latent of `channels`.
    pub fn new(channels: usize, device: &Device) -> Self {
        let conv = |from, to| {
            Conv2dConfig::new([from, to], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        Self { first: conv(channels, 32), second: conv(32, 24), last: conv(24, 3) }
    }

    /// `[n, channels, h, w]` to `[n, 3, 4h, 4w]`.
    pub fn forward(&self, latent: Tensor<4>) -> Tensor<4> {
        let x = doubled(relu(self.first.forward(latent)));
        let x = doubled(relu(self.second.forward(x)));
        self.last.forward(x)
    }
}
