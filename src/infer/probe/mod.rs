//! The test of an execution provider in a child process, because vendor drivers hang and crash.
//!
//! * **In**: a provider and a library. **Out**: a [`ProbeReport`]: which provider ran the nodes, the
//!   difference to the CPU, the times.
//! * **Not here**: choosing a provider (`providers`), keeping results (`cache`).

mod nets;
mod process;
mod report;
mod trial;

pub(super) use process::run_probe;
pub(super) use report::{ProbeReport, TOLERANCE};
pub(super) use trial::difference;
pub use trial::probe_child_main;
