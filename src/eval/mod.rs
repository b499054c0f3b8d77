//! L2, metrics over scores and truths.
//!
//! * **In**: scores with labels, maps with masks. **Out**: numbers, each with its definition.
//! * **Not here**: running detectors, choosing data, printing.

mod calibration;
mod labelled;
mod localization;
mod roc;

pub use calibration::{fit_platt, thresholds_at};
pub use labelled::pixel_pair;
pub use localization::{LocalizationScores, MaskPair, face_prior, localization};
pub use roc::{DetectionScores, Scored, detection, roc_auc};
