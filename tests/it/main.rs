//! The one integration test binary: one module per topic.

mod cli;
mod infer;
mod layers;
mod network;
mod pipeline;
mod support;
mod tidy;
