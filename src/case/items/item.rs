//! What an item is: plain values. A hundred thousand rows are held in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::base::Verdict;
use crate::case::findings::FindingBrief;

/// Number of an item in its case, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub i64);

/// How far a person is with an item. Files hold the names in kebab case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
pub enum ItemState {
    /// Not begun.
    #[default]
    ToDo,
    /// Begun.
    InWork,
    /// Finished.
    Done,
    /// Set aside without a decision.
    Skipped,
}

impl ItemState {
    /// All states, in the order of menus.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in files.
    pub fn as_str(self) -> &'static str {
        self.into()
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
}

/// A file to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The file. It need not exist.
    pub path: PathBuf,
    /// Where it comes from, for instance the name of a sub-folder.
    pub source: Option<String>,
    /// Whose face it shows.
    pub person: Option<String>,
}

/// How many files were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AddedCounts {
    /// New items.
    pub new: u64,
    /// Paths that the case had already.
    pub known: u64,
    /// Paths that cannot be stored: they name no file, or this system's names are not Unicode.
    pub left_out: u64,
}

/// Which items are examined again, beside those that were never examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reexamine<'a> {
    /// Those whose newest finding is by a model with another hash than this, or was taken from a scan;
    /// `None` for none of them.
    pub not_by_model: Option<&'a str>,
    /// Those whose last examination failed.
    pub failed: bool,
    /// Clips of which the newest finding is a quick look.
    pub quick_looks: bool,
}

/// Whether the detector has examined an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Examined {
    /// Not yet.
    Waiting,
    /// There is a finding.
    Done,
    /// The last examination failed, for this reason.
    Failed(String),
}

/// One item with everything a list shows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// Number in the case.
    pub id: ItemId,
    /// Absolute path.
    pub path: Arc<Path>,
    /// How far a person is with it.
    pub state: ItemState,
    /// Hash of the file's bytes, lower-case hex; `None` before it was examined.
    pub sha256: Option<String>,
    /// Where it comes from.
    pub source: Option<Arc<str>>,
    /// Whose face it shows.
    pub person: Option<Arc<str>>,
    /// Whether the detector has examined it.
    pub examined: Examined,
    /// Verdict of the newest finding.
    pub verdict: Option<Verdict>,
    /// Score of the newest finding, 0 to 1.
    pub score: Option<f32>,
    /// What the newest finding covers; `None` before there is one.
    pub found: Option<FindingBrief>,
    /// Rank in the queue, from 1.
    pub rank: Option<u32>,
    /// Name of the strategy that ranked it.
    pub strategy: Option<Arc<str>>,
    /// The reason for its rank, in words.
    pub why: Option<String>,
    /// Number of masks, of all frames and authors.
    pub n_masks: u32,
    /// Seconds that a person spent on it.
    pub seconds: f64,
}

impl ItemRow {
    /// The verdict for people: of the newest finding, or "not examined" where there is none because
    /// the examination failed; `None` while the item waits.
    pub fn outcome(&self) -> Option<Verdict> {
        let has_failed = matches!(self.examined, Examined::Failed(_));
        self.verdict.or_else(|| has_failed.then_some(Verdict::NotExamined))
    }

    /// Its name.
    pub fn outcome_label(&self) -> Option<&'static str> {
        self.outcome().map(|verdict| verdict.label_of_file(self.is_part()))
    }

    /// Whether the newest finding leaves out part of the file.
    pub fn is_part(&self) -> bool {
        self.found.as_ref().is_some_and(|found| !found.not_examined.is_empty())
    }
}
