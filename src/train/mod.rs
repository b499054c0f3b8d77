//! L4 (feature `train`), the trainer: photos of real faces in, a model bundle out.
//!
//! * **In**: a manifest of real photos grouped by person, ImageNet weights, a seed.
//! * **Out**: checkpoints, a log, and a bundle (`model.onnx`, `card.toml`) that `detect` loads.
//! * **Not here**: running bundles (`infer`), metrics (`eval`), words (`cli`).
//!
//! Sources: Du et al., "Towards Generalizable Deepfake Detection with Locality-Aware
//! AutoEncoder", CIKM 2020 (the idea: latent halves, locality, reconstruction); the exact form is
//! our reconstruction, see the docs of [`net`] and [`loss`]. Wang, Guo, Zuo, "Deepfake Forensics
//! via an Adversarial Game", IEEE TIP 31, 2022: see [`game`].

mod adamw;
mod average;
pub mod coding;
mod concepts;
pub mod data;
pub mod device;
mod evidence;
pub mod experiment;
pub mod export;
mod figures;
pub mod fit;
pub mod forge;
pub mod game;
mod gradient;
mod journal;
pub mod latent;
mod learner;
mod limits;
pub mod loader;
pub mod loss;
pub mod measure;
pub mod meshes;
pub mod net;
mod pairing;
pub mod prepare;
pub mod publish;
pub mod recipe;
pub mod refine;
pub mod resynthesis;
pub mod select;
pub mod stock;
pub mod supply;
mod trial;
pub mod validate;

/// What can go wrong while training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot access {what}: {source} {path:?}")]
    Io {
        /// Which file.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// Where.
        path: std::path::PathBuf,
    },
    /// A manifest, checkpoint or weight file is not what it should be.
    #[error("{what} is malformed: {detail}")]
    Malformed {
        /// Which file.
        what: String,
        /// What is wrong.
        detail: String,
    },
    /// There is too little data to train or measure.
    #[error("not enough data: {0}")]
    TooLittle(String),
    /// The face finder or the finished detector failed.
    #[error(transparent)]
    Faces(#[from] crate::faces::Error),
    /// The finished detector failed.
    #[error(transparent)]
    Detect(#[from] crate::detect::Error),
    /// The bundle could not be written or read.
    #[error(transparent)]
    Bundle(#[from] crate::bundle::Error),
    /// The training diverged.
    #[error(
        "the loss or a weight is no longer a number at step {0}; begin another run folder with --start-from and a lower --rate"
    )]
    Diverged(u64),
    /// A graphics card failed in the midst of a run.
    #[error(
        "{name} failed at step {step}: {detail}; the same command with --device cpu goes on from the last checkpoint"
    )]
    Card {
        /// Name of the card.
        name: String,
        /// At which step, from 0.
        step: u64,
        /// What its driver said.
        detail: String,
    },
    /// A thread of a training step panicked.
    #[error("a training step panicked: {0}")]
    Panicked(String),
    /// Stopped on request; the last checkpoint is complete.
    #[error(transparent)]
    Cancelled(#[from] crate::base::Cancelled),
}

impl Error {
    /// Names the file in an I/O error.
    pub(crate) fn io(
        what: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, source, path }
    }

    /// Something malformed.
    pub(crate) fn malformed(what: impl Into<String>, detail: &dyn std::fmt::Display) -> Self {
        Self::Malformed { what: what.into(), detail: detail.to_string() }
    }

    /// A malformed file.
    pub(crate) fn malformed_file(path: &std::path::Path, detail: &dyn std::fmt::Display) -> Self {
        Self::malformed(path.display().to_string(), detail)
    }
}
