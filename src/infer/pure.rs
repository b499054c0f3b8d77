//! Models in `rten`: pure Rust, CPU only, needs no library.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::NdTensorView;
use rten_tensor::prelude::*;

use super::Error;
use super::graph;
use super::model_io::{ModelIo, catch_panic, check_size};
use super::model_session::ModelSession;
use crate::base::{Cancel, Cancelled, EngineInfo, Tensor};
use crate::bundle::Bundle;

/// Engine and version in reports; a test compares it with `Cargo.lock`.
pub(super) const NAME: &str = "rten 0.27.0";

/// A bundle that runs in `rten`.
pub(super) struct RtenSession {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
    pool: Arc<ThreadPool>,
    io: ModelIo,
    info: EngineInfo,
    cancel: Cancel,
}

impl RtenSession {
    /// Loads a bundle; inputs and outputs are found by the names in its card. A graph that may loop is
    /// refused: this engine cannot be stopped, neither while it runs one nor while it works out
    /// constants at loading.
    pub(super) fn load(
        bundle: &Bundle,
        pool: Arc<ThreadPool>,
        info: EngineInfo,
    ) -> Result<Self, Error> {
        let io = ModelIo::from_bundle(bundle);
        let facts = graph::examine(&bundle.model).map_err(|e| io.model_error(e))?;
        if let Some(operator) = facts.loops_by {
            let what = format!(
                "it has the operator {operator:?}, which may run without end, and the built-in engine \
                 cannot stop it; ONNX Runtime can"
            );
            return Err(io.model_error(what));
        }
        let model = catch_panic(|| Model::load(bundle.model.clone()).map_err(|e| e.to_string()))
            .map_err(|e| io.model_error(e))?;
        let find = |ids: &[NodeId], name: &str| {
            ids.iter().copied().find(|id| {
                model.node_info(*id).and_then(|node| node.name()).is_some_and(|n| n == name)
            })
        };
        let input = find(model.input_ids(), &io.input.name)
            .filter(|_| model.input_ids().len() == 1)
            .ok_or_else(|| io.model_error(format!("its only input is not {:?}", io.input.name)))?;
        let outputs: Result<Vec<NodeId>, Error> = io
            .outputs
            .iter()
            .map(|name| {
                find(model.output_ids(), name)
                    .ok_or_else(|| io.model_error(format!("it has no output {name:?}")))
            })
            .collect();
        Ok(Self { outputs: outputs?, model, input, pool, io, info, cancel: Cancel::default() })
    }

    fn compute(&self, input: &Tensor) -> Result<Vec<Tensor>, String> {
        let &[n, c, h, w] = input.shape.as_slice() else {
            return Err("the input does not have four axes".to_owned());
        };
        let view = NdTensorView::try_from_data([n, c, h, w], input.data.as_slice())
            .map_err(|e| e.to_string())?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let feed: Vec<(NodeId, ValueOrView<'_>)> = vec![(self.input, view.into())];
        self.model
            .run(feed, &self.outputs, Some(options))
            .map_err(|e| e.to_string())?
            .into_iter()
            .zip(&self.io.outputs)
            .map(|(value, name)| {
                let tensor = value
                    .into_tensor::<f32>()
                    .ok_or_else(|| format!("output {name:?} does not hold 32-bit floats"))?;
                check_size(name, tensor.len())?;
                Tensor::new(tensor.shape().to_vec(), tensor.into_data())
                    .ok_or_else(|| format!("output {name:?} has a malformed shape"))
            })
            .collect()
    }
}

impl ModelSession for RtenSession {
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error> {
        self.io.check_input(input)?;
        if self.cancel.is_cancelled() {
            return Err(Cancelled.into());
        }
        let outputs = catch_panic(|| self.compute(input)).map_err(|e| self.io.run_error(e))?;
        for (name, tensor) in self.io.outputs.iter().zip(&outputs) {
            self.io.check_output(name, tensor)?;
        }
        Ok(outputs)
    }

    fn stop_with(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn engine(&self) -> &EngineInfo {
        &self.info
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_shown_is_the_one_built_in() {
        let (name, version) = super::NAME.split_once(' ').unwrap();
        let lock = include_str!("../../Cargo.lock");
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&entry), "Cargo.lock does not have {entry}");
    }
}
