//! Which faces are where in every frame. The face finder runs several times a second; between, places
//! are interpolated.
//!
//! Interpolation needs the same faces in both detections, moved by little. Otherwise the finder runs
//! on every frame between them. It always runs before and after a cut, and where something is there only
//! between two detections, as a face that flashes up.

use serde::{Deserialize, Serialize};

use super::cuts::{CutFinder, THUMBNAIL, transient};
use crate::base::{Face, FrameTime, Rect, TaskCtx};
use crate::faces::{
    self, Appearance, FaceState, Finder, Tracker, TrackerState, interpolate, match_score,
};
use crate::media::video::{Decoded, Pixels};
use crate::prep;

/// Seconds from one detection to the next.
pub(super) const DETECT_EVERY_S: f64 = 0.2;
/// Most frames held back, whatever their rate.
pub(super) const MAX_HELD: usize = 12;
/// Frames further apart than this are not compared for cuts.
const MAX_CUT_GAP_S: f64 = 0.3;
/// A face that moved by more than this share of its width is detected in every frame between.
const MAX_MOVE: f32 = 0.5;

/// A frame with its faces and their track numbers.
pub(super) struct TrackedFrame {
    pub(super) time: FrameTime,
    pub(super) pixels: Pixels,
    pub(super) faces: Vec<(u32, Face)>,
    /// A new shot begins here.
    pub(super) is_cut: bool,
}

struct Detection {
    t_s: f64,
    faces: Vec<(u32, Face)>,
}

/// Finds and tracks faces. One per clip.
pub(super) struct FaceTracker<'a> {
    finder: &'a mut Finder,
    min_face_px: f32,
    tracker: Tracker,
    cuts: CutFinder,
    last: Option<Detection>,
    /// The frame of the last detection, small: brightness, deviation and colors.
    last_thumbnail: Option<Vec<u8>>,
    held: Vec<Decoded>,
    /// The frames held, small.
    thumbnails: Vec<Vec<u8>>,
    /// Time of the previous frame.
    before_s: Option<f64>,
}

/// All that is needed to resume after a detection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TrackingState {
    tracker: TrackerState,
    #[serde(rename = "shots")]
    cuts: CutFinder,
    t_s: f64,
    faces: Vec<(u32, FaceState)>,
    /// Absent in journals of older versions: then what flashes up before the next detection is compared
    /// by its brightness alone.
    #[serde(default)]
    thumbnail: Option<Vec<u8>>,
}

impl<'a> FaceTracker<'a> {
    /// `state` comes from an earlier run.
    pub(super) fn new(
        finder: &'a mut Finder,
        min_face_px: f32,
        state: Option<TrackingState>,
    ) -> Self {
        let blank = Self {
            finder,
            min_face_px,
            tracker: Tracker::default(),
            cuts: CutFinder::default(),
            last: None,
            last_thumbnail: None,
            held: Vec::new(),
            thumbnails: Vec::new(),
            before_s: None,
        };
        let Some(TrackingState { tracker, cuts, t_s, faces, thumbnail }) = state else {
            return blank;
        };
        let faces = faces.into_iter().map(|(id, face)| (id, face.into())).collect();
        Self {
            tracker: Tracker::restore(tracker),
            // No frame was held back, so the frame before is that of the last detection.
            last_thumbnail: thumbnail.or_else(|| cuts.last_thumbnail().cloned()),
            cuts,
            last: Some(Detection { t_s, faces }),
            before_s: Some(t_s),
            ..blank
        }
    }

    /// Takes the next frame. Returns the frames whose faces are now known, in order.
    pub(super) fn take(
        &mut self,
        frame: Decoded,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<TrackedFrame>, faces::Error> {
        let [columns, rows] = THUMBNAIL;
        let thumbnail = frame.pixels.tiny(columns, rows);
        // Cuts are seen by the brightness, which comes first.
        let brightness = thumbnail.get(..columns * rows).unwrap_or_default().to_vec();
        let is_cut = self.cuts.is_cut(brightness);
        let gap_s = self.before_s.replace(frame.time.t_s).map(|before| frame.time.t_s - before);
        let is_reported_cut = is_cut && gap_s.is_some_and(|gap| gap <= MAX_CUT_GAP_S);
        if is_cut || self.last.is_none() {
            let mut out = self.finish(ctx)?;
            if is_cut {
                self.tracker.cut();
            }
            let found = self.find(&frame.pixels, ctx)?;
            out.push(self.assign_ids(frame, found, is_reported_cut));
            self.last_thumbnail = Some(thumbnail);
            return Ok(out);
        }
        let since = self.last.as_ref().map_or(f64::MAX, |last| frame.time.t_s - last.t_s);
        self.held.push(frame);
        self.thumbnails.push(thumbnail);
        // A little less than the interval, or frames at odd times would wait for one more.
        if since >= DETECT_EVERY_S * 0.95 || self.held.len() >= MAX_HELD {
            return self.finish(ctx);
        }
        Ok(Vec::new())
    }

    /// The state to resume from; `None` while frames are held back.
    pub(super) fn state(&self) -> Option<TrackingState> {
        let last = self.last.as_ref().filter(|_| self.held.is_empty())?;
        Some(TrackingState {
            tracker: self.tracker.state(),
            cuts: self.cuts.clone(),
            t_s: last.t_s,
            faces: last.faces.iter().map(|(id, face)| (*id, FaceState::from(face))).collect(),
            thumbnail: self.last_thumbnail.clone(),
        })
    }

    /// Detects faces in the last frame held and interpolates those before it.
    pub(super) fn finish(&mut self, ctx: &TaskCtx<'_>) -> Result<Vec<TrackedFrame>, faces::Error> {
        let Some(newest) = self.held.pop() else { return Ok(Vec::new()) };
        let found = self.find(&newest.pixels, ctx)?;
        let held = std::mem::take(&mut self.held);
        let mut out = Vec::with_capacity(held.len() + 1);
        let hides_faces = self.hides_faces(&held, found.len(), ctx)?;
        let before = self.last.take();
        let pairs = before.as_ref().and_then(|last| pair(&last.faces, &found));
        let pairs = pairs.filter(|_| !hides_faces);
        match (before, pairs) {
            (Some(before), Some(pairs)) => {
                let span = (newest.time.t_s - before.t_s).max(f64::EPSILON);
                for frame in held {
                    let t = ((frame.time.t_s - before.t_s) / span).clamp(0.0, 1.0) as f32;
                    let faces = pairs
                        .iter()
                        .zip(&before.faces)
                        .map(|(i, (id, face))| (*id, interpolate(face, &found[*i], t)))
                        .collect();
                    let Decoded { time, pixels } = frame;
                    out.push(TrackedFrame { time, pixels, faces, is_cut: false });
                }
            }
            (before, _) => {
                self.last = before;
                for frame in held {
                    let found = self.find(&frame.pixels, ctx)?;
                    out.push(self.assign_ids(frame, found, false));
                }
            }
        }
        out.push(self.assign_ids(newest, found, false));
        Ok(out)
    }

    /// Whether more faces are there in one of the frames held than at the end of them. Looks at the frame
    /// that differs most from both ends.
    fn hides_faces(
        &mut self,
        held: &[Decoded],
        n_found: usize,
        ctx: &TaskCtx<'_>,
    ) -> Result<bool, faces::Error> {
        let mut thumbnails = std::mem::take(&mut self.thumbnails);
        let Some(after) = thumbnails.pop() else { return Ok(false) };
        let before = self.last_thumbnail.replace(after);
        let (Some(before), Some(after)) = (before, self.last_thumbnail.as_deref()) else {
            return Ok(false);
        };
        let odd = transient(&before, &thumbnails, after).and_then(|i| held.get(i));
        let Some(odd) = odd else { return Ok(false) };
        Ok(self.find(&odd.pixels, ctx)?.len() > n_found)
    }

    fn assign_ids(&mut self, frame: Decoded, found: Vec<Face>, is_cut: bool) -> TrackedFrame {
        let appearances: Vec<Appearance> = found
            .iter()
            .map(|face| {
                Appearance::from_image(&frame.pixels.cut(&Appearance::area(&face.box_px)).0)
            })
            .collect();
        let ids = self.tracker.assign_ids(frame.time.t_s, &found, &appearances);
        let faces: Vec<(u32, Face)> = ids.into_iter().zip(found).collect();
        self.last = Some(Detection { t_s: frame.time.t_s, faces: faces.clone() });
        TrackedFrame { time: frame.time, pixels: frame.pixels, faces, is_cut }
    }

    fn find(&mut self, pixels: &Pixels, ctx: &TaskCtx<'_>) -> Result<Vec<Face>, faces::Error> {
        let rgb = pixels.rgb();
        let longer = rgb.width_px.max(rgb.height_px);
        let scale = Finder::detection_side_px(longer, self.min_face_px) as f32 / longer as f32;
        if scale >= 1.0 {
            return self.finder.find_in_reduced(&rgb, &rgb.bounds(), ctx);
        }
        let side = |px: u32| ((px as f32 * scale).round() as u32).max(1);
        let small = prep::resample(&rgb, &rgb.bounds(), side(rgb.width_px), side(rgb.height_px));
        self.finder.find_in_reduced(&small, &rgb.bounds(), ctx)
    }
}

/// For every face of the earlier detection its index in the later one; `None` unless both show the
/// same faces and none moved far.
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
                .filter_map(|(i, other)| Some((i, match_score(face, other)?)))
                .max_by(|a, b| a.1.total_cmp(&b.1))?;
            let (a, b) = (face.box_px.center(), after[best.0].box_px.center());
            let moved = (a.x - b.x).hypot(a.y - b.y);
            let width = face.box_px.w.max(face.box_px.h);
            taken[best.0] = true;
            (moved <= MAX_MOVE * width).then_some(best.0)
        })
        .collect()
}

/// The whole frame as a rectangle.
pub(super) fn bounds_of(pixels: &Pixels) -> Rect {
    let (w, h) = pixels.size();
    Rect::new(0.0, 0.0, w as f32, h as f32)
}
