//! The adversary: a small net that looks at a picture and says how much to blur each pixel.
//!
//! The paper's generator (4.3 million parameters, at full size) is out of reach of a CPU; this
//! one works at a quarter of the size with 16 thousand.

use burn::module::{Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::{avg_pool2d, interpolate};
use burn::tensor::ops::{AvgPoolOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use crate::train::net::initialized;

/// A coarse generator works on pictures shrunk by this factor.
const SHRINK: usize = 4;
/// Smallest width in pixels. So narrow a blur is hardly one (a neighbor weighs 0.4 % of the
/// center), but the loss still answers to it; at 0 it does not, and a generator that got there
/// would stay.
pub const SIGMA_MIN: f64 = 0.3;
/// Where training starts between the smallest width and the largest.
const START: f32 = 0.25;

/// Predicts the blur of every pixel.
///
/// A coarse one sees the picture at a quarter of its size. A fine one sees all of its pixels and
/// decides for every second one: the traces of a forgery are as small as that.
#[derive(Module, Debug)]
pub struct Generator {
    first: Conv2d,
    down: Conv2d,
    middle: [Conv2d; 2],
    up: Conv2d,
    last: Conv2d,
}

impl Generator {
    /// A coarse one with random weights that start out mildly blurring everywhere.
    pub fn new(device: &Device) -> Self {
        Self::with(1, device)
    }

    pub fn fine(device: &Device) -> Self {
        Self::with(2, device)
    }

    fn with(first_stride: usize, device: &Device) -> Self {
        let conv = |from, to, stride| {
            Conv2dConfig::new([from, to], [3, 3])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        let mut last = conv(12, 1, 1);
        let start = (START / (1.0 - START)).ln();
        last.bias = Some(Param::from_tensor(Tensor::from_floats([start], device)));
        initialized(Self {
            first: conv(3, 12, first_stride),
            down: conv(12, 24, 2),
            middle: [conv(24, 24, 1), conv(24, 24, 1)],
            up: conv(24, 12, 1),
            last,
        })
    }

    /// Widths in pixels, and the logits behind them ([`Self::logits`]).
    pub fn forward(&self, x: Tensor<4>, sigma_max: f64) -> (Tensor<4>, Tensor<4>) {
        let px = x.dims()[2];
        let logits = self.logits(x);
        let sigma = sigmoid(logits.clone()) * (sigma_max - SIGMA_MIN) + SIGMA_MIN;
        (Self::enlarged(sigma, px), logits)
    }

    /// `[n, 1, px, px]` from a field at the size of [`Self::logits`], bilinear.
    pub fn enlarged(field: Tensor<4>, px: usize) -> Tensor<4> {
        resized(field, [px, px], InterpolateMode::Bilinear)
    }

    /// How much to blur, `[n, 1, s, s]` at a quarter or half of the size of `x`, whose side must be
    /// a multiple of 16.
    pub fn logits(&self, x: Tensor<4>) -> Tensor<4> {
        let is_fine = self.first.stride == [2, 2];
        let small = if is_fine { x } else { avg_pool2d(x, AvgPoolOptions::new([SHRINK, SHRINK])) };
        let fine = relu(self.first.forward(small));
        let coarse = relu(self.down.forward(fine.clone()));
        let [a, b] = &self.middle;
        let coarse = coarse.clone() + b.forward(relu(a.forward(coarse)));
        let [_, _, fh, fw] = fine.dims();
        let up = resized(coarse, [fh, fw], InterpolateMode::Nearest);
        let up = relu(self.up.forward(up)) + fine;
        self.last.forward(up)
    }
}

fn resized(x: Tensor<4>, size: [usize; 2], mode: InterpolateMode) -> Tensor<4> {
    interpolate(x, InterpolateOptions::new(mode).with_output_size(size))
}
