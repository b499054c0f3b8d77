//! One picture or frame of a data set, with where everything about it comes from.
//!
//! * **In / out**: plain values; a record is one JSON line of our own folder.
//! * **Not here**: masks and pixels on disk (`folder`, `read`).
//!
//! Pixels, boxes and landmarks are in image space: the stored grid, before any EXIF rotation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::annotate::{Confidence, Decision, ForgeryKind, Mask, MaskLabel};
use crate::base::RgbImage;

/// The part of a data set a record belongs to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Learned from.
    #[default]
    Train,
    /// Looked at while learning, to choose.
    Validation,
    /// Looked at once, at the end.
    Test,
}

impl Split {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The stable word of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The split of a word as others write it: `Train2017`, `training`, `val`, `valid`, `testing`.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "train" | "training" => Some(Self::Train),
            "val" | "valid" | "validation" => Some(Self::Validation),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }
}

/// Which frame of a video.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FrameFacts {
    /// From 0, in the order of showing.
    pub index: usize,
    /// Time stamp in units of `time_base`.
    pub pts: i64,
    /// Seconds of one unit of `pts`, as a fraction.
    pub time_base: [u32; 2],
    /// Seconds from the start.
    pub t_s: f64,
}

/// The picture of a record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ImageRef {
    /// In the folder of the data set, with `/`; `None` when pictures are not copied.
    pub file: Option<String>,
    /// Path of the original as it was referred to.
    pub origin: String,
    /// Of the original file, lower-case hex; of the whole video for a frame. Empty when not known.
    pub sha256: String,
    /// Columns of the stored grid.
    pub width_px: u32,
    /// Rows of the stored grid.
    pub height_px: u32,
    /// Of a video.
    pub frame: Option<FrameFacts>,
    /// Of `file`, where it is another one than the original.
    pub image_sha256: Option<String>,
}

/// The mask of a record: an 8-bit grey PNG of 0 and 255.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskRef {
    /// In the folder of the data set, with `/`.
    pub file: String,
    /// Of the file, lower-case hex.
    pub sha256: String,
    /// Pixels set.
    pub n_set: u64,
}

/// The model whose maps were shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// As in its card.
    pub name: String,
    /// Of its file, lower-case hex.
    pub sha256: String,
}

/// One picture or frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Unlike all others of the data set; names its files.
    pub id: String,
    /// The picture.
    pub image: ImageRef,
    /// `None` when no pixel is set.
    pub mask: Option<MaskRef>,
    /// A word of [`Decision`].
    pub decision: String,
    /// A word of [`ForgeryKind`].
    #[serde(default)]
    pub kind: Option<String>,
    /// A word of [`Confidence`].
    #[serde(default)]
    pub confidence: Option<String>,
    /// In the person's own words.
    #[serde(default)]
    pub note: String,
    /// Where the picture comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// Whose face it is.
    #[serde(default)]
    pub person: Option<String>,
    /// The part it belongs to.
    pub split: Split,
    /// Boxes of faces: x, y, width, height in pixels.
    #[serde(default)]
    pub faces: Vec<[f32; 4]>,
    /// Of every face: the eyes, the nose, the corners of the mouth.
    #[serde(default)]
    pub landmarks: Vec<Option<[[f32; 2]; 5]>>,
    /// The model whose map was corrected.
    #[serde(default)]
    pub model: Option<ModelFacts>,
    /// Its score, `0.0..=1.0`.
    #[serde(default)]
    pub score: Option<f32>,
    /// Of the model's own map, lower-case hex.
    #[serde(default)]
    pub map_sha256: Option<String>,
    /// The model's map at this threshold was the start.
    #[serde(default)]
    pub started_from_map_at: Option<f32>,
    /// Who drew the mask.
    #[serde(default)]
    pub annotator: Option<String>,
    /// Who looked at it again.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// When it was saved last: RFC 3339, UTC.
    #[serde(default)]
    pub at: Option<String>,
    /// Time spent on it, in seconds.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// What put it into the queue.
    #[serde(default)]
    pub strategy: Option<String>,
    /// Its place in the queue, from 1.
    #[serde(default)]
    pub rank: Option<u32>,
    /// How often each tool was used.
    #[serde(default)]
    pub tools: BTreeMap<String, u32>,
}

impl Record {
    /// What was decided; `None` when the word is not known.
    pub fn decision(&self) -> Option<Decision> {
        Decision::parse(&self.decision)
    }

    /// What a person says of the mask; words that are not known are left out.
    pub fn label(&self) -> MaskLabel {
        MaskLabel {
            kind: self.kind.as_deref().and_then(ForgeryKind::of),
            confidence: self.confidence.as_deref().and_then(Confidence::of),
            note: self.note.clone(),
        }
    }

    /// Takes over what a person says of a mask, and the decision that amounts to.
    pub fn set_label(&mut self, label: &MaskLabel, is_empty: bool) {
        self.kind = label.kind.map(|kind| kind.as_str().to_owned());
        self.confidence = label.confidence.map(|sure| sure.as_str().to_owned());
        self.note.clone_from(&label.note);
        Decision::of(is_empty, label.kind).as_str().clone_into(&mut self.decision);
    }
}

/// Where the pixels of an entry are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// A still picture; copied byte by byte.
    File(PathBuf),
    /// A frame of a video in image space; written as PNG.
    Decoded(RgbImage),
    /// Only named, not at hand: such an entry can be exported by reference, not copied.
    Absent,
}

/// A record with its mask and its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Files and hashes in it are filled in by an export.
    pub record: Record,
    /// Image space, as large as the picture.
    pub mask: Mask,
    /// The picture.
    pub pixels: Pixels,
}
