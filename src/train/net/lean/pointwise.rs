//! 1×1 convolution on the CPU: a product of matrices each way.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps as _;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::spec::{Spec, dense, sum};

/// Whether weights of this shape under this spec are done here.
pub(super) const fn can(weight: [usize; 4], spec: Spec) -> bool {
    let [_, _, rows, columns] = weight;
    rows == 1 && columns == 1 && spec.stride == 1 && matches!(spec.padding, (0, 0))
}

/// `[n, c, h, w]` as `[n, c, h w]`.
fn flat(x: &FlexTensor) -> (FlexTensor, [usize; 4]) {
    let x = x.to_contiguous();
    let dims = x.layout().shape().dims::<4>();
    let [n, c, h, w] = dims;
    (x.reshape([n, c, h * w].into()), dims)
}

/// `[out, in, 1, 1]` as `[1, out, in]`.
fn matrix(weight: &FlexTensor) -> FlexTensor {
    let [out, c, _, _] = weight.layout().shape().dims::<4>();
    weight.to_contiguous().reshape([1, out, c].into())
}

pub(super) fn forward(
    x: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    relu: bool,
) -> FlexTensor {
    let (x, [n, _, h, w]) = flat(x);
    let bias = bias.to_contiguous();
    let mut out = Flex::float_matmul(matrix(weight), x);
    let biases: &[f32] = bias.storage();
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    let planes: &mut [f32] = out.storage_mut();
    let channels = biases.len();
    planes.par_chunks_mut(h * w).enumerate().for_each(|(i, plane)| {
        Arch::new().dispatch(Finish { plane, bias: biases[i % channels], floor });
    });
    out.reshape([n, channels, h, w].into())
}

/// Gradients of `x` (if wanted, else nothing of use), weights and bias.
pub(super) fn backward(
    x: &FlexTensor,
    weight: &FlexTensor,
    out: &FlexTensor,
    grad: &FlexTensor,
    spec: Spec,
    wants_x: bool,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let (x, [n, c, h, w]) = flat(x);
    let (grad, [_, channels, _, _]) = flat(grad);
    let grads: &[f32] = grad.storage();
    let mut sums = vec![0.0; n * channels];
    let grad = if spec.relu {
        let out = out.to_contiguous();
        let mut passed = vec![0.0; grads.len()];
        let planes = passed.par_chunks_mut(h * w).zip(grads.par_chunks(h * w));
        let planes = planes.zip(out.storage::<f32>().par_chunks(h * w)).zip(&mut sums);
        planes.for_each(|(((plane, grad), out), sum)| {
            *sum = Arch::new().dispatch(Pass { plane, grad, out });
        });
        dense(passed, &[n, channels, h * w])
    } else {
        let planes = grads.par_chunks(h * w).zip(&mut sums);
        planes.for_each(|(plane, to)| *to = sum(plane));
        grad
    };
    let to_bias = (0..channels).map(|k| sums.iter().skip(k).step_by(channels).sum()).collect();
    let to_weights = Flex::float_matmul(grad.clone(), x.transpose(1, 2));
    let size = channels * c;
    let mut to_weight = vec![0.0; size];
    for one in to_weights.storage::<f32>().chunks_exact(size) {
        for (sum, value) in to_weight.iter_mut().zip(one) {
            *sum += value;
        }
    }
    let to_x = if wants_x {
        Flex::float_matmul(matrix(weight).transpose(1, 2), grad).reshape([n, c, h, w].into())
    } else {
        x
    };
    (to_x, dense(to_weight, &[channels, c, 1, 1]), dense(to_bias, &[channels]))
}

/// Adds a bias to a plane and lifts what is below the floor.
struct Finish<'a> {
    plane: &'a mut [f32],
    bias: f32,
    floor: f32,
}

impl WithSimd for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for value in self.plane {
            *value = (*value + self.bias).max(self.floor);
        }
    }
}

/// The part of a plane's gradient that passes ReLU.
struct Pass<'a> {
    plane: &'a mut [f32],
    grad: &'a [f32],
    out: &'a [f32],
}

impl WithSimd for Pass<'_> {
    /// Sum over the plane.
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let Self { plane, grad, out } = self;
        for ((to, g), y) in plane.iter_mut().zip(grad).zip(out) {
            *to = if *y > 0.0 { *g } else { 0.0 };
        }
        sum(plane)
    }
}
