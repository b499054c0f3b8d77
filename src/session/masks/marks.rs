//! What the model's maps mark in the picture shown, for the layers.

use std::sync::Arc;

use crate::annotate::Mask;
use crate::base::Heatmap;
use crate::session::document::id::{DocumentId, DrawnMaskKey};
use crate::session::document::mask::next_version;

/// What the model's maps mark, for the layers.
#[derive(Debug, Clone)]
pub struct ModelMarks {
    pub document: DocumentId,
    /// The frame; of a still 0.
    pub frame: usize,
    /// The value that the maps reach where they mark.
    pub threshold: f32,
    /// On the stored pixel grid.
    pub mask: Arc<Mask>,
    /// Another one for every mask.
    pub version: u64,
}

/// What decides which marks are made.
pub(super) struct MarksInput {
    pub(super) key: DrawnMaskKey,
    pub(super) threshold: f32,
    pub(super) maps: Vec<Arc<Heatmap>>,
}

impl MarksInput {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_same = |(a, b): (&Arc<Heatmap>, &Arc<Heatmap>)| Arc::ptr_eq(a, b);
        self.key == other.key
            && self.threshold == other.threshold
            && self.maps.len() == other.maps.len()
            && self.maps.iter().zip(&other.maps).all(is_same)
    }
}

/// The marks, and what they were made of.
#[derive(Default)]
pub(super) struct Marks {
    shown: Option<ModelMarks>,
    /// What they were asked for with last.
    pub(super) input: Option<MarksInput>,
    pub(super) is_running: bool,
}

impl Marks {
    pub(super) const fn shown(&self) -> Option<&ModelMarks> {
        self.shown.as_ref()
    }

    pub(super) fn take_in(
        &mut self,
        (document, frame): DrawnMaskKey,
        mask: Arc<Mask>,
        threshold: f32,
    ) {
        let version = next_version();
        self.shown = Some(ModelMarks { document, frame, threshold, mask, version });
    }
}
