//! The one integration test binary: one module per topic.

mod cli;
mod layers;
mod pipeline;
mod support;
mod tidy;
