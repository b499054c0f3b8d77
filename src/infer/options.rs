//! Options of the engines: which one, which provider, which library, how many threads, which limits.

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
    /// A program with the command `run-model`: it runs bundles that did not come with this one, in a
    /// process that can be killed. `None`: they run in this process.
    pub model_program: Option<PathBuf>,
    /// Memory in bytes at which that process is killed, on Linux; `None` for 6 GiB.
    pub model_bytes: Option<u64>,
    /// A model server that runs networks fed with crops.
    #[cfg(feature = "remote")]
    pub remote: Option<super::RemoteOptions>,
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

/// More threads do not speed up models of this size, and the window needs some.
const MAX_DEFAULT_THREADS: usize = 8;

/// The requested number, or for 0 one per physical core, at most eight.
pub(super) fn resolve_threads(requested: usize) -> usize {
    if requested > 0 {
        return requested;
    }
    let logical = std::thread::available_parallelism().map_or(1, usize::from);
    physical_cores()
        .unwrap_or_else(|| if cfg!(target_arch = "x86_64") { logical.div_ceil(2) } else { logical })
        .clamp(1, logical)
        .min(MAX_DEFAULT_THREADS)
}

/// Physical cores under Linux; hyper-threads of one core share `core_id` and package.
#[cfg(target_os = "linux")]
fn physical_cores() -> Option<usize> {
    let mut cores = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir("/sys/devices/system/cpu").ok()?.flatten() {
        let topology = entry.path().join("topology");
        let read = |name: &str| std::fs::read_to_string(topology.join(name)).ok();
        if let (Some(package), Some(core)) = (read("physical_package_id"), read("core_id")) {
            cores.insert((package, core));
        }
    }
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(not(target_os = "linux"))]
fn physical_cores() -> Option<usize> {
    None
}
