//! A model server in place of an engine (feature `remote`): the only code that opens a connection.
//!
//! * **In**: a [`RemoteOptions`], a bundle, and the same bundle loaded by a local engine.
//! * **Out**: a [`ModelSession`](super::ModelSession) whose runs go to the server, by gRPC and the Open
//!   Inference Protocol v2. What goes there are network inputs: crops, prepared by `prep`.
//! * **Not here**: the server. Any that speaks the protocol will do (Triton, `MLServer`, OVMS).
//!
//! The server is not believed. Before its first run, again after every 1,000 messages and after a broken
//! connection it has to be ready, to describe the model as the bundle does, and to answer a canary batch
//! as the local engine does. Each answer is held to the shapes of the local one.

mod address;
mod canary;
mod check;
mod client;
mod messages;
mod server;
mod session;

#[cfg(all(test, target_os = "linux"))]
mod port_tests;

pub use address::{RemoteAddress, RemoteOptions};
pub(super) use session::RemoteSession;
