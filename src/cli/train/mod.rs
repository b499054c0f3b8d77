//! The commands of the trainer (feature `train`): `train`, `stock`, `forge` and `rebuild`.
//!
//! * **In**: arguments, photos of real faces, data sets of masks. **Out**: run folders, model
//!   bundles, forged pictures.
//! * **Not here**: training and forging (`train`), experiments (`cli::experiment`).

mod choices;
pub(super) mod forge;
pub(super) mod photos;
mod provenance;
pub(super) mod rebuild;
pub(super) mod refine;
mod run;
mod sheet;
mod step_log;
pub(super) mod stock;

pub(super) use choices::game_form;
pub(super) use forge::ForgeArgs;
pub(super) use provenance::{commit, today};
pub(super) use rebuild::RebuildSubcommand;
pub(super) use run::TrainArgs;
pub(super) use run::run;
pub(super) use step_log::StepLog;
pub(super) use stock::StockArgs;
