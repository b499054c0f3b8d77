//! Photos of real faces, and what is made of them beforehand.
//!
//! * **In**: a manifest beside photos; for a stock, `ffmpeg` and an autoencoder's weights.
//! * **Out**: [`Photo`]s with landmarks, meshes and versions, split by person.
//! * **Not here**: pairs and batches (`train::batch`), forging (`train::forge`).

pub mod coding;
pub mod meshes;
mod photos;
pub mod prepare;
pub mod stock;

pub use photos::{Photo, decode, decode_version, load, portrait, split_of_group, without_copies};
