//! Why the metadata of a file cannot be read.

use std::io::ErrorKind;

/// Each variant is one sentence for a person, without the path.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path leads nowhere.
    #[error("there is no such file")]
    Missing,
    /// A folder.
    #[error("this is a folder, not a file")]
    Folder,
    /// A device or a pipe, which may never end.
    #[error("this is not a regular file")]
    NotRegular,
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// A format without a reader here.
    #[error("metadata are not read of files of this format")]
    UnknownFormat,
    /// More than the limit.
    #[error("the file has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The system refused.
    #[error("the file cannot be read: {}", reason(.0))]
    Io(#[source] std::io::Error),
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound { Self::Missing } else { Self::Io(error) }
    }
}
