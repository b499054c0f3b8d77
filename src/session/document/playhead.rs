//! The playhead of a clip: where it is, what is shown, whether it plays. The video part calls these.

use std::sync::Arc;

use super::open::{Document, Picture};
use super::video::OpenVideo;

/// Slowest and fastest playing.
const SPEEDS: (f32, f32) = (0.25, 4.0);

impl OpenVideo {
    /// First and last frame of what is played.
    pub(in crate::session) fn played_range(&self) -> (usize, usize) {
        self.loop_range.filter(|_| self.is_looping).unwrap_or_else(|| (0, self.last_frame()))
    }

    /// Moves to a frame, at most to the last one. The picture follows as soon as it is decoded.
    pub(in crate::session) fn move_to(&mut self, frame: usize) {
        let facts = &mut self.facts;
        if let Some(time) = facts.frames.get(frame).or_else(|| facts.frames.last()) {
            facts.position = *time;
            facts.problem = None;
        }
    }

    /// Begins to play. Returns the frame to play from: the first one when it is at the end.
    pub(in crate::session) fn play(&mut self) -> usize {
        let (first, last) = self.played_range();
        let at = self.position.index;
        (self.facts.is_playing, self.facts.n_dropped) = (true, 0);
        if (first..last).contains(&at) { at } else { first }
    }

    /// Stays where it is; true when it played.
    pub(in crate::session) const fn pause(&mut self) -> bool {
        std::mem::replace(&mut self.facts.is_playing, false)
    }

    /// The last frame was played. Returns the frame to go to: the first one of a loop, else this one.
    pub(in crate::session) fn reach_end(&mut self) -> usize {
        if self.is_looping {
            return self.played_range().0;
        }
        self.pause();
        self.position.index
    }

    /// Frames came too late to be shown.
    pub(in crate::session) const fn drop_frames(&mut self, n: u64) {
        self.facts.n_dropped += n;
    }

    /// The frame at the playhead cannot be shown, for this reason.
    pub(in crate::session) fn stop_at(&mut self, problem: String) {
        self.facts.problem = Some(problem);
        self.pause();
    }

    /// Plays at this speed, as far as it can; true when that is another one than before.
    pub(in crate::session) fn set_speed(&mut self, speed: f32) -> bool {
        let speed = speed.clamp(SPEEDS.0, SPEEDS.1);
        if speed.is_nan() || speed == self.speed {
            return false;
        }
        self.facts.speed = speed;
        true
    }

    /// Plays round and round, or once.
    pub(in crate::session) const fn toggle_loop(&mut self) {
        self.facts.is_looping = !self.facts.is_looping;
    }

    /// Plays these frames round and round, in whichever order they are named; `None` is all.
    pub(in crate::session) fn set_loop_range(&mut self, range: Option<(usize, usize)>) {
        let last = self.last_frame();
        self.facts.loop_range = range.map(|(a, b)| (a.min(b).min(last), a.max(b).min(last)));
        self.facts.is_looping |= range.is_some();
    }

    /// The pixels of the frame shown are put away.
    pub(super) const fn show_no_frame(&mut self) {
        self.facts.shown = None;
    }
}

impl Document {
    /// The index of the frame of a clip that is shown.
    pub(in crate::session) fn shown_frame(&self) -> Option<usize> {
        self.video.as_ref().and_then(|video| video.shown)
    }

    /// What there is beside the picture, to be played.
    pub(in crate::session) const fn video_mut(&mut self) -> Option<&mut OpenVideo> {
        self.facts.video.as_mut()
    }

    /// Shows a decoded frame of the clip, with its faces; says whether another one was shown before.
    /// While the clip plays, the playhead follows a frame that `is_moving`.
    pub(in crate::session) fn show_frame(
        &mut self,
        frame: usize,
        picture: Arc<Picture>,
        is_moving: bool,
    ) -> Option<bool> {
        let video = &mut self.facts.video.as_mut()?.facts;
        self.facts.picture = Some(picture);
        let is_new = video.shown.replace(frame) != Some(frame);
        if let Some(time) = video.frames.get(frame).filter(|_| is_moving && video.is_playing) {
            video.position = *time;
        }
        if is_new {
            // What was tried on the faces of the last frame goes with them.
            self.facts.faces.clear();
            self.show_faces();
        }
        Some(is_new)
    }
}
