//! Chooses the execution provider, with a reason for each better one that is installed and not used.

use std::path::PathBuf;

use ort::ep::{self, ExecutionProvider as _};

use crate::base::UnusedProvider;

use super::Error;
use super::cache::{ProviderCache, ProviderVerdict};
use super::library::remedy::provider_error;
use super::options::EngineOptions;
use super::probe::{self, ProbeReport};
use super::provider::{Provider, WEBGPU_PLUGIN, platform_providers};
use super::runtime::Runtime;

/// Names a program with the command `probe-provider`, for callers that are not pentimento.
pub(super) const PROGRAM_VARIABLE: &str = "PENTIMENTO_PROBE_PROGRAM";

/// The requested provider, or the best one that passes its test, with those that are installed and did not.
pub(super) fn choose_provider(
    runtime: &Runtime,
    options: &EngineOptions,
) -> Result<(Provider, Vec<UnusedProvider>), Error> {
    if let Some(provider) = options.provider {
        return match check_usable(runtime, provider, options) {
            Ok(()) => Ok((provider, Vec::new())),
            Err(reason) => Err(provider_error(provider, reason)),
        };
    }
    let mut unused_providers = Vec::new();
    for &provider in platform_providers() {
        // Who has no graphics card misses nothing: `doctor` says what could be installed.
        if let Err(reason) = check_installed(runtime, provider) {
            tracing::debug!(%provider, reason, "not installed");
            continue;
        }
        match check_usable(runtime, provider, options) {
            Ok(()) => return Ok((provider, unused_providers)),
            Err(reason) => {
                unused_providers.push(UnusedProvider { provider: provider.to_string(), reason });
            }
        }
    }
    Ok((Provider::Cpu, unused_providers))
}

/// Whether a provider may be used, by its test now or at an earlier start.
fn check_usable(
    runtime: &Runtime,
    provider: Provider,
    options: &EngineOptions,
) -> Result<(), String> {
    if provider == Provider::Cpu {
        return Ok(());
    }
    check_installed(runtime, provider)?;
    let cache = ProviderCache::open(options.probe.cache.as_deref(), runtime);
    if let Some(verdict) = cache.get(provider) {
        tracing::debug!(%provider, ?verdict, "cached result");
        return verdict.into_result(options.provider.is_some());
    }
    let result = test_provider(runtime, provider, options, &cache);
    ProviderVerdict::from_probe(&result).into_result(options.provider.is_some())
}

/// Tests a provider in a child process and caches the result.
pub(super) fn test_provider(
    runtime: &Runtime,
    provider: Provider,
    options: &EngineOptions,
    cache: &ProviderCache,
) -> Result<ProbeReport, String> {
    let program = probe_program(options)?;
    let args = [provider.as_str().into(), runtime.library.clone().into_os_string()];
    let result = probe::run_probe(&program, &args, options.probe.limit)
        .and_then(|line| ProbeReport::parse(&line));
    tracing::debug!(%provider, ?result, "provider tested");
    cache.insert(provider, &ProviderVerdict::from_probe(&result));
    result
}

/// The program to start; other programs do not have the command `probe-provider`.
fn probe_program(options: &EngineOptions) -> Result<PathBuf, String> {
    if let Some(program) = &options.probe.program {
        return Ok(program.clone());
    }
    if let Some(program) = std::env::var_os(PROGRAM_VARIABLE) {
        return Ok(PathBuf::from(program));
    }
    std::env::current_exe()
        .ok()
        .filter(|program| {
            program.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("pentimento"))
        })
        .ok_or_else(|| format!("this program cannot test it; set {PROGRAM_VARIABLE} to pentimento"))
}

/// Whether the files of a provider are there, before a child process is started.
pub(super) fn check_installed(runtime: &Runtime, provider: Provider) -> Result<(), String> {
    let needs = |is_built_in: bool, what: &str| {
        if is_built_in {
            Ok(())
        } else {
            Err(format!("this ONNX Runtime was built without {what}"))
        }
    };
    let file = |kind: &str| {
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        runtime.beside(&format!("{prefix}onnxruntime_providers_{kind}{suffix}")).is_some()
    };
    match provider {
        Provider::Cpu => Ok(()),
        Provider::Cuda => needs(file("cuda"), "CUDA"),
        Provider::TensorRt => needs(file("tensorrt"), "TensorRT"),
        Provider::DirectMl if !cfg!(windows) => {
            Err("DirectML exists only under Windows".to_owned())
        }
        Provider::DirectMl => needs(ep::DirectML::is_available().unwrap_or(false), "DirectML"),
        Provider::CoreMl if !cfg!(target_os = "macos") => {
            Err("CoreML exists only under macOS".to_owned())
        }
        Provider::CoreMl => needs(ep::CoreML::is_available().unwrap_or(false), "CoreML"),
        Provider::WebGpu => {
            let is_installed = runtime.beside(WEBGPU_PLUGIN).is_some()
                || ep::WebGPU::is_available().unwrap_or(false);
            if is_installed { Ok(()) } else { Err("the WebGPU plugin is not installed".to_owned()) }
        }
    }
}
