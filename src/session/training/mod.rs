pub(in crate::session) mod detector_choice;
pub(in crate::session) mod retraining;
