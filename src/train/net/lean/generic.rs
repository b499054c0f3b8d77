//! The operation by a backend's own operations: what graphics cards compute.
//!
//! burn's way back sums the gradient of a weight over batch and picture one term after the other:
//! 10⁶ terms in a shallow layer, while most of a card idles. Here every picture has a sum of its own.
//! A 1×1 convolution is a product of matrices each way; the weights of a depthwise one are convolved
//! with one group for each channel of each picture.

use burn::backend::Backend;
use burn::backend::TensorMetadata as _;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Slice;
use burn::tensor::ops::ConvOptions;

use super::spec::Spec;

/// As `[n, c, h w]`.
fn flat<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [n, c, h, w] = x.shape().dims::<4>();
    B::float_reshape(x, [n, c, h * w].into())
}

/// `[out, in, 1, 1]` as `[1, out, in]`.
fn matrix<B: Backend>(weight: FloatTensor<B>) -> FloatTensor<B> {
    let [out, c, _, _] = weight.shape().dims::<4>();
    B::float_reshape(weight, [1, out, c].into())
}

pub(super) fn forward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    spec: Spec,
) -> FloatTensor<B> {
    let out = if spec.groups == 1 {
        let [n, _, h, w] = x.shape().dims::<4>();
        let channels = weight.shape()[0];
        let out = B::float_matmul(matrix::<B>(weight), flat::<B>(x));
        let out = B::float_add(out, B::float_reshape(bias, [1, channels, 1].into()));
        B::float_reshape(out, [n, channels, h, w].into())
    } else {
        B::conv2d(x, weight, Some(bias), spec.options())
    };
    if spec.relu { B::relu(out) } else { out }
}

/// Gradients of `x` (if wanted, else nothing of use), weights and bias.
pub(super) fn backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    out: FloatTensor<B>,
    grad: FloatTensor<B>,
    spec: Spec,
    wants_x: bool,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let grad = if spec.relu { B::relu_backward(out, grad) } else { grad };
    let channels = grad.shape()[1];
    let sums = [0, 2, 3].into_iter().fold(grad.clone(), B::float_sum_dim);
    let to_bias = B::float_reshape(sums, [channels].into());
    let (to_x, to_weight) = if spec.groups == 1 {
        pointwise::<B>(x, weight, grad, wants_x)
    } else {
        depthwise::<B>(x, &weight, grad, spec, wants_x)
    };
    (to_x, to_weight, to_bias)
}

/// Gradients of `x` and weights.
fn pointwise<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    wants_x: bool,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let (shape, weight_shape) = (x.shape(), weight.shape());
    let (x, grad) = (flat::<B>(x), flat::<B>(grad));
    let of_pictures = B::float_matmul(grad.clone(), B::float_swap_dims(x.clone(), 1, 2));
    let to_weight = B::float_reshape(B::float_sum_dim(of_pictures, 0), weight_shape);
    let to_x = if wants_x {
        B::float_matmul(B::float_swap_dims(matrix::<B>(weight), 1, 2), grad)
    } else {
        x
    };
    (B::float_reshape(to_x, shape), to_weight)
}

/// Gradients of `x` and weights.
fn depthwise<B: Backend>(
    x: FloatTensor<B>,
    weight: &FloatTensor<B>,
    grad: FloatTensor<B>,
    spec: Spec,
    wants_x: bool,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let to_x = if wants_x {
        B::conv2d_x_backward(x.clone(), weight.clone(), grad.clone(), spec.options())
    } else {
        x.clone()
    };
    let ([n, c, h, w], [_, _, rows, columns]) = (x.shape().dims(), grad.shape().dims());
    let kernel = weight.shape()[3];
    // The gradient is the filter now: its own step between pixels is the convolution's.
    let options = ConvOptions {
        stride: [1; 2],
        padding: [spec.padding; 2],
        dilation: [spec.stride; 2],
        groups: n * c,
    };
    let picture = B::float_reshape(x, [1, n * c, h, w].into());
    let filter = B::float_reshape(grad, [n * c, 1, rows, columns].into());
    let taps = B::conv2d(picture, filter, None, options);
    // Rows and columns that no window reached give taps beyond the kernel.
    let taps = B::float_slice(
        taps,
        &[Slice::from(0..1), Slice::from(0..n * c), Slice::from(0..kernel), Slice::from(0..kernel)],
    );
    let taps = B::float_reshape(taps, [n, c, kernel, kernel].into());
    let to_weight = B::float_reshape(B::float_sum_dim(taps, 0), weight.shape());
    (to_x, to_weight)
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::backend::flex::FlexTensor;
    use burn::backend::ops::{ActivationOps as _, FloatTensorOps as _, ModuleOps as _};
    use burn::tensor::TensorData;

    use super::*;

    /// Values that do not repeat.
    fn drawn(shape: &[usize], seed: f32) -> FlexTensor {
        let n = shape.iter().product::<usize>();
        let value = |i: usize| ((i as f32 * 0.731 + seed).sin() * 43.7).fract();
        FlexTensor::from_data(TensorData::new((0..n).map(value).collect(), shape.to_vec()))
    }

    fn assert_close(ours: &FlexTensor, burns: &FlexTensor, what: &str) {
        assert_eq!(ours.shape(), burns.shape(), "{what}");
        let (ours, burns) = (ours.to_contiguous(), burns.to_contiguous());
        let (ours, burns): (&[f32], &[f32]) = (ours.storage(), burns.storage());
        let size = burns.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let apart = ours.iter().zip(burns).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(size > 0.0 && apart <= 1e-5 * size.max(1.0), "{what}: {apart} apart of {size}");
    }

    /// Against burn's own convolution and its way back.
    fn compare(spec: Spec, [n, c, h, w]: [usize; 4], weight: [usize; 4]) {
        let what = format!("{spec:?} on {h}x{w}");
        let (x, bias) = (drawn(&[n, c, h, w], 1.0), drawn(&weight[..1], 3.0));
        let weight = drawn(&weight, 2.0);
        let options = spec.options();
        let own = forward::<Flex>(x.clone(), weight.clone(), bias.clone(), spec);
        let burns = Flex::conv2d(x.clone(), weight.clone(), Some(bias), options.clone());
        let burns = if spec.relu { Flex::relu(burns) } else { burns };
        assert_close(&own, &burns, &format!("{what}: output"));
        let pull = drawn(&own.shape().dims::<4>(), 4.0);
        let passed =
            if spec.relu { Flex::relu_backward(burns, pull.clone()) } else { pull.clone() };
        let (to_x, to_weight, to_bias) =
            backward::<Flex>(x.clone(), weight.clone(), own, pull, spec, true);
        let of_x =
            Flex::conv2d_x_backward(x.clone(), weight.clone(), passed.clone(), options.clone());
        assert_close(&to_x, &of_x, &format!("{what}: gradient of x"));
        let of_weight = Flex::conv2d_weight_backward(x, weight, passed.clone(), options);
        assert_close(&to_weight, &of_weight, &format!("{what}: gradient of weights"));
        let sums = [0, 2, 3].into_iter().fold(passed, Flex::float_sum_dim);
        let sums = Flex::float_reshape(sums, to_bias.shape());
        assert_close(&to_bias, &sums, &format!("{what}: gradient of bias"));
    }

    #[test]
    fn products_of_matrices_are_the_1x1_convolution() {
        for relu in [false, true] {
            let spec = Spec { stride: 1, padding: (0, 0), groups: 1, relu };
            compare(spec, [3, 5, 6, 9], [7, 5, 1, 1]);
        }
    }

    #[test]
    fn groups_of_channels_and_pictures_are_the_depthwise_convolution() {
        for (kernel, stride, padding) in
            [(3, 1, (1, 1)), (3, 2, (1, 1)), (3, 2, (0, 0)), (5, 1, (2, 2)), (5, 2, (2, 2))]
        {
            for side in [[9, 13], [8, 10]] {
                for relu in [false, true] {
                    let spec = Spec { stride, padding, groups: 4, relu };
                    compare(spec, [3, 4, side[0], side[1]], [4, 1, kernel, kernel]);
                }
            }
        }
    }
}
