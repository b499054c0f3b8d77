//! Errors of `curate`, by cause.

use std::path::PathBuf;

use super::queue::QueueStrategy;
use crate::base::Cancelled;
use crate::{case, dataset};

/// Why work on a case failed. Each is a sentence for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Stopped on request; what was done before is kept.
    #[error(transparent)]
    Cancelled(Cancelled),
    /// The case cannot be read or changed.
    #[error(transparent)]
    Case(case::Error),
    /// The data set cannot be read or written.
    #[error(transparent)]
    DataSet(dataset::Error),
    /// The folder to be added cannot be read.
    #[error("this folder cannot be read: {source} {path:?}")]
    Folder {
        /// What the system said.
        source: std::io::Error,
        path: PathBuf,
    },
    /// The detector failed on several files one after the other.
    #[error(
        "the detector failed on {n} files one after the other, so something is wrong with it: \
         {reason}. `pentimento doctor` says what works here"
    )]
    Detector {
        /// How many files.
        n: usize,
        /// Why it failed on the last one.
        reason: String,
    },
    /// A strategy has a value for none of the items.
    #[error("the strategy {strategy} can rank none of the {n} items: {why}. {remedy}")]
    NothingToRank {
        strategy: QueueStrategy,
        /// Items that are not finished.
        n: usize,
        /// The reason for most of them.
        why: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// No mask of the case can be exported.
    #[error("there is nothing to export: {why}")]
    NothingToExport {
        /// Which masks are left out and why, in sentences.
        why: String,
    },
    /// The stored signals of an item are damaged.
    #[error(
        "the signals of item {item} for the queue are unreadable: {what}. Try \
         `pentimento case verify`"
    )]
    Signals {
        /// Its number.
        item: i64,
        /// What is wrong.
        what: String,
    },
    /// No two readers have a picture in common.
    #[error("{0}")]
    Readers(String),
}

impl From<case::Error> for Error {
    fn from(error: case::Error) -> Self {
        match error {
            case::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Case(other),
        }
    }
}

impl From<dataset::Error> for Error {
    fn from(error: dataset::Error) -> Self {
        match error {
            dataset::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::DataSet(other),
        }
    }
}

impl From<Cancelled> for Error {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}
