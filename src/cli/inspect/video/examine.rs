//! Examines one video as `inspect` was asked to, and writes what was found.

use std::path::Path;
use std::time::Instant;

use super::annotated;
use super::files::{self, VideoFiles};
use crate::base::{Phase, Progress, TaskCtx, Verdict, VideoReport, Warning};
use crate::cli::exit::with_causes;
use crate::cli::inspect::args::InspectRequest;
use crate::cli::inspect::heatmaps::OutputFolder;
use crate::cli::inspect::still::CHANGED;
use crate::media::video::{MediaKind, Video, VideoLimits, kind};
use crate::pipeline::Stages;
use crate::pipeline::described::DescriptionObject;
use crate::pipeline::video::{examine_video, unreadable_report};

/// The report on a video, and the files written for it.
pub(in crate::cli::inspect) struct VideoResult {
    pub(in crate::cli::inspect) report: VideoReport,
    pub(in crate::cli::inspect) written: VideoFiles,
    /// What the file says about itself; for JSON only.
    pub(in crate::cli::inspect) said: Option<DescriptionObject>,
    /// Something that was asked for failed; the report says why.
    pub(in crate::cli::inspect) is_partial: bool,
}

/// Examines one video. Errors become part of the report, so that the next file is examined too.
pub(in crate::cli::inspect) fn examine(
    request: &InspectRequest,
    folder: Option<&OutputFolder>,
    stages: &mut Stages,
    path: &Path,
    ctx: &TaskCtx<'_>,
) -> VideoResult {
    let refused = |stages: &Stages, reason: String| VideoResult {
        report: unreadable_report(stages, reason),
        written: VideoFiles::default(),
        said: request.json.then(|| DescriptionObject::read(path, None, &TaskCtx::silent())),
        is_partial: true,
    };
    if !request.plan.find_faces {
        let reason = "regions drawn by hand are not followed through a video; without \
                      --only-regions its faces are examined";
        return refused(stages, reason.to_owned());
    }
    let start = Instant::now();
    let video = match Video::open(path, &VideoLimits::default(), ctx) {
        Ok(video) => video,
        Err(error) => return refused(stages, error.to_string()),
    };
    let plan = request.video.plan(&request.plan, request.out.is_some());
    let mut report = match examine_video(stages, &video, &plan, &mut |_| {}, ctx) {
        Ok(report) => report,
        Err(error) => {
            let mut result = refused(stages, error.to_string());
            video.sha256().clone_into(&mut result.report.sha256);
            result.report.info = Some(video.info().clone());
            return result;
        }
    };
    report.elapsed_ms = start.elapsed().as_millis() as u64;
    if request.robustness {
        let text = "robustness is examined for pictures only: save the frame as a picture first";
        report.warnings.push(Warning(text.to_owned()));
    }
    let mut is_partial = report.is_partial
        || report.verdict == Verdict::NotExamined
        || !report.not_examined.is_empty();
    let mut written = VideoFiles::default();
    if let Some(folder) = folder {
        (ctx.on_progress)(Progress { phase: Phase::Writing, done: 0, total: 1 });
        let map_threshold = stages.detector.thresholds().map;
        let mut write_all = || -> anyhow::Result<()> {
            files::write_moments(folder, &video, &report, map_threshold, &mut written, ctx)?;
            if let Some(format) = request.video.annotate {
                let parts = (&plan, &report);
                let copy =
                    annotated::write_copy(folder, &video, parts, map_threshold, format, ctx)?;
                written.annotated = Some(copy);
            }
            Ok(())
        };
        if let Err(error) = write_all() {
            is_partial = true;
            report.warnings.push(Warning(format!(
                "the findings could not be written: {}",
                with_causes(&error)
            )));
        }
    }
    let description = request.json.then(|| {
        let read = DescriptionObject::read(path, None, &TaskCtx::silent());
        // The verdict is that of the file with the hash that is printed.
        if video.check_unchanged().is_ok() {
            return read;
        }
        is_partial = true;
        report.warnings.push(Warning(CHANGED.to_owned()));
        DescriptionObject::unreadable()
    });
    VideoResult { report, written, said: description, is_partial }
}

/// Whether a file is examined as a video. A file that cannot be read is none: opening it as a
/// picture gives the reason.
pub(in crate::cli::inspect) fn is_video(path: &Path) -> bool {
    matches!(kind(path), Ok(MediaKind::Video))
}
