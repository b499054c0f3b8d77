//! Why a library was not installed.

use std::io;
use std::path::PathBuf;

use crate::base::Cancelled;
use crate::infer::Error;

/// Why a library was not installed. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The file cannot be read.
    #[error("cannot read {path:?}: {source}")]
    Read {
        /// The I/O error.
        source: io::Error,
        /// Its path.
        path: PathBuf,
    },
    /// The folder of the user cannot be written.
    #[error("cannot write {path:?}: {source}; close all windows of Pentimento and try again")]
    Write {
        /// The I/O error.
        source: io::Error,
        /// Its path.
        path: PathBuf,
    },
    /// The file is no release of ONNX Runtime.
    #[error("{path:?} cannot be installed: {what}")]
    Unusable {
        /// What is wrong with it.
        what: String,
        /// Its path.
        path: PathBuf,
    },
    /// The release runs elsewhere.
    #[error("this is {release}; for this computer there are {needed}")]
    OtherComputer {
        /// The release.
        release: String,
        /// Releases for this computer.
        needed: String,
    },
    /// The hash of the file is on no list, or not the one that was given.
    #[error(
        "{path:?} has the SHA-256 {sha256}, which is not that of a release known here ({known}). A library \
         is code that runs with your rights. If its publisher names this hash, add: --sha256 {sha256}"
    )]
    Unknown {
        /// Hash of the file.
        sha256: String,
        /// Releases for this computer.
        known: String,
        /// Its path.
        path: PathBuf,
    },
    /// A plugin needs the library first.
    #[error("{package} is an addition to ONNX Runtime: install onnxruntime first")]
    NeedsLibrary {
        /// The package.
        package: String,
    },
    /// The library did not pass its trial.
    #[error("it was tried and does not work here, so it was not installed: {0}")]
    Trial(#[from] Error),
    /// No folder of the user is known.
    #[error("this system names no folder for your data: set HOME")]
    NoFolder,
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
