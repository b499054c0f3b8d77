//! Errors of cases, by cause.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_READONLY_ROLLBACK;

use crate::base::Cancelled;

/// Why a case cannot be opened, read or changed. Each is a sentence for people; the caller adds the
/// path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not exist.
    #[error("there is no such file; create a case first")]
    Missing,
    /// A folder, a device or the like.
    #[error("this is not a regular file, so it cannot be a case")]
    NotAFile,
    /// A new case would replace a file.
    #[error("a file of that name exists already; open it, or choose another name")]
    Exists,
    /// The file is not a case.
    #[error("this file is not a case of Pentimento; it was not changed")]
    Foreign,
    #[error(
        "this case has format {version}, made by a newer Pentimento; this one knows formats up to \
         {known}. It was not changed; open it with the newer program"
    )]
    Newer {
        /// Format of the file.
        version: i64,
        /// The newest format known here.
        known: i64,
    },
    #[error(
        "the file of the case was moved or replaced while it was open; nothing was changed. Put it \
         back, or close the case and open it where it is now"
    )]
    Elsewhere,
    /// The file is a case, but damaged.
    #[error(
        "the case is damaged: {what}. Do not work on with it; take a copy kept elsewhere, and try \
         `pentimento case verify` on both"
    )]
    Damaged { what: String },
    /// The case is open for reading only.
    #[error("nothing was changed, because the case is open for reading only: {reason}")]
    ReadOnly {
        /// Why it is.
        reason: String,
    },
    /// A new case cannot be created there.
    #[error("the case cannot be made: {reason}")]
    NotMade {
        /// Why, without capital letter and full stop.
        reason: String,
    },
    /// A program was killed in the middle of a change, and the file cannot be written to undo it.
    #[error(
        "a program was stopped in the middle of a change of this case. To take that back, the case \
         must be written to: make the file and its folder writable, or copy the case and the file \
         of the same name with -journal at its end to a folder that is"
    )]
    Unfinished,
    /// Beside the case lies a file that SQLite would apply to it.
    #[error(
        "beside the case lies {name:?}, which is no change that Pentimento left unfinished. The case \
         was not opened, because opening would apply that file to it. Move it away if you do not know \
         it, then open the case again"
    )]
    ForeignJournal {
        /// Name of the file.
        name: String,
    },
    #[error(
        "the disk failed while the case was read or written ({what}); what was being done was not \
         done, everything before it is kept"
    )]
    Disk {
        /// What the system said.
        what: String,
    },
    #[error(
        "the disk is full; the last change was not made, everything before it is kept. Make room \
         and do it again"
    )]
    Full,
    /// Another program held the file for too long.
    #[error("another program holds the case; nothing was changed. Try again in a moment")]
    Busy,
    /// The case was closed while work on it went on.
    #[error("the case was closed; what was done before is kept")]
    Closed,
    /// No item has this number.
    #[error("the case has no item {0}")]
    NoItem(i64),
    /// There is no such mask.
    #[error("the case has no mask of {author} for item {item} there")]
    NoMask {
        /// Number of the item.
        item: i64,
        /// Who should have drawn it.
        author: String,
    },
    /// The file of an item has another hash than the one stored.
    #[error(
        "the file was changed since the case got to know it: its SHA-256 was {known} and is \
         {found}. What was said of the first stays; put the old file back, or add the new one \
         under another name"
    )]
    MediaChanged {
        /// Lower-case hex.
        known: String,
        /// Lower-case hex.
        found: String,
    },
    /// A value cannot be stored.
    #[error("this cannot be kept in the case: {what}")]
    Unfit {
        /// What is wrong with it.
        what: String,
    },
    /// The system does not let the case be read or written.
    #[error("the case cannot be read or written: {source}")]
    Io {
        /// What the system said.
        #[from]
        source: std::io::Error,
    },
    /// Another error of SQLite.
    #[error("the case cannot be read or written: {0}")]
    Store(String),
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as Sql;
        let code = error.sqlite_error_code();
        let extended = error.sqlite_error().map(|e| e.extended_code);
        match (code, &error) {
            _ if extended == Some(SQLITE_READONLY_ROLLBACK) => Self::Unfinished,
            (Some(ErrorCode::DiskFull), _) => Self::Full,
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => Self::Busy,
            (Some(ErrorCode::NotADatabase), _) => Self::Foreign,
            (Some(ErrorCode::SystemIoFailure), _) => Self::Disk { what: error.to_string() },
            (Some(ErrorCode::ReadOnly), _) => Self::ReadOnly {
                reason: format!("the file or its folder cannot be written ({error})"),
            },
            // The store is torn, or what lies in a column is not what a case holds there.
            (Some(ErrorCode::DatabaseCorrupt), _)
            | (
                None,
                Sql::FromSqlConversionFailure(..)
                | Sql::IntegralValueOutOfRange(..)
                | Sql::InvalidColumnType(..)
                | Sql::Utf8Error(..)
                | Sql::QueryReturnedNoRows,
            ) => Self::damaged(error.to_string()),
            _ => Self::Store(error.to_string()),
        }
    }
}
