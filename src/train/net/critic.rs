//! The discriminator of the adversarial reconstruction term, an ablation.
//!
//! LAE names an adversarial reconstruction term in the manner of Dosovitskiy and Brox (2016); the
//! layers are ours: three convolutions that see patches of 22 px.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

/// Three strided convolutions and a 1×1.
#[derive(Module, Debug)]
pub struct Critic {
    layers: Vec<Conv2d>,
    last: Conv2d,
}

impl Critic {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        let layer = |from, to| {
            Conv2dConfig::new([from, to], [4, 4])
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        super::initialized(Self {
            layers: vec![layer(3, 16), layer(16, 32), layer(32, 32)],
            last: Conv2dConfig::new([32, 1], [1, 1]).init(device),
        })
    }

    /// `[n, 3, h, w]` to `[n, 1, h/8, w/8]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let features = self.layers.iter().fold(x, |x, layer| leaky_relu(layer.forward(x), 0.2));
        self.last.forward(features)
    }
}
