//! Items of a report from files that are examined now.

use std::path::Path;

use super::items::{ItemCollector, ItemParts};
use super::options::ExamineOptions;
use crate::base::release::PROGRAM;
use crate::base::{EngineInfo, FaceFinding, Frame, MediaReport, ModelRef, TaskCtx, VideoReport};
use crate::case::now;
use crate::detect::{Rescored, robustness_sentence};
use crate::files::sha256_of_file;
use crate::media::video::{MediaKind, Video, VideoLimits, kind};
use crate::pipeline::video::{examine_video, unreadable_report};
use crate::pipeline::{Stages, examine_still};
use crate::report::build::{clip_findings, failed_findings, still_findings};
use crate::report::{DrawnFace, FindingsRecord, RobustnessRecord, RobustnessStep, RunRecord};

/// A file that was examined, as far as that was possible.
pub(super) enum ExaminedFile {
    /// A picture, or a file of neither kind.
    Still(Box<MediaReport>, Option<Frame>),
    Clip(Box<VideoReport>, Option<Box<Video>>),
    /// The detector failed, for this reason.
    Failed(String),
}

impl ExaminedFile {
    /// Examines a file; what goes wrong is a part of the result.
    pub(super) fn examine(
        path: &Path,
        options: &ExamineOptions,
        stages: &mut Stages,
        ctx: &TaskCtx<'_>,
    ) -> Self {
        match kind(path) {
            Ok(MediaKind::Video) => Self::examine_clip(path, options, stages, ctx),
            // Opening it as a picture gives the reason why it cannot be read.
            Ok(MediaKind::Still) | Err(_) => {
                match examine_still(stages, path, &options.plan, ctx) {
                    Ok((report, frame)) => Self::Still(Box::new(report), frame),
                    Err(error) => Self::Failed(error.to_string()),
                }
            }
        }
    }

    fn examine_clip(
        path: &Path,
        options: &ExamineOptions,
        stages: &mut Stages,
        ctx: &TaskCtx<'_>,
    ) -> Self {
        if !options.plan.find_faces {
            let reason = "regions drawn by hand are not followed through a video";
            return Self::Clip(Box::new(unreadable_report(stages, reason.to_owned())), None);
        }
        let (report, video) = match Video::open(path, &VideoLimits::default(), ctx) {
            Ok(video) => {
                let plan = options.video_plan();
                let report = examine_video(stages, &video, &plan, &mut |_| {}, ctx)
                    .unwrap_or_else(|error| unreadable_report(stages, error.to_string()));
                (report, Some(Box::new(video)))
            }
            Err(error) => (unreadable_report(stages, error.to_string()), None),
        };
        Self::Clip(Box::new(report), video)
    }

    /// What was found, on worse copies as well where the options ask for it.
    pub(super) fn findings(
        &self,
        options: &ExamineOptions,
        stages: &mut Stages,
        ctx: &TaskCtx<'_>,
    ) -> FindingsRecord {
        let (report, frame) = match self {
            Self::Still(report, frame) => (report, frame),
            Self::Clip(report, _) => return clip_findings(report),
            Self::Failed(reason) => return failed_findings(reason),
        };
        let mut findings = still_findings(report, stages.detector.thresholds().map);
        if let Some(frame) = frame.as_ref().filter(|_| options.tries_worse) {
            for (face, finding) in findings.faces.iter_mut().zip(&report.faces) {
                face.robustness = robustness(stages, frame, finding, ctx);
            }
        }
        findings
    }

    /// The hash of the bytes that were examined, where they could be read.
    fn sha256(&self) -> Option<&str> {
        let hash = match self {
            Self::Still(report, _) => report.sha256.as_str(),
            Self::Clip(_, video) => video.as_ref()?.sha256(),
            Self::Failed(_) => "",
        };
        (!hash.is_empty()).then_some(hash)
    }
}

/// Examines a file and adds it. A file that cannot be examined is an item, too.
pub(super) fn add_file(
    collector: &mut ItemCollector,
    path: &Path,
    options: &ExamineOptions,
    stages: &mut Stages,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<()> {
    // Hashed before it is decoded: a file that no decoder reads has a hash as well.
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let before = is_file.then(|| sha256_of_file(path).ok()).flatten();
    let run = run_record(&stages.detector.model(), stages.detector.engine(), options);
    let map_threshold = stages.detector.thresholds().map;
    let examined = ExaminedFile::examine(path, options, stages, ctx);
    let findings = examined.findings(options, stages, ctx);
    collector.add(ItemParts {
        path,
        case_item: None,
        sha256_at_entry: examined.sha256().or(before.as_deref()),
        run: Some(run),
        findings,
        readings: Vec::new(),
        bookmarks: Vec::new(),
    });
    match &examined {
        ExaminedFile::Still(report, Some(frame)) => {
            let faces: Vec<DrawnFace<'_>> = report
                .faces
                .iter()
                .map(|finding| DrawnFace {
                    box_px: finding.face.box_px,
                    verdict: finding.verdict,
                    map: finding.heatmap.as_ref(),
                    reliability: finding.reliability.as_ref(),
                })
                .collect();
            collector.add_still_pictures(frame, &faces, map_threshold)?;
        }
        ExaminedFile::Clip(report, Some(video)) => {
            let mut picture = |frame: usize| Ok(video.frame_at(frame, None, ctx)?);
            if let Err(error) =
                collector.add_moments(report, stages.detector.thresholds(), &mut picture)
            {
                // A report that cannot be written fails when its record is written.
                collector.warn(format!("pictures of the moments are missing: {error}"));
            }
        }
        ExaminedFile::Still(_, None) | ExaminedFile::Clip(_, None) | ExaminedFile::Failed(_) => {}
    }
    Ok(())
}

/// The verdict on worse copies; `None` for a face that was not examined.
fn robustness(
    stages: &mut Stages,
    frame: &Frame,
    finding: &FaceFinding,
    ctx: &TaskCtx<'_>,
) -> Option<RobustnessRecord> {
    finding.score?;
    let steps = stages.detector.rescore_series(frame, finding, ctx).ok().flatten()?;
    let verdicts: Vec<_> = steps.iter().map(|s| (s.degradation, s.finding.verdict)).collect();
    let record = |step: &Rescored| RobustnessStep {
        what: step.degradation.label(),
        score: step.finding.score,
        verdict: step.finding.verdict.as_str().to_owned(),
        map_iou: step.agreement.iou,
    };
    Some(RobustnessRecord {
        sentence: robustness_sentence(finding.verdict, &verdicts),
        steps: steps.iter().map(record).collect(),
    })
}

/// What examines the files.
pub(super) fn run_record(
    model: &ModelRef,
    engine: &EngineInfo,
    options: &ExamineOptions,
) -> RunRecord {
    RunRecord {
        program: PROGRAM.to_owned(),
        at: now(),
        model: model.name.clone(),
        model_sha256: model.sha256.clone(),
        engine: engine.engine.clone(),
        provider: engine.provider.clone(),
        parameters: options.to_json(),
    }
}
