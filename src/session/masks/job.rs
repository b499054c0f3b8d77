//! Jobs of the mask worker and their outcomes: plain values.

use std::path::PathBuf;
use std::sync::Arc;

use super::file::{MaskFile, NotSaved, Sidecar};
use crate::annotate::{Change, Mask, MaskLabel, Patch};
use crate::base::{Affine, Heatmap, RgbImage};
use crate::session::document::id::DrawnMaskKey;

/// A frame that a mask is to be propagated to.
pub(super) struct Move {
    pub(super) frame: usize,
    pub(super) to_from: Affine,
    /// The mask there, which may be replaced.
    pub(super) old: Option<Arc<Mask>>,
}

/// A propagated mask.
pub(super) struct Copied {
    pub(super) frame: usize,
    pub(super) mask: Arc<Mask>,
    /// What it changes there.
    pub(super) patch: Patch,
    pub(super) n_set: u64,
}

/// What is to be done. Positions are in image space.
pub(super) enum MaskTask {
    WandOnPicture {
        picture: Arc<RgbImage>,
        at: (u32, u32),
        tolerance: u8,
        change: Change,
    },
    WandOnMap {
        maps: Vec<Arc<Heatmap>>,
        threshold: f32,
        at: (u32, u32),
        change: Change,
    },
    Superpixel {
        picture: Arc<RgbImage>,
        at: (u32, u32),
        side_px: u32,
        change: Change,
    },
    Propagate {
        moves: Vec<Move>,
        /// How far, and why no further, for people.
        ended: String,
    },
    FillHoles,
    RemoveIslands(u32),
    Grow(i32),
    AcceptMap {
        maps: Vec<Arc<Heatmap>>,
        threshold: f32,
    },
    Load {
        path: PathBuf,
        /// Hash of the file that the mask should be of.
        sha256: Option<String>,
        is_frame: bool,
    },
    Save(Box<MaskFile>),
    /// What the model's maps mark, for the layers. No mask changes.
    Mark {
        maps: Vec<Arc<Heatmap>>,
        threshold: f32,
    },
}

/// A task with the mask it is about.
pub(super) struct MaskJob {
    pub(super) key: DrawnMaskKey,
    pub(super) mask: Arc<Mask>,
    /// The version of the mask as it is shown.
    pub(super) version: u64,
    /// `mask` is the one before the newest step, which is to be done otherwise.
    pub(super) replaces: bool,
    pub(super) task: MaskTask,
}

impl MaskJob {
    /// Whether nobody waits for it: it changes neither a mask nor a file.
    pub(super) const fn is_mark(&self) -> bool {
        matches!(self.task, MaskTask::Mark { .. })
    }

    /// What it does, for people.
    pub(super) const fn label(&self) -> &'static str {
        match self.task {
            MaskTask::Superpixel { .. } => "Finding superpixels",
            MaskTask::Save(_) => "Saving the mask",
            MaskTask::Load { .. } => "Loading a mask",
            MaskTask::Propagate { .. } => "Propagating the mask",
            _ => "Working on the mask",
        }
    }
}

/// What came of a task.
pub(super) enum Outcome {
    Changed {
        patch: Patch,
        tool: &'static str,
        /// The threshold at which the model's map was taken as a start.
        threshold: Option<f32>,
    },
    Loaded {
        patch: Patch,
        path: PathBuf,
        sidecar: Option<Box<Sidecar>>,
        remarks: Vec<String>,
    },
    Propagated {
        copies: Vec<Copied>,
        ended: String,
    },
    Saved(PathBuf, MaskLabel),
    NotSaved(PathBuf, NotSaved),
    Marked {
        mask: Arc<Mask>,
        threshold: f32,
    },
    /// A sentence for people.
    Failed(String),
}

/// A job that is done.
pub(super) struct Finished {
    pub(super) key: DrawnMaskKey,
    pub(super) version: u64,
    pub(super) is_mark: bool,
    /// The patch takes the place of the newest step.
    pub(super) replaces: bool,
    pub(super) outcome: Outcome,
}

impl Finished {
    pub(super) const fn new(job: &MaskJob, outcome: Outcome) -> Self {
        let MaskJob { key, version, replaces, .. } = *job;
        Self { key, version, is_mark: job.is_mark(), replaces, outcome }
    }
}
