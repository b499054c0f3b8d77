//! What a person can do with a case.

use std::path::PathBuf;

use super::queue_view::QueueFilter;
use crate::case::{ItemId, ItemState};
use crate::curate::{Criterion, QueueStrategy, Quotas};
use crate::dataset::Format;
use crate::session::reports::bookmarks::NewBookmark;

/// A command about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseCommand {
    /// Create a case and open it.
    New {
        /// The file, which must not exist.
        path: PathBuf,
        /// Who works on it.
        author: String,
    },
    Open {
        /// The file.
        path: PathBuf,
        /// Who works on it.
        author: String,
    },
    Close,
    /// Add files, and everything below folders.
    Add(Vec<PathBuf>),
    /// Examine the items that were never examined in the background, or pause that.
    Survey(bool),
    /// Examine again, in the background, the items that another detector examined last, and those
    /// that failed.
    SurveyAgain,
    /// Rank the items that are to be done.
    Rank {
        strategy: QueueStrategy,
        /// Which items come late.
        quotas: Quotas,
        /// Seed of [`QueueStrategy::Random`].
        seed: u64,
    },
    /// Show only these items.
    Filter(QueueFilter),
    /// Show only items whose files say this. What was not read yet is read first.
    Search(Criterion),
    /// Show all items again.
    EndSearch,
    /// Show an item and start work on it.
    Take(ItemId),
    /// Show the next item of the list that is to be done (negative: the previous one).
    TakeNext(i32),
    /// Set the state of the item shown. A done or skipped item gives way to the next one. A done
    /// item without a mask means that nothing forged was seen. Where only the mask of another
    /// reader is shown, the person must confirm it first, or draw a mask.
    Mark(ItemState),
    /// Hide the masks of other readers, or show them.
    ReadBlind(bool),
    /// Confirm the mask of another reader that is shown, or withdraw that.
    Review(bool),
    /// Mark something about the item shown for the report.
    Bookmark(NewBookmark),
    /// Compare the two readers with most pictures in common.
    CompareReaders,
    /// Export the finished masks as a data set.
    Export {
        format: Format,
        /// The folder or file to create.
        out: PathBuf,
        /// Whether the pictures are copied into it.
        copies_images: bool,
    },
    /// Import the masks of a data set of any known format.
    Import(PathBuf),
    /// Whether the examination in the background takes every frame of clips, or some of each.
    ExamineEveryFrame(bool),
    /// Write the findings of all items as a CSV file. A file that is there is never replaced.
    SaveFindings(PathBuf),
    /// Stop adding, ranking, comparing, exporting, importing or searching.
    Stop,
}

impl CaseCommand {
    /// Whether it needs a case that can be changed.
    pub(super) const fn changes_case(&self) -> bool {
        matches!(
            self,
            Self::Add(_)
                | Self::Import(_)
                | Self::Rank { .. }
                | Self::Mark(_)
                | Self::Review(_)
                | Self::Bookmark(_)
        )
    }
}
