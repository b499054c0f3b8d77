//! Why a file has no report.

use crate::base::Cancelled;
use crate::base::text::visible;
use crate::bundle::Card;
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
    /// A model did not come with this program, and nobody has said that it may be used.
    #[error("{0}")]
    Foreign(ForeignModel),
}

/// A model that did not come with this program. It decides what is called forged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the model {name} did not come with this program, and you have not said that it may be used"
)]
pub struct ForeignModel {
    /// Its name, without characters that hide or forge text.
    pub name: String,
    /// What its card says of its origin; in the same way.
    pub origin: String,
    /// Hash of its card.
    pub fingerprint: String,
}

impl ForeignModel {
    pub(super) fn new(card: &Card) -> Self {
        Self {
            name: visible(&card.name).into_owned(),
            origin: visible(&card.source.origin).into_owned(),
            fingerprint: card.fingerprint(),
        }
    }
}

impl From<media::Error> for ExamineError {
    fn from(error: media::Error) -> Self {
        match error {
            media::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Unreadable(other.to_string()),
        }
    }
}
