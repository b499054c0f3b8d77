//! What can go wrong while training.

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

    /// A checkpoint that cannot be written. The library says why, as text.
    pub(crate) fn unwritten(
        path: &std::path::Path,
    ) -> impl FnOnce(burn::store::RecordError) -> Self {
        move |e| Self::io("the checkpoint", path)(std::io::Error::other(e.to_string()))
    }

    /// Something malformed.
    pub(crate) fn malformed(what: impl Into<String>, detail: &dyn std::fmt::Display) -> Self {
        Self::Malformed { what: what.into(), detail: detail.to_string() }
    }

    pub(crate) fn malformed_file(path: &std::path::Path, detail: &dyn std::fmt::Display) -> Self {
        Self::malformed(path.display().to_string(), detail)
    }
}
