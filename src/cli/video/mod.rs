//! `inspect` on a clip.
//!
//! * **In**: a path, what was asked for. **Out**: a report, with the files written for it.
//! * **Not here**: the work (`pipeline::video`), single pictures (`inspect`).

pub(super) mod json;
mod out;
pub(super) mod words;

pub(super) use out::Written;

use std::path::Path;
use std::time::Instant;

use super::inspect::Run;
use crate::base::{Phase, Progress, TaskCtx, Verdict, VideoReport, Warning};
use crate::media::video::{MediaKind, Video, VideoLimits, kind};
use crate::pipeline::Stages;
use crate::pipeline::video::{examine_video, unreadable_report};

/// A clip examined, or why not; and what was written of it.
pub(super) struct Watched {
    pub(super) report: VideoReport,
    pub(super) written: Written,
    /// Something asked for could not be done.
    pub(super) is_partial: bool,
}

/// Examines one clip. What fails is in the report.
pub(super) fn watch(run: &Run<'_>, stages: &mut Stages, path: &Path, ctx: &TaskCtx<'_>) -> Watched {
    let refused = |stages: &Stages, reason: String| Watched {
        report: unreadable_report(stages, reason),
        written: Written::default(),
        is_partial: true,
    };
    if !run.request.plan.find_faces {
        let what = "regions drawn by hand are not followed through a clip; without --only-regions its \
                    faces are examined";
        return refused(stages, what.to_owned());
    }
    let start = Instant::now();
    let video = match Video::open(path, &VideoLimits::default(), ctx) {
        Ok(video) => video,
        Err(error) => return refused(stages, error.to_string()),
    };
    let request = run.request;
    let plan = request.clip.plan(&request.plan, request.out.is_some());
    let mut report = match examine_video(stages, &video, &plan, &mut |_| {}, ctx) {
        Ok(report) => report,
        Err(error) => {
            let known = refused(stages, error.to_string());
            let report = VideoReport {
                sha256: video.sha256().to_owned(),
                info: Some(video.info().clone()),
                ..known.report
            };
            return Watched { report, ..known };
        }
    };
    report.elapsed_ms = start.elapsed().as_millis() as u64;
    if request.robustness {
        let what = "the robustness is examined of pictures only: save the frame in question";
        report.warnings.push(Warning(what.to_owned()));
    }
    let mut is_partial = report.is_partial || report.verdict == Verdict::NotExamined;
    let mut written = Written::default();
    if let Some(folder) = &run.folder {
        run.line.step(Progress { phase: Phase::Writing, done: 0, total: 1 });
        let map_threshold = stages.detector.thresholds().map;
        let done = out::moments(folder, &video, &report, map_threshold, &mut written, ctx)
            .and_then(|()| match request.clip.annotate {
                Some(format) => {
                    out::annotated(folder, &video, (&plan, &report), map_threshold, format, ctx)
                        .map(|path| written.annotated = Some(path))
                }
                None => Ok(()),
            });
        if let Err(error) = done {
            is_partial = true;
            let what = format!("what was found could not be written: {error:#}");
            report.warnings.push(Warning(what));
        }
    }
    Watched { report, written, is_partial }
}

/// Whether a file is to be examined as a clip. A file that cannot be read is no clip: opening it
/// as a picture says why.
pub(super) fn is_clip(path: &Path) -> bool {
    matches!(kind(path), Ok(MediaKind::Video))
}
