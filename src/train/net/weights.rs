//! Helpers of layers: enlarging, and drawing weights at once.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

/// Twice the size, nearest neighbor.
pub(in crate::train) fn doubled(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]);
    interpolate(x, options)
}

/// The module with every weight drawn. burn draws weights when they are first used, and a frozen
/// clone that is the first to use them would freeze the original as well.
pub(in crate::train) fn initialized<M: Module>(module: M) -> M {
    struct Draw;
    impl ModuleMapper for Draw {
        fn map_float<const D: usize>(&mut self, weights: Param<Tensor<D>>) -> Param<Tensor<D>> {
            weights.map(|drawn| drawn)
        }
    }
    module.map(&mut Draw)
}
