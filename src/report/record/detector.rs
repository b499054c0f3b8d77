//! The detector as its card describes it, with its error rates.

use serde::{Deserialize, Serialize};

/// A detector. All but name and hash are missing when its card was not at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectorFacts {
    /// Name of the bundle.
    pub name: String,
    /// SHA-256 of its model.
    pub sha256: String,
    /// `shipped` with the program or `foreign`; `None` without a card.
    pub origin: Option<String>,
    /// One sentence.
    pub summary: Option<String>,
    /// Terms of the weights.
    pub license: Option<String>,
    /// How scores become verdicts.
    pub thresholds: Option<ThresholdRecord>,
    /// What was measured, the set of pictures most like the question first.
    pub error_rates: Vec<MeasuredRates>,
    /// A caution about the rates, or why there are none.
    pub caution: Option<String>,
    /// Limits beyond which a verdict is weakened, one sentence each.
    pub limits: Vec<String>,
}

/// How scores become verdicts; all from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRecord {
    /// Traces found at or above.
    pub traces_found: f64,
    /// No trace found below.
    pub no_trace_found: f64,
    /// Cells of the heat map count as marked at or above.
    pub map: f64,
}

/// Error rates on one set of pictures or clips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRates {
    /// Name of the set in the card.
    pub set: String,
    /// The set in words.
    pub on: String,
    /// `image` or `video`.
    pub kind: String,
    /// Real faces or clips.
    pub n_real: u64,
    /// Forged faces or clips.
    pub n_forged: u64,
    /// Real ones with the verdict "traces found".
    pub false_alarms: ShareInterval,
    /// Forged ones with the verdict "no trace found".
    pub missed: ShareInterval,
    /// Forged ones with the verdict "traces found".
    pub found: ShareInterval,
}

/// A measured share with its 95 % interval (Wilson), each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShareInterval {
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}
