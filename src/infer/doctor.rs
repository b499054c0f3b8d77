//! Diagnoses the engines for `doctor`: what works, what is missing, and how to install it.

use std::path::PathBuf;

use crate::base::EngineInfo;

use super::cache::ProviderCache;
use super::engine::Engine;
use super::library::locate;
use super::library::remedy::{RECOMMENDED, library_remedy, provider_remedy};
use super::options::EngineOptions;
use super::probe::ProbeReport;
use super::provider::{Provider, platform_providers};
use super::{providers, pure, runtime, telemetry};

/// The state of the engines on this machine.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Folders searched for a library, in order.
    pub looked_in: Vec<PathBuf>,
    /// The ONNX Runtime libraries found there.
    pub libraries: Vec<LibraryFinding>,
    /// How to install a library, when none works.
    pub library_remedy: Option<String>,
    /// The providers of this platform, best first; empty without a library.
    pub providers: Vec<ProviderFinding>,
    /// The pure-Rust engine; it always works.
    pub rten: String,
    /// Whether the engine may send usage data.
    pub telemetry: Telemetry,
    /// The engine that these options start, or the error.
    pub chosen: Result<EngineInfo, String>,
}

/// One library file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFinding {
    /// The file.
    pub path: PathBuf,
    /// For instance `onnxruntime 1.28.0`; without patch level for libraries that are not used.
    pub version: Option<String>,
    /// Whether this process uses it.
    pub is_used: bool,
    /// Why it cannot be used, or a hint.
    pub note: Option<String>,
}

/// The result of testing one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFinding {
    /// The provider.
    pub provider: Provider,
    /// Whether it ran nodes and computed the right numbers.
    pub is_usable: bool,
    /// Measurements, or why the test failed.
    pub detail: String,
    /// What may make it work.
    pub remedy: Option<String>,
}

/// Whether ONNX Runtime may send usage data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telemetry {
    /// `ORT_DISABLE_TELEMETRY=1` was set before the library was loaded.
    pub is_disarmed: bool,
}

/// Checks the libraries and tests every provider anew. The cached results are replaced.
///
/// Takes up to [`ProbeOptions::limit`](super::ProbeOptions::limit) per provider.
pub fn diagnose(options: &EngineOptions) -> Diagnosis {
    let looked_in = locate::search_paths(options.library.as_deref());
    let files = locate::library_files(&looked_in);
    let loaded = locate::load_library(options.library.as_deref());
    let libraries = files.into_iter().map(examine_library).collect();
    let providers = loaded.as_ref().map_or_else(
        |_| Vec::new(),
        |runtime| {
            let cache = ProviderCache::open(options.probe.cache.as_deref(), runtime);
            let examine = |p: &Provider| examine_provider(runtime, *p, options, &cache);
            platform_providers().iter().map(examine).collect()
        },
    );
    Diagnosis {
        looked_in,
        libraries,
        library_remedy: loaded.is_err().then(library_remedy),
        providers,
        rten: pure::NAME.to_owned(),
        telemetry: Telemetry { is_disarmed: telemetry::is_disarmed() },
        chosen: Engine::start(options).map(|e| e.info()).map_err(|e| e.to_string()),
    }
}

fn examine_library(path: PathBuf) -> LibraryFinding {
    let is_file = |a: &PathBuf| path.canonicalize().is_ok_and(|p| p == *a);
    if let Some(runtime) = runtime::current().filter(|r| is_file(&r.library)) {
        let note = telemetry::has_uploader(runtime.minor).then(|| {
            format!("contains an uploader of usage data, switched off here; {RECOMMENDED} has none")
        });
        return LibraryFinding { path, version: Some(runtime.name()), is_used: true, note };
    }
    let minor = ort::util::probe(&path);
    let note = match minor {
        None => "not an ONNX Runtime library, or not for this machine".to_owned(),
        Some(minor) if minor < ort::MINOR_VERSION => {
            format!("too old, at least 1.{} is needed", ort::MINOR_VERSION)
        }
        Some(_) => "not used: another library comes first".to_owned(),
    };
    let version = minor.map(|minor| format!("onnxruntime 1.{minor}"));
    LibraryFinding { path, version, is_used: false, note: Some(note) }
}

fn examine_provider(
    runtime: &runtime::Runtime,
    provider: Provider,
    options: &EngineOptions,
    cache: &ProviderCache,
) -> ProviderFinding {
    let tested = providers::check_installed(runtime, provider)
        .and_then(|()| providers::test_provider(runtime, provider, options, cache));
    match tested {
        Ok(report) => ProviderFinding {
            provider,
            is_usable: true,
            detail: report.slowness().map_or_else(
                || measurements(&report),
                |slow| format!("{slow}, so it is used on request only; {}", measurements(&report)),
            ),
            remedy: None,
        },
        Err(detail) => {
            let remedy = Some(provider_remedy(provider));
            ProviderFinding { provider, is_usable: false, detail, remedy }
        }
    }
}

fn measurements(report: &ProbeReport) -> String {
    let nodes: Vec<String> =
        report.nodes.iter().map(|(name, n)| format!("{n} nodes on {name}")).collect();
    format!(
        "{}; difference to the CPU {:.0e}; first result after {:.0} ms, one gigaflop in {:.0} ms \
         (CPU {:.0} ms)",
        nodes.join(", "),
        report.difference,
        report.first_ms,
        report.work_ms,
        report.cpu_work_ms
    )
}
