//! Making a stock: every part, for every split, as far as it is not there yet.
//!
//! * **In**: photos of three splits, `ffmpeg`, the autoencoder's weights. **Out**: the folder that
//!   `train::data::stock` describes and reads.
//! * **Not here**: what a step takes of it (`train::batch::supply`).

mod coded;
mod decoded;
mod pairs;
mod stages;

pub use stages::{Amounts, prepare};
