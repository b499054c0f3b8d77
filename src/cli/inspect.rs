//! `inspect`: files one after the other, a line or a block for each.
//!
//! * **In**: an [`InspectRequest`]. **Out**: JSON lines or text on stdout, pictures in a folder,
//!   an exit code.
//! * **Not here**: the work (`pipeline`), the contract (`json`), the wording (`words`).

use std::path::Path;
use std::process::ExitCode;

use super::output::{self, Reader};
use super::pictures::{Folder, Written};
use super::progress::Line;
use super::request::InspectRequest;
use super::robustness::{self, Series};
use super::video::{self, Watched};
use super::{EXIT_PARTIAL, EXIT_USAGE, json, words};
use crate::base::{
    Cancel, EngineInfo, MediaReport, ModelRef, Phase, Progress, TaskCtx, Verdict, Warning,
};
use crate::bundle::{Card, Thresholds};
use crate::pipeline::{Stages, examine_still};

/// Examines every file, in order.
pub(super) fn run(request: &InspectRequest) -> ExitCode {
    let folder = match &request.out {
        None => None,
        Some(out) => match Folder::open(out, &request.files) {
            Ok(folder) => Some(folder),
            Err(error) => {
                output::people(&format!("error: {error:#}"));
                return ExitCode::from(EXIT_USAGE);
            }
        },
    };
    let line = Line::told_to(request.progress, request.files.len());
    let on_progress = |progress: Progress| line.step(progress);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let mut run = Run { request, folder, line: &line, is_partial: false };
    let is_read = match Stages::load(&request.models, &request.detector, &request.engine, &ctx) {
        Ok(mut stages) => run.all(&mut stages, &ctx),
        Err(error) => run.none(&error.to_string()),
    };
    match is_read {
        Ok(_) if !run.is_partial => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(EXIT_PARTIAL),
        Err(error) => {
            line.suspend(|| output::people(&format!("error: {error:#}")));
            ExitCode::from(EXIT_PARTIAL)
        }
    }
}

/// What goes with a report.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) written: Written,
    pub(super) series: Series,
}

/// One call of `inspect`.
pub(super) struct Run<'a> {
    pub(super) request: &'a InspectRequest,
    pub(super) folder: Option<Folder>,
    pub(super) line: &'a Line,
    /// Some file could not be examined, or its pictures not written.
    is_partial: bool,
}

impl Run<'_> {
    fn all(&mut self, stages: &mut Stages, ctx: &TaskCtx<'_>) -> anyhow::Result<Reader> {
        let thresholds = *stages.detector.thresholds();
        for path in &self.request.files {
            self.line.file(&path.display().to_string());
            let reader = if video::is_clip(path) {
                let watched = video::watch(self, stages, path, ctx);
                self.is_partial |= watched.is_partial;
                self.show_clip(path, &watched, stages.detector.card())?
            } else {
                let (report, extras) = self.one(stages, path, &thresholds, ctx);
                self.show(path, &report, Some(&thresholds), &extras)?
            };
            if reader == Reader::Gone {
                return Ok(Reader::Gone);
            }
            self.line.next();
        }
        let tools = words::tools(&stages.detector.model(), stages.detector.engine());
        let caution = stages.detector.card().error_rates.caution();
        let caution = caution.map(|what| format!("\n{what}")).unwrap_or_default();
        self.tools(&format!("{tools}{caution}"))
    }

    /// One file. What fails is in the report: the next file is another matter.
    fn one(
        &mut self,
        stages: &mut Stages,
        path: &Path,
        thresholds: &Thresholds,
        ctx: &TaskCtx<'_>,
    ) -> (MediaReport, Extras) {
        let (mut report, frame) = match examine_still(stages, path, &self.request.plan, ctx) {
            Ok(examined) => examined,
            Err(error) => {
                let (model, engine) = (stages.detector.model(), stages.detector.engine().clone());
                self.is_partial = true;
                return (refused(model, engine, error.to_string()), Extras::default());
            }
        };
        self.is_partial |= report.verdict == Verdict::NotExamined;
        let mut extras = Extras::default();
        if let (Some(frame), true) = (&frame, self.request.robustness) {
            match robustness::run(stages, frame, &report, ctx) {
                Ok(series) => extras.series = series,
                Err(error) => {
                    self.is_partial = true;
                    let what = format!("the robustness could not be examined: {error}");
                    report.warnings.push(Warning(what));
                }
            }
        }
        if let (Some(folder), Some(frame)) = (&self.folder, &frame) {
            self.line.step(Progress { phase: Phase::Writing, done: 0, total: 1 });
            match folder.write(path, &report, frame, thresholds.map) {
                Ok(files) => extras.written = files,
                Err(error) => {
                    self.is_partial = true;
                    let what = format!("the heat maps could not be written: {error:#}");
                    report.warnings.push(Warning(what));
                }
            }
        }
        (report, extras)
    }

    /// Nothing could be loaded: every file is told of it.
    fn none(&mut self, reason: &str) -> anyhow::Result<Reader> {
        self.is_partial = true;
        self.line.suspend(|| output::people(&format!("error: {reason}")));
        if !self.request.json {
            return Ok(Reader::Listening);
        }
        for path in &self.request.files {
            let model = ModelRef { name: self.request.detector.clone(), sha256: String::new() };
            let engine =
                EngineInfo { engine: String::new(), provider: String::new(), unused_providers: Vec::new() };
            let report = refused(model, engine, reason.to_owned());
            let text = json::line(path, &report, &Extras::default())?;
            if output::data(&text)? == Reader::Gone {
                return Ok(Reader::Gone);
            }
        }
        Ok(Reader::Listening)
    }

    fn show(
        &self,
        path: &Path,
        report: &MediaReport,
        thresholds: Option<&Thresholds>,
        extras: &Extras,
    ) -> anyhow::Result<Reader> {
        if !self.request.json {
            return self.say(&words::report(path, report, thresholds, extras));
        }
        self.say_json(path, report.reason.as_deref(), &json::line(path, report, extras)?)
    }

    fn show_clip(
        &self,
        path: &Path,
        Watched { report, written, .. }: &Watched,
        card: &Card,
    ) -> anyhow::Result<Reader> {
        if !self.request.json {
            return self.say(&video::words::report(path, report, card, written));
        }
        let text = video::json::line(path, report, written)?;
        self.say_json(path, report.reason.as_deref(), &text)
    }

    /// A block for people, an empty line after it.
    fn say(&self, text: &str) -> anyhow::Result<Reader> {
        Ok(self.line.suspend(|| output::data(&format!("{text}\n")))?)
    }

    fn say_json(&self, path: &Path, reason: Option<&str>, text: &str) -> anyhow::Result<Reader> {
        self.line.suspend(|| {
            if let Some(reason) = reason {
                output::people(&format!("{}: not examined: {reason}", path.display()));
            }
            Ok(output::data(text)?)
        })
    }

    fn tools(&self, text: &str) -> anyhow::Result<Reader> {
        self.line.suspend(|| {
            if self.request.json {
                output::people(text);
                return Ok(Reader::Listening);
            }
            Ok(output::data(text)?)
        })
    }
}

/// A report on a file that was not even opened.
fn refused(model: ModelRef, engine: EngineInfo, reason: String) -> MediaReport {
    MediaReport {
        sha256: String::new(),
        width_px: 0,
        height_px: 0,
        verdict: Verdict::NotExamined,
        reason: Some(reason),
        score: None,
        faces: Vec::new(),
        model,
        engine,
        elapsed_ms: 0,
        warnings: Vec::new(),
    }
}
