//! What the loop measured, as kept in its run folder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One retraining, or the detector without retraining.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Arm {
    /// `none`, a strategy or `all`.
    pub(super) name: String,
    /// Pictures that a person decided on; forged and unforged faces of them that were learned from.
    pub(super) n_looked_at: u64,
    pub(super) n_forged: u64,
    pub(super) n_real: u64,
    /// On the pictures held out.
    pub(super) exam: BTreeMap<String, f64>,
    pub(super) auc_interval: [f64; 2],
}

/// All measurements, with their setup.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
pub(super) struct Measured {
    pub(super) date: String,
    pub(super) commit: String,
    pub(super) command: String,
    pub(super) parent: String,
    pub(super) method: String,
    pub(super) n_pool: u64,
    pub(super) n_rest: u64,
    pub(super) budget: f64,
    pub(super) steps: u64,
    pub(super) pairs: usize,
    pub(super) replay: f64,
    pub(super) seed: u64,
    pub(super) arms: Vec<Arm>,
}
