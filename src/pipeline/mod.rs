//! L4, the composition: from a file or frame to its report.
//!
//! * **In**: loaded [`Stages`], a frame or a path, a [`Plan`].
//! * **Out**: findings in image space, or a whole [`MediaReport`](crate::base::MediaReport).
//! * **Not here**: queues and windows (`session`), words for people (`cli`, `gui`). Pictures are
//!   examined without threads; a clip ([`video`]) has two beside the caller's, which end before the
//!   call returns.
//!
//! A file that cannot be read is a result ("not examined", with the reason). Errors are failures of
//! the engine and cancellation.

pub mod described;
mod reference;
mod region;
mod stages;
mod still;
mod summary;
pub mod video;

pub use reference::{MAX_REFERENCES, Reference};
pub use stages::{FINDER, MIN_FACE_PX, MIN_REGION_PX, Plan, Stages};
pub use still::{examine_frame, examine_opened, examine_still};
pub use summary::{Summary, summarize};

use crate::base::Cancelled;
use crate::{bundle, detect, faces, infer, media};

/// Why the work stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A model bundle is missing or damaged.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// The engine does not start.
    #[error(transparent)]
    Engine(infer::Error),
    /// The face finder failed.
    #[error(transparent)]
    Faces(faces::Error),
    /// A folder of genuine material cannot be listed.
    #[error("the folder of reference files {} cannot be listed: {source}", folder.display())]
    GenuineFiles {
        folder: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A clip could not be decoded further.
    #[error(transparent)]
    Media(media::Error),
    /// The detector failed.
    #[error(transparent)]
    Detect(detect::Error),
}

impl From<infer::Error> for Error {
    fn from(error: infer::Error) -> Self {
        match error {
            infer::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Engine(other),
        }
    }
}

impl From<detect::Error> for Error {
    fn from(error: detect::Error) -> Self {
        match error {
            detect::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Detect(other),
        }
    }
}
