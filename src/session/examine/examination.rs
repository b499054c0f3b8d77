//! One file of a case, examined for its queue: a still with all its faces, a clip by a first look.
//!
//! * **In**: loaded stages, a path. **Out**: what `curate` keeps of it.
//! * **Not here**: the case (`curate::examine`), the examination itself (`pipeline`).

use std::path::Path;

use serde_json::json;

use crate::base::{FaceFinding, Frame, Orientation, Rect, TaskCtx, VideoReport};
use crate::curate::{BLUR_INPUT_PX, Examination, Failure, Look, Said, look};
use crate::media::video::{MediaKind, Video, VideoLimits, kind};
use crate::pipeline::video::{VideoPlan, examine_video};
use crate::pipeline::{self, Plan, Stages, examine_still};

/// How the files of a queue are examined.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueuePlan {
    /// What holds for pictures, and for frames too.
    pub plan: Plan,
    /// Every frame of a clip, where a first look takes some spread over it.
    pub watches_all: bool,
}

/// Examines one file: its report, and a second look at its most suspicious face.
///
/// # Errors
///
/// [`Failure::File`] when the file cannot be read or examined, [`Failure::Cancelled`].
pub fn examination(
    stages: &mut Stages,
    path: &Path,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<Examination, Failure> {
    let regions: Vec<[f32; 4]> =
        plan.plan.regions.iter().map(|r: &Rect| [r.x, r.y, r.w, r.h]).collect();
    let parameters = json!({
        "find_faces": plan.plan.find_faces,
        "min_face_px": plan.plan.min_face_px,
        "regions": regions,
        "every_frame": plan.watches_all,
        "blur_input_px": BLUR_INPUT_PX,
    });
    let (said, look) = match kind(path) {
        Ok(MediaKind::Video) => clip(stages, path, plan, ctx)?,
        // Opening it as a picture says why it cannot be read.
        Ok(MediaKind::Still) | Err(_) => still(stages, path, plan, ctx)?,
    };
    Ok(Examination { said, look, parameters })
}

fn failed(error: pipeline::Error) -> Failure {
    match error {
        pipeline::Error::Cancelled(_) => Failure::Cancelled,
        other => Failure::Detector(other.to_string()),
    }
}

fn looked(
    stages: &mut Stages,
    frame: &Frame,
    faces: &[FaceFinding],
) -> Result<Option<Look>, Failure> {
    look(&mut stages.detector, frame, faces).map_err(|e| Failure::Detector(e.to_string()))
}

fn still(
    stages: &mut Stages,
    path: &Path,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<(Said, Option<Look>), Failure> {
    let (report, frame) = examine_still(stages, path, &plan.plan, ctx).map_err(failed)?;
    let Some(frame) = frame else {
        return Err(Failure::File(report.reason.unwrap_or_default()));
    };
    let look = looked(stages, &frame, &report.faces)?;
    Ok((Said::Still(Box::new(report)), look))
}

fn clip(
    stages: &mut Stages,
    path: &Path,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<(Said, Option<Look>), Failure> {
    let stopped = || ctx.cancel.is_cancelled();
    let unread = |e: crate::media::Error| {
        if stopped() { Failure::Cancelled } else { Failure::File(e.to_string()) }
    };
    let video = Video::open(path, &VideoLimits::default(), ctx).map_err(unread)?;
    let video_plan =
        VideoPlan { is_quick: !plan.watches_all, plan: plan.plan.clone(), ..VideoPlan::default() };
    let report = examine_video(stages, &video, &video_plan, &mut |_| {}, ctx).map_err(failed)?;
    if stopped() {
        return Err(Failure::Cancelled);
    }
    let look = match worst_moment(&report) {
        None => None,
        Some((index, face)) => {
            let picture = video.frame_at(index, None, ctx).map_err(unread)?;
            let frame = Frame::new(picture, Orientation::UPRIGHT);
            let found = stages.detector.examine(&frame, &face);
            let found = found.map_err(|e| Failure::Detector(e.to_string()))?;
            looked(stages, &frame, &[found])?
        }
    };
    Ok((Said::Clip(Box::new(report)), look))
}

/// The most suspicious face of a clip in its worst frame.
fn worst_moment(report: &VideoReport) -> Option<(usize, crate::base::Face)> {
    let tracks = report.tracks.iter().filter(|t| !t.worst.is_empty());
    let track = tracks.max_by(|a, b| a.suspicion().compare(b.suspicion()))?;
    let index = track.worst.first()?.frame;
    Some((index, track.at(index)?.face.clone()))
}
