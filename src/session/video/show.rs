//! The loop of the player thread, and showing one frame.
//!
//! A frame of a large video comes twice: small at once, then in full.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::clip::MOVING_PX;
use super::frames::{Frames, picture};
use super::play::Playing;
use super::player_state::{PlayedClip, PlayerRequest, PlayerState, ShownFrame};
use crate::base::TaskCtx;
use crate::session::document::open::Picture;
use crate::session::examine::error::ExamineError;

/// Bytes of decoded frames kept round the position.
const KEPT_BYTES: usize = 192 << 20;
/// Pause before the neighbors of a frame are decoded too.
const PAUSE: Duration = Duration::from_millis(150);
/// Frames decoded before and after the one that is looked at.
const NEIGHBORS: (usize, usize) = (12, 6);

/// Grants requests until the end.
pub(super) fn run(shared: &PlayerState) {
    let mut frames = Frames::new(KEPT_BYTES);
    let mut last = None;
    let mut granted = 0;
    while let Some((request, number)) = shared.next_request(granted) {
        granted = number;
        let document = match &request {
            PlayerRequest::Show { played, .. } | PlayerRequest::Play { played, .. } => {
                Some(played.document)
            }
            PlayerRequest::Rest => None,
        };
        if let Some(left) = last.filter(|left| Some(*left) != document) {
            frames.forget(left);
        }
        last = document;
        let granted = catch_unwind(AssertUnwindSafe(|| match request {
            PlayerRequest::Rest => Ok(()),
            PlayerRequest::Show { played, frame } => {
                show(shared, &mut frames, &played, frame, number)
            }
            PlayerRequest::Play { played, from, to, speed } => {
                Playing { shared, frames: &mut frames, played, to, speed, number }.play(from)
            }
        }));
        let crashed = "the player crashed; this is a fault of the program".to_owned();
        match granted.unwrap_or(Err(ExamineError::Failed(crashed))) {
            Ok(()) | Err(ExamineError::Cancelled(_)) => {}
            Err(e) => shared.send(|events| events.problem = Some((number, e.to_string()))),
        }
    }
}

fn show(
    shared: &PlayerState,
    frames: &mut Frames,
    played: &PlayedClip,
    frame: usize,
    number: u64,
) -> Result<(), ExamineError> {
    let PlayedClip { document, clip } = played;
    let key = (*document, frame);
    let send = |picture: &Arc<Picture>| {
        let picture = Arc::clone(picture);
        shared.show(ShownFrame { document: *document, frame, picture, is_moving: false });
    };
    let mut best = frames.get(key);
    if let Some(kept) = &best {
        send(kept);
    }
    // A small video is complete after the first size.
    for max_side_px in [Some(MOVING_PX), None] {
        let is_preview = max_side_px.is_some();
        if best.as_ref().is_some_and(|picture| is_preview || picture.is_exact()) {
            continue;
        }
        let ctx = TaskCtx { cancel: shared.begin(number, is_preview), on_progress: &|_| {} };
        let image = clip.frame_at(frame, max_side_px, &ctx)?;
        let picture = picture(clip.as_ref(), image)?;
        frames.insert(key, &picture);
        send(&picture);
        best = Some(picture);
        if shared.is_superseded(number) {
            return Ok(());
        }
    }
    if shared.wait_until(shared.now() + PAUSE, number) {
        // What fails here was not asked for.
        decode_neighbors(shared, frames, played, frame, number).ok();
    }
    Ok(())
}

/// Decodes the frames round this one, so that stepping is at once.
fn decode_neighbors(
    shared: &PlayerState,
    frames: &mut Frames,
    played: &PlayedClip,
    frame: usize,
    number: u64,
) -> Result<(), ExamineError> {
    let PlayedClip { document, clip } = played;
    let last = clip.frames().len().saturating_sub(1);
    let (first, last) = (frame.saturating_sub(NEIGHBORS.0), (frame + NEIGHBORS.1).min(last));
    let is_missing = |frames: &Frames, at| !frames.contains((*document, at));
    let Some(from) = (first..=last).find(|at| is_missing(frames, *at)) else { return Ok(()) };
    let Some(to) = (from..=last).rev().find(|at| is_missing(frames, *at)) else { return Ok(()) };
    let ctx = TaskCtx { cancel: shared.begin(number, false), on_progress: &|_| {} };
    let mut stream = clip.play(from, 1, Some(MOVING_PX))?;
    while let Some((time, image)) = stream.next(&ctx)? {
        if time.index > to || shared.is_superseded(number) {
            break;
        }
        if is_missing(frames, time.index) {
            frames.insert((*document, time.index), &picture(clip.as_ref(), image)?);
        }
    }
    Ok(())
}
