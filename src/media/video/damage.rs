//! Damage of a stream, reported once and in display order.

use std::ops::Range;
use std::sync::Arc;

use crate::base::{Damage, FrameTime};

/// Places reported one by one; the last report says that there are more.
const MAX_REPORTS: usize = 500;

/// Reported as damage where the pictures of a stream become others in size or kind, as where recordings
/// are joined.
pub const SIZE_CHANGES: &str = "the size or the kind of the pictures changes: those that follow are \
                                brought to the size of the first";

/// Damage met so far. Decoders work ahead, so damage is held back until its frame is reached.
#[derive(Debug)]
pub(super) struct DamageLog {
    frames: Arc<[FrameTime]>,
    pending: Vec<(usize, String)>,
    reported: Vec<Damage>,
}

impl DamageLog {
    pub(super) fn new(frames: Arc<[FrameTime]>) -> Self {
        Self { frames, pending: Vec::new(), reported: Vec::new() }
    }

    pub(super) fn reported(&self) -> &[Damage] {
        &self.reported
    }

    pub(super) fn note(&mut self, frame: usize, what: String) {
        self.pending.push((frame, what));
    }

    /// Notes frames that should have come and did not.
    pub(super) fn note_missing(&mut self, frames: Range<usize>) {
        let what = match frames.len() {
            0 => return,
            1 => "a frame could not be decoded".to_owned(),
            n => format!("{n} frames could not be decoded"),
        };
        self.note(frames.start, what);
    }

    /// Reports the damage noted for frames before `index`.
    pub(super) fn report_before(&mut self, index: usize) {
        self.pending.sort_by_key(|(frame, _)| *frame);
        let n_due = self.pending.partition_point(|(frame, _)| *frame < index);
        for (frame, what) in self.pending.drain(..n_due).collect::<Vec<_>>() {
            self.report(frame, what);
        }
    }

    /// Reports damage at a frame; only the first of a frame is kept.
    pub(super) fn report(&mut self, frame: usize, what: String) {
        let frame = frame.min(self.frames.len().saturating_sub(1));
        let is_known = self.reported.last().is_some_and(|damage| damage.frame == frame);
        if is_known || self.reported.len() >= MAX_REPORTS {
            return;
        }
        let what = if self.reported.len().saturating_add(1) == MAX_REPORTS {
            "the stream is damaged in more places than are listed".to_owned()
        } else {
            what
        };
        let t_s = self.frames.get(frame).map_or(0.0, |f| f.t_s);
        self.reported.push(Damage { frame, t_s, what });
    }
}
