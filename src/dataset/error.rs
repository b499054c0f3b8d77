//! Why a data set cannot be written or read, by cause.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::Cancelled;

/// Each message says what is wrong and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The output path exists already and is something else.
    #[error("{what}; choose another name {path:?}")]
    Taken {
        /// A clause for the message.
        what: String,
        path: PathBuf,
    },
    /// Another process writes to the same folder.
    #[error("another export to this folder is running; wait until it has ended {path:?}")]
    Busy { path: PathBuf },
    #[error(
        "the disk is full or a quota is used up: {source}. Free some space and run the same command \
         again: it resumes where it stopped {path:?}"
    )]
    Full {
        /// The I/O error.
        source: std::io::Error,
        path: PathBuf,
    },
    /// Permission denied.
    #[error("cannot write to this folder: {source}; choose another folder {path:?}")]
    ReadOnly {
        /// The I/O error.
        source: std::io::Error,
        path: PathBuf,
    },
    /// Writing failed for another reason.
    #[error("cannot write: {source}. The same export, run again, resumes here {path:?}")]
    Write {
        /// The I/O error.
        source: std::io::Error,
        path: PathBuf,
    },
    /// Reading failed.
    #[error("cannot read: {source} {path:?}")]
    Read {
        /// The I/O error.
        source: std::io::Error,
        path: PathBuf,
    },
    /// A picture cannot be read or written.
    #[error("{source} {path:?}")]
    Media {
        /// Why.
        source: crate::media::Error,
        path: PathBuf,
    },
    /// The folder or file is of no known format.
    #[error("no data set of a known format was found: {what} {path:?}")]
    Unknown {
        /// What was looked for.
        what: String,
        path: PathBuf,
    },
    /// Written by a newer version of the program.
    #[error(
        "the data set has version {found}, and this program reads versions up to {known}; use a newer \
         pentimento {path:?}"
    )]
    Newer {
        /// Version of the data set.
        found: u32,
        /// Latest known version.
        known: u32,
        path: PathBuf,
    },
    /// The export stopped before its end.
    #[error(
        "this export was not finished; run the same export again: it resumes where it stopped \
         {path:?}"
    )]
    HalfWritten { path: PathBuf },
    /// A file has invalid content.
    #[error("the data set is damaged: {what} {path:?}")]
    Damaged {
        /// What is wrong.
        what: String,
        path: PathBuf,
    },
    /// The hash of a file differs from the recorded one.
    #[error("the file was changed: its SHA-256 differs from the recorded one {path:?}")]
    Changed { path: PathBuf },
    /// An entry cannot be read or exported.
    #[error("the entry {id:?} is invalid: {what}")]
    Entry {
        id: String,
        /// Why.
        what: String,
    },
    /// A source, person or file is in two parts of the split.
    #[error(
        "{what} {key:?} is in both {first} and {second}: measurements on one part would leak from the \
         other. Split again by source and person"
    )]
    Leak {
        /// `the source`, `the person` or `the file`.
        what: &'static str,
        key: String,
        /// A part that holds it.
        first: &'static str,
        /// Another part that holds it.
        second: &'static str,
    },
    /// The source of the entries failed.
    #[error("{what}")]
    Source {
        /// The message.
        what: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// Whether it concerns one entry, so that the others can be exported.
    pub(super) const fn is_of_entry(&self) -> bool {
        matches!(
            self,
            Self::Read { .. }
                | Self::Media { .. }
                | Self::Damaged { .. }
                | Self::Changed { .. }
                | Self::Entry { .. }
        )
    }

    /// The error of a failed write, by its kind.
    pub(super) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| {
            let path = path.to_owned();
            match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                    Self::Full { source, path }
                }
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    Self::ReadOnly { source, path }
                }
                _ => Self::Write { source, path },
            }
        }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Read { source, path: path.to_owned() }
    }

    pub(super) fn media(path: &Path) -> impl FnOnce(crate::media::Error) -> Self + '_ {
        |source| match source {
            crate::media::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            source => Self::Media { source, path: path.to_owned() },
        }
    }

    pub(super) fn damaged(path: &Path, what: impl std::fmt::Display) -> Self {
        Self::Damaged { what: what.to_string(), path: path.to_owned() }
    }
}
