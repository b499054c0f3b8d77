//! The coordinates of the timeline, and its state between frames.

use egui::{Id, Rect};

use crate::session::{DocumentId, VideoView};

/// State of the timeline: visible range and drags.
#[derive(Default)]
pub(in crate::gui) struct TimelineState {
    pub(super) document: Option<DocumentId>,
    /// First and last visible second; `None` is the whole clip.
    pub(super) seen: Option<(f64, f64)>,
    /// First frame of the loop range being dragged.
    pub(super) mark: Option<usize>,
    /// The frame whose thumbnail was requested last.
    pub(super) asked: Option<usize>,
}

/// Maps times and scores to the screen.
#[derive(Clone, Copy)]
pub(super) struct Plot {
    pub(super) rect: Rect,
    pub(super) from_s: f64,
    pub(super) to_s: f64,
}

impl Plot {
    pub(super) fn x_of(&self, t_s: f64) -> f32 {
        let share = (t_s - self.from_s) / (self.to_s - self.from_s).max(1e-9);
        self.rect.left() + (share * f64::from(self.rect.width())) as f32
    }

    pub(super) fn seconds_at(&self, x: f32) -> f64 {
        let share = f64::from((x - self.rect.left()) / self.rect.width().max(1.0));
        self.from_s + share * (self.to_s - self.from_s)
    }

    pub(super) fn y_of(&self, score: f32) -> f32 {
        self.rect.bottom() - 3.0 - score.clamp(0.0, 1.0) * (self.rect.height() - 6.0)
    }

    /// Left edge of a frame, and of the one after it.
    pub(super) fn span_of(&self, video: &VideoView, frame: usize) -> (f32, f32) {
        let end = match video.frames.get(frame + 1) {
            Some(next) => next.t_s,
            None => video.info.duration_s.max(video.seconds_of(frame)),
        };
        (self.x_of(video.seconds_of(frame)), self.x_of(end))
    }

    pub(super) fn middle_of(&self, video: &VideoView, frame: usize) -> f32 {
        let (left, right) = self.span_of(video, frame);
        f32::midpoint(left, right)
    }

    pub(super) fn frame_at(&self, video: &VideoView, x: f32) -> usize {
        video.frame_at(self.seconds_at(x).max(0.0))
    }
}

/// The widget id of the timeline.
pub(in crate::gui) fn timeline_id() -> Id {
    Id::unique("video timeline")
}
