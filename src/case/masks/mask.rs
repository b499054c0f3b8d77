//! A mask with its author, frame and label: plain values.

use std::collections::{BTreeMap, BTreeSet};

use crate::annotate::{Mask, MaskLabel};
use crate::base::{FrameRef, ModelRef};
use crate::case::ItemId;

/// A mask and what is stored with it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMask {
    pub item: ItemId,
    /// The frame of a clip, `None` for a still picture.
    pub frame: Option<FrameRef>,
    /// Who drew it.
    pub author: String,
    /// On the stored pixel grid (image space).
    pub mask: Mask,
    /// What the author says about it.
    pub label: MaskLabel,
    /// The threshold at which the model's heat map became the first version of the mask, if it did.
    pub started_from_map_at: Option<f32>,
    /// The model whose heat map was shown.
    pub model: Option<ModelRef>,
    /// How often each tool was used.
    pub tools: BTreeMap<String, u32>,
    /// Readers whose masks of the same picture were shown before it was saved; `None`: not recorded.
    pub seen_readers: Option<BTreeSet<String>>,
    /// When it was drawn, RFC 3339, UTC; see [`crate::case::now`].
    pub at: String,
    /// Who has reviewed and confirmed it.
    pub reviewer: Option<String>,
}

/// Identifies a mask.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaskKey {
    pub item: ItemId,
    /// Index of the frame of a clip, `None` for a still picture.
    pub frame: Option<usize>,
    /// Who drew it.
    pub author: String,
}
