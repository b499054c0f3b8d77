//! `experiment loop`: does the learning loop improve the detector?
//!
//! * **In**: photos of real faces, a forgery method that the detector was not trained on, a budget.
//! * **Out**: figures on held-out pictures before retraining, after retraining on the masks that the
//!   queue chose, on as many random ones, and on all; a section of `RESULTS.md`.
//! * **Not here**: the training (`train::refine`).
//!
//! The simulated annotator uses the same session commands as the window: it creates a case, adds a
//! folder, examines and ranks it, draws masks, marks items done and exports. Its masks are the true
//! ones.

mod annotator;
mod measured;
mod page;
mod pictures;
mod run;

pub(super) use run::LoopArgs;
pub(super) use run::{HELP, run};
