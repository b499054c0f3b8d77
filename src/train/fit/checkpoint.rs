//! Where a run folder keeps its last checkpoint, and how far that is.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::train::Error;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CheckpointState {
    pub(super) next_step: u64,
}

/// Names a checkpoint can have: the last, the next while it is written, the one before while names
/// are swapped.
pub(super) const CHECKPOINTS: [&str; 3] = ["checkpoint", "checkpoint.new", "checkpoint.old"];
/// Written last: a folder that holds it is complete.
pub(super) const STATE: &str = "state.json";

pub(super) fn is_complete(folder: &Path) -> bool {
    folder.join(STATE).is_file()
}

/// The last complete checkpoint in a run folder.
pub(in crate::train) fn checkpoint(folder: &Path) -> Option<std::path::PathBuf> {
    CHECKPOINTS.into_iter().map(|name| folder.join(name)).find(|p| is_complete(p))
}

pub(super) fn state_of(checkpoint: &Path) -> Result<CheckpointState, Error> {
    let path = checkpoint.join(STATE);
    let text = std::fs::read_to_string(&path).map_err(Error::io("the checkpoint", &path))?;
    serde_json::from_str(&text).map_err(|e| Error::malformed_file(&path, &e))
}

/// Steps that the last checkpoint of a run folder has behind it.
pub(in crate::train) fn steps_done(folder: &Path) -> Option<u64> {
    checkpoint(folder).and_then(|last| state_of(&last).ok()).map(|state| state.next_step)
}
