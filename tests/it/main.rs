//! The one integration test binary: one module per topic.

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
