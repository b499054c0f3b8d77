//! A layer of the net as the operation, or as burn computes it where the operation cannot.

use burn::backend::Dispatch;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

use super::operation::LeanConv;
use super::spec::Spec;
use super::{depthwise, pointwise};

/// The layer as `layer.forward` has it, with ReLU after it if `relu`.
///
/// `layer` is a depthwise convolution or 1×1 with stride 1; it has a bias, the same stride and the
/// same zeros along both sides, no dilation. Any other layer is computed by burn.
pub(in crate::train::net) fn forward(layer: &Conv2d, x: Tensor<4>, relu: bool) -> Tensor<4> {
    let plain = |x: Tensor<4>| {
        let out = layer.forward(x);
        if relu { burn::tensor::activation::relu(out) } else { out }
    };
    let c = x.dims()[1];
    let padding = match layer.padding {
        PaddingConfig2d::Valid => Some((0, 0)),
        PaddingConfig2d::Explicit(top, left, bottom, right) if (top, bottom) == (left, right) => {
            Some((top, bottom))
        }
        _ => None,
    };
    let spec = Spec {
        stride: layer.stride[0],
        padding: padding.unwrap_or_default(),
        groups: layer.groups,
        relu,
    };
    let weight = layer.weight.val();
    let is_even = padding.is_some() && layer.stride == [spec.stride; 2] && layer.dilation == [1; 2];
    let is_known = if layer.groups == 1 {
        pointwise::can(weight.dims(), spec)
    } else {
        weight.dims()[..2] == [c, 1] && depthwise::can(weight.dims(), spec)
    };
    match layer.bias.as_ref().filter(|_| is_even && is_known) {
        None => plain(x),
        Some(bias) => Tensor::from_dispatch(<Dispatch as LeanConv>::lean_conv(
            x.into_dispatch(),
            weight.into_dispatch(),
            bias.val().into_dispatch(),
            spec,
        )),
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module as _;
    use burn::nn::conv::Conv2dConfig;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Distribution, Tensor, TensorData};

    use super::*;
    use crate::train::net::encoder::same;

    /// Largest absolute value.
    fn size_of(values: &TensorData) -> f32 {
        values.iter::<f32>().fold(0.0, |m, v| m.max(v.abs()))
    }

    fn assert_close(ours: &TensorData, burns: &TensorData, what: &str) {
        assert_eq!(ours.shape(), burns.shape(), "{what}");
        let tolerance = 1e-5 * size_of(burns).max(1.0);
        let apart = ours.iter::<f32>().zip(burns.iter::<f32>()).map(|(a, b)| (a - b).abs());
        let apart = apart.fold(0.0, f32::max);
        assert!(apart <= tolerance, "{what}: {apart} apart, {tolerance} allowed");
        assert!(size_of(burns) > 0.0, "{what}: nothing to compare");
    }

    /// What comes out and the gradients of input, weights and bias, for the same random loss.
    fn seen(
        layer: &Conv2d,
        x: &Tensor<4>,
        run: impl Fn(&Conv2d, Tensor<4>) -> Tensor<4>,
    ) -> [TensorData; 4] {
        let x = x.clone().detach().require_grad();
        let out = run(layer, x.clone());
        let device = x.device();
        device.seed(7);
        let pull = Tensor::<4>::random(out.dims(), Distribution::Normal(0.0, 1.0), &device);
        let grads = (out.clone() * pull).sum().backward();
        let bias = layer.bias.as_ref().unwrap();
        [
            out.into_data(),
            x.grad(&grads).unwrap().into_data(),
            layer.weight.val().grad(&grads).unwrap().into_data(),
            bias.val().grad(&grads).unwrap().into_data(),
        ]
    }

    fn compare(config: &Conv2dConfig, side: [usize; 2], what: &str) {
        let device = Device::flex().autodiff();
        device.seed(3);
        let layer = config.init(&device);
        let [h, w] = side;
        let shape = [3, config.channels[0], h, w];
        let x = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        for with_relu in [false, true] {
            let ours = seen(&layer, &x, |layer, x| forward(layer, x, with_relu));
            let burns = seen(&layer, &x, |layer, x| {
                let out = layer.forward(x);
                if with_relu { relu(out) } else { out }
            });
            let parts = ["output", "gradient of x", "gradient of weights", "gradient of bias"];
            for ((ours, burns), part) in ours.into_iter().zip(burns).zip(parts) {
                assert_close(&ours, &burns, &format!("{what}, relu {with_relu}: {part}"));
            }
        }
    }

    #[test]
    fn depthwise_layers_give_what_burn_gives() {
        for kernel in [3, 5] {
            for stride in [1, 2] {
                for side in [[8, 10], [34, 20], [16, 38]] {
                    let config = Conv2dConfig::new([6, 6], [kernel, kernel])
                        .with_stride([stride, stride])
                        .with_groups(6)
                        .with_padding(same(kernel, stride));
                    compare(&config, side, &format!("{kernel}x{kernel} / {stride}, {side:?}"));
                }
            }
        }
    }

    #[test]
    fn odd_sides_and_even_margins_are_done_too() {
        for (kernel, stride, padding) in [(3, 2, 1), (5, 2, 2), (3, 1, 0), (5, 1, 4), (3, 2, 0)] {
            let config = Conv2dConfig::new([4, 4], [kernel, kernel])
                .with_stride([stride, stride])
                .with_groups(4)
                .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding));
            compare(&config, [9, 13], &format!("{kernel}x{kernel} / {stride} + {padding}"));
        }
    }

    #[test]
    fn pointwise_layers_give_what_burn_gives() {
        compare(&Conv2dConfig::new([5, 7], [1, 1]), [6, 9], "1x1");
        compare(&Conv2dConfig::new([64, 24], [1, 1]), [20, 20], "1x1, wide");
    }

    #[test]
    fn layers_of_other_kinds_are_left_to_burn() {
        let padding = PaddingConfig2d::Explicit(1, 1, 1, 1);
        compare(&Conv2dConfig::new([4, 6], [3, 3]).with_padding(padding), [8, 8], "dense 3x3");
        let padding = PaddingConfig2d::Explicit(1, 0, 1, 2);
        let uneven = Conv2dConfig::new([4, 4], [3, 3]).with_groups(4).with_padding(padding);
        compare(&uneven, [8, 8], "uneven margins");
        compare(&Conv2dConfig::new([4, 8], [3, 3]).with_groups(4), [8, 8], "two filters a channel");
    }

    #[test]
    fn a_frozen_layer_hands_its_gradient_on() {
        let device = Device::flex().autodiff();
        device.seed(5);
        let mut layer = Conv2dConfig::new([4, 4], [3, 3]).with_groups(4).init(&device);
        layer.weight = layer.weight.no_grad();
        let x = Tensor::<4>::random([1, 4, 6, 6], Distribution::Default, &device).require_grad();
        let grads = forward(&layer, x.clone(), false).sum().backward();
        assert!(size_of(&x.grad(&grads).unwrap().into_data()) > 0.0, "x has no gradient");
        assert!(layer.weight.val().grad(&grads).is_none(), "a frozen weight has a gradient");
    }
}
