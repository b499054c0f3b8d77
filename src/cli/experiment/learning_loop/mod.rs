//! `experiment loop`: does the learning loop learn?
//!
//! * **In**: photos of real faces, a forgery method that the detector never trained on, a budget.
//! * **Out**: what the detector does on pictures held out: as it is, after retraining on the masks
//!   that the queue chose, on as many chosen by lot, and on all; a section of `RESULTS.md`.
//! * **Not here**: the training (`train::refine`).
//!
//! The annotator works through the same session commands as the window: a case is made, a folder
//! added, examined and ranked; items are taken, masks laid on, marked done, exported. All that is
//! not a person is that the masks are the true ones.

mod annotator;
mod measured;
mod page;
mod pictures;
mod run;

pub(super) use run::LoopArgs;
pub(super) use run::{HELP, run};
