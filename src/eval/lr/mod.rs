//! Likelihood ratios: how much better one proposition explains a score than the other does.
//!
//! * **In**: scores of pictures of known truth, or the log10 likelihood ratios a system gave them.
//!   **Out**: a calibration from score to log10 likelihood ratio, its cost (Cllr), the bounds within
//!   which so few pictures can support it, and words for it.
//! * **Not here**: which pictures may calibrate which question (`report`).
//!
//! Proposition 1 is "forged", proposition 2 "not forged". All ratios are log10; 0 supports neither.
//! The judge is the program `lir` of the Netherlands Forensic Institute: `tests/it/report/ratio.rs`.

mod bounds;
mod cost;
mod distance;
mod logistic;
mod pav;
mod scale;

pub use bounds::{elub_bounds, invariance_bounds};
pub use cost::{cllr, cllr_min, cross_entropy};
pub use distance::dev_pav;
pub use logistic::LogisticRatio;
pub use pav::PavRatio;
pub use scale::{SCALE_SOURCE, ScaleStep, VERBAL_SCALE, support_step};

/// Log10 likelihood ratios, or scores, of pictures of known truth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownTruth {
    /// Those of forgeries, for which proposition 1 is true.
    pub forged: Vec<f64>,
    /// Those of real faces, for which proposition 2 is true.
    pub real: Vec<f64>,
}

impl KnownTruth {
    /// Whether both kinds are there and no value is "not a number".
    pub fn is_usable(&self) -> bool {
        let is_good = |values: &[f64]| !values.is_empty() && values.iter().all(|v| !v.is_nan());
        is_good(&self.forged) && is_good(&self.real)
    }

    /// The same with another function of every value.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let apply = |values: &[f64]| values.iter().map(|v| f(*v)).collect();
        Self { forged: apply(&self.forged), real: apply(&self.real) }
    }
}
