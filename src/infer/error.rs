//! Why an engine cannot be had or a network did not run.

use std::path::PathBuf;

use super::Provider;

/// Why an engine cannot be had or a network did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No ONNX Runtime library in any of the places looked at.
    #[error("no ONNX Runtime library was found; {remedy}. Looked in {looked_in:?}")]
    NoLibrary {
        /// The command that installs it.
        remedy: String,
        /// The places looked at.
        looked_in: Vec<PathBuf>,
    },
    /// The library is there but cannot be used.
    #[error("the ONNX Runtime library cannot be used: {reason} {path:?}")]
    Library {
        /// What is wrong with it.
        reason: String,
        /// Where.
        path: PathBuf,
    },
    /// The provider asked for cannot be used.
    #[error("the provider {provider} cannot be used: {reason}; {remedy}")]
    Provider {
        /// The provider asked for.
        provider: Provider,
        /// Why not.
        reason: String,
        /// What may help.
        remedy: String,
    },
    /// The model does not load, or is not what its card says.
    #[error("the model {name:?} cannot be loaded: {what}")]
    Model {
        /// Name of the bundle.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The input does not fit the model.
    #[error("the input does not fit the model {name:?}: {what}")]
    Input {
        /// Name of the bundle.
        name: String,
        /// What does not fit.
        what: String,
    },
    /// The engine failed while running the model.
    #[error("the model {name:?} failed to run: {what}")]
    Run {
        /// Name of the bundle.
        name: String,
        /// What the engine said.
        what: String,
    },
    /// The model computed no numbers.
    #[error(
        "the model {name:?} returned values in {output:?} that are no numbers (NaN or infinite)"
    )]
    NotFinite {
        /// Name of the bundle.
        name: String,
        /// Name of the output.
        output: String,
    },
}
