//! `eval`: measures a detector on labeled pictures and clips, as a user would run it.

mod clips;
mod figures;
mod run;
mod stills;

pub(super) use run::{EvalArgs, run};
#[cfg(feature = "train")]
pub(super) use run::{EvalJob, measure};
