//! Bundles of somebody else, run in a child process that can be killed.
//!
//! * **In**: a bundle that did not come with this program, and the engine that runs it.
//! * **Out**: a [`ModelSession`](super::ModelSession) whose runs end at once when they are cancelled, take
//!   too long or too much memory: one operator may take hours, and no engine stops within one.
//! * **Not here**: what a graph may consist of (`graph`); the engines.
//!
//! The child is this program, by a hidden command. It gets card, model and tensors by its input and
//! answers a line of JSON and the values of tensors.

mod child;
mod parent;
mod wire;

pub use child::run_model_main;

#[cfg(fuzzing)]
pub use wire::fuzz as fuzz_replies;

pub(super) use parent::{ApartEngine, ModelProgram};

/// The hidden command.
const SUBCOMMAND: &str = "run-model";
