//! Why a shard cannot be worked on, by cause.

use std::io;
use std::path::PathBuf;

/// One sentence for a person each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest cannot be opened or read on.
    #[error("the manifest {path:?} cannot be read: {source}")]
    Manifest {
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The list was written to while it was read.
    #[error("the manifest {path:?} changed during the scan; give the new one another --out folder")]
    ManifestChanged { path: PathBuf },
    /// The root is missing.
    #[error("the folder {path:?}, below which the files lie, cannot be read: {source}")]
    Root {
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The results would lie among the files, or above them.
    #[error(
        "the files lie in {root:?}, so the results cannot lie in {out:?}; give --out another folder"
    )]
    ResultsAboveFiles {
        /// The folder of files.
        root: PathBuf,
        /// The folder of results.
        out: PathBuf,
    },
    /// The folder of results, or a file in it, cannot be read or written.
    #[error("{path:?} cannot be read or written: {source}")]
    Output {
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The folder holds the results of something else.
    #[error(
        "{folder:?} holds the results of another scan: {what} was {there} there and is {here} here; \
         give --out another folder"
    )]
    OtherPlan {
        /// The folder of results.
        folder: PathBuf,
        /// What differs.
        what: &'static str,
        /// Its value in the folder.
        there: String,
        /// Its value now.
        here: String,
    },
    /// A file of the folder is not what this program writes.
    #[error("{path:?} is not a file of a scan: {what}")]
    NotOurs {
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another process works on the shard.
    #[error("another process works on this shard: it holds {path:?}")]
    Held {
        /// The file with the lock.
        path: PathBuf,
    },
    /// The child that examines does not start.
    #[error("the process that examines files does not start: {what}")]
    Worker {
        /// The last thing it said, or the error of the system.
        what: String,
    },
    /// The child cannot examine any file any more.
    #[error("{what}; the files before have their lines, start the scan again to go on")]
    Ended {
        /// Its sentence.
        what: String,
    },
    /// Folders of different scans are to be merged.
    #[error("{path:?} belongs to another scan than {first:?}: {what} differs")]
    Mixed {
        /// A folder.
        path: PathBuf,
        /// The first folder.
        first: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// Nothing to merge.
    #[error("there is no scan.plan in {path:?}, so nothing was scanned into it")]
    NoPlan {
        /// The folder.
        path: PathBuf,
    },
}

impl Error {
    /// For `map_err` after work on a file of the folder of results.
    pub(super) fn output(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Output { path, source }
    }
}
