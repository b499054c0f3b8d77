//! One picture or frame of a data set, with where everything about it comes from.
//!
//! A record is one JSON line of our own format. Pixels, boxes and landmarks are in image space: the
//! stored grid, before any EXIF rotation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::annotate::{Decision, Mask, MaskLabel};
use crate::base::{FrameRef, ModelRef, RgbImage};
use crate::files::sha256_hex;

/// The part of a data set a record belongs to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Used for training.
    #[default]
    Train,
    /// Used to choose among trained models.
    Validation,
    /// Used once, for the final measurement.
    Test,
}

impl Split {
    /// All parts.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// What a list in the order of [`Self::ALL`] holds of this part.
    pub(super) const fn entry<T>(self, [train, validation, test]: &[T; 3]) -> &T {
        match self {
            Self::Train => train,
            Self::Validation => validation,
            Self::Test => test,
        }
    }

    /// As [`Self::entry`], to be changed.
    pub(super) const fn entry_mut<T>(self, [train, validation, test]: &mut [T; 3]) -> &mut T {
        match self {
            Self::Train => train,
            Self::Validation => validation,
            Self::Test => test,
        }
    }

    /// The name in files of our own format; stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The name in files of other tools.
    pub(super) const fn foreign_name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "val",
            Self::Test => "test",
        }
    }

    /// Parses the spellings of other tools: `Train2017`, `training`, `val`, `valid`, `testing`.
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

/// The picture of a record.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ImageRef {
    /// Path below the data set, with `/`; `None` when pictures are not copied.
    pub file: Option<String>,
    /// Path of the original, as it was given.
    pub origin: String,
    /// SHA-256 of the original file (of the whole video for a frame), lower-case hex. Empty when
    /// unknown.
    pub sha256: String,
    /// Columns of the stored pixel grid.
    pub width_px: u32,
    /// Rows of the stored pixel grid.
    pub height_px: u32,
    /// The frame, if the original is a video.
    pub frame: Option<FrameRef>,
    /// SHA-256 of `file` where it differs from the original.
    pub image_sha256: Option<String>,
}

/// The mask of a record: an 8-bit grey PNG of 0 and 255.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskRef {
    /// Path below the data set, with `/`.
    pub file: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Number of pixels set.
    pub n_set: u64,
}

/// One picture or frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Unique in the data set; names the files.
    pub id: String,
    /// The picture.
    pub image: ImageRef,
    /// `None` when no pixel is set.
    pub mask: Option<MaskRef>,
    /// The name of a [`Decision`].
    pub decision: String,
    /// The name of a [`ForgeryKind`](crate::annotate::ForgeryKind).
    #[serde(default)]
    pub kind: Option<String>,
    /// The name of a [`Confidence`](crate::annotate::Confidence).
    #[serde(default)]
    pub confidence: Option<String>,
    /// Free text of the annotator.
    #[serde(default)]
    pub note: String,
    /// Where the picture comes from, for instance a camera or a site.
    #[serde(default)]
    pub source: Option<String>,
    /// The person shown.
    #[serde(default)]
    pub person: Option<String>,
    /// The part it belongs to.
    pub split: Split,
    /// Boxes of faces: x, y, width, height in pixels of image space.
    #[serde(default)]
    pub faces: Vec<[f32; 4]>,
    /// For each face: both eyes, nose, both corners of the mouth.
    #[serde(default)]
    pub landmarks: Vec<Option<[[f32; 2]; 5]>>,
    /// The model whose heat map was corrected.
    #[serde(default)]
    pub model: Option<ModelRef>,
    /// The score of that model, 0 to 1.
    #[serde(default)]
    pub score: Option<f32>,
    /// SHA-256 of the heat map of that model, lower-case hex.
    #[serde(default)]
    pub map_sha256: Option<String>,
    /// Threshold at which the heat map became the initial mask.
    #[serde(default)]
    pub started_from_map_at: Option<f32>,
    /// Who drew the mask.
    #[serde(default)]
    pub annotator: Option<String>,
    /// Who reviewed it.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// Time of the last change: RFC 3339, UTC.
    #[serde(default)]
    pub at: Option<String>,
    /// Working time in seconds.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// The strategy that ranked it.
    #[serde(default)]
    pub strategy: Option<String>,
    /// Its rank in the queue, from 1.
    #[serde(default)]
    pub rank: Option<u32>,
    /// Number of uses by tool.
    #[serde(default)]
    pub tools: BTreeMap<String, u32>,
}

impl Record {
    /// The decision; `None` when its name is unknown.
    pub fn decision(&self) -> Option<Decision> {
        Decision::parse(&self.decision)
    }

    /// The label of the mask, without unknown names.
    pub fn label(&self) -> MaskLabel {
        MaskLabel::from_file(self.kind.as_deref(), self.confidence.as_deref(), &self.note)
    }

    /// Sets the label of a mask, and the decision that follows from it.
    pub fn set_label(&mut self, label: &MaskLabel, is_empty: bool) {
        [self.kind, self.confidence] = label.to_file();
        self.note.clone_from(&label.note);
        Decision::from_mask(is_empty, label.kind).as_str().clone_into(&mut self.decision);
    }
}

/// The pixels of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// A picture file; exported byte by byte.
    File(PathBuf),
    /// A frame of a video in image space; exported as PNG.
    Decoded(RgbImage),
    /// Not found: such an entry can be exported by reference only.
    Absent,
}

/// A record with its mask and its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// An export fills in its files and hashes.
    pub record: Record,
    /// In image space, of the size of the picture.
    pub mask: Mask,
    /// The picture.
    pub pixels: Pixels,
}

/// A hash of the pixels of a mask that depends on no file format.
pub(super) fn mask_sha256(mask: &Mask) -> String {
    let mut bytes = Vec::with_capacity(mask.words().len().saturating_mul(4).saturating_add(8));
    for word in [mask.width_px(), mask.height_px()].iter().chain(mask.words()) {
        bytes.extend(word.to_le_bytes());
    }
    sha256_hex(&bytes)
}
