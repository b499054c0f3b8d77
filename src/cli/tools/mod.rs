//! Arguments shared by commands that run networks.
//!
//! * **In**: arguments of the command line. **Out**: the folders of bundles and
//!   [`EngineOptions`](crate::infer::EngineOptions), and the same arguments for a child.
//! * **Not here**: which command takes them.

mod engine;
#[cfg(feature = "remote")]
mod remote;

pub(super) use engine::ToolArgs;
#[cfg(feature = "remote")]
pub(super) use remote::RemoteArgs;
