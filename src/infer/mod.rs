//! L2, from network input to network output: the only home of `ort` and `rten`.
//!
//! * **In**: a [`Bundle`](crate::bundle::Bundle) and [`Tensor`](crate::base::Tensor)s made by `prep`.
//! * **Out**: the tensors that the card lists, in its order, and an
//!   [`EngineInfo`](crate::base::EngineInfo): what ran the model, and why better providers did not.
//! * **Not here**: pre-processing (`prep`), what the outputs mean (`detect`, `faces`).
//!
//! Two engines: ONNX Runtime, loaded from a library at run time, and `rten`, which is pure Rust and
//! always available. Execution providers other than the CPU are first tested in a child process
//! ([`probe_child_main`]), because vendor drivers hang and crash.
//!
//! A bundle may be of anybody: its graph is read before an engine loads it, runs end at a limit and on
//! request ([`ModelSession::stop_with`]). One that did not come with this program runs in a child process
//! ([`run_model_main`]) that is killed then, and when it takes too much memory.
//!
//! No engine opens a network connection; [`disarm_telemetry`] switches off those that would. With the
//! feature `remote` and its option a model server runs networks that are fed with crops.

mod apart;
mod cache;
mod doctor;
mod engine;
mod error;
mod graph;
mod library;
mod model_io;
mod model_session;
mod onnxruntime;
mod options;
mod probe;
mod provider;
mod providers;
mod pure;
#[cfg(feature = "remote")]
mod remote;
mod runtime;
mod telemetry;
mod watchdog;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use apart::fuzz_replies;
pub use apart::run_model_main;
pub use doctor::{Diagnosis, LibraryFinding, ProviderFinding, Telemetry, diagnose};
pub use engine::Engine;
pub use error::Error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use graph::fuzz as fuzz_graph;
pub use library::{
    InstallError, Installed, LibraryTrial, ProviderTrial, install_library, remove_library,
};
pub use model_session::ModelSession;
pub use options::{EngineChoice, EngineOptions, ProbeOptions};
pub use probe::probe_child_main;
pub use provider::Provider;
#[cfg(feature = "remote")]
pub use remote::{RemoteAddress, RemoteOptions};
pub use telemetry::disarm_telemetry;
