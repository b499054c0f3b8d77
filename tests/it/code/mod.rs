//! Order in the source tree.

mod import_graph;
mod layers;
mod shape;
mod tidy;
mod words;
