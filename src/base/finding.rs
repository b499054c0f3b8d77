//! What was found. These values never change once made; a new analysis makes new ones.

use serde::{Deserialize, Serialize};

use super::{Face, Heatmap, Quality, Reliability, RgbImage};

/// The four things the program says. "No trace found" is not "authentic".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// For choosing what is said of a whole file: higher is more suspicious.
    pub const fn rank(self) -> u8 {
        match self {
            Self::NotExamined => 0,
            Self::NoTraceFound => 1,
            Self::Inconclusive => 2,
            Self::TracesFound => 3,
        }
    }

    /// The stable word of the JSON contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TracesFound => "traces-found",
            Self::Inconclusive => "inconclusive",
            Self::NoTraceFound => "no-trace-found",
            Self::NotExamined => "not-examined",
        }
    }

    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TracesFound => "Traces of forgery found",
            Self::Inconclusive => "Inconclusive",
            Self::NoTraceFound => "No trace found",
            Self::NotExamined => "Not examined",
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

/// A better provider that was not used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallout {
    /// The provider's name, for instance `cuda`.
    pub provider: String,
    /// Why it was not used, one sentence.
    pub reason: String,
}

/// What ran the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// `onnxruntime 1.28` or `rten 0.27`.
    pub engine: String,
    /// The execution provider that really got the nodes, for instance `cpu` or `cuda`.
    pub provider: String,
    /// Better providers that fell out, best first.
    pub fallouts: Vec<Fallout>,
}

/// The autoencoder's copy of what it saw.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// The input at the size of the reconstruction.
    pub input: RgbImage,
    /// What the decoder made of it.
    pub output: RgbImage,
    /// Mean absolute difference over the channels per pixel, `[height, width]`, 0 to 255.
    pub residual: Vec<u8>,
}

/// One examined face or region.
#[derive(Debug, Clone)]
pub struct FaceFinding {
    /// What was examined.
    pub face: Face,
    /// Calibrated probability that it holds traces of forgery; `None` when not examined.
    pub score: Option<f32>,
    /// The words that go with the score, as far as the quality of the picture bears them out.
    pub verdict: Verdict,
    /// Why it was not examined.
    pub reason: Option<String>,
    /// Where the traces are; `None` when not examined.
    pub heatmap: Option<Heatmap>,
    /// Where the heat map is to be trusted, if the model says so.
    pub reliability: Option<Reliability>,
    /// The marked region in words, for instance `mouth and chin`.
    pub region: Option<String>,
    /// What was measured of the picture of the face; `None` when not examined.
    pub quality: Option<Quality>,
    /// Why the verdict is to be taken with care: sentences without capital letter and full stop,
    /// one for every limit of the model's test that the face lies beyond.
    pub caveats: Vec<String>,
    /// The autoencoder's view, if the model has a decoder.
    pub reconstruction: Option<Reconstruction>,
    /// How strongly each channel of the model's last features is excited somewhere, `[C]`, if the
    /// model says so: for queues and comparisons between pictures, not for people.
    pub embedding: Option<Vec<f32>>,
}

impl FaceFinding {
    /// Whether this is more suspicious than another finding: by verdict, then by score.
    pub fn suspicion(&self, other: &Self) -> std::cmp::Ordering {
        let key = |f: &Self| (f.verdict.rank(), f.score.unwrap_or(-1.0));
        let ((rank, score), (other_rank, other_score)) = (key(self), key(other));
        rank.cmp(&other_rank).then(score.total_cmp(&other_score))
    }
}

/// Something went otherwise than asked; the work went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(pub String);

/// All that is said of one file.
#[derive(Debug, Clone)]
pub struct MediaReport {
    /// Lower-case hex of the file's bytes; empty when it could not be read.
    pub sha256: String,
    /// Width of the stored grid, 0 when it could not be decoded.
    pub width_px: u32,
    /// Height of the stored grid, 0 when it could not be decoded.
    pub height_px: u32,
    /// Of the most suspicious face.
    pub verdict: Verdict,
    /// Why nothing was examined.
    pub reason: Option<String>,
    /// Of the most suspicious face.
    pub score: Option<f32>,
    /// In the order of the finder, largest first; drawn regions last.
    pub faces: Vec<FaceFinding>,
    /// The detector.
    pub model: ModelRef,
    /// The engine that ran it.
    pub engine: EngineInfo,
    /// From opening the file to this report.
    pub elapsed_ms: u64,
    /// What went otherwise than asked.
    pub warnings: Vec<Warning>,
}
