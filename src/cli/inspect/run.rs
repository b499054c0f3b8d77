//! Goes through the files of an `inspect` command and prints a report on each.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{anyhow, bail};

use super::args::{InspectArgs, InspectRequest};
use super::heatmaps::OutputFolder;
use super::still::StillResult;
use super::video::VideoResult;
use super::{json, still, text, video};
use crate::base::text::{counted, visible_path};
use crate::base::{Cancel, EngineInfo, ModelRef, Progress, TaskCtx};
use crate::bundle::{Card, Thresholds};
use crate::cli::exit::{finish_checked, with_causes};
use crate::cli::output::{self, Stdout};
use crate::cli::progress::ProgressLine;
use crate::pipeline::described::DescriptionObject;
use crate::pipeline::{Reference, Stages};

/// Examines every file, in order.
pub(in crate::cli) fn run(args: InspectArgs) -> ExitCode {
    finish_checked(examine_all(args))
}

/// `false` when a file could not be examined or its pictures could not be written.
fn examine_all(args: InspectArgs) -> anyhow::Result<bool> {
    args.check().map_err(|text| anyhow!(text))?;
    let detector = args.detector()?;
    let request = args.request(detector);
    let folder = match &request.out {
        Some(out) => Some(OutputFolder::create(out, &request.files)?),
        None => None,
    };
    let line = ProgressLine::new(request.progress, request.files.len());
    let on_progress = |progress: Progress| line.step(progress);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let printer = Printer { is_json: request.json, line: &line };
    let done = match Stages::load(&request.models, &request.detector, &request.engine, &ctx) {
        Ok(mut stages) => examine_files(&request, folder.as_ref(), &mut stages, &printer, &ctx),
        Err(error) => {
            printer.nothing_loaded(&request, &error.to_string())?;
            return Err(error.into());
        }
    };
    // Results may have been printed before stdout failed.
    Ok(done.unwrap_or_else(|error| {
        line.suspend(|| output::eprint_line(&format!("error: {}", with_causes(&error))));
        false
    }))
}

fn examine_files(
    request: &InspectRequest,
    folder: Option<&OutputFolder>,
    stages: &mut Stages,
    printer: &Printer<'_>,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<bool> {
    let thresholds = *stages.detector.thresholds();
    let reference = match &request.reference {
        Some(folder) => Some(read_reference(folder, request, stages, printer, ctx)?),
        None => None,
    };
    let mut is_complete = true;
    for path in &request.files {
        printer.line.file(&path.display().to_string());
        let stdout = if video::is_video(path) {
            let result = video::examine(request, folder, stages, path, ctx);
            is_complete &= !result.is_partial;
            if reference.is_some() {
                printer.line.suspend(|| {
                    output::eprint_line(&format!(
                        "{}: videos are not compared with the reference files",
                        visible_path(path)
                    ));
                });
            }
            printer.video(path, &result, stages.detector.card())?
        } else {
            let result = still::examine(request, folder, reference.as_ref(), stages, path, ctx);
            is_complete &= !result.is_partial;
            printer.still(path, &result, stages.detector.card(), &thresholds)?
        };
        if stdout == Stdout::Closed {
            return Ok(is_complete);
        }
        printer.line.next();
    }
    let tools = text::tools(&stages.detector.model(), stages.detector.engine());
    let caution = stages.detector.card().error_rates.caution();
    let caution = caution.map(|text| format!("\n{text}")).unwrap_or_default();
    let foreign = text::foreign(stages.detector.card()).unwrap_or_default();
    printer.footer(&format!("{tools}{foreign}{caution}"))?;
    Ok(is_complete)
}

/// Examines the genuine files, and says on stderr how many there are and what was passed over.
fn read_reference(
    folder: &Path,
    request: &InspectRequest,
    stages: &mut Stages,
    printer: &Printer<'_>,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<Reference> {
    let reference = Reference::examine(stages, folder, &request.plan, ctx)?;
    let (n_faces, n_files) = reference.n();
    if n_faces == 0 {
        bail!("no face was examined in the reference files of {}", visible_path(folder));
    }
    printer.line.suspend(|| {
        output::eprint_line(&format!(
            "reference: {} of {}",
            counted(n_faces as u64, "face"),
            counted(n_files as u64, "file")
        ));
        for part in text::not_examined(&reference.not_examined) {
            output::eprint_line(&part);
        }
    });
    Ok(reference)
}

/// Prints reports as text or JSON beside the progress line.
struct Printer<'a> {
    is_json: bool,
    line: &'a ProgressLine,
}

impl Printer<'_> {
    fn still(
        &self,
        path: &Path,
        result: &StillResult,
        card: &Card,
        thresholds: &Thresholds,
    ) -> anyhow::Result<Stdout> {
        if !self.is_json {
            return self.text(&text::report(path, result, thresholds));
        }
        self.json(
            path,
            result.report.reason.as_deref(),
            &json::line(path, result, Some(card.origin()))?,
        )
    }

    fn video(&self, path: &Path, result: &VideoResult, card: &Card) -> anyhow::Result<Stdout> {
        let VideoResult { report, written, .. } = result;
        if !self.is_json {
            return self.text(&video::text::report(path, report, card, written));
        }
        let line = video::json::line(path, result, card.origin())?;
        self.json(path, report.reason.as_deref(), &line)
    }

    /// A block of text and an empty line.
    fn text(&self, text: &str) -> anyhow::Result<Stdout> {
        Ok(self.line.suspend(|| output::print_page(&format!("{text}\n")))?)
    }

    fn json(&self, path: &Path, reason: Option<&str>, line: &str) -> anyhow::Result<Stdout> {
        self.line.suspend(|| {
            if let Some(reason) = reason {
                output::eprint_line(&format!("{}: not examined: {reason}", visible_path(path)));
            }
            Ok(output::print_line(line)?)
        })
    }

    /// Model and engine, after all files. With `--json` stdout has room for files only.
    fn footer(&self, text: &str) -> anyhow::Result<()> {
        self.line.suspend(|| {
            if self.is_json {
                text.lines().for_each(output::eprint_line);
            } else {
                output::print_page(text)?;
            }
            Ok(())
        })
    }

    /// With `--json` every file gets its line, though none can be examined.
    fn nothing_loaded(&self, request: &InspectRequest, reason: &str) -> anyhow::Result<()> {
        if !self.is_json {
            return Ok(());
        }
        for path in &request.files {
            let model = ModelRef { name: request.detector.clone(), sha256: String::new() };
            let engine = EngineInfo {
                engine: String::new(),
                provider: String::new(),
                unused_providers: Vec::new(),
                remote: None,
            };
            let mut result = StillResult::unreadable(model, engine, reason.to_owned());
            result.said = Some(DescriptionObject::read(path, None, &TaskCtx::silent()));
            if output::print_line(&json::line(path, &result, None)?)? == Stdout::Closed {
                break;
            }
        }
        Ok(())
    }
}
