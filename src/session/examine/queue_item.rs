//! One file of a case, examined for its queue: a still with all its faces, a clip by a quick look.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{FaceFinding, Frame, Orientation, Rect, TaskCtx, VideoReport};
use crate::curate::{
    BLUR_INPUT_PX, Examination, ExamineFailure, ItemReport, ItemSignals, item_signals,
};
use crate::media::video::{MediaKind, Video, VideoLimits, kind};
use crate::pipeline::video::{VideoPlan, examine_video};
use crate::pipeline::{self, Plan, Reference, Stages, examine_still};

/// How the files of a queue are examined.
#[derive(Debug, Clone, Default)]
pub struct QueuePlan {
    /// What holds for pictures, and for frames too.
    pub plan: Plan,
    /// Every frame of a clip, where a first look takes some spread over it.
    pub watches_all: bool,
    /// Genuine material that the faces of pictures are set against. Clips are not compared.
    pub reference: Option<Arc<Reference>>,
}

/// Examines one file: its report, and a second look at its most suspicious face.
///
/// # Errors
///
/// [`ExamineFailure::File`] when the file cannot be read or examined, [`ExamineFailure::Cancelled`].
pub fn examination(
    stages: &mut Stages,
    path: &Path,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<Examination, ExamineFailure> {
    let (report, signals) = match kind(path) {
        Ok(MediaKind::Video) => clip(stages, path, plan, ctx)?,
        // Opening it as a picture says why it cannot be read.
        Ok(MediaKind::Still) | Err(_) => still(stages, path, plan, ctx)?,
    };
    Ok(Examination { report, signals, parameters: parameters(plan) })
}

/// Options of an examination, with which it can be repeated.
fn parameters(plan: &QueuePlan) -> Value {
    let regions: Vec<[f32; 4]> =
        plan.plan.regions.iter().map(|r: &Rect| [r.x, r.y, r.w, r.h]).collect();
    json!({
        "find_faces": plan.plan.find_faces,
        "min_face_px": plan.plan.min_face_px,
        "regions": regions,
        "every_frame": plan.watches_all,
        "blur_input_px": BLUR_INPUT_PX,
        "reference": plan.reference.as_ref().map(|reference| {
            let (n_faces, n_files) = reference.n();
            json!({ "n_faces": n_faces, "n_files": n_files })
        }),
    })
}

/// A clip that was examined already, with a second look at its most suspicious face.
///
/// # Errors
///
/// As [`examination`].
pub(super) fn clip_examination(
    stages: &mut Stages,
    video: &Video,
    report: &VideoReport,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<Examination, ExamineFailure> {
    let signals = clip_signals(stages, video, report, ctx)?;
    let report = ItemReport::Clip(Box::new(report.clone()));
    Ok(Examination { report, signals, parameters: parameters(plan) })
}

fn failed(error: pipeline::Error) -> ExamineFailure {
    match error {
        pipeline::Error::Cancelled(_) => ExamineFailure::Cancelled,
        other => ExamineFailure::Detector(other.to_string()),
    }
}

fn signals_of(
    stages: &mut Stages,
    frame: &Frame,
    faces: &[FaceFinding],
) -> Result<Option<ItemSignals>, ExamineFailure> {
    item_signals(&mut stages.detector, frame, faces)
        .map_err(|e| ExamineFailure::Detector(e.to_string()))
}

fn still(
    stages: &mut Stages,
    path: &Path,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<(ItemReport, Option<ItemSignals>), ExamineFailure> {
    let (mut report, frame) = examine_still(stages, path, &plan.plan, ctx).map_err(failed)?;
    if let Some(reference) = &plan.reference {
        reference.weaken(&mut report, &plan.plan, stages.detector.thresholds().map);
    }
    let Some(frame) = frame else {
        return Err(ExamineFailure::File(report.reason.unwrap_or_default()));
    };
    let signals = signals_of(stages, &frame, &report.faces)?;
    Ok((ItemReport::Still(Box::new(report)), signals))
}

fn clip(
    stages: &mut Stages,
    path: &Path,
    plan: &QueuePlan,
    ctx: &TaskCtx<'_>,
) -> Result<(ItemReport, Option<ItemSignals>), ExamineFailure> {
    let video = Video::open(path, &VideoLimits::default(), ctx).map_err(|e| unread(&e, ctx))?;
    let video_plan =
        VideoPlan { is_quick: !plan.watches_all, plan: plan.plan.clone(), ..VideoPlan::default() };
    let report = examine_video(stages, &video, &video_plan, &mut |_| {}, ctx).map_err(failed)?;
    if ctx.cancel.is_cancelled() {
        return Err(ExamineFailure::Cancelled);
    }
    let signals = clip_signals(stages, &video, &report, ctx)?;
    Ok((ItemReport::Clip(Box::new(report)), signals))
}

/// Signals of the most suspicious face of a clip in its worst frame; `None` without a face.
fn clip_signals(
    stages: &mut Stages,
    video: &Video,
    report: &VideoReport,
    ctx: &TaskCtx<'_>,
) -> Result<Option<ItemSignals>, ExamineFailure> {
    let Some((index, face)) = worst_moment(report) else { return Ok(None) };
    let picture = video.frame_at(index, None, ctx).map_err(|e| unread(&e, ctx))?;
    let frame = Frame::new(picture, Orientation::UPRIGHT);
    let found = stages.detector.examine(&frame, &face);
    let found = found.map_err(|e| ExamineFailure::Detector(e.to_string()))?;
    signals_of(stages, &frame, &[found])
}

fn unread(error: &crate::media::Error, ctx: &TaskCtx<'_>) -> ExamineFailure {
    if ctx.cancel.is_cancelled() {
        ExamineFailure::Cancelled
    } else {
        ExamineFailure::File(error.to_string())
    }
}

/// The most suspicious face of a clip in its worst frame.
fn worst_moment(report: &VideoReport) -> Option<(usize, crate::base::Face)> {
    let tracks = report.tracks.iter().filter(|t| !t.worst.is_empty());
    let track = tracks.max_by(|a, b| a.suspicion().compare(b.suspicion()))?;
    let index = track.worst.first()?.frame;
    Some((index, track.at(index)?.face.clone()))
}
