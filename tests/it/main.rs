//! The one integration test binary: one module per topic.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and one that is skipped says so"
)]

mod case;
mod cli;
mod code;
mod dataset;
mod docs;
#[cfg(feature = "gui")]
mod gui;
mod laws;
mod media;
mod metadata;
mod model;
mod report;
mod session;
mod support;
mod train;
