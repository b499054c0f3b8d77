//! EfficientNet-Lite0 up to 1/16 size, with batch normalization folded into the convolutions.
//!
//! Source: the layer table of EfficientNet-Lite0 (M. Tan, TensorFlow TPU models, 2020): inverted
//! residual blocks without squeeze-and-excitation. Two deviations, both for the speed of training
//! on a CPU: the statistics of batch normalization are constants here anyway (frozen), so they
//! are folded away, and ReLU6 is ReLU.

use burn::module::{Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::lean;

/// Kernel, stride, expansion, input and output channels of every block used here.
pub(super) const BLOCKS: [(usize, usize, usize, usize, usize); 11] = [
    (3, 1, 1, 32, 16),
    (3, 2, 6, 16, 24),
    (3, 1, 6, 24, 24),
    (5, 2, 6, 24, 40),
    (5, 1, 6, 40, 40),
    (3, 2, 6, 40, 80),
    (3, 1, 6, 80, 80),
    (3, 1, 6, 80, 80),
    (5, 1, 6, 80, 112),
    (5, 1, 6, 112, 112),
    (5, 1, 6, 112, 112),
];
/// Index of the block whose output is taken at 1/8 size.
pub(in crate::train) const TAP_8: usize = 4;
/// Blocks that stay as ImageNet left them, after the stem.
const FROZEN_BLOCKS: usize = 1;

/// Inverted residual block: 1×1 expansion, depthwise convolution, 1×1 projection.
#[derive(Module, Debug)]
pub struct MbConv {
    /// Absent where the expansion is 1.
    pub expand: Option<Conv2d>,
    /// One filter per channel.
    pub depthwise: Conv2d,
    /// Linear.
    pub project: Conv2d,
}

impl MbConv {
    /// A residual block that keeps size and channels. It begins as the identity: its projection is
    /// zero, so that a net it is put into goes on as it was.
    pub(super) fn residual(channels: usize, expansion: usize, device: &Device) -> Self {
        let wide = channels * expansion;
        let conv = |[from, to]: [usize; 2], kernel: usize, groups: usize| {
            Conv2dConfig::new([from, to], [kernel, kernel])
                .with_groups(groups)
                .with_padding(same(kernel, 1))
                .init(device)
        };
        let mut project = conv([wide, channels], 1, 1);
        project.weight = Param::from_tensor(Tensor::zeros([channels, wide, 1, 1], device));
        project.bias = Some(Param::from_tensor(Tensor::zeros([channels], device)));
        Self {
            expand: Some(conv([channels, wide], 1, 1)),
            depthwise: conv([wide, wide], 5, wide),
            project,
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let wide = match &self.expand {
            Some(conv) => lean::forward(conv, x.clone(), true),
            None => x.clone(),
        };
        let narrow = lean::forward(&self.depthwise, wide, true);
        let out = lean::forward(&self.project, narrow, false);
        if out.dims() == x.dims() { out + x } else { out }
    }
}

/// Stem and blocks.
#[derive(Module, Debug)]
pub struct Encoder {
    /// 3×3, stride 2.
    pub stem: Conv2d,
    /// In order.
    pub blocks: Vec<MbConv>,
}

impl Encoder {
    /// Channels at 1/8 size.
    pub const CHANNELS_8: usize = BLOCKS[TAP_8].4;
    /// Channels at 1/16 size.
    pub const CHANNELS_16: usize = BLOCKS[BLOCKS.len() - 1].4;

    /// Random weights.
    pub fn new(device: &Device) -> Self {
        let conv = |[from, to]: [usize; 2], kernel: usize, stride: usize, groups: usize| {
            Conv2dConfig::new([from, to], [kernel, kernel])
                .with_stride([stride, stride])
                .with_groups(groups)
                .with_padding(same(kernel, stride))
                .init(device)
        };
        let blocks = BLOCKS.iter().map(|&(kernel, stride, expansion, from, to)| {
            let wide = from * expansion;
            MbConv {
                expand: (expansion > 1).then(|| conv([from, wide], 1, 1, 1)),
                depthwise: conv([wide, wide], kernel, stride, wide),
                project: conv([wide, to], 1, 1, 1),
            }
        });
        Self { stem: conv([3, 32], 3, 2, 1), blocks: blocks.collect() }
    }

    /// Stops the gradient at stem and first block: the lowest filters of ImageNet serve as they
    /// are, and where the pictures are largest nothing need be kept for the backward pass.
    #[must_use]
    pub fn with_frozen_start(mut self) -> Self {
        self.stem = self.stem.no_grad();
        self.blocks = self
            .blocks
            .into_iter()
            .enumerate()
            .map(|(i, block)| if i < FROZEN_BLOCKS { block.no_grad() } else { block })
            .collect();
        self
    }

    /// `[n, 3, s, s]` to features `[n, 40, s/8, s/8]` and `[n, 112, s/16, s/16]`.
    pub fn forward(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let mut x = relu(self.stem.forward(x));
        let mut at8 = None;
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if i == TAP_8 {
                at8 = Some(x.clone());
            }
        }
        (at8.unwrap_or_else(|| x.clone()), x)
    }
}

/// TensorFlow's "same" padding for inputs whose side the stride divides: what is odd goes to the
/// right and the bottom. The ImageNet weights were trained with it.
pub(super) fn same(kernel: usize, stride: usize) -> PaddingConfig2d {
    let total = kernel - stride.min(kernel);
    let (before, after) = (total / 2, total - total / 2);
    PaddingConfig2d::Explicit(before, before, after, after)
}
