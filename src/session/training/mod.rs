//! Retraining, and choosing detectors.

pub(super) mod detector_choice;
pub(super) mod retraining;
