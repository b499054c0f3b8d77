//! Why a file has no report.

use crate::base::Cancelled;
use crate::media;

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExamineError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The file is no picture that can be read; a sentence for people.
    #[error("{0}")]
    Unreadable(String),
    /// The engine or a model failed; a sentence for people.
    #[error("{0}")]
    Failed(String),
}

impl From<media::Error> for ExamineError {
    fn from(error: media::Error) -> Self {
        match error {
            media::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Unreadable(other.to_string()),
        }
    }
}
