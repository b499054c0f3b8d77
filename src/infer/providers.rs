//! Which execution provider is used, and why the better ones are not.
//!
//! * **In**: the loaded library and the options. **Out**: one provider that proved itself, and a
//!   [`UnusedProvider`] for each better one.
//! * **Not here**: the probe itself (`probe`), the child process it runs in (`child`), the
//!   verdicts of earlier starts (`cache`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use ort::ep::{self, ExecutionProvider as _};

use crate::base::UnusedProvider;

use super::cache::{Cache, Verdict};
use super::options::EngineOptions;
use super::runtime::Runtime;
use super::{Error, Provider, child, doctor, probe};

/// File of the WebGPU plugin, beside the library.
pub(super) const WEBGPU_PLUGIN: &str = if cfg!(windows) {
    "onnxruntime_providers_webgpu.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime_providers_webgpu.dylib"
} else {
    "libonnxruntime_providers_webgpu.so"
};

/// The program that answers to `probe-provider`, for callers that are not pentimento.
pub(super) const PROGRAM_VARIABLE: &str = "PENTIMENTO_PROBE_PROGRAM";

/// The providers of this platform, best first; the CPU is always last.
pub(super) const fn order() -> &'static [Provider] {
    if cfg!(windows) {
        &[Provider::TensorRt, Provider::Cuda, Provider::DirectMl, Provider::WebGpu, Provider::Cpu]
    } else if cfg!(target_os = "macos") {
        &[Provider::CoreMl, Provider::WebGpu, Provider::Cpu]
    } else {
        &[Provider::TensorRt, Provider::Cuda, Provider::WebGpu, Provider::Cpu]
    }
}

/// ONNX Runtime's own name.
pub(super) const fn ep_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Cpu => "CPUExecutionProvider",
        Provider::Cuda => "CUDAExecutionProvider",
        Provider::TensorRt => "TensorrtExecutionProvider",
        Provider::DirectMl => "DmlExecutionProvider",
        Provider::CoreMl => "CoreMLExecutionProvider",
        Provider::WebGpu => "WebGpuExecutionProvider",
    }
}

/// The name to show for an assignment: `cuda`, or `cuda+cpu` when the CPU got some of the nodes.
///
/// Errs with a reason when the provider got none.
pub(super) fn describe(
    provider: Provider,
    counts: &BTreeMap<String, usize>,
) -> Result<String, String> {
    let own = counts.get(ep_name(provider)).copied().unwrap_or(0);
    let total: usize = counts.values().sum();
    if own == 0 {
        return Err(format!("it took none of the {total} nodes"));
    }
    Ok(if own == total { provider.to_string() } else { format!("{provider}+cpu") })
}

/// The error for a provider that was asked for by name.
pub(super) fn refusal(provider: Provider, reason: String) -> Error {
    Error::Provider { provider, reason, remedy: doctor::provider_remedy(provider) }
}

/// The provider asked for, or the best one that proves itself.
pub(super) fn choose(
    runtime: &Runtime,
    options: &EngineOptions,
) -> Result<(Provider, Vec<UnusedProvider>), Error> {
    if let Some(provider) = options.provider {
        return match verdict(runtime, provider, options) {
            Ok(()) => Ok((provider, Vec::new())),
            Err(reason) => Err(refusal(provider, reason)),
        };
    }
    let mut unused_providers = Vec::new();
    for &provider in order() {
        match verdict(runtime, provider, options) {
            Ok(()) => return Ok((provider, unused_providers)),
            Err(reason) => unused_providers.push(UnusedProvider { provider: provider.to_string(), reason }),
        }
    }
    Ok((Provider::Cpu, unused_providers))
}

/// Whether a provider may be used, from this start or an earlier one.
fn verdict(runtime: &Runtime, provider: Provider, options: &EngineOptions) -> Result<(), String> {
    if provider == Provider::Cpu {
        return Ok(());
    }
    is_there(runtime, provider)?;
    let cache = Cache::open(options.probe.cache.as_deref(), runtime);
    if let Some(verdict) = cache.get(provider) {
        tracing::debug!(%provider, ?verdict, "verdict of an earlier start");
        return verdict.into_result(options.provider.is_some());
    }
    let result = try_out(runtime, provider, options, &cache);
    Verdict::of(&result).into_result(options.provider.is_some())
}

/// Tries a provider in a child process and keeps the verdict.
pub(super) fn try_out(
    runtime: &Runtime,
    provider: Provider,
    options: &EngineOptions,
    cache: &Cache,
) -> Result<probe::Answer, String> {
    let program = program(options)?;
    let args = [provider.as_str().into(), runtime.library.clone().into_os_string()];
    let result =
        child::ask(&program, &args, options.probe.limit).and_then(|line| probe::judge(&line));
    tracing::debug!(%provider, ?result, "provider tried out");
    cache.put(provider, &Verdict::of(&result));
    result
}

/// The program to start. Anything but pentimento would not know the subcommand.
fn program(options: &EngineOptions) -> Result<PathBuf, String> {
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
        .ok_or_else(|| {
            format!("this program cannot try it out; {PROGRAM_VARIABLE} may name one that can")
        })
}

/// The cheap questions first: without the files there is no point in starting a child.
pub(super) fn is_there(runtime: &Runtime, provider: Provider) -> Result<(), String> {
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
            let is_here = runtime.beside(WEBGPU_PLUGIN).is_some()
                || ep::WebGPU::is_available().unwrap_or(false);
            if is_here { Ok(()) } else { Err("the WebGPU plugin is not installed".to_owned()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_shown_tells_who_got_the_nodes() {
        let counts = |own: usize, cpu: usize| {
            let pairs = [(Provider::Cuda, own), (Provider::Cpu, cpu)];
            pairs.into_iter().filter(|p| p.1 > 0).map(|(p, n)| (ep_name(p).to_owned(), n)).collect()
        };
        assert_eq!(describe(Provider::Cuda, &counts(9, 0)), Ok("cuda".to_owned()));
        assert_eq!(describe(Provider::Cuda, &counts(9, 2)), Ok("cuda+cpu".to_owned()));
        let none = describe(Provider::Cuda, &counts(0, 11));
        assert_eq!(none, Err("it took none of the 11 nodes".to_owned()));
    }

    #[test]
    fn the_cpu_is_the_last_resort_everywhere() {
        assert_eq!(order().last(), Some(&Provider::Cpu));
    }
}
