//! Which faces are where in every frame: looks several times a second, straight lines between them.
//!
//! Between two looks that show the same faces, moved by little, places are interpolated. Where they
//! do not, every frame between is looked at. Before and after a cut there is always a look.

use serde::{Deserialize, Serialize};

use super::shots::{Shots, TINY};
use crate::base::{Face, FrameTime, Rect, TaskCtx};
use crate::faces::{self, Appearance, FaceState, Finder, Tracker, TrackerState, between, nearness};
use crate::media::video::{Decoded, Pixels};
use crate::prep;

/// Seconds from one look to the next.
pub(super) const LOOK_EVERY_S: f64 = 0.2;
/// Frames held back at most, whatever their rate.
pub(super) const MAX_HELD: usize = 12;
/// Frames further apart than this are no neighbors: that they differ is no cut of the clip's.
const MAX_CUT_GAP_S: f64 = 0.3;
/// A face that moved by more of its width between two looks is followed frame by frame.
const MAX_MOVE: f32 = 0.5;

/// A frame with its faces.
pub(super) struct Placed {
    pub(super) time: FrameTime,
    pub(super) pixels: Pixels,
    pub(super) faces: Vec<(u32, Face)>,
    /// A new shot begins here.
    pub(super) is_cut: bool,
}

struct Look {
    t_s: f64,
    faces: Vec<(u32, Face)>,
}

/// Finds and follows faces. One per clip.
pub(super) struct Scout<'a> {
    finder: &'a mut Finder,
    min_face_px: f32,
    tracker: Tracker,
    shots: Shots,
    last: Option<Look>,
    held: Vec<Decoded>,
    /// When the frame before this one was shown.
    before_s: Option<f64>,
}

/// All that is needed to go on after a look.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ScoutState {
    tracker: TrackerState,
    shots: Shots,
    t_s: f64,
    faces: Vec<(u32, FaceState)>,
}

impl<'a> Scout<'a> {
    /// `state` is what an earlier run left.
    pub(super) fn new(finder: &'a mut Finder, min_face_px: f32, state: Option<ScoutState>) -> Self {
        let blank = Self {
            finder,
            min_face_px,
            tracker: Tracker::default(),
            shots: Shots::default(),
            last: None,
            held: Vec::new(),
            before_s: None,
        };
        let Some(ScoutState { tracker, shots, t_s, faces }) = state else { return blank };
        let faces = faces.into_iter().map(|(id, face)| (id, face.into())).collect();
        Self {
            tracker: Tracker::restore(tracker),
            shots,
            last: Some(Look { t_s, faces }),
            before_s: Some(t_s),
            ..blank
        }
    }

    /// Takes the next frame; gives those of which the faces are now known, in order.
    pub(super) fn take(
        &mut self,
        frame: Decoded,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<Placed>, faces::Error> {
        let is_cut = self.shots.begins(frame.pixels.tiny(TINY[0], TINY[1]));
        let gap_s = self.before_s.replace(frame.time.t_s).map(|before| frame.time.t_s - before);
        let is_told = is_cut && gap_s.is_some_and(|gap| gap <= MAX_CUT_GAP_S);
        if is_cut || self.last.is_none() {
            let mut out = self.finish(ctx)?;
            if is_cut {
                self.tracker.cut();
            }
            let found = self.find(&frame.pixels, ctx)?;
            out.push(self.look(frame, found, is_told));
            return Ok(out);
        }
        let since = self.last.as_ref().map_or(f64::MAX, |look| frame.time.t_s - look.t_s);
        self.held.push(frame);
        // A little less than the interval, or frames at odd times would wait for one more.
        if since >= LOOK_EVERY_S * 0.95 || self.held.len() >= MAX_HELD {
            return self.finish(ctx);
        }
        Ok(Vec::new())
    }

    /// After a look, when nothing is held back: all that is needed to go on from here.
    pub(super) fn state(&self) -> Option<ScoutState> {
        let last = self.last.as_ref().filter(|_| self.held.is_empty())?;
        Some(ScoutState {
            tracker: self.tracker.state(),
            shots: self.shots.clone(),
            t_s: last.t_s,
            faces: last.faces.iter().map(|(id, face)| (*id, FaceState::from(face))).collect(),
        })
    }

    /// Looks at the last frame held and settles those before it.
    pub(super) fn finish(&mut self, ctx: &TaskCtx<'_>) -> Result<Vec<Placed>, faces::Error> {
        let Some(newest) = self.held.pop() else { return Ok(Vec::new()) };
        let found = self.find(&newest.pixels, ctx)?;
        let held = std::mem::take(&mut self.held);
        let mut out = Vec::with_capacity(held.len() + 1);
        let before = self.last.take();
        let pairs = before.as_ref().and_then(|look| pair(&look.faces, &found));
        match (before, pairs) {
            (Some(before), Some(pairs)) => {
                let span = (newest.time.t_s - before.t_s).max(f64::EPSILON);
                for frame in held {
                    let t = ((frame.time.t_s - before.t_s) / span).clamp(0.0, 1.0) as f32;
                    let faces = pairs
                        .iter()
                        .zip(&before.faces)
                        .map(|(i, (id, face))| (*id, between(face, &found[*i], t)))
                        .collect();
                    let Decoded { time, pixels } = frame;
                    out.push(Placed { time, pixels, faces, is_cut: false });
                }
            }
            (before, _) => {
                self.last = before;
                for frame in held {
                    let found = self.find(&frame.pixels, ctx)?;
                    out.push(self.look(frame, found, false));
                }
            }
        }
        out.push(self.look(newest, found, false));
        Ok(out)
    }

    fn look(&mut self, frame: Decoded, found: Vec<Face>, is_cut: bool) -> Placed {
        let looks: Vec<Appearance> = found
            .iter()
            .map(|face| Appearance::of(&frame.pixels.cut(&Appearance::area(&face.box_px)).0))
            .collect();
        let numbers = self.tracker.number(frame.time.t_s, &found, &looks);
        let faces: Vec<(u32, Face)> = numbers.into_iter().zip(found).collect();
        self.last = Some(Look { t_s: frame.time.t_s, faces: faces.clone() });
        Placed { time: frame.time, pixels: frame.pixels, faces, is_cut }
    }

    fn find(&mut self, pixels: &Pixels, ctx: &TaskCtx<'_>) -> Result<Vec<Face>, faces::Error> {
        let rgb = pixels.rgb();
        let longer = rgb.width_px.max(rgb.height_px);
        let scale = Finder::look_px(longer, self.min_face_px) as f32 / longer as f32;
        if scale >= 1.0 {
            return self.finder.find_in_small(&rgb, &rgb.bounds(), ctx);
        }
        let side = |px: u32| ((px as f32 * scale).round() as u32).max(1);
        let small = prep::resample(&rgb, &rgb.bounds(), side(rgb.width_px), side(rgb.height_px));
        self.finder.find_in_small(&small, &rgb.bounds(), ctx)
    }
}

/// For every face of the earlier look its place in the later one, if both show the same faces and
/// none moved far.
fn pair(before: &[(u32, Face)], after: &[Face]) -> Option<Vec<usize>> {
    if before.len() != after.len() {
        return None;
    }
    let mut taken = vec![false; after.len()];
    before
        .iter()
        .map(|(_, face)| {
            let free = after.iter().enumerate().filter(|(i, _)| !taken[*i]);
            let best = free
                .filter_map(|(i, other)| Some((i, nearness(face, other)?)))
                .max_by(|a, b| a.1.total_cmp(&b.1))?;
            let (a, b) = (face.box_px.center(), after[best.0].box_px.center());
            let moved = (a.x - b.x).hypot(a.y - b.y);
            let width = face.box_px.w.max(face.box_px.h);
            taken[best.0] = true;
            (moved <= MAX_MOVE * width).then_some(best.0)
        })
        .collect()
}

/// The frame's own rectangle.
pub(super) fn bounds_of(pixels: &Pixels) -> Rect {
    let (w, h) = pixels.size();
    Rect::new(0.0, 0.0, w as f32, h as f32)
}
