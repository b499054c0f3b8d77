//! L2, from network input to network output: the only home of `ort` and `rten`.
//!
//! * **In**: a [`Bundle`](crate::bundle::Bundle) and [`Tensor`](crate::base::Tensor)s made by `prep`.
//! * **Out**: the tensors the card lists, in its order, and an
//!   [`EngineInfo`](crate::base::EngineInfo) that says what really ran them and why better
//!   providers did not.
//! * **Not here**: pre-processing (`prep`), what the outputs mean (`detect`, `faces`).
//!
//! Two engines: ONNX Runtime, loaded from a library at run time, and `rten`, pure Rust and always
//! there. Execution providers other than the CPU are first tried in a child process of this very
//! program ([`probe_child_main`]), because vendor drivers hang and crash.
//!
//! No engine here opens a network connection; [`disarm_telemetry`] sees to the ones that would.

mod cache;
mod check;
mod child;
mod doctor;
mod engine;
mod error;
mod locate;
mod onnxruntime;
mod options;
mod probe;
mod providers;
mod pure;
mod runtime;
mod telemetry;
mod threads;

pub use doctor::{Diagnosis, LibraryFinding, ProviderFinding, Telemetry, diagnose};
pub use engine::{Engine, Session};
pub use error::Error;
pub use options::{EngineChoice, EngineOptions, ProbeOptions, Provider, UnknownName};
pub use probe::probe_child_main;
pub use telemetry::disarm_telemetry;
