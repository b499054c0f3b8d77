//! Model bundles and engine.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use crate::bundle::{self, ModelStore};
use crate::infer::{EngineChoice, EngineOptions, Provider};

/// Where the models are and what runs them.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ToolArgs {
    /// Folder with the model bundles
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,

    /// Inference engine; auto uses ONNX Runtime where its library is found
    #[arg(long, value_enum, default_value_t = EngineArg::Auto)]
    engine: EngineArg,

    /// Execution provider; the command fails when it does not work. Default: the best that works
    #[arg(long, value_name = "PROVIDER", value_parser = provider_parser())]
    provider: Option<Provider>,

    /// ONNX Runtime library, or the folder that holds it
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,

    /// Processor threads, 0 for one per physical core
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineArg {
    Auto,
    #[value(alias = "ort")]
    Onnxruntime,
    Rten,
}

impl ToolArgs {
    /// The folders that hold bundles.
    pub(in crate::cli) fn models(&self) -> ModelStore {
        ModelStore::discover(self.models.as_deref())
    }

    /// The name given, else that of the detector in use.
    ///
    /// # Errors
    ///
    /// When the file that records the detector in use cannot be read.
    pub(in crate::cli) fn detector(&self, named: Option<&str>) -> Result<String, bundle::Error> {
        named.map_or_else(|| self.models().detector(), |name| Ok(name.to_owned()))
    }

    /// The same options for a child, with absolute paths.
    ///
    /// # Errors
    ///
    /// When the current folder is gone.
    pub(in crate::cli) fn arguments(&self) -> std::io::Result<Vec<OsString>> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: OsString| arguments.extend([OsString::from(name), value]);
        if let Some(folder) = &self.models {
            add("--models", std::path::absolute(folder)?.into());
        }
        if let Some(engine) = self.engine.to_possible_value() {
            add("--engine", engine.get_name().into());
        }
        if let Some(provider) = self.provider {
            add("--provider", provider.as_str().into());
        }
        if let Some(library) = &self.onnxruntime {
            add("--onnxruntime", std::path::absolute(library)?.into());
        }
        add("--threads", self.threads.to_string().into());
        Ok(arguments)
    }

    /// Options for starting the engine.
    pub(in crate::cli) fn engine(self) -> EngineOptions {
        EngineOptions {
            engine: match self.engine {
                EngineArg::Auto => EngineChoice::Auto,
                EngineArg::Onnxruntime => EngineChoice::Ort,
                EngineArg::Rten => EngineChoice::Rten,
            },
            provider: self.provider,
            library: self.onnxruntime,
            threads: self.threads,
            model_program: std::env::current_exe().ok(),
            ..EngineOptions::default()
        }
    }
}

fn provider_parser() -> impl TypedValueParser<Value = Provider> {
    PossibleValuesParser::new(Provider::ALL.map(Provider::as_str))
        .try_map(|word| word.parse::<Provider>())
}
