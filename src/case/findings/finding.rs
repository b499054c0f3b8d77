//! A finding: plain values.

use serde_json::Value;

use crate::base::{Heatmap, ModelRef, Verdict};

/// What is needed to repeat a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// SHA-256 of the file's bytes, lower-case hex.
    pub media_sha256: String,
    pub model: ModelRef,
    /// For instance `onnxruntime 1.28`.
    pub engine: String,
    /// For instance `cpu`.
    pub provider: String,
    /// For instance `pentimento 0.1.0`.
    pub program: String,
    /// The options of the examination, for instance the smallest face.
    pub parameters: Value,
    /// When it was examined, RFC 3339, UTC; see [`crate::case::now`].
    pub at: String,
}

/// What a model found in one item.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFinding {
    /// How it was found.
    pub facts: RunFacts,
    /// Verdict on the whole file.
    pub verdict: Verdict,
    /// Score of the most suspicious face, 0 to 1.
    pub score: Option<f32>,
    /// The whole report, without what differs from run to run, such as times: equal findings must
    /// have equal reports.
    pub report: Value,
    /// The heat map of each face of the report, in its order; stored in steps of 1/65535.
    pub maps: Vec<Option<Heatmap>>,
}
