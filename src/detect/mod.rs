//! L3, the detector: from a face in a picture to a finding.
//!
//! * **In**: a frame, a face (found or drawn), a model bundle of kind `lae` and an engine.
//! * **Out**: a [`FaceFinding`](crate::base::FaceFinding): calibrated score, verdict, heat map with its place in the
//!   picture, where to believe it, the marked region in words, the quality of the picture and what
//!   it leaves of the verdict, the autoencoder's reconstruction. Or, for measuring, the
//!   [`RawOutput`] of the network.
//! * **Not here**: finding faces (`faces`), how a network is fed (`prep`) and run (`infer`), what a
//!   whole file amounts to (`pipeline`).

mod align;
mod batch;
mod degrade;
mod lae;
mod looks;
mod output;
mod quality;
mod region;
mod robustness;
mod scope;

pub use align::{Aligned, Aligner};
pub use degrade::{Degradation, UnknownDegradation, cut_around};
pub use lae::Detector;
pub use looks::prepare_looks;
pub use output::RawOutput;
pub use quality::measure as measure_quality;
pub use robustness::{MapAgreement, Rescored, SERIES, robustness_sentence};

use crate::base::Cancelled;
use crate::infer;

/// Why a face could not be examined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bundle is no detector that can be used here.
    #[error("the bundle {name:?} cannot be used as a detector: {what}")]
    Card {
        /// Name of the bundle.
        name: String,
        /// The fault of its card.
        what: String,
    },
    /// The network answered with something the card does not promise.
    #[error("the model's output cannot be used: {0}")]
    Output(String),
    /// The engine failed.
    #[error(transparent)]
    Engine(infer::Error),
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<infer::Error> for Error {
    fn from(error: infer::Error) -> Self {
        match error {
            infer::Error::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Engine(other),
        }
    }
}
