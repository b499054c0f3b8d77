//! Why a bundle cannot be used.

use std::path::PathBuf;

use crate::base::text::file_name;

/// Why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot access the model bundle: {source} {path:?}")]
    Io {
        /// The I/O error.
        source: std::io::Error,
        path: PathBuf,
    },
    /// The card or the choice of the detector is malformed.
    #[error("{} is malformed: {what} {path:?}", file_name(.path))]
    Malformed {
        /// What is wrong.
        what: String,
        path: PathBuf,
    },
    /// The model file is not the one the card describes.
    #[error(
        "the model file does not match its card (sha256 {found}, card says {expected}) {path:?}"
    )]
    Hash {
        /// Hash of the file.
        found: String,
        /// Hash in the card.
        expected: String,
        path: PathBuf,
    },
    /// A file is too large.
    #[error("{} has more than {limit} bytes, its limit {path:?}", file_name(.path))]
    Limit { limit: u64, path: PathBuf },
    /// No folder has that name.
    #[error(
        "no model bundle is named {name:?}; searched in {looked_in:?}. Set PENTIMENTO_MODELS or pass --models"
    )]
    NotFound {
        /// The requested name.
        name: String,
        /// The folders searched.
        looked_in: Vec<PathBuf>,
    },
    /// A bundle that nobody named is not the one this program was built with.
    #[error(
        "{name:?} is not the model that this program was built with: somebody changed it. Install the program anew, or, if you trust whoever made this model, name its folder with --models or PENTIMENTO_MODELS {path:?}"
    )]
    Foreign {
        name: String,
        /// Its folder.
        path: PathBuf,
    },
    /// Another installed bundle, with another model or another card, has the name.
    #[error(
        "another model or card is installed under the name {name:?}; give the new one another name, or remove the old one with: pentimento models remove {name} {path:?}"
    )]
    Taken {
        name: String,
        /// Folder of the other bundle.
        path: PathBuf,
    },
    /// A shipped model has the name.
    #[error(
        "the shipped model {name:?} would be used instead of the new one; give the new one another name {path:?}"
    )]
    Shipped {
        name: String,
        /// Folder of the shipped model.
        path: PathBuf,
    },
    /// The detector in use cannot be removed.
    #[error("{name:?} is the detector in use; choose another first: pentimento models use lae")]
    InUse { name: String },
}
