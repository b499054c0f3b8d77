//! One run of training: the plan, its steps, its checkpoints and its log.
//!
//! * **In**: a [`FitPlan`], batches. **Out**: a run folder and a net.
//! * **Not here**: batches (`train::batch`), the net's layers (`train::net`), bundles
//!   (`train::publish`).

pub(in crate::train) mod adamw;
pub(in crate::train) mod average;
mod blend;
mod checkpoint;
mod chosen;
mod copies_norm;
pub mod device;
pub(in crate::train) mod gradient;
pub(in crate::train) mod journal;
pub(in crate::train) mod learner;
pub mod loss;
mod plan;
mod run;
pub(in crate::train) mod trial;

pub use crate::train::batch::Batches;
pub use blend::blended;
pub use chosen::Chosen;
pub use plan::{Blend, FitPlan, ancestry};
pub use run::{Fitted, fit, is_start_frozen, keep_weights, last_checkpoint};
