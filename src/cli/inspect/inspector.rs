//! Examines single files for a scan, with models loaded once.

use std::path::Path;

use super::args::{InspectRequest, VideoRequest};
use super::{json, still, video};
use crate::base::{EngineInfo, ModelRef, TaskCtx, Verdict};
use crate::bundle::ModelStore;
use crate::cli::progress::ProgressArg;
use crate::infer::EngineOptions;
use crate::pipeline::{Plan, Stages};

/// Loaded models, and how files are examined with them.
pub(in crate::cli) struct Inspector {
    request: InspectRequest,
    stages: Stages,
}

/// The report on a file.
pub(in crate::cli) struct ExaminedFile {
    /// The line of `inspect --json`.
    pub(in crate::cli) line: String,
    /// `None` when the file could not be opened.
    pub(in crate::cli) sha256: Option<String>,
    pub(in crate::cli) n_faces: usize,
    /// Why nothing was examined.
    pub(in crate::cli) reason: Option<String>,
}

impl Inspector {
    pub(in crate::cli) fn load(
        detector: String,
        models: ModelStore,
        engine: EngineOptions,
        is_quick: bool,
    ) -> anyhow::Result<Self> {
        let request = InspectRequest {
            files: Vec::new(),
            json: true,
            out: None,
            detector,
            models,
            engine,
            plan: Plan::default(),
            robustness: false,
            reference: None,
            video: VideoRequest {
                every: 1,
                max_frames: None,
                from_s: 0.0,
                to_s: f64::INFINITY,
                is_quick,
                journal: None,
                annotate: None,
            },
            progress: ProgressArg::None,
        };
        let silent = TaskCtx::silent();
        let stages = Stages::load(&request.models, &request.detector, &request.engine, &silent)?;
        Ok(Self { request, stages })
    }

    /// The detector and what runs it.
    pub(in crate::cli) fn tools(&self) -> (ModelRef, EngineInfo) {
        (self.stages.detector.model(), self.stages.detector.engine().clone())
    }

    /// Why no file can be examined any more.
    pub(in crate::cli) fn lost(&self) -> Option<String> {
        self.stages.detector.lost().map(|error| error.to_string())
    }

    pub(in crate::cli) fn examine(
        &mut self,
        path: &Path,
        ctx: &TaskCtx<'_>,
    ) -> anyhow::Result<ExaminedFile> {
        let Self { request, stages } = self;
        let origin = stages.detector.card().origin();
        let hash = |hash: &str| json::non_empty(hash).map(str::to_owned);
        let reason = |verdict, reason: &Option<String>| {
            let is_examined = verdict != Verdict::NotExamined;
            (!is_examined).then(|| reason.clone().unwrap_or_default())
        };
        if video::is_video(path) {
            let result = video::examine(request, None, stages, path, ctx);
            let report = &result.report;
            return Ok(ExaminedFile {
                line: video::json::line(path, &result, origin)?,
                sha256: hash(&report.sha256),
                n_faces: report.tracks.len(),
                reason: reason(report.verdict, &report.reason),
            });
        }
        let result = still::examine(request, None, None, stages, path, ctx);
        Ok(ExaminedFile {
            line: json::line(path, &result, Some(origin))?,
            sha256: hash(&result.report.sha256),
            n_faces: result.report.faces.len(),
            reason: reason(result.report.verdict, &result.report.reason),
        })
    }
}
