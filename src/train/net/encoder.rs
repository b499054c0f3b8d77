//! `EfficientNet`-Lite up to 1/16 size, with batch normalization folded into the convolutions.
//!
//! Source: the layer tables of EfficientNet-Lite0 and -Lite2 (M. Tan, TensorFlow TPU models, 2020):
//! inverted residual blocks without squeeze-and-excitation. Two deviations, both for the speed of
//! training on a CPU: the statistics of batch normalization are constants here anyway (frozen), so
//! they are folded away, and `ReLU6` is `ReLU`.

use burn::module::{Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::lean;

/// Kernel, stride, expansion, input and output channels of a block.
type BlockShape = (usize, usize, usize, usize, usize);

/// Which encoder.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Backbone {
    /// `EfficientNet`-Lite0: 11 blocks to 1/16 size, 112 channels.
    #[default]
    Lite0,
    /// `EfficientNet`-Lite2: 15 blocks, 120 channels; about 1.5 times the work.
    Lite2,
}

impl Backbone {
    /// The word used in arguments and plans.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Repeats, kernel, first stride, expansion and output channels of every stage used here.
    const fn stages(self) -> [(usize, usize, usize, usize, usize); 5] {
        match self {
            Self::Lite0 => [
                (1, 3, 1, 1, 16),
                (2, 3, 2, 6, 24),
                (2, 5, 2, 6, 40),
                (3, 3, 2, 6, 80),
                (3, 5, 1, 6, 112),
            ],
            Self::Lite2 => [
                (1, 3, 1, 1, 16),
                (3, 3, 2, 6, 24),
                (3, 5, 2, 6, 48),
                (4, 3, 2, 6, 88),
                (4, 5, 1, 6, 120),
            ],
        }
    }

    /// All blocks in order.
    fn blocks(self) -> Vec<BlockShape> {
        let mut from = STEM;
        let mut blocks = Vec::new();
        for (repeats, kernel, stride, expansion, to) in self.stages() {
            for i in 0..repeats {
                blocks.push((kernel, if i == 0 { stride } else { 1 }, expansion, from, to));
                from = to;
            }
        }
        blocks
    }

    /// Channels at 1/8 and at 1/16 size.
    pub(super) const fn channels(self) -> [usize; 2] {
        let stages = self.stages();
        [stages[2].4, stages[4].4]
    }
}

/// Channels of the stem.
const STEM: usize = 32;
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
    /// Random weights.
    pub fn new(backbone: Backbone, device: &Device) -> Self {
        let conv = |[from, to]: [usize; 2], kernel: usize, stride: usize, groups: usize| {
            Conv2dConfig::new([from, to], [kernel, kernel])
                .with_stride([stride, stride])
                .with_groups(groups)
                .with_padding(same(kernel, stride))
                .init(device)
        };
        let blocks = backbone.blocks().into_iter().map(|(kernel, stride, expansion, from, to)| {
            let wide = from * expansion;
            MbConv {
                expand: (expansion > 1).then(|| conv([from, wide], 1, 1, 1)),
                depthwise: conv([wide, wide], kernel, stride, wide),
                project: conv([wide, to], 1, 1, 1),
            }
        });
        Self { stem: conv([3, STEM], 3, 2, 1), blocks: blocks.collect() }
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

    /// Index of the block whose output is taken at 1/8 size: the one before size is halved for the
    /// fourth time, the stem's included.
    pub(in crate::train) fn tap8(&self) -> usize {
        let halving =
            |(i, block): (usize, &MbConv)| (block.depthwise.stride == [2, 2]).then_some(i);
        self.blocks.iter().enumerate().filter_map(halving).nth(2).unwrap_or(1) - 1
    }

    /// `[n, 3, s, s]` to features `[n, 40, s/8, s/8]` and `[n, 112, s/16, s/16]` (Lite0).
    pub fn forward(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let mut x = relu(self.stem.forward(x));
        let (mut at8, tap8) = (None, self.tap8());
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if i == tap8 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_give_their_channels_at_an_eighth_and_a_sixteenth() {
        let device = Device::flex();
        for (backbone, n_blocks, tap) in [(Backbone::Lite0, 11, 4), (Backbone::Lite2, 15, 6)] {
            let encoder = Encoder::new(backbone, &device);
            assert_eq!((encoder.blocks.len(), encoder.tap8()), (n_blocks, tap));
            let x = Tensor::<4>::zeros([1, 3, 32, 32], &device);
            let (at8, at16) = encoder.forward(x);
            let [c8, c16] = backbone.channels();
            assert_eq!((at8.dims(), at16.dims()), ([1, c8, 4, 4], [1, c16, 2, 2]));
        }
    }
}
