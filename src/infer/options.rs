//! Options of the engines: which one, which provider, which library, how many threads.

use std::path::PathBuf;
use std::time::Duration;

use super::Provider;

/// The engine to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// ONNX Runtime where its library is found, else `rten`.
    #[default]
    Auto,
    /// ONNX Runtime, or an error.
    Ort,
    /// The pure-Rust engine.
    Rten,
}

/// Options of [`Engine::start`](super::Engine::start). The default uses the best that works.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineOptions {
    /// The engine.
    pub engine: EngineChoice,
    /// This provider, or an error; `None` uses the best that works.
    pub provider: Option<Provider>,
    /// The ONNX Runtime library, or its folder; `None` searches the usual folders.
    pub library: Option<PathBuf>,
    /// Threads per session on the CPU, 0 for the number of physical cores.
    pub threads: usize,
    /// Options of the provider tests.
    pub probe: ProbeOptions,
    /// Longest run of a model in ONNX Runtime; `None` for two minutes, or ten on a graphics card, whose
    /// driver may compile the model first.
    pub run_limit: Option<Duration>,
}

/// How providers are tested before they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeOptions {
    /// A program with the command `probe-provider`. `None` uses the variable
    /// `PENTIMENTO_PROBE_PROGRAM`, else the running program if it is pentimento.
    pub program: Option<PathBuf>,
    /// Time limit of the child process; then it is killed and its provider refused.
    pub limit: Duration,
    /// Folder that keeps the results; `None` uses the cache folder of the user.
    pub cache: Option<PathBuf>,
}

impl Default for ProbeOptions {
    /// One minute: GPU drivers may compile shaders for half a minute at the first start.
    fn default() -> Self {
        Self { program: None, limit: Duration::from_mins(1), cache: None }
    }
}
