//! What the kernels of a convolution share: its description, dense tensors, sums in lanes.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;
use burn::tensor::ops::ConvOptions;

/// What kind of convolution, and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spec {
    /// Step in pixels, the same along both sides.
    pub(super) stride: usize,
    /// Zeros before the first and after the last row and column.
    pub(super) padding: (usize, usize),
    /// Channels if each has a filter of its own, else 1.
    pub(super) groups: usize,
    /// Whether ReLU follows.
    pub(super) relu: bool,
}

impl Spec {
    pub(super) const fn options(self) -> ConvOptions<2> {
        ConvOptions {
            stride: [self.stride; 2],
            padding: [self.padding; 2],
            dilation: [1; 2],
            groups: self.groups,
        }
    }
}

/// A dense tensor of the CPU backend.
pub(super) fn dense(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

/// A sum in lanes, so that the processor adds several values at once.
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut lanes = [0.0; 16];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}
