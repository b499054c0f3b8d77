//! Models in ONNX Runtime: sessions, execution providers, and the assignment of nodes to them.

use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::path::Path;
use std::time::Duration;

use ort::AsPointer as _;
use ort::ep;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session as OrtModel};
use ort::value::TensorRef;

use super::library::remedy::provider_error;
use super::model_io::{ModelIo, catch_panic, check_size};
use super::model_session::ModelSession;
use super::provider::{Provider, WEBGPU_PLUGIN, assignment_label, ort_name};
use super::runtime::Runtime;
use super::watchdog::{StopRule, Stopped, guarded, stopped_by};
use super::{Error, graph};
use crate::base::{Cancel, Cancelled, EngineInfo, Tensor};
use crate::bundle::Bundle;

/// Longest run on the processor, where the largest of our networks takes a second.
pub(super) const RUN_LIMIT: Duration = Duration::from_mins(2);
/// Longest loading, and longest run on a graphics card: drivers compile for minutes.
pub(super) const DRIVER_LIMIT: Duration = Duration::from_mins(10);

/// Concurrent runs on a GPU crash some drivers (ONNX Runtime issue 32561), so loading, running and
/// dropping GPU sessions takes this lock.
static GPU_LOCK: Mutex<()> = Mutex::new(());

fn lock_gpu(provider: Provider) -> Option<MutexGuard<'static, ()>> {
    let is_gpu = provider != Provider::Cpu;
    is_gpu.then(|| GPU_LOCK.lock())
}

/// Number of graph nodes by the name of the execution provider that runs them.
pub(super) type NodeAssignment = BTreeMap<String, usize>;

/// A model loaded into ONNX Runtime with one provider.
pub(super) struct LoadedModel {
    /// `None` only during drop.
    session: Option<OrtModel>,
    provider: Provider,
}

impl LoadedModel {
    /// Loads a model with this provider, and the CPU for nodes that it does not support.
    pub(super) fn new(
        runtime: &'static Runtime,
        provider: Provider,
        model: &[u8],
        n_threads: usize,
    ) -> Result<Self, String> {
        let _lock = lock_gpu(provider);
        let session = catch_panic(|| {
            let builder = basic_builder(runtime, n_threads).map_err(|e| short_message(&e))?;
            let mut builder = add_provider(builder, runtime, provider)?;
            let canceler = builder.canceler();
            let stop = || warn_of("loading", canceler.cancel());
            let load = || builder.commit_from_memory(model).map_err(|e| short_message(&e));
            let rule = StopRule::after(DRIVER_LIMIT);
            let (loaded, stopped) = guarded(&rule, stop, load);
            loaded.map_err(|error| stopped.map_or(error, |why| stopped_by(why, &rule)))
        })?;
        Ok(Self { session: Some(session), provider })
    }

    fn session(&self) -> Result<&OrtModel, String> {
        self.session.as_ref().ok_or_else(|| "the session is closed".to_owned())
    }

    /// The assignment of nodes to providers. Known without a run.
    pub(super) fn assignment(&self) -> Result<NodeAssignment, String> {
        node_assignment(self.session()?).map_err(|e| short_message(&e))
    }

    /// Runs the model and returns the outputs in the order of `outputs`.
    pub(super) fn run(
        &mut self,
        input: (&str, &Tensor),
        outputs: &[String],
    ) -> Result<Vec<Tensor>, String> {
        self.run_until(input, outputs, &StopRule::after(DRIVER_LIMIT)).0
    }

    /// The same; the rule may stop it.
    fn run_until(
        &mut self,
        input: (&str, &Tensor),
        outputs: &[String],
        rule: &StopRule,
    ) -> (Result<Vec<Tensor>, String>, Option<Stopped>) {
        let _lock = lock_gpu(self.provider);
        let Some(session) = self.session.as_mut() else {
            return (Err("the session is closed".to_owned()), None);
        };
        let options = match RunOptions::new() {
            Ok(options) => options,
            Err(error) => return (Err(short_message(&error)), None),
        };
        let stop = || warn_of("a run", options.terminate());
        let (found, stopped) =
            guarded(rule, stop, || catch_panic(|| compute(session, input, outputs, &options)));
        let found = match stopped {
            // It may have ended in the same moment.
            Some(why @ (Stopped::TooLong | Stopped::TooLarge)) => {
                found.map_err(|_stopped| stopped_by(why, rule))
            }
            Some(Stopped::Cancelled) | None => found,
        };
        (found, stopped)
    }
}

fn compute(
    session: &mut OrtModel,
    (name, tensor): (&str, &Tensor),
    outputs: &[String],
    options: &RunOptions,
) -> Result<Vec<Tensor>, String> {
    let view = TensorRef::from_array_view((tensor.shape.clone(), tensor.data.as_slice()))
        .map_err(|e| short_message(&e))?;
    let found = session
        .run_with_options(ort::inputs![name => view], options)
        .map_err(|e| short_message(&e))?;
    outputs
        .iter()
        .map(|name| {
            let value = found.get(name).ok_or_else(|| format!("no output {name:?}"))?;
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(|e| short_message(&e))?;
            check_size(name, data.len())?;
            let shape: Result<Vec<usize>, _> =
                shape.iter().map(|axis| usize::try_from(*axis)).collect();
            let shape = shape.map_err(|e| e.to_string())?;
            Tensor::new(shape, data.to_vec())
                .ok_or_else(|| format!("output {name:?} has a malformed shape"))
        })
        .collect()
}

fn warn_of(what: &str, stopped: ort::Result<()>) {
    if let Err(error) = stopped {
        tracing::warn!("{what} in ONNX Runtime could not be stopped: {error}");
    }
}

impl Drop for LoadedModel {
    fn drop(&mut self) {
        let _lock = lock_gpu(self.provider);
        self.session = None;
    }
}

/// The useful part of an error message: one line without source locations, at most 300 characters.
fn short_message(error: &impl std::fmt::Display) -> String {
    const MAX_CHARS: usize = 300;
    let message = error.to_string();
    let tail = ["was false. ", "with error: ", "Error creating execution provider: "]
        .iter()
        .find_map(|mark| message.rsplit_once(mark).map(|(_, tail)| tail))
        .unwrap_or(&message);
    let line = tail.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_CHARS).collect()
}

fn basic_builder(runtime: &Runtime, n_threads: usize) -> ort::Result<SessionBuilder> {
    Ok(OrtModel::builder(&runtime.env)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(n_threads)?
        // Idle threads must not spin: decoder, window and other sessions need the processor. On two
        // busy cores a run took 24 ms with spinning and 11 ms without.
        .with_intra_op_spinning(false)?
        .with_config_entry("session.record_ep_graph_assignment_info", "1")?)
}

/// Adds a provider; a refusal is an error, never a silent fallback to the CPU.
fn add_provider(
    builder: SessionBuilder,
    runtime: &Runtime,
    provider: Provider,
) -> Result<SessionBuilder, String> {
    let message = |e: ort::Error<SessionBuilder>| short_message(&e);
    let ep = match provider {
        // By default ort prefers the device with the lowest power, which may not be the CPU.
        Provider::Cpu => {
            return builder.with_auto_device(AutoDevicePolicy::PreferCPU).map_err(message);
        }
        // TF32 would round inputs to 10 bits; the heuristic search avoids a benchmark for every new
        // picture size.
        Provider::Cuda => ep::CUDA::default()
            .with_tf32(false)
            .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
            .build(),
        Provider::TensorRt => ep::TensorRT::default().build(),
        Provider::DirectMl => ep::DirectML::default().build(),
        Provider::CoreMl => ep::CoreML::default().build(),
        Provider::WebGpu => match runtime.beside(WEBGPU_PLUGIN) {
            Some(plugin) => return add_plugin(builder, runtime, &plugin),
            None => ep::WebGPU::default().build(),
        },
    };
    let mut builder = builder;
    if provider == Provider::DirectMl {
        // DirectML refuses memory patterns and parallel execution.
        builder = builder.with_memory_pattern(false).map_err(message)?;
        builder = builder.with_parallel_execution(false).map_err(message)?;
    }
    builder.with_execution_providers([ep.error_on_failure()]).map_err(message)
}

/// Registers the WebGPU plugin once and uses its first device.
fn add_plugin(
    builder: SessionBuilder,
    runtime: &Runtime,
    plugin: &Path,
) -> Result<SessionBuilder, String> {
    static IS_REGISTERED: Mutex<bool> = Mutex::new(false);
    let mut is_registered = IS_REGISTERED.lock();
    if !*is_registered {
        runtime.env.register_ep_library("webgpu", plugin).map_err(|e| short_message(&e))?;
        *is_registered = true;
    }
    let wanted = ort_name(Provider::WebGpu);
    let device = runtime.env.devices().find(|d| d.ep().is_ok_and(|name| name == wanted));
    let device = device.ok_or_else(|| "the WebGPU plugin found no GPU".to_owned())?;
    builder.with_devices([device], None).map_err(|e| short_message(&e))
}

/// Reads from ONNX Runtime how many nodes each provider runs.
fn node_assignment(session: &OrtModel) -> ort::Result<NodeAssignment> {
    let api = ort::api();
    let mut counts = NodeAssignment::new();
    #[expect(unsafe_code, reason = "ort has no safe wrapper for these three calls")]
    // SAFETY: the session was made with `session.record_ep_graph_assignment_info`; it owns all
    // that is returned and outlives this function. Each pointer is read only after the call that
    // writes it has succeeded, arrays only up to the returned length, names as C strings.
    unsafe {
        let (mut subgraphs, mut n_subgraphs) = (std::ptr::null(), 0usize);
        let status = (api.Session_GetEpGraphAssignmentInfo)(
            session.ptr(),
            &raw mut subgraphs,
            &raw mut n_subgraphs,
        );
        ort::Error::result_from_status(status)?;
        for i in 0..n_subgraphs {
            let subgraph = *subgraphs.add(i);
            let mut name = std::ptr::null();
            ort::Error::result_from_status((api.EpAssignedSubgraph_GetEpName)(
                subgraph,
                &raw mut name,
            ))?;
            let (mut nodes, mut n_nodes) = (std::ptr::null(), 0usize);
            let status =
                (api.EpAssignedSubgraph_GetNodes)(subgraph, &raw mut nodes, &raw mut n_nodes);
            ort::Error::result_from_status(status)?;
            let name = CStr::from_ptr(name).to_string_lossy().into_owned();
            *counts.entry(name).or_default() += n_nodes;
        }
    }
    Ok(counts)
}

/// A bundle that runs in ONNX Runtime.
pub(super) struct OrtSession {
    loaded: LoadedModel,
    io: ModelIo,
    info: EngineInfo,
    rule: StopRule,
}

impl OrtSession {
    /// Loads a bundle. `info` gets the provider that runs its nodes.
    pub(super) fn load(
        runtime: &'static Runtime,
        provider: Provider,
        bundle: &Bundle,
        (n_threads, run_limit): (usize, Option<Duration>),
        mut info: EngineInfo,
    ) -> Result<Self, Error> {
        let io = ModelIo::from_bundle(bundle);
        graph::examine(&bundle.model).map_err(|e| io.model_error(e))?;
        let refuse = |reason: String| match provider {
            Provider::Cpu => io.model_error(reason),
            _ => provider_error(provider, format!("model {:?}: {reason}", io.name)),
        };
        let loaded =
            LoadedModel::new(runtime, provider, &bundle.model, n_threads).map_err(refuse)?;
        let session = loaded.session().map_err(refuse)?;
        if session.inputs().len() != 1 || session.inputs()[0].name() != io.input.name {
            return Err(io.model_error(format!("its only input is not {:?}", io.input.name)));
        }
        for wanted in &io.outputs {
            if !session.outputs().iter().any(|output| output.name() == wanted) {
                return Err(io.model_error(format!("it has no output {wanted:?}")));
            }
        }
        let counts = loaded.assignment().map_err(refuse)?;
        tracing::debug!(model = io.name, ?counts, "nodes by execution provider");
        info.provider = assignment_label(provider, &counts).map_err(refuse)?;
        let usual = if provider == Provider::Cpu { RUN_LIMIT } else { DRIVER_LIMIT };
        let rule = StopRule::after(run_limit.unwrap_or(usual));
        Ok(Self { loaded, io, info, rule })
    }
}

impl ModelSession for OrtSession {
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error> {
        self.io.check_input(input)?;
        let named = (self.io.input.name.as_str(), input);
        let (found, stopped) = self.loaded.run_until(named, &self.io.outputs, &self.rule);
        if stopped == Some(Stopped::Cancelled) {
            return Err(Cancelled.into());
        }
        let outputs = found.map_err(|e| self.io.run_error(e))?;
        for (name, tensor) in self.io.outputs.iter().zip(&outputs) {
            self.io.check_output(name, tensor)?;
        }
        Ok(outputs)
    }

    fn stop_with(&mut self, cancel: Cancel) {
        self.rule.cancel = cancel;
    }

    fn engine(&self) -> &EngineInfo {
        &self.info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lose_the_source_lines_of_the_library() {
        let check = |message: &str, expect: &str| assert_eq!(short_message(&message), expect);
        check(
            "/onnxruntime_src/webgpu_context.cc:136 lambda status == Success was false. \
             Failed to get a WebGPU adapter: No supported adapters\n\n",
            "Failed to get a WebGPU adapter: No supported adapters",
        );
        check(
            "Failed to load library libx.so with error: libcudart.so.13: cannot open",
            "libcudart.so.13: cannot open",
        );
        check("plain", "plain");
        assert_eq!(short_message(&"x".repeat(1000)).len(), 300);
    }
}
