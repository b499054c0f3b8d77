//! What the editor remembers from one command to the next.

use super::command::MaskCommand;
use crate::annotate::{Change, FacePart};
use crate::base::{Landmarks, Mesh};
use crate::session::document::id::DrawnMaskKey;

/// A step that can be adjusted as long as it is the newest one.
pub(super) struct AdjustableStep {
    pub(super) key: DrawnMaskKey,
    /// The mask's version after it.
    pub(super) version: u64,
    pub(super) command: MaskCommand,
}

/// A part that waits for the mesh.
pub(super) struct AwaitedPart {
    pub(super) key: DrawnMaskKey,
    pub(super) part: FacePart,
    pub(super) change: Change,
    pub(super) landmarks: Landmarks,
}

/// The mesh asked for last, in upright space; `None` where it would not be sure.
pub(super) struct KnownMesh {
    pub(super) key: DrawnMaskKey,
    pub(super) landmarks: Landmarks,
    pub(super) mesh: Option<Box<Mesh>>,
}
