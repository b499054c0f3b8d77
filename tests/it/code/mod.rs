//! Order in the source tree.

mod import_graph;
mod layers;
mod shape;
pub(crate) mod tidy;
mod words;
