//! The model card: origin, license, input, outputs, thresholds and measured figures of a model.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Correction, ReliabilityFacts, Scope};
use crate::base::sigmoid;

/// `card.toml`. Unknown keys are errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Version of this file format, now 1.
    pub format: u32,
    /// Short name, also the name of the folder.
    pub name: String,
    pub kind: ModelKind,
    /// One sentence for people.
    pub summary: String,
    /// SPDX expression of the weights, or `LicenseRef-…` with the terms in [`Source::terms`].
    pub license: String,
    /// Origin of the weights.
    pub source: Source,
    /// The model file.
    pub file: FileSpec,
    /// The input of the model.
    pub input: InputSpec,
    /// Names of the outputs in the order in which `infer` returns them.
    pub outputs: Vec<String>,
    /// What is done to a logit by the quality of its picture, before the calibration; detectors
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// From logit to probability; detectors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// From probability to verdict; detectors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// Kinds of pictures with higher error rates; detectors only, absent when not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Measured accuracy of its output `reliability`, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<ReliabilityFacts>,
    /// Channels of its output `embedding` that respond most to forgeries; absent when not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concepts: Option<Concepts>,
    /// The pictures on which the error rates in [`Card::thresholds`] were measured.
    #[serde(default, skip_serializing_if = "ErrorRates::is_of_test_photos")]
    pub error_rates: ErrorRates,
    /// Figures for people and reports: set name to figure name to value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, BTreeMap<String, f64>>,
}

/// The pictures on which error rates were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorRates {
    /// Photos of people outside the training set, and this project's forgeries of them.
    #[default]
    TestPhotos,
    /// A few corrected pictures of the user that were held out.
    HeldOut,
    /// Not measured: the rates are those of the model it was retrained from.
    Parent,
}

impl ErrorRates {
    /// Whether the rates are those of the model's own test.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub const fn is_of_test_photos(&self) -> bool {
        matches!(self, Self::TestPhotos)
    }

    /// A caution for rates that are not those of the model's own test.
    pub const fn caution(self) -> Option<&'static str> {
        match self {
            Self::TestPhotos => None,
            Self::HeldOut => Some(
                "These rates were measured on corrected pictures held out from its retraining, \
                 which are few and of one kind.",
            ),
            Self::Parent => Some(
                "This detector was retrained and its rates were not measured: they are those of \
                 the one before it.",
            ),
        }
    }
}

/// Error rates of whole videos, which differ from those of photos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipRates {
    /// Share of videos of real faces at or above `traces_found`.
    pub false_positive_rate: f32,
    /// Share of videos of forged faces below `no_trace_found`.
    pub miss_rate: f32,
    /// Number of videos of real faces.
    pub n_real: usize,
    /// Number of videos of forged faces.
    pub n_forged: usize,
}

/// Name of the figures of videos made from photos in [`Card::measured`].
pub const CLIP_FIGURES: &str = "clips";

/// Name of the figures of filmed videos of other people in [`Card::measured`].
pub const FILMED_CLIP_FIGURES: &str = "filmed-clips";

impl Card {
    /// The error rates of videos, if measured.
    pub fn clip_rates(&self) -> Option<ClipRates> {
        let figures = self.measured.get(CLIP_FIGURES)?;
        let figure = |name: &str| figures.get(name).copied();
        Some(ClipRates {
            false_positive_rate: figure("false_positive_rate")? as f32,
            miss_rate: figure("miss_rate")? as f32,
            n_real: figure("n_real")? as usize,
            n_forged: figure("n_forged")? as usize,
        })
    }

    /// The thresholds, with the error rates of videos if measured.
    pub fn clip_thresholds(&self) -> Option<Thresholds> {
        let thresholds = self.thresholds?;
        Some(self.clip_rates().map_or(thresholds, |rates| Thresholds {
            false_positive_rate: rates.false_positive_rate,
            miss_rate: rates.miss_rate,
            ..thresholds
        }))
    }
}

/// `[concepts]`: the channels with the largest influence on the forged half of the latent (LAE's
/// channel concept ranking), found on forgeries of validation photos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concepts {
    pub n_forgeries: usize,
    /// Most sensitive channel first.
    pub channels: Vec<Concept>,
}

/// One channel of the output `embedding`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Index of the channel.
    pub channel: usize,
    /// Mean over the forgeries of `|sum over cells of F · da_1/dF|`.
    pub sensitivity: f32,
    /// Mean over the forgeries of its largest value, the unit of activation; above 0.
    pub mean_peak: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// YuNet: boxes and five landmarks.
    FaceFinder,
    /// Face Mesh: 468 points on a face, `points` and `score`.
    FaceMesh,
    /// Locality-Aware AutoEncoder: `logit`, `map`, and perhaps `reconstruction`, `reliability`,
    /// `embedding`.
    Lae,
}

/// Origin and terms of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Package and version, or the training run.
    pub origin: String,
    /// The command that rebuilds the file.
    pub rebuild: String,
    /// Terms of the data and of the weights.
    pub terms: String,
    /// Commit of this repository at the training; empty for converted weights.
    #[serde(default)]
    pub commit: String,
    /// Day the file was made, `YYYY-MM-DD`.
    #[serde(default)]
    pub date: String,
    /// Seed of the training run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Training steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
}

/// The model file and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// Lower-case hex SHA-256 of `model.onnx`.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The input of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    pub name: String,
    pub channels: ChannelOrder,
    /// Side length.
    pub size: InputSize,
    /// Subtracted per channel, in units of 0 to 255, in the order of `channels`.
    pub mean: [f32; 3],
    /// Divided by per channel, after the mean.
    pub std: [f32; 3],
    /// Side of the square cut out, as a multiple of the longer side of the face box; detectors
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop_scale: Option<f32>,
    /// Further, tighter squares, as multiples of the longer side of the face box, each below
    /// `crop_scale`; the logits of all squares are averaged. Detectors only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Side length of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputSize {
    /// A square of this side.
    SquarePx(u32),
    /// Any size whose sides are multiples of this.
    MultipleOf(u32),
}

/// Platt scaling: `score = sigmoid(scale * logit + offset)`, fitted on held-out people
/// (J. Platt, "Probabilistic outputs for support vector machines", 1999).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Slope, above 0.
    pub scale: f32,
    pub offset: f32,
}

impl Calibration {
    /// The calibrated probability, `0.0..=1.0`.
    pub fn apply(self, logit: f32) -> f32 {
        sigmoid(self.scale * logit + self.offset)
    }

    /// The logit of a score; finite, so that scores of 0 and 1 give large ones.
    pub fn invert(self, score: f32) -> f32 {
        let score = f64::from(score).clamp(1e-7, 1.0 - 1e-7);
        let logit =
            (score.ln() - (-score).ln_1p() - f64::from(self.offset)) / f64::from(self.scale);
        logit as f32
    }
}

/// Thresholds on the calibrated score, with their error rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// At or above: traces found.
    pub traces_found: f32,
    /// Below: no trace found. Between the two: inconclusive.
    pub no_trace_found: f32,
    /// Share of real test pictures at or above `traces_found`. Thresholds were not chosen on them.
    pub false_positive_rate: f32,
    /// Share of forgeries of test pictures below `no_trace_found`.
    pub miss_rate: f32,
    /// Cells of the heat map at or above count as marked.
    pub map: f32,
}
