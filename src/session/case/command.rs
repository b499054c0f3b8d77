//! What can be wished for of a case: plain values.
//!
//! * **In / out**: nothing. **Not here**: doing it (`case_desk`), what is seen of it (`case_view`).

use std::path::PathBuf;

use crate::case::{ItemId, ItemState};
use crate::curate::{Quotas, Strategy};
use crate::dataset::Format;
use crate::session::QueueFilter;

/// A wish about the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseCommand {
    /// Make a new case and open it.
    New {
        /// Its file, which must not be there.
        path: PathBuf,
        /// Who works on it.
        author: String,
    },
    /// Open a case.
    Open {
        /// Its file.
        path: PathBuf,
        /// Who works on it.
        author: String,
    },
    /// Close the case. Everything in it is on the disk.
    Close,
    /// Add files, and everything below folders.
    Add(Vec<PathBuf>),
    /// Examine what waits, in the background, or pause that.
    Survey(bool),
    /// Examine again, in the background, what another model than the one in use examined last, and what
    /// could not be examined.
    SurveyAgain,
    /// Rank what is to be done.
    Rank {
        /// By what.
        strategy: Strategy,
        /// What is put behind.
        quotas: Quotas,
        /// Of [`Strategy::Random`].
        seed: u64,
    },
    /// Show only these items.
    Filter(QueueFilter),
    /// Show an item and begin to work on it.
    Take(ItemId),
    /// Take the next item of the queue that is to be done (negative: the one before).
    TakeNext(i32),
    /// Say how far the item shown is. Done and skipped items give way to the next to be done. A done
    /// item without a mask is one in which nothing forged was seen. Where only the mask of another
    /// reader is shown, it must be agreed with first, or one's own be drawn.
    Mark(ItemState),
    /// Hide what other readers drew, or show it.
    ReadBlind(bool),
    /// Agree with the mask of another reader that is shown, or take that back.
    Review(bool),
    /// Compare the two readers who have read most in common.
    CompareReaders,
    /// Write what was decided as a data set.
    Export {
        /// In which format.
        format: Format,
        /// The folder or file to be made.
        out: PathBuf,
        /// Whether the pictures are copied into it.
        copies_images: bool,
    },
    /// Take masks of a data set of any known format into the case.
    Import(PathBuf),
    /// Stop adding, ranking, comparing, exporting or importing.
    Stop,
}
