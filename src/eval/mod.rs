//! L2, metrics over scores and truths.
//!
//! * **In**: scores with labels, maps with masks. **Out**: numbers, each with its definition.
//! * **Not here**: running detectors, choosing data, printing.

mod calibration;
mod correction;
mod interval;
mod labeled;
mod localization;
pub mod lr;
mod newton;
mod probability;
mod roc;
mod scope;
mod trust;

pub use calibration::{fit_platt, thresholds_at};
pub use correction::{Observed, fit_correction};
pub use interval::{auc_interval, wilson};
pub use labeled::pixel_pair;
pub use localization::{LocalizationScores, MaskPair, face_prior, localization};
pub use probability::{Isotonic, calibration_error, log_loss};
pub use roc::{DetectionScores, Scored, detection, roc_auc};
pub use scope::{Bin, ErrorRate, Graded, bins, error_rate, find_limit, rated};
pub use trust::{TrustCell, trust_facts, trust_threshold};
