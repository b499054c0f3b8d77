//! The differentiable operation: kernels of our own on the CPU, the backend's operations elsewhere.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, backend_extension};

use super::spec::Spec;
use super::{depthwise, generic, pointwise};

/// The operation and its gradients on a backend.
#[backend_extension(Autodiff, Flex, Cube: cfg(feature = "train-gpu"))]
pub(super) trait LeanConv: Backend {
    /// `x [n, c, h, w]`, `weight [out, c / groups, k, k]`, `bias [out]` to `[n, out, h', w']`.
    fn lean_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Spec,
    ) -> FloatTensor<Self> {
        generic::forward::<Self>(x, weight, bias, spec)
    }

    /// Gradients with respect to `x` (if `wants_x`, else anything), `weight` and `bias`, from what
    /// came out and its gradient.
    fn lean_conv_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        out: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        spec: Spec,
        wants_x: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        generic::backward::<Self>(x, weight, out, grad, spec, wants_x)
    }
}

impl LeanConv for Flex {
    fn lean_conv(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, spec: Spec) -> FlexTensor {
        if spec.groups == 1 {
            pointwise::forward(&x, &weight, &bias, spec.relu)
        } else {
            depthwise::forward(&x, &weight, &bias, spec)
        }
    }

    fn lean_conv_backward(
        x: FlexTensor,
        weight: FlexTensor,
        out: FlexTensor,
        grad: FlexTensor,
        spec: Spec,
        wants_x: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        if spec.groups == 1 {
            pointwise::backward(&x, &weight, &out, &grad, spec, wants_x)
        } else {
            depthwise::backward(&x, &weight, &out, &grad, spec, wants_x)
        }
    }
}

#[cfg(feature = "train-gpu")]
impl LeanConv for burn::backend::Cube {}

impl<B: Backend + LeanConv, C: CheckpointStrategy> LeanConv for Autodiff<B, C> {
    fn lean_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: Spec,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Step;
        impl<B: Backend + LeanConv> Backward<B, 3> for Step {
            type State = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, Spec);

            fn backward(
                self,
                ops: Ops<Self::State, 3>,
                grads: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let [to_x, to_weight, to_bias] = ops.parents;
                let grad = grads.consume::<B>(&ops.node);
                let (x, weight, out, spec) = ops.state;
                let found = B::lean_conv_backward(x, weight, out, grad, spec, to_x.is_some());
                let parts = [(to_x, found.0), (to_weight, found.1), (to_bias, found.2)];
                for (node, gradient) in parts {
                    if let Some(node) = node {
                        grads.register::<B>(node.id, gradient);
                    }
                }
            }
        }

        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let out = B::lean_conv(x.clone(), weight.clone(), bias, spec);
        let nodes = [x_node, weight_node, bias_node];
        match Step.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((x, weight, out.clone(), spec), out),
            OpsKind::UnTracked(step) => step.finish(out),
        }
    }
}
