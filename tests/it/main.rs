//! The one integration test binary: one module per topic.

mod cli;
mod infer;
mod layers;
mod network;
mod faces;
mod layers;
mod media;
mod pipeline;
mod support;
mod tidy;
