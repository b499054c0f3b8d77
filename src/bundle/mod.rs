//! L1, a model bundle: a folder with `card.toml` and `model.onnx`.
//!
//! * **In**: a folder. **Out**: a [`Bundle`] whose model matches the hash in its card, and what a
//!   caller needs to run it; a library of the user's own bundles, and the choice of the detector.
//! * **Not here**: running the model (`infer`), pictures (`prep`), the ONNX writer ([`onnx`] is
//!   only the file format; the trainer fills it).

mod card;
mod correction;
mod error;
mod figure_sets;
mod folder;
mod library;
mod model_store;
pub mod onnx;
mod scope;
mod shipped;

pub use card::{
    CLIP_FIGURES, Calibration, Card, ChannelOrder, ClipRates, Concept, Concepts, ErrorRates,
    FILMED_CLIP_FIGURES, FileSpec, InputSize, InputSpec, ModelKind, Source, Thresholds,
};
pub use correction::{Correction, N_MEASURES};
pub use error::Error;
pub use figure_sets::{FIGURE_SETS, figure_set_name};
pub use folder::Bundle;
#[cfg(test)]
pub(crate) use folder::tests::card as test_card;
pub use library::{Choice, Installed, Library, ListedCard, SHIPPED_DETECTOR, cards_in};
pub use model_store::ModelStore;
pub use scope::{ErrorKind, Measure, ReliabilityFacts, Scope, ScopeLimit};
pub use shipped::Origin;
