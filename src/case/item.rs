//! What an item is: a picture or clip, how far a person is with it, and what a list shows of it.
//!
//! * **In / out**: plain values; rows are light enough that a hundred thousand are held in memory.
//! * **Not here**: the file that keeps them (`items`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Verdict;

/// Number of an item in its case, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub i64);

/// How far a person is with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ItemState {
    /// Not looked at.
    #[default]
    ToDo,
    /// Begun.
    InWork,
    /// Finished.
    Done,
    /// Put aside.
    Skipped,
}

impl ItemState {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 4] = [Self::ToDo, Self::InWork, Self::Done, Self::Skipped];

    /// The stable word of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToDo => "to-do",
            Self::InWork => "in-work",
            Self::Done => "done",
            Self::Skipped => "skipped",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ToDo => "To do",
            Self::InWork => "In work",
            Self::Done => "Done",
            Self::Skipped => "Skipped",
        }
    }

    /// The state of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Something to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The file. It need not be there.
    pub path: PathBuf,
    /// Where it comes from, for instance the name of a sub-folder.
    pub source: Option<String>,
    /// Whose face it shows.
    pub person: Option<String>,
}

/// What became of what was to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added {
    /// Items that are new.
    pub new: u64,
    /// Paths that were in the case already.
    pub known: u64,
    /// Paths that cannot be kept: they name no file, or this system's names cannot be stored.
    pub left_out: u64,
}

/// Which items are to be examined besides those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Again<'a> {
    /// Those whose newest finding is not of the model with this hash; `None` for none of them.
    pub other_than: Option<&'a str>,
    /// Those of which the last try gave none.
    pub failed: bool,
}

/// Whether the detector has looked at an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Examined {
    /// Not yet.
    Waiting,
    /// There is a finding.
    Done,
    /// The last try gave none, for this reason.
    Failed(String),
}

/// One item with everything a list shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// Its number.
    pub id: ItemId,
    /// Absolute.
    pub path: Arc<Path>,
    /// How far a person is with it.
    pub state: ItemState,
    /// Of the file's bytes, lower-case hex; `None` before it was examined.
    pub sha256: Option<String>,
    /// Where it comes from.
    pub source: Option<Arc<str>>,
    /// Whose face it shows.
    pub person: Option<Arc<str>>,
    /// Whether the detector has looked at it.
    pub examined: Examined,
    /// Of the newest finding.
    pub verdict: Option<Verdict>,
    /// Of the newest finding, 0 to 1.
    pub score: Option<f32>,
    /// Place in the queue, from 1.
    pub rank: Option<u32>,
    /// What ranked it.
    pub strategy: Option<Arc<str>>,
    /// Why it has that rank, in words.
    pub why: Option<String>,
    /// Masks drawn, of all frames and people.
    pub n_masks: u32,
    /// Time a person spent on it.
    pub seconds: f64,
}
