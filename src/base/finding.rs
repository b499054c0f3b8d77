//! What was found. These values never change once made; a new analysis makes new ones.

use serde::{Deserialize, Serialize};

use super::{Face, Heatmap, NotExamined, Quality, ReferenceComparison, Reliability, RgbImage};

/// The four verdicts. "No trace found" does not mean "authentic".
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Verdict {
    /// The score is at or above the model's upper threshold.
    TracesFound,
    /// Between the two thresholds, or beyond a limit of what the model was seen to do well.
    Inconclusive,
    /// Below the lower threshold. Says nothing about authenticity.
    NoTraceFound,
    /// Nothing was examined; a reason goes with it.
    NotExamined,
}

impl Verdict {
    /// Orders verdicts, to choose that of a whole file: higher is more suspicious.
    pub const fn rank(self) -> u8 {
        match self {
            Self::NotExamined => 0,
            Self::NoTraceFound => 1,
            Self::Inconclusive => 2,
            Self::TracesFound => 3,
        }
    }

    /// The value in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What the detector cannot see, whatever it says.
    pub const BLIND_SPOTS: &'static str = "The model looks at faces only, not at the rest of the picture and not at sound, and it \
         misses most faces that were generated as a whole.";

    /// What the detector cannot see, for verdicts that could be taken for an all-clear.
    pub const fn blind_spots(self) -> Option<&'static str> {
        match self {
            Self::NoTraceFound | Self::Inconclusive => Some(Self::BLIND_SPOTS),
            Self::TracesFound | Self::NotExamined => None,
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::TracesFound => "Traces of forgery found",
            Self::Inconclusive => "Inconclusive",
            Self::NoTraceFound => "No trace found",
            Self::NotExamined => "Not examined",
        }
    }

    /// The name for people of the verdict on a file; "no trace found" never stands alone where part of
    /// the file was not examined.
    pub const fn label_of_file(self, is_part: bool) -> &'static str {
        match self {
            Self::NoTraceFound if is_part => "No trace found in what was examined",
            other => other.label(),
        }
    }
}

/// A model, by name and file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    /// Name of the bundle.
    pub name: String,
    /// SHA-256 of its `model.onnx`, lower-case hex.
    pub sha256: String,
}

/// A faster execution provider that was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedProvider {
    /// The provider's name, for instance `cuda`.
    pub provider: String,
    /// Why it was not used, one sentence.
    pub reason: String,
}

/// The engine that ran the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EngineInfo {
    /// `onnxruntime 1.28` or `rten 0.27`.
    pub engine: String,
    /// The execution provider that runs the nodes, for instance `cpu` or `cuda`.
    pub provider: String,
    /// Faster providers that were not used, best first.
    pub unused_providers: Vec<UnusedProvider>,
    /// The model server, if one ran the model.
    pub remote: Option<RemoteServer>,
}

/// A model server that ran a model, and how well it agreed with this program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteServer {
    /// `grpc://HOST:PORT`.
    pub address: String,
    /// What it calls itself.
    pub name: String,
    /// Its version, in its own words.
    pub version: String,
    /// Name of the model there.
    pub model: String,
    /// Version of the model there; may be empty.
    pub model_version: String,
    /// Largest difference of a value from the local answer, in the last check.
    pub canary_difference: f32,
}

impl RemoteServer {
    /// The largest difference with which its answers are used.
    pub const TOLERANCE: f32 = 1e-3;
}

/// The autoencoder's reconstruction of its input.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// The input at the size of the reconstruction.
    pub input: RgbImage,
    /// The reconstruction.
    pub output: RgbImage,
    /// Mean absolute difference over the channels per pixel, `[height, width]`, 0 to 255.
    pub residual: Vec<u8>,
}

/// One examined face or region.
#[derive(Debug, Clone)]
pub struct FaceFinding {
    /// The face or region.
    pub face: Face,
    /// Calibrated probability that it holds traces of forgery; `None` when not examined.
    pub score: Option<f32>,
    /// The verdict, no stronger than the quality of the picture allows.
    pub verdict: Verdict,
    /// Why it was not examined.
    pub reason: Option<String>,
    /// The heat map; `None` when not examined.
    pub heatmap: Option<Heatmap>,
    /// Reliability of the heat map per cell, if the model estimates it.
    pub reliability: Option<Reliability>,
    /// The marked region in words, for instance `mouth and chin`.
    pub region: Option<String>,
    /// Measured quality of the picture of the face; `None` when not examined.
    pub quality: Option<Quality>,
    /// One sentence for every limit of the model's test that the face lies beyond, without capital
    /// letter and full stop.
    pub caveats: Vec<String>,
    /// The reconstruction, if the model has a decoder.
    pub reconstruction: Option<Reconstruction>,
    /// Largest activation of each channel of the last feature layer, `[C]`, if the model outputs it.
    /// For ranking and comparing pictures.
    pub embedding: Option<Vec<f32>>,
    /// How it compares with genuine material of the same source, if a person named some.
    pub reference: Option<ReferenceComparison>,
}

impl FaceFinding {
    /// Compares two findings: by verdict, then by score. Greater is more suspicious.
    pub fn compare_suspicion(&self, other: &Self) -> std::cmp::Ordering {
        let key = |f: &Self| (f.verdict.rank(), f.score.unwrap_or(-1.0));
        let ((rank, score), (other_rank, other_score)) = (key(self), key(other));
        rank.cmp(&other_rank).then(score.total_cmp(&other_score))
    }
}

/// A deviation from what was asked that did not stop the work; one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub String);

/// The result for one picture file.
#[derive(Debug, Clone)]
pub struct MediaReport {
    /// Lower-case hex of the file's bytes; empty when it could not be read.
    pub sha256: String,
    /// Width of the stored grid, 0 when it could not be decoded.
    pub width_px: u32,
    /// Height of the stored grid, 0 when it could not be decoded.
    pub height_px: u32,
    /// Verdict of the most suspicious face.
    pub verdict: Verdict,
    /// Why nothing was examined.
    pub reason: Option<String>,
    /// Score of the most suspicious face.
    pub score: Option<f32>,
    /// Found faces, largest first; then drawn regions.
    pub faces: Vec<FaceFinding>,
    /// The detector.
    pub model: ModelRef,
    /// The engine that ran it.
    pub engine: EngineInfo,
    /// What the verdict says nothing about.
    pub not_examined: Vec<NotExamined>,
    /// From opening the file to this report.
    pub elapsed_ms: u64,
    /// Deviations from what was asked, one sentence each; also what was not examined.
    pub warnings: Vec<Warning>,
}
