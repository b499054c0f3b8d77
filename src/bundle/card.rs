//! The model card: what a bundle is, how to feed it, what it may be used for, how good it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ReliabilityFacts, Scope};

/// `card.toml`. Unknown keys are kept in [`Card::measured`] or refused, never ignored silently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Version of this file format, now 1.
    pub format: u32,
    /// Short name, also the name of the folder.
    pub name: String,
    /// What the model does.
    pub kind: ModelKind,
    /// One sentence for people.
    pub summary: String,
    /// SPDX expression of the weights, or `LicenseRef-…` with the terms in [`Source::terms`].
    pub license: String,
    /// Where the weights came from.
    pub source: Source,
    /// The model file.
    pub file: FileSpec,
    /// How to feed it.
    pub input: InputSpec,
    /// Names of the outputs in the order in which `infer` returns them.
    pub outputs: Vec<String>,
    /// From logit to probability; detectors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// From probability to verdict; detectors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// Pictures on which it was seen to err more; detectors only, absent when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What its output `reliability` is worth, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<ReliabilityFacts>,
    /// Which channels of its output `embedding` carry what it takes for a forgery; absent when nobody
    /// looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concepts: Option<Concepts>,
    /// What the error rates in [`Card::thresholds`] were measured on.
    #[serde(default, skip_serializing_if = "ErrorRates::is_of_test_photos")]
    pub error_rates: ErrorRates,
    /// Figures for people and reports: set name to figure name to value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, BTreeMap<String, f64>>,
}

/// What error rates were measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorRates {
    /// Photos of people of whom nothing was trained on, and this project's own forgeries of them.
    #[default]
    TestPhotos,
    /// A person's own corrected pictures that were held out: few.
    HeldOut,
    /// Not measured: those of the model it was retrained from.
    Parent,
}

impl ErrorRates {
    /// Whether they are those of the model's own test.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub const fn is_of_test_photos(&self) -> bool {
        matches!(self, Self::TestPhotos)
    }

    /// What is to be said of rates that are not those of the model's own test.
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

/// Error rates of whole clips, which are not those of photos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipRates {
    /// Share of clips of real faces at or above `traces_found`.
    pub false_positive_rate: f32,
    /// Share of clips of forged faces below `no_trace_found`.
    pub miss_rate: f32,
    /// Clips of real faces.
    pub n_real: usize,
    /// Clips of forged faces.
    pub n_forged: usize,
}

/// Name of the figures of clips in [`Card::measured`].
pub const CLIP_FIGURES: &str = "clips";

impl Card {
    /// What was measured on clips, if anything was.
    pub fn clip_rates(&self) -> Option<ClipRates> {
        let figures = self.measured.get(CLIP_FIGURES)?;
        let of = |name: &str| figures.get(name).copied();
        Some(ClipRates {
            false_positive_rate: of("false_positive_rate")? as f32,
            miss_rate: of("miss_rate")? as f32,
            n_real: of("n_real")? as usize,
            n_forged: of("n_forged")? as usize,
        })
    }

    /// The thresholds, with the error rates of clips if those were measured.
    pub fn clip_thresholds(&self) -> Option<Thresholds> {
        let thresholds = self.thresholds?;
        Some(self.clip_rates().map_or(thresholds, |rates| Thresholds {
            false_positive_rate: rates.false_positive_rate,
            miss_rate: rates.miss_rate,
            ..thresholds
        }))
    }
}

/// `[concepts]`: the channels on which the forged half of the latent hangs most (LAE's channel
/// concept ranking), found on forgeries of validation photos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concepts {
    /// Forgeries looked at.
    pub n_forgeries: usize,
    /// The chief concept first.
    pub channels: Vec<Concept>,
}

/// One channel of the output `embedding`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Its number, from 0.
    pub channel: usize,
    /// Mean over the forgeries of `|sum over cells of F · da_1/dF|`.
    pub sensitivity: f32,
    /// Mean over the forgeries of its largest value, the unit of an excitation; above 0.
    pub mean_peak: f32,
}

/// What a model does.
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

/// Where weights came from and under which terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Origin in words: package and version, or the training run.
    pub origin: String,
    /// The command that makes the file again.
    pub rebuild: String,
    /// Terms of the data and of the weights, in words.
    pub terms: String,
    /// Commit of this repository that trained it; empty for converted weights.
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
    /// Its size.
    pub bytes: u64,
}

/// How to feed a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Name of the input.
    pub name: String,
    /// Order of the channels.
    pub channels: ChannelOrder,
    /// Side length.
    pub size: InputSize,
    /// Subtracted per channel, in units of 0 to 255, in the order of `channels`.
    pub mean: [f32; 3],
    /// Divided by per channel, after the mean.
    pub std: [f32; 3],
    /// Side of the square cut out, as a multiple of the longer side of the face box; detectors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop_scale: Option<f32>,
}

/// Order of the channels.
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
    /// Offset.
    pub offset: f32,
}

impl Calibration {
    /// The calibrated probability, `0.0..=1.0`.
    pub fn apply(self, logit: f32) -> f32 {
        1.0 / (1.0 + (-(self.scale * logit + self.offset)).exp())
    }

    /// The logit of a score; finite, so that scores of 0 and 1 give large ones.
    pub fn invert(self, score: f32) -> f32 {
        let score = f64::from(score).clamp(1e-7, 1.0 - 1e-7);
        let logit =
            (score.ln() - (-score).ln_1p() - f64::from(self.offset)) / f64::from(self.scale);
        logit as f32
    }
}

/// From a calibrated score to words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// At or above: traces found.
    pub traces_found: f32,
    /// Below: no trace found. Between the two: inconclusive.
    pub no_trace_found: f32,
    /// Share of real test pictures at or above `traces_found`; they chose no threshold.
    pub false_positive_rate: f32,
    /// Share of forgeries of test pictures below `no_trace_found`.
    pub miss_rate: f32,
    /// Cells of the heat map at or above count as marked.
    pub map: f32,
}
