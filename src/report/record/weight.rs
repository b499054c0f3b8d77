//! The weight of the evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MeasuredRates;

/// Two propositions, and the likelihood ratio of each face, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightRecord {
    /// The first proposition.
    pub proposition_1: String,
    /// The second one.
    pub proposition_2: String,
    /// Why no likelihood ratio is given.
    pub why_none: Option<String>,
    /// The set of pictures behind the ratios.
    #[serde(default)]
    pub calibration: Option<CalibrationRecord>,
    /// The verbal scale, printed wherever a ratio is given.
    pub scale: Vec<ScaleRecord>,
    /// Where the scale is published.
    pub scale_source: String,
}

/// A step of the verbal scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScaleRecord {
    /// Ratios from here on.
    pub from: f64,
    pub words: String,
}

/// Pictures of known truth of one kind and quality, and how well the detector tells them apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationRecord {
    /// Name of the set.
    pub name: String,
    /// What its pictures are.
    pub description: String,
    /// `image` or `video`.
    pub kind: String,
    /// The detector that scored it.
    pub model_sha256: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Forged pictures.
    pub n_forged: usize,
    /// Real ones.
    pub n_real: usize,
    /// Different scores of the forged ones: copies of a picture count once. `None` in older reports.
    #[serde(default)]
    pub n_different_forged: Option<usize>,
    /// Different scores of the real ones.
    #[serde(default)]
    pub n_different_real: Option<usize>,
    /// Lowest and highest value of each measure of quality.
    pub quality: BTreeMap<String, [f64; 2]>,
    /// Log-likelihood-ratio cost of the calibrated ratios.
    pub cllr: f64,
    /// The part of it that no calibration removes.
    pub cllr_min: f64,
    /// Mean distance of the calibrated ratios from the best ones that their order allows (devPAV),
    /// in powers of ten; `None` where no ratio is finite.
    #[serde(default)]
    pub dev_pav: Option<f64>,
    /// Smallest log10 ratio that so many pictures support (ELUB).
    pub log10_lowest: f64,
    /// Largest log10 ratio that so many pictures support (ELUB).
    pub log10_highest: f64,
    /// Empirical cross-entropy at some odds before the evidence.
    #[serde(default)]
    pub cross_entropy: Vec<EntropyRecord>,
    /// Error rates of the detector on the set, at its thresholds; `None` where these are unknown.
    #[serde(default)]
    pub error_rates: Option<MeasuredRates>,
}

/// What is left to learn, in bits, for somebody with these odds before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EntropyRecord {
    /// Log10 of the odds on proposition 1 before the evidence.
    pub log10_prior_odds: f64,
    /// Without a ratio.
    pub without: f64,
    /// With the calibrated ratios.
    pub with: f64,
    /// With the best ratios that the order of the scores allows.
    pub at_best: f64,
}

/// The likelihood ratio of a face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatioRecord {
    /// Log10 of the ratio in favor of proposition 1, within the bounds of the set and of its scores.
    pub log10: f64,
    /// The same without bounds.
    pub log10_unbounded: f64,
    pub words: String,
}
