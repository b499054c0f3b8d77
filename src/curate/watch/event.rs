//! What happened in a watched folder.

use std::path::PathBuf;

use crate::base::Verdict;
use crate::case::ItemId;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEvent {
    /// A file became an item.
    Added { item: ItemId, path: PathBuf },
    /// An item was examined.
    Examined {
        item: ItemId,
        path: PathBuf,
        /// Its verdict.
        verdict: Option<Verdict>,
        /// Whether part of the file was not examined.
        is_part: bool,
        /// Score of the most suspicious face.
        score: Option<f32>,
    },
    /// An item could not be examined.
    Failed { item: ItemId, path: PathBuf, reason: String },
    /// The file of an item lies somewhere else now. The case keeps the path that it knows.
    Moved {
        item: ItemId,
        /// Where the file is now.
        path: PathBuf,
        /// The path in the case.
        from: PathBuf,
    },
    /// A file is not looked at, for this reason.
    Skipped { path: PathBuf, reason: String },
    /// A file is not ready, for this reason.
    Waits { path: PathBuf, reason: &'static str },
    /// A part of the folder cannot be read.
    Unreadable {
        /// What the system said.
        what: String,
    },
}

impl WatchEvent {
    /// One word for each kind.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Examined { .. } => "examined",
            Self::Failed { .. } => "failed",
            Self::Moved { .. } => "moved",
            Self::Skipped { .. } => "skipped",
            Self::Waits { .. } => "waits",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}
