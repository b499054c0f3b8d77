//! Masks carried on through a clip, and the review of the copies.
//!
//! * **In**: the mask of a frame, the track of the face below it. **Out**: a copy for every frame
//!   that follows in the same shot, moved as the face moves; which of them a person has found right.
//! * **Not here**: moving pixels (`annotate`), following faces (`pipeline`).
//!
//! A copy is a proposal. It is marked until a person accepts it, in the window and in its file, and
//! a mask that a person drew or changed is never replaced by one.

use std::sync::Arc;

use crate::annotate::{Mask, MaskLabel, Patch, box_transform, similarity_transform};
use crate::base::{Affine, Rect, Sample};
use crate::session::masks::worker::{Copied, Key, Move, Task};
use crate::session::router::Session;
use crate::session::{CopyView, MaskView, TrackView, VideoView};

/// Bytes of copies made at once.
const MAX_COPY_BYTES: usize = 256 << 20;
/// Masks reach beyond the box of their face: by this share of its sides it is taken larger.
const BEYOND_BOX: f32 = 0.25;

impl Session {
    pub(in crate::session) fn copy_to_next_frame(&mut self, (id, frame): Key) {
        let Some(video) = self.document(id).and_then(|d| d.video.as_ref()) else {
            return self.notify("Only a video has a next frame.".to_owned());
        };
        if frame >= video.last_frame() {
            return self.notify("This is the last frame.".to_owned());
        }
        let Some(from) = self.document(id).and_then(|d| d.masks.get(&frame)).cloned() else {
            return self.notify("This frame has no mask to copy yet.".to_owned());
        };
        let key = (id, frame + 1);
        if let Some(view) = self.mask_mut(key) {
            let patch = Patch::between(&view.mask, &from.mask);
            if view.label == MaskLabel::default() {
                view.label = from.label;
            }
            self.commit(key, patch, "copy");
        }
        self.go_to(frame + 1);
    }

    pub(in crate::session) fn follow_face(&mut self, key: Key, n_frames: Option<usize>) {
        match self.course(key, n_frames) {
            Ok((moves, ended)) => self.send_mask_job(key, Task::Follow { moves, ended }),
            Err(what) => self.notify(what),
        }
    }

    /// Where the mask of a frame goes, and why no further; or why it goes nowhere.
    fn course(
        &self,
        (id, frame): Key,
        n_frames: Option<usize>,
    ) -> Result<(Vec<Move>, String), String> {
        let document = self.document(id).ok_or_else(String::new)?;
        let Some(video) = &document.video else {
            return Err("Only a video has frames that follow.".to_owned());
        };
        let Some(own) = document.masks.get(&frame).filter(|mask| mask.n_set > 0) else {
            return Err("This frame has no mask to carry on yet.".to_owned());
        };
        let Some(track) = face_below(video, frame, &own.mask) else {
            return Err(
                "No face lies below the mask: it can only be carried on with a face.".into()
            );
        };
        let max_copies = (MAX_COPY_BYTES / size_of_val(own.mask.words()).max(1)).max(1);
        let (places, why) = places(video, track, frame, n_frames, max_copies);
        let Some((last, _)) = places.last() else {
            return Err(format!("The mask cannot be carried on: {why}."));
        };
        let mut ended = format!("as far as frame {}: {why}.", last + 1);
        let n_places = places.len();
        let moves: Vec<Move> = places
            .into_iter()
            .filter_map(|(frame, to_from)| {
                let old = document.masks.get(&frame);
                let is_free = old.is_none_or(may_be_replaced);
                let old = old.map(|view| Arc::clone(&view.mask));
                is_free.then_some(Move { frame, to_from, old })
            })
            .collect();
        match n_places - moves.len() {
            0 => {}
            1 => ended.push_str(" One frame has a mask of its own, which was left."),
            n => ended = format!("{ended} {n} frames have masks of their own, which were left."),
        }
        if moves.is_empty() {
            return Err("All frames that follow have masks of their own, which were left.".into());
        }
        Ok((moves, ended))
    }

    pub(in crate::session) fn take_in_copies(
        &mut self,
        key: Key,
        copies: Vec<Copied>,
        ended: &str,
    ) {
        let (id, from_frame) = key;
        let from = self.document(id).and_then(|d| d.masks.get(&from_frame));
        let Some(label) = from.map(|view| view.label.clone()) else { return };
        let n_copies = copies.len();
        for Copied { frame, mask, patch, n_set } in copies {
            let version = self.masks.next_version();
            let Some(view) = self.mask_mut((id, frame)) else { continue };
            if (view.mask.width_px(), view.mask.height_px()) != (mask.width_px(), mask.height_px())
            {
                continue;
            }
            (view.mask, view.version) = (mask, version);
            view.changes.clear();
            view.n_set = n_set;
            view.label = label.clone();
            view.started_from_map_at = None;
            view.is_seen = false;
            view.copy = Some(CopyView { from_frame, is_accepted: false, version });
            self.remember_step((id, frame), patch, "follow");
        }
        self.notify(match n_copies {
            0 => "The face leaves the picture at once: nothing was carried on.".to_owned(),
            1 => format!("The mask was carried on to one frame, {ended} Look at it (Ctrl+N)."),
            n => format!(
                "The mask was carried on to {n} frames, {ended} Look at each: Ctrl+N goes to the \
                 next, Ctrl+Enter accepts it, Ctrl+Backspace rejects it."
            ),
        });
    }

    pub(in crate::session) fn next_unreviewed(&mut self, (id, frame): Key, direction: i32) {
        let Some(document) = self.document(id) else { return };
        let has_copies = document.masks.values().any(|view| view.copy.is_some());
        let next = {
            let (mut before, mut after) =
                (document.unreviewed_masks(), document.unreviewed_masks());
            if direction >= 0 {
                after.find(|at| *at > frame).or_else(|| before.next())
            } else {
                before.rev().find(|at| *at < frame).or_else(|| after.next_back())
            }
        };
        match next {
            Some(at) => self.go_to(at),
            None if has_copies => self.notify("Every copy is reviewed.".to_owned()),
            None => self.notify("No frame has a copy that is to be reviewed.".to_owned()),
        }
    }

    /// A frame is on the screen.
    pub(in crate::session) fn see_mask(&mut self, (id, frame): Key) {
        if self.view.masks.is_editing
            && let Some(view) = self.document_mut(id).and_then(|d| d.masks.get_mut(&frame))
        {
            view.is_seen = true;
        }
    }

    pub(in crate::session) fn accept_seen(&mut self, (id, frame): Key) {
        self.see_mask((id, frame));
        let Some(document) = self.document_mut(id) else { return };
        let seen = document.masks.values_mut().filter(|view| view.is_seen && view.is_unreviewed());
        let copies = seen.filter_map(|view| view.copy.as_mut());
        let n = copies.map(|copy| copy.is_accepted = true).count();
        let n_left = document.unreviewed_masks().count();
        self.notify(match (n, n_left) {
            (0, 0) => "Every copy is reviewed.".to_owned(),
            (0, _) => "No copy that is not reviewed was on the screen yet.".to_owned(),
            (n, 0) => format!("Accepted: {n}. Every copy is reviewed."),
            (n, left) => format!("Accepted: {n}. Not on the screen yet: {left}."),
        });
    }

    /// Says of a copy that it is right, or empties it; then on to the next.
    pub(in crate::session) fn review(&mut self, key: Key, is_right: bool) {
        let document = self.document(key.0);
        let shown = document.and_then(|d| d.masks.get(&key.1)).filter(|view| view.copy.is_some());
        let Some(mask) = shown.map(|view| Arc::clone(&view.mask)) else {
            return self.notify("The mask of this frame is no copy that is to be reviewed.".into());
        };
        if is_right {
            let copy = self.mask_mut(key).and_then(|view| view.copy.as_mut());
            if let Some(copy) = copy {
                copy.is_accepted = true;
            }
        } else {
            let nothing = Mask::new(mask.width_px(), mask.height_px());
            self.commit(key, Patch::between(&mask, &nothing), "reject");
            let copy = self.mask_mut(key).and_then(|view| view.copy.as_mut());
            if let Some(copy) = copy {
                // Undo brings it back as it was: to be reviewed.
                copy.is_accepted = false;
            }
        }
        self.next_unreviewed(key, 1);
    }
}

/// Nothing of a person's is lost with it: it is empty, or a copy that nobody has touched.
fn may_be_replaced(view: &MaskView) -> bool {
    let is_untouched = view.copy.is_some_and(|c| !c.is_accepted && c.version == view.version);
    view.is_nothing() || is_untouched
}

/// The face that has most of the mask's pixels near it; of equals the one pointed out.
fn face_below<'a>(video: &'a VideoView, frame: usize, mask: &Mask) -> Option<&'a TrackView> {
    let weighed = video.tracks.iter().filter_map(|track| {
        let n = pixels_near(mask, &track.at(frame)?.face.box_px);
        (n > 0).then_some((n, Some(track.id) == video.selected_track, track))
    });
    weighed.max_by_key(|(n, is_selected, _)| (*n, *is_selected)).map(|(.., track)| track)
}

fn pixels_near(mask: &Mask, face: &Rect) -> u64 {
    let (dx, dy) = (face.w * BEYOND_BOX, face.h * BEYOND_BOX);
    let clamp = |v: f32, limit: u32| v.clamp(0.0, limit as f32) as u32;
    let (x0, x1) =
        (clamp(face.x - dx, mask.width_px()), clamp(face.x + face.w + dx, mask.width_px()));
    let (y0, y1) =
        (clamp(face.y - dy, mask.height_px()), clamp(face.y + face.h + dy, mask.height_px()));
    let of_run = |run: std::ops::Range<u32>| run.end.min(x1).saturating_sub(run.start.max(x0));
    (y0..y1).flat_map(|y| mask.runs(y)).map(|run| u64::from(of_run(run))).sum()
}

/// The frames that follow with the map that leads there from this one, and why there are no more.
fn places(
    video: &VideoView,
    track: &TrackView,
    frame: usize,
    n_frames: Option<usize>,
    max_copies: usize,
) -> (Vec<(usize, Affine)>, &'static str) {
    let Some(from) = track.at(frame) else { return (Vec::new(), "the face is not seen here") };
    let cut = video.cuts.iter().copied().filter(|cut| *cut > frame).min();
    let shot_end = cut.map_or_else(|| video.last_frame(), |cut| cut - 1);
    let wanted = n_frames.map_or(usize::MAX, |n| frame.saturating_add(n));
    let end = shot_end.min(wanted);
    // The quick look saw single frames only: the mask would jump.
    let samples = &track.samples[..track.n_full];
    let mut places = Vec::new();
    let here = samples.partition_point(|sample| sample.frame <= frame);
    for sample in samples[here..].iter().take_while(|sample| sample.frame <= end) {
        if places.len() == max_copies {
            return (places, "more copies would take too much memory at once");
        }
        if let Some(to_from) = between(from, sample) {
            places.push((sample.frame, to_from));
        }
    }
    let reached = places.last().map_or(frame, |(at, _)| *at);
    let is_examined = (reached + 1..=end).all(|at| video.examined.get(at) == Some(&true));
    let is_full =
        video.tracks.iter().any(|t| t.samples[..t.n_full].iter().any(|s| s.frame > reached));
    let why = if reached >= end {
        match () {
            () if reached == video.last_frame() => "there the clip ends",
            () if reached == shot_end => "there the shot ends",
            () => "as many as were asked for",
        }
    } else if is_examined && (is_full || video.pass == crate::session::Pass::Done) {
        "after that the face is not seen in this shot"
    } else {
        "the frames after it are not examined yet"
    };
    (places, why)
}

/// By the landmarks, or by the boxes where there are none.
fn between(from: &Sample, to: &Sample) -> Option<Affine> {
    let by_landmarks = match (&from.face.landmarks, &to.face.landmarks) {
        (Some(a), Some(b)) => similarity_transform(a, b),
        _ => None,
    };
    by_landmarks.or_else(|| box_transform(&from.face.box_px, &to.face.box_px))
}
