//! Order in the source tree.

mod layers;
mod tidy;
mod words;
