//! Why the queue of a case cannot be worked on, by cause.

use std::path::PathBuf;

use super::Strategy;
use crate::base::Cancelled;
use crate::{case, dataset};

/// One sentence for a person each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Stopped on request; what was done before stays.
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
        /// Where.
        path: PathBuf,
    },
    /// It failed on one file after the other.
    #[error(
        "the detector failed on {n} files one after the other, so something is wrong with it: \
         {reason}. `pentimento doctor` says what works here"
    )]
    Detector {
        /// How many files.
        n: usize,
        /// What it said of the last one.
        reason: String,
    },
    /// A strategy can judge none of the items.
    #[error("the strategy {strategy} can rank none of the {n} items: {why}. {remedy}")]
    NothingToRank {
        /// Which.
        strategy: Strategy,
        /// Items that are not finished.
        n: usize,
        /// What holds for most of them.
        why: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Every mask of the case stays behind.
    #[error("there is nothing to export: {why}")]
    NothingToExport {
        /// What stays behind and why, in sentences.
        why: String,
    },
    /// What the case keeps for the queue is not readable.
    #[error(
        "what the case keeps of item {item} for the queue is unreadable: {what}. Try \
         `pentimento case verify`"
    )]
    Signals {
        /// Its number.
        item: i64,
        /// What is wrong.
        what: String,
    },
    /// No two people have read the same pictures.
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
