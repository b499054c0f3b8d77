//! A mask propagated through a clip along the track of the face below it.
//!
//! A copy is a proposal. It is marked until a person accepts it, in the window and in its file, and
//! a mask that a person drew or changed is never replaced by one.

use std::sync::Arc;

use super::editor::MaskEditor;
use super::job::{MaskTask, Move};
use crate::annotate::{Mask, MaskLabel, box_transform, similarity_transform};
use crate::base::{Affine, Rect, Sample};
use crate::session::document::id::DrawnMaskKey;
use crate::session::document::mask::DrawnMask;
use crate::session::document::video::{FaceTrack, OpenVideo, Pass};
use crate::session::request::Request;
use crate::session::workspace::Workspace;

/// Bytes of copies made at once.
const MAX_COPY_BYTES: usize = 256 << 20;
/// The box of a face is enlarged by this share of its sides: masks reach beyond it.
const BEYOND_BOX: f32 = 0.25;

impl MaskEditor {
    #[expect(clippy::unused_self, reason = "a command as the others")]
    pub(super) fn copy_to_next_frame(&self, ws: &mut Workspace, (id, frame): DrawnMaskKey) {
        let document = ws.documents.get(id);
        let Some(video) = document.and_then(|d| d.video.as_ref()) else {
            return ws.notify("Only a video has a next frame.");
        };
        if frame >= video.last_frame() {
            return ws.notify("This is the last frame.");
        }
        let Some(from) = ws.documents.mask((id, frame)) else {
            return ws.notify("This frame has no mask to copy yet.");
        };
        let (copied, label) = (Arc::clone(&from.mask), from.label.clone());
        if let Some(mask) = ws.documents.mask_mut((id, frame + 1)) {
            if mask.label == MaskLabel::default() {
                mask.set_label(label);
            }
            mask.replace_with(&copied, "copy");
        }
        ws.request(Request::GoToFrame(frame + 1));
    }

    pub(super) fn propagate(
        &mut self,
        ws: &mut Workspace,
        key: DrawnMaskKey,
        n_frames: Option<usize>,
    ) {
        match moves(ws, key, n_frames) {
            Ok((moves, ended)) => self.start_task(ws, key, MaskTask::Propagate { moves, ended }),
            Err(what) => ws.notify(what),
        }
    }
}

/// Where the mask of a frame goes, and why no further; or why it goes nowhere.
fn moves(
    ws: &Workspace,
    (id, frame): DrawnMaskKey,
    n_frames: Option<usize>,
) -> Result<(Vec<Move>, String), String> {
    let document = ws.documents.get(id).ok_or_else(String::new)?;
    let Some(video) = &document.video else {
        return Err("Only a video has frames that follow.".to_owned());
    };
    let Some(own) = document.masks.get(&frame).filter(|mask| mask.n_set > 0) else {
        return Err("This frame has no mask to propagate yet.".to_owned());
    };
    let Some(track) = face_below(video, frame, &own.mask) else {
        return Err(
            "No face lies below the mask: it can only be propagated with a face.".to_owned()
        );
    };
    let max_copies = (MAX_COPY_BYTES / size_of_val(own.mask.words()).max(1)).max(1);
    let (places, why) = places(video, track, frame, n_frames, max_copies);
    let Some((last, _)) = places.last() else {
        return Err(format!("The mask cannot be propagated: {why}."));
    };
    let mut ended = format!("as far as frame {}: {why}.", last + 1);
    let n_places = places.len();
    let moves: Vec<Move> = places
        .into_iter()
        .filter_map(|(frame, to_from)| {
            let old = document.masks.get(&frame);
            let is_free = old.is_none_or(DrawnMask::may_be_replaced);
            let old = old.map(|mask| Arc::clone(&mask.mask));
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

/// The face with most of the mask's pixels near it; of equals the selected one.
fn face_below<'a>(video: &'a OpenVideo, frame: usize, mask: &Mask) -> Option<&'a FaceTrack> {
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

/// The frames that follow with the transform from this one, and why there are no more.
fn places(
    video: &OpenVideo,
    track: &FaceTrack,
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
    } else if is_examined && (is_full || video.pass == Pass::Done) {
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
