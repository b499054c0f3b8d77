//! Examines one picture as `inspect` was asked to, and writes its heat maps.

use std::path::Path;

use super::args::InspectRequest;
use super::heatmaps::{HeatmapFiles, OutputFolder};
use super::robustness::{self, DegradedScores};
use crate::base::{EngineInfo, MediaReport, ModelRef, Phase, Progress, TaskCtx, Verdict, Warning};
use crate::cli::exit::with_causes;
use crate::pipeline::described::DescriptionObject;
use crate::pipeline::{Reference, Stages, examine_still};

/// The report on a picture, with what was computed and written beside it.
#[derive(Debug)]
pub(super) struct StillResult {
    pub(super) report: MediaReport,
    pub(super) degraded: DegradedScores,
    pub(super) written: HeatmapFiles,
    /// Something that was asked for failed; the report says why.
    pub(super) is_partial: bool,
    /// What the file says about itself; for JSON only.
    pub(super) said: Option<DescriptionObject>,
}

impl StillResult {
    /// The report on a picture that could not be opened.
    pub(super) fn unreadable(model: ModelRef, engine: EngineInfo, reason: String) -> Self {
        let report = MediaReport {
            sha256: String::new(),
            width_px: 0,
            height_px: 0,
            verdict: Verdict::NotExamined,
            reason: Some(reason),
            score: None,
            faces: Vec::new(),
            model,
            engine,
            not_examined: Vec::new(),
            elapsed_ms: 0,
            warnings: Vec::new(),
        };
        Self {
            report,
            degraded: DegradedScores::default(),
            written: HeatmapFiles::default(),
            is_partial: true,
            said: None,
        }
    }
}

/// The verdict is that of the file with the hash that is printed.
pub(super) const CHANGED: &str = "another file lies under this name now than the one that was examined: what the file \
                       says about itself was not read";

/// Examines a picture. Errors become part of the report, so that the next file is examined too.
pub(super) fn examine(
    request: &InspectRequest,
    folder: Option<&OutputFolder>,
    reference: Option<&Reference>,
    stages: &mut Stages,
    path: &Path,
    ctx: &TaskCtx<'_>,
) -> StillResult {
    let (report, frame) = match examine_still(stages, path, &request.plan, ctx) {
        Ok(examined) => examined,
        Err(error) => {
            let (model, engine) = (stages.detector.model(), stages.detector.engine().clone());
            let described = request.json.then(|| DescriptionObject::read(path, None, ctx));
            return StillResult {
                said: described,
                ..StillResult::unreadable(model, engine, error.to_string())
            };
        }
    };
    let mut result = StillResult {
        is_partial: report.verdict == Verdict::NotExamined || !report.not_examined.is_empty(),
        report,
        degraded: DegradedScores::default(),
        written: HeatmapFiles::default(),
        said: None,
    };
    if request.json {
        let sha256 = &result.report.sha256;
        result.said = if sha256.is_empty() {
            // A file that is no picture may say something all the same.
            Some(DescriptionObject::read(path, None, ctx))
        } else {
            DescriptionObject::read_of(path, sha256, frame.as_ref(), ctx)
        };
        if result.said.is_none() {
            result.said = Some(DescriptionObject::unreadable());
            result.warn(CHANGED.to_owned());
        }
    }
    if let Some(reference) = reference {
        reference.weaken(&mut result.report, &request.plan, stages.detector.thresholds().map);
    }
    let Some(frame) = frame else { return result };
    if request.robustness {
        match robustness::rescore_faces(stages, &frame, &result.report, ctx) {
            Ok(degraded) => result.degraded = degraded,
            Err(error) => result.warn(format!("the robustness could not be examined: {error}")),
        }
    }
    if let Some(folder) = folder {
        (ctx.on_progress)(Progress { phase: Phase::Writing, done: 0, total: 1 });
        match folder.write_heatmaps(path, &result.report, &frame, stages.detector.thresholds().map)
        {
            Ok(written) => result.written = written,
            Err(error) => {
                result.warn(format!("the heat maps could not be written: {}", with_causes(&error)));
            }
        }
    }
    result
}

impl StillResult {
    fn warn(&mut self, text: String) {
        self.is_partial = true;
        self.report.warnings.push(Warning(text));
    }
}
