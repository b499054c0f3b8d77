//! L4 (feature `train`), the trainer: photos of real faces in, a model bundle out.
//!
//! * **In**: a manifest of real photos grouped by person, ImageNet weights, a seed.
//! * **Out**: checkpoints, a log, and a bundle (`model.onnx`, `card.toml`) that `detect` loads.
//! * **Not here**: running bundles (`infer`), metrics (`eval`), words (`cli`).
//!
//! Sources: Du et al., "Towards Generalizable Deepfake Detection with Locality-Aware
//! AutoEncoder", CIKM 2020 (the idea: latent halves, locality, reconstruction); the exact form is
//! our reconstruction, see the docs of [`net`] and [`fit::loss`]. Wang, Guo, Zuo, "Deepfake
//! Forensics via an Adversarial Game", IEEE TIP 31, 2022: see [`game`].

pub mod batch;
pub mod data;
mod error;
pub mod experiment;
pub mod fit;
pub mod forge;
pub mod game;
pub mod latent;
pub mod net;
pub mod publish;
pub mod refine;
pub mod resynthesis;
pub mod select;

pub use error::Error;
