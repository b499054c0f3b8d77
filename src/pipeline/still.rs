//! One picture, from pixels to verdict. No threads, no channels.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::region::{shows_face, soften_region};
use super::summary::{out_of_scope, refused, soften_copy, summarize};
use super::{Error, MIN_REGION_PX, Plan, Stages};
use crate::base::text::counted;
use crate::base::{
    Face, FaceFinding, FaceOrigin, Frame, MediaReport, NotExamined, Phase, Rect, TaskCtx, Verdict,
    Warning,
};
use crate::faces::FoundFaces;
use crate::{faces, media};

/// Finds and examines all faces of a frame, and the regions of the plan after them.
///
/// Faces and regions that are too small, or lie where the file is damaged, come back with
/// [`Verdict::NotExamined`] and the reason. Found faces come largest first, drawn regions last in
/// the order of the plan. Cancelling stops before the next face.
///
/// # Errors
///
/// [`Error::Cancelled`], or the failure of a network.
pub fn examine_frame(
    stages: &mut Stages,
    frame: &Frame,
    plan: &Plan,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<FaceFinding>, Error> {
    Ok(examine_faces(stages, frame, plan, ctx)?.findings)
}

/// From this confidence on a face stands as it should, and the picture is not turned.
const SURELY_UPRIGHT: f32 = 0.9;
/// The faces of a turned picture must be surer by this.
const SURER_BY: f32 = 0.05;

/// What was found in a frame.
struct FrameFindings {
    findings: Vec<FaceFinding>,
    /// More faces than are kept.
    n_left_out: usize,
    /// The picture lies on its side or stands on its head: its faces were examined turned.
    is_turned: bool,
}

fn examine_faces(
    stages: &mut Stages,
    frame: &Frame,
    plan: &Plan,
    ctx: &TaskCtx<'_>,
) -> Result<FrameFindings, Error> {
    ctx.step(Phase::Finding, 0, 1)?;
    stages.detector.stop_with(ctx.cancel.clone());
    let mut found = FoundFaces { faces: Vec::new(), n_left_out: 0 };
    let mut turned = None;
    if plan.find_faces {
        (found, turned) = find_faces(stages, frame, plan, ctx).map_err(from_finder)?;
    }
    let faces = found.faces.clone();
    let mut candidates: Vec<(Face, Option<String>)> = found
        .faces
        .into_iter()
        .map(|face| {
            let refusal = too_small(&face.box_px, plan.min_face_px);
            (face, refusal)
        })
        .collect();
    let bounds = frame.image.bounds();
    candidates.extend(plan.regions.iter().map(|region| drawn(region, &bounds)));
    ctx.step(Phase::Finding, 1, 1)?;

    let n_candidates = candidates.len() as u64;
    let mut findings = Vec::with_capacity(candidates.len());
    for (i, (face, refusal)) in candidates.into_iter().enumerate() {
        ctx.step(Phase::Examining, i as u64, n_candidates)?;
        let refusal = refusal.or_else(|| damaged(&face.box_px, frame));
        // A person draws on the picture as it is shown.
        let shown = turned.as_ref().filter(|_| face.origin == FaceOrigin::Found).unwrap_or(frame);
        findings.push(match refusal {
            None => stages.detector.examine(shown, &face)?,
            Some(reason) => not_examined(face, reason),
        });
    }
    for finding in &mut findings {
        let region = finding.face.box_px;
        let is_drawn = finding.face.origin == FaceOrigin::Drawn && finding.score.is_some();
        if is_drawn && !shows_face(stages, frame, &region, &faces, ctx).map_err(from_finder)? {
            soften_region(finding);
        }
    }
    ctx.step(Phase::Examining, n_candidates, n_candidates)?;
    let is_turned = turned.is_some();
    Ok(FrameFindings { findings, n_left_out: found.n_left_out, is_turned })
}

fn from_finder(error: faces::Error) -> Error {
    match error {
        faces::Error::Cancelled(cancelled) => Error::Cancelled(cancelled),
        other => Error::Faces(other),
    }
}

/// The faces of a frame. Where none stands upright, also those of the turned picture, which comes
/// along if they are more.
fn find_faces(
    stages: &mut Stages,
    frame: &Frame,
    plan: &Plan,
    ctx: &TaskCtx<'_>,
) -> Result<(FoundFaces, Option<Frame>), faces::Error> {
    let found = stages.finder.find_from(frame, plan.min_face_px, ctx)?;
    let upright_from_image = frame.upright_from_image();
    let is_upright = |face: &Face| {
        face.landmarks.is_some_and(|points| {
            !faces::is_lying(&points.map(|point| upright_from_image.apply(point)))
        })
    };
    let best = |faces: &[Face]| faces.iter().map(|face| face.confidence).fold(0.0, f32::max);
    let standing: Vec<Face> = found.faces.iter().filter(|face| is_upright(face)).cloned().collect();
    if best(&standing) >= SURELY_UPRIGHT {
        return Ok((found, None));
    }
    let Some(orientation) = stages.finder.better_orientation(frame, ctx)? else {
        return Ok((found, None));
    };
    let upright = Arc::new(orientation.upright(&frame.image));
    let turned = Frame { upright, orientation, ..frame.clone() };
    let again = stages.finder.find_from(&turned, plan.min_face_px, ctx)?;
    // A lying face may be found as well, less surely and with the landmarks of an upright one.
    let is_better = !again.faces.is_empty()
        && again.faces.len() >= found.faces.len()
        && best(&again.faces) > best(&standing) + SURER_BY;
    Ok(if is_better { (again, Some(turned)) } else { (found, None) })
}

/// Why a face is not examined that lies where the file is damaged.
fn damaged(box_px: &Rect, frame: &Frame) -> Option<String> {
    frame.damaged?.intersect(box_px)?;
    Some("the file is damaged there, so that these pixels are not those of the picture".to_owned())
}

/// Reads a still picture and examines it.
///
/// The frame comes with the report so that front ends can show it; it is `None` when the file
/// could not be decoded. Such a file is reported as [`Verdict::NotExamined`] with the reason.
///
/// # Errors
///
/// [`Error::Cancelled`], or the failure of a network.
pub fn examine_still(
    stages: &mut Stages,
    path: &Path,
    plan: &Plan,
    ctx: &TaskCtx<'_>,
) -> Result<(MediaReport, Option<Frame>), Error> {
    let start = Instant::now();
    let (mut report, frame) = match media::open_still(path, &plan.limits, ctx) {
        Ok(still) => {
            let (report, frame) = examine_opened(stages, still, plan, ctx)?;
            (report, Some(frame))
        }
        Err(media::Error::Cancelled(c)) => return Err(Error::Cancelled(c)),
        Err(e) => (MediaReport { reason: Some(e.to_string()), ..blank(stages) }, None),
    };
    report.elapsed_ms = start.elapsed().as_millis() as u64;
    Ok((report, frame))
}

/// Examines a still picture that was read before, for front ends that show it meanwhile.
///
/// `elapsed_ms` of the report counts from here.
///
/// # Errors
///
/// [`Error::Cancelled`], or the failure of a network.
pub fn examine_opened(
    stages: &mut Stages,
    still: media::Still,
    plan: &Plan,
    ctx: &TaskCtx<'_>,
) -> Result<(MediaReport, Frame), Error> {
    let start = Instant::now();
    let found = examine_faces(stages, &still.frame, plan, ctx)?;
    let mut faces = found.findings;
    if still.is_reduced_copy {
        faces.iter_mut().for_each(soften_copy);
    }
    let mut summary = summarize(&faces, plan);
    let mut not_examined = still.not_examined;
    if faces.is_empty() && plan.find_faces && still.frame.damaged.is_some() {
        let whole = summary.reason.take().unwrap_or_default();
        let more = not_examined.first().map(|part| format!("; {part}")).unwrap_or_default();
        summary.reason = Some(format!("{whole}{more}"));
    }
    not_examined.extend(refused(&faces));
    if !plan.find_faces {
        not_examined.push(NotExamined::new(
            "the faces of the picture",
            "outside the regions that were named",
            "only those regions were examined: faces were not looked for, as was asked",
        ));
    }
    if found.n_left_out > 0 {
        not_examined.push(NotExamined::new(
            counted(found.n_left_out as u64, "more face"),
            "in the picture",
            format!("of a picture at most {} faces are examined, the surest", faces.len()),
        ));
    }
    let mut warnings = still.warnings;
    if found.is_turned {
        warnings.push(Warning(
            "the picture lies on its side or stands on its head: its faces were examined turned \
             upright"
                .to_owned(),
        ));
    }
    if faces.iter().any(|f| f.face.origin == FaceOrigin::Drawn && f.score.is_some()) {
        warnings.push(Warning(
            "a region drawn by hand is examined as the square round it; the model knows faces \
             only, and its error rates do not hold for anything else"
                .to_owned(),
        ));
    }
    if summary.verdict != Verdict::NotExamined {
        warnings.extend(out_of_scope(&faces));
    }
    warnings.extend(not_examined.iter().map(|part| Warning(part.to_string())));
    let report = MediaReport {
        sha256: still.sha256,
        width_px: still.frame.image.width_px,
        height_px: still.frame.image.height_px,
        verdict: summary.verdict,
        reason: summary.reason,
        score: summary.score,
        faces,
        not_examined,
        elapsed_ms: start.elapsed().as_millis() as u64,
        warnings,
        ..blank(stages)
    };
    Ok((report, still.frame))
}

/// An empty report.
fn blank(stages: &Stages) -> MediaReport {
    MediaReport {
        sha256: String::new(),
        width_px: 0,
        height_px: 0,
        verdict: Verdict::NotExamined,
        reason: None,
        score: None,
        faces: Vec::new(),
        model: stages.detector.model(),
        engine: stages.detector.engine().clone(),
        not_examined: Vec::new(),
        elapsed_ms: 0,
        warnings: Vec::new(),
    }
}

/// Why a found face is left out, if it is.
pub(super) fn too_small(box_px: &Rect, min_face_px: f32) -> Option<String> {
    let side = box_px.w.max(box_px.h);
    (side < min_face_px)
        .then(|| format!("the face is {side:.0} px, smaller than {min_face_px:.0} px"))
}

/// A drawn region held to the picture, with the reason when it cannot be examined.
fn drawn(region: &Rect, bounds: &Rect) -> (Face, Option<String>) {
    let held = region.intersect(bounds);
    let refusal = match &held {
        None => Some("the region lies outside the picture".to_owned()),
        Some(r) if r.w.min(r.h) < MIN_REGION_PX => Some(format!(
            "the region is {:.0} x {:.0} px, smaller than {MIN_REGION_PX:.0} px on a side",
            r.w, r.h
        )),
        Some(_) => None,
    };
    let box_px = held.unwrap_or(*region);
    let face = Face { box_px, landmarks: None, confidence: 1.0, origin: FaceOrigin::Drawn };
    (face, refusal)
}

pub(super) fn not_examined(face: Face, reason: String) -> FaceFinding {
    FaceFinding {
        face,
        score: None,
        verdict: Verdict::NotExamined,
        reason: Some(reason),
        heatmap: None,
        reliability: None,
        region: None,
        quality: None,
        caveats: Vec::new(),
        reconstruction: None,
        embedding: None,
        reference: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_faces_are_refused_by_their_longer_side() {
        assert_eq!(too_small(&Rect::new(0.0, 0.0, 20.0, 48.0), 48.0), None);
        assert_eq!(
            too_small(&Rect::new(0.0, 0.0, 20.0, 41.2), 48.0).as_deref(),
            Some("the face is 41 px, smaller than 48 px")
        );
    }

    #[test]
    fn drawn_regions_are_held_to_the_picture() {
        let bounds = Rect::new(0.0, 0.0, 100.0, 80.0);
        let (face, refusal) = drawn(&Rect::new(-10.0, 40.0, 60.0, 90.0), &bounds);
        assert_eq!((face.box_px, refusal), (Rect::new(0.0, 40.0, 50.0, 40.0), None));
        assert_eq!(face.origin, FaceOrigin::Drawn);
        let (_, outside) = drawn(&Rect::new(200.0, 0.0, 50.0, 50.0), &bounds);
        assert!(outside.is_some_and(|r| r.contains("outside")), "not in the picture");
        let (_, thin) = drawn(&Rect::new(0.0, 0.0, 90.0, 31.0), &bounds);
        let expected = "the region is 90 x 31 px, smaller than 32 px on a side";
        assert_eq!(thin.as_deref(), Some(expected));
    }
}
