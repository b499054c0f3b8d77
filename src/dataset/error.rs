//! Why a data set cannot be written or read, by cause.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::Cancelled;

/// One sentence for a person each: what is wrong, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The place to write to is taken by something else.
    #[error("{what}; choose another name {path:?}")]
    Taken {
        /// What is there.
        what: String,
        /// Where.
        path: PathBuf,
    },
    /// Another program writes there now.
    #[error("another export is being written here; wait until it has ended {path:?}")]
    Busy {
        /// Where.
        path: PathBuf,
    },
    /// No room is left.
    #[error(
        "the disk is full or a quota is used up: {source}. Make room and run the same again: it \
         goes on where it stopped {path:?}"
    )]
    Full {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// Nothing may be written there.
    #[error("nothing may be written here: {source}; choose another folder {path:?}")]
    ReadOnly {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// Writing failed for another reason.
    #[error("this cannot be written: {source}. The same export, run again, goes on here {path:?}")]
    Write {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// Reading failed.
    #[error("this cannot be read: {source} {path:?}")]
    Read {
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// A picture cannot be read or written.
    #[error("{source} {path:?}")]
    Media {
        /// Why.
        source: crate::media::Error,
        /// Where.
        path: PathBuf,
    },
    /// The folder or file is of no format that is known here.
    #[error("no data set of a known format is here: {what} {path:?}")]
    Unknown {
        /// What was looked for.
        what: String,
        /// Where.
        path: PathBuf,
    },
    /// Written by a later program.
    #[error(
        "this data set is of version {found}, and this program reads up to {known}; use a newer \
         pentimento {path:?}"
    )]
    Newer {
        /// Of the data set.
        found: u32,
        /// The latest one known.
        known: u32,
        /// Where.
        path: PathBuf,
    },
    /// The export stopped before its end.
    #[error(
        "this export was not finished; run the same export again, which goes on where it stopped \
         {path:?}"
    )]
    HalfWritten {
        /// Where.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("the data set is damaged: {what} {path:?}")]
    Damaged {
        /// What is wrong.
        what: String,
        /// Where.
        path: PathBuf,
    },
    /// A file was changed since the data set was written, or is another one.
    #[error("the file is not the one that was recorded (its SHA-256 differs) {path:?}")]
    Changed {
        /// Where.
        path: PathBuf,
    },
    /// A record cannot be written as it is.
    #[error("the entry {id:?} cannot be exported: {what}")]
    Entry {
        /// Its id.
        id: String,
        /// Why.
        what: String,
    },
    /// One source, person or file in two parts of the split.
    #[error(
        "{what} {key:?} is in both {first} and {second}: what is measured on one would be known \
         from the other. Split again by source and person"
    )]
    Leak {
        /// The source, person or file, in words.
        what: &'static str,
        /// Which one.
        key: String,
        /// A part that holds it.
        first: &'static str,
        /// Another part that holds it.
        second: &'static str,
    },
    /// Where entries come from failed.
    #[error("{what}")]
    Source {
        /// A sentence.
        what: String,
    },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// Of a failed write, by what the system says.
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
