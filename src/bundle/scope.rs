//! Optional parts of the card: where the model errs more, and where its heat map is unreliable.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde::{Deserialize, Serialize};

use crate::base::Quality;

/// `[scope]`: kinds of pictures on which the model errs more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// A limit lies where an error rate exceeds that of undegraded pictures by this much.
    pub rise: f32,
    /// One limit per measure and kind of error that rose.
    #[serde(default)]
    pub limits: Vec<ScopeLimit>,
}

/// A limit of a measure beyond which an error rate rises. Chosen on validation photos; the rates
/// are those of test photos.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeLimit {
    /// The measure of a face.
    pub measure: Measure,
    pub error: ErrorKind,
    /// Worse values are out of scope.
    pub limit: f32,
    /// Error rate of test pictures within the limit.
    pub rate_within: f32,
    /// Error rate of test pictures beyond it.
    pub rate_beyond: f32,
    /// Test pictures within: forgeries for misses, reals for false alarms, pairs otherwise.
    pub n_within: u32,
    /// Test pictures beyond.
    pub n_beyond: u32,
}

impl ScopeLimit {
    /// Whether a face lies beyond the limit; `false` when it was not measured.
    pub fn is_beyond(&self, quality: &Quality) -> bool {
        let worse = |value: f32| {
            if self.measure.is_low_bad() { value < self.limit } else { value > self.limit }
        };
        self.measure.value(quality).is_some_and(worse)
    }
}

/// A measure of a face's picture; see [`Quality`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Measure {
    /// Longer side of the face.
    FacePx,
    /// Blur effect.
    Blur,
    /// Visibility of the block grid.
    Blockiness,
    /// Quality of the file's quantization tables.
    JpegQuality,
    /// Standard deviation of the noise.
    Noise,
    /// How far from gray.
    Color,
    /// Shades of gray in use.
    Shades,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::FacePx,
        Self::Blur,
        Self::Blockiness,
        Self::JpegQuality,
        Self::Noise,
        Self::Color,
        Self::Shades,
    ];

    /// The word of the card.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether small values are the bad ones.
    pub const fn is_low_bad(self) -> bool {
        matches!(self, Self::FacePx | Self::JpegQuality | Self::Color | Self::Shades)
    }

    /// The value of a face.
    pub fn value(self, quality: &Quality) -> Option<f32> {
        match self {
            Self::FacePx => Some(quality.face_px),
            Self::Blur => Some(quality.blur),
            Self::Blockiness => Some(quality.blockiness),
            Self::JpegQuality => quality.jpeg.map(f32::from),
            Self::Noise => Some(quality.noise),
            Self::Color => Some(quality.color),
            Self::Shades => Some(quality.shades),
        }
    }
}

/// Ways to be wrong, the first two outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ErrorKind {
    /// A forgery scores below the lower threshold.
    Misses,
    /// A real face scores at or above the upper threshold.
    FalseAlarms,
    /// A real face scores above a forgery, of all pairs of the two: 1 less the area under the ROC
    /// curve. Scores say little there, whatever the verdicts are.
    Misordered,
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Misses, Self::FalseAlarms, Self::Misordered];

    /// The word of the card.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// `[reliability]`: what the output `reliability` was worth on held-out forgeries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReliabilityFacts {
    /// Cells below are not to be trusted. Chosen on validation photos; the rest is of test photos.
    pub threshold: f32,
    /// Share of the cells below that were right.
    pub right_below: f32,
    /// Share of the other cells that were right.
    pub right_above: f32,
    /// Share of all cells that lie below.
    pub share_below: f32,
}
