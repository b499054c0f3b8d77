//! Execution providers: their names, their order, and the share of a model that they run.

use std::collections::BTreeMap;

/// File of the WebGPU plugin, beside the library.
pub(super) const WEBGPU_PLUGIN: &str = if cfg!(windows) {
    "onnxruntime_providers_webgpu.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime_providers_webgpu.dylib"
} else {
    "libonnxruntime_providers_webgpu.so"
};

/// An execution provider of ONNX Runtime. The engine `rten` has the CPU only.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
pub enum Provider {
    /// The processor.
    Cpu,
    /// NVIDIA GPUs, through CUDA.
    Cuda,
    /// NVIDIA GPUs, through `TensorRT`.
    TensorRt,
    /// All GPUs under Windows.
    DirectMl,
    /// Apple devices.
    CoreMl,
    /// All GPUs, through Vulkan, Direct3D 12 or Metal.
    WebGpu,
}

impl Provider {
    /// All providers.
    pub const ALL: [Self; 6] =
        [Self::Cpu, Self::Cuda, Self::TensorRt, Self::DirectMl, Self::CoreMl, Self::WebGpu];

    /// The name on the command line and in reports; stable.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The providers of this platform, best first; the CPU is always last.
pub(super) const fn platform_providers() -> &'static [Provider] {
    if cfg!(windows) {
        &[Provider::TensorRt, Provider::Cuda, Provider::DirectMl, Provider::WebGpu, Provider::Cpu]
    } else if cfg!(target_os = "macos") {
        &[Provider::CoreMl, Provider::WebGpu, Provider::Cpu]
    } else {
        &[Provider::TensorRt, Provider::Cuda, Provider::WebGpu, Provider::Cpu]
    }
}

/// The name that ONNX Runtime uses.
pub(super) const fn ort_name(provider: Provider) -> &'static str {
    match provider {
        Provider::Cpu => "CPUExecutionProvider",
        Provider::Cuda => "CUDAExecutionProvider",
        Provider::TensorRt => "TensorrtExecutionProvider",
        Provider::DirectMl => "DmlExecutionProvider",
        Provider::CoreMl => "CoreMLExecutionProvider",
        Provider::WebGpu => "WebGpuExecutionProvider",
    }
}

/// The label of an assignment of nodes: `cuda`, or `cuda+cpu` when the CPU runs some of the nodes.
///
/// # Errors
///
/// A reason when the provider runs none.
pub(super) fn assignment_label(
    provider: Provider,
    counts: &BTreeMap<String, usize>,
) -> Result<String, String> {
    let own = counts.get(ort_name(provider)).copied().unwrap_or(0);
    let total: usize = counts.values().sum();
    if own == 0 {
        return Err(format!("it runs none of the {total} nodes"));
    }
    Ok(if own == total { provider.to_string() } else { format!("{provider}+cpu") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_shows_which_provider_runs_the_nodes() {
        let counts = |own: usize, cpu: usize| {
            let pairs = [(Provider::Cuda, own), (Provider::Cpu, cpu)];
            pairs
                .into_iter()
                .filter(|p| p.1 > 0)
                .map(|(p, n)| (ort_name(p).to_owned(), n))
                .collect()
        };
        assert_eq!(assignment_label(Provider::Cuda, &counts(9, 0)), Ok("cuda".to_owned()));
        assert_eq!(assignment_label(Provider::Cuda, &counts(9, 2)), Ok("cuda+cpu".to_owned()));
        let none = assignment_label(Provider::Cuda, &counts(0, 11));
        assert_eq!(none, Err("it runs none of the 11 nodes".to_owned()));
    }

    #[test]
    fn the_cpu_is_the_last_resort_everywhere() {
        assert_eq!(platform_providers().last(), Some(&Provider::Cpu));
    }

    #[test]
    fn names_are_parsed_back_and_others_refused() {
        for provider in Provider::ALL {
            assert_eq!(provider.to_string().parse(), Ok(provider));
        }
        assert!("gpu".parse::<Provider>().is_err(), "not a provider");
    }
}
