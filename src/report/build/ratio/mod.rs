//! Likelihood ratios of faces, where a calibration set of their kind and quality is named.
//!
//! * **In**: a file of scores of known truth, findings. **Out**: a ratio for each face within what the
//!   set supports, or the reason why there is none.
//! * **Not here**: the mathematics of ratios (`eval`), the words of page 1 (`summary`).

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod judge;
mod quality;
mod set;
mod weigh;

pub(super) use judge::disagrees;
pub(super) use quality::in_words as measure_in_words;
pub use set::CalibrationSet;
pub use weigh::weigh;
