//! The one integration test binary: one module per topic.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and one that is skipped says so"
)]

mod cli;
mod faces;
mod infer;
mod layers;
mod measure;
mod media;
mod network;
mod pipeline;
mod support;
mod tidy;
#[cfg(feature = "train")]
mod train;
