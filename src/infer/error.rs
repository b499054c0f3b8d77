//! Why an engine cannot be used or a model did not run.

use std::path::PathBuf;

use super::Provider;
use crate::base::Cancelled;

/// Why an engine cannot be used or a model did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No ONNX Runtime library was found.
    #[error("no ONNX Runtime library was found; {remedy}. Searched in {looked_in:?}")]
    NoLibrary {
        /// How to install it.
        remedy: String,
        /// Files and folders searched.
        looked_in: Vec<PathBuf>,
    },
    /// The library was found but cannot be used.
    #[error("the ONNX Runtime library cannot be used: {reason} {path:?}")]
    Library {
        /// What is wrong with it.
        reason: String,
        /// Its path.
        path: PathBuf,
    },
    /// The requested provider cannot be used.
    #[error("the provider {provider} cannot be used: {reason}; {remedy}")]
    Provider {
        /// The requested provider.
        provider: Provider,
        /// Why it cannot be used.
        reason: String,
        /// What may help.
        remedy: String,
    },
    /// The model does not load, or differs from its card.
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
        /// The message of the engine.
        what: String,
    },
    /// The model computed NaN or infinite values.
    #[error("the model {name:?} returned NaN or infinite values in {output:?}")]
    NotFinite {
        /// Name of the bundle.
        name: String,
        /// Name of the output.
        output: String,
    },
    /// A model server does not answer, or not as it should.
    #[error("the model server {server} cannot be used: {what}")]
    Remote {
        /// Its address.
        server: String,
        /// What is wrong.
        what: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
