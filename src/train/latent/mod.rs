//! A real latent-diffusion autoencoder (TAEF2) as a source of forged pixels.
//!
//! * **In**: the two weight files of `taef2` (madebyollin/taesd, MIT), pictures.
//! * **Out**: latents, and pictures drawn by the decoder.
//! * **Not here**: which latents are mixed and where the result goes (`train::data::stock`).
//!
//! Both networks are written as ONNX by our own writer and run through `infer`: ONNX Runtime is
//! several times faster at plain 3×3 convolutions than the trainer's own backend. It imitates the
//! decoder of FLUX.2 and is not that decoder.

mod autoencoder;
mod graph;
mod grid;
mod weights;

pub use autoencoder::Autoencoder;
pub use grid::{CELL_PX, CHANNELS, Latent};
