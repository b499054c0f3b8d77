//! L1, a model bundle: a folder with `card.toml` and `model.onnx`.
//!
//! * **In**: a folder. **Out**: a [`Bundle`] whose model bytes were checked against the hash in
//!   its card, and the facts a caller needs to feed the network; a library of a person's own bundles
//!   and the choice of the detector.
//! * **Not here**: running the model (`infer`), pictures (`prep`), the ONNX writer ([`onnx`] is
//!   only the file format; the trainer fills it).

mod card;
mod library;
pub mod onnx;
mod scope;
mod store;

pub use card::{
    CLIP_FIGURES, Calibration, Card, ChannelOrder, ClipRates, Concept, Concepts, ErrorRates,
    FileSpec, InputSize, InputSpec, ModelKind, Source, Thresholds,
};
pub use library::{Choice, Library, Listed, SHIPPED_DETECTOR, cards_in};
pub use scope::{ErrorKind, Measure, ReliabilityFacts, Scope, ScopeLimit};
pub use store::{Bundle, Error, ModelStore};
