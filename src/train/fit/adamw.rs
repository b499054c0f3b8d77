//! `AdamW` whose memory is read back on the processor.
//!
//! burn 0.22.1 puts what it reads of an optimizer on its default device: with a graphics backend
//! built in that is a graphics card, and where there is none the program would panic. The step that
//! follows moves the memory to wherever the weights are.

use burn::optim::{
    AdamW, AdamWConfig, AdamWState, LearningRate, ModuleOptimizer, Optimizer, RecordState,
    StateSink, StateSource,
};
use burn::tensor::{Device, Tensor};

/// An optimizer without memory. Its files are those of burn's own `AdamW`.
pub(in crate::train) fn init(config: &AdamWConfig) -> ModuleOptimizer {
    ModuleOptimizer::from(OnProcessor(config.build()))
}

#[derive(Clone)]
struct OnProcessor(AdamW);

#[derive(Clone)]
struct Memory<const D: usize>(AdamWState<D>);

impl<const D: usize> RecordState for Memory<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        self.0.state_flatten(prefix, out);
    }

    fn state_unflatten(prefix: &str, src: &mut StateSource, _default: &Device) -> Option<Self> {
        AdamWState::state_unflatten(prefix, src, &Device::flex()).map(Self)
    }
}

impl Optimizer for OnProcessor {
    type State<const D: usize> = Memory<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        weights: Tensor<D>,
        gradient: Tensor<D>,
        memory: Option<Memory<D>>,
    ) -> (Tensor<D>, Option<Memory<D>>) {
        let (weights, memory) = self.0.step(rate, weights, gradient, memory.map(|m| m.0));
        (weights, memory.map(Memory))
    }

    fn to_device<const D: usize>(memory: Memory<D>, device: &Device) -> Memory<D> {
        Memory(AdamW::to_device(memory.0, device))
    }
}
