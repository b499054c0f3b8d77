//! What a user may ask of the engines: which one, which provider, which library, how many threads.
//!
//! Plain values and their names; nothing is looked for or loaded here.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What computes: an execution provider of ONNX Runtime. `rten` only knows the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// The processor.
    Cpu,
    /// NVIDIA, through CUDA.
    Cuda,
    /// NVIDIA, through `TensorRT`.
    TensorRt,
    /// Any GPU under Windows.
    DirectMl,
    /// Apple.
    CoreMl,
    /// Any GPU, through Vulkan, Direct3D 12 or Metal.
    WebGpu,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 6] =
        [Self::Cpu, Self::Cuda, Self::TensorRt, Self::DirectMl, Self::CoreMl, Self::WebGpu];

    /// The name on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
            Self::DirectMl => "directml",
            Self::CoreMl => "coreml",
            Self::WebGpu => "webgpu",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no engine or provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not known; one of: {known}")]
pub struct UnknownName {
    given: String,
    known: &'static str,
}

impl FromStr for Provider {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| UnknownName {
            given: text.to_owned(),
            known: "cpu, cuda, tensorrt, directml, coreml, webgpu",
        })
    }
}

/// Which engine to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// ONNX Runtime where its library is found, else `rten`.
    #[default]
    Auto,
    /// ONNX Runtime or nothing.
    Ort,
    /// The pure-Rust engine.
    Rten,
}

impl EngineChoice {
    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ort => "ort",
            Self::Rten => "rten",
        }
    }
}

impl fmt::Display for EngineChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EngineChoice {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Auto, Self::Ort, Self::Rten]
            .into_iter()
            .find(|e| e.as_str() == text)
            .ok_or_else(|| UnknownName { given: text.to_owned(), known: "auto, ort, rten" })
    }
}

/// What a user may ask for. The default takes the best there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineOptions {
    /// Which engine.
    pub engine: EngineChoice,
    /// This provider or an error; `None` takes the best usable one.
    pub provider: Option<Provider>,
    /// The ONNX Runtime library, or the folder that holds it; `None` looks in the usual places.
    pub library: Option<PathBuf>,
    /// Threads per session on the CPU, 0 for the number of physical cores.
    pub threads: usize,
    /// How providers are tried out.
    pub probe: ProbeOptions,
}

/// How providers are tried out before they are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeOptions {
    /// The program that answers to `probe-provider`. `None` takes the variable
    /// `PENTIMENTO_PROBE_PROGRAM`, else the running program if it is pentimento.
    pub program: Option<PathBuf>,
    /// A child that has not answered by then is killed and its provider refused.
    pub limit: Duration,
    /// Folder for the verdicts; `None` takes the user's cache folder.
    pub cache: Option<PathBuf>,
}

impl Default for ProbeOptions {
    /// A minute: a GPU driver may compile shaders for half of it at the first start.
    fn default() -> Self {
        Self { program: None, limit: Duration::from_mins(1), cache: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for provider in Provider::ALL {
            assert_eq!(provider.to_string().parse(), Ok(provider));
        }
        let refused = "gpu".parse::<Provider>().unwrap_err().to_string();
        assert!(refused.contains("\"gpu\"") && refused.contains("webgpu"), "{refused}");
        assert_eq!("rten".parse(), Ok(EngineChoice::Rten));
        assert!("tract".parse::<EngineChoice>().is_err(), "not one of ours");
    }
}
