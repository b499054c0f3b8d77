//! `replay`: examines the files of a report again and compares every value.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::files::ExaminedFile;
use super::options::ExamineOptions;
use crate::base::text::counted;
use crate::base::{TaskCtx, Verdict};
use crate::bundle::ModelStore;
use crate::cli::exit::finish_checked;
use crate::cli::output::{self, Stdout};
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::infer::EngineOptions;
use crate::pipeline::Stages;
use crate::report::build::{custody, file_says};
use crate::report::{
    Comparison, FileState, RECORD_FILE, ReportItem, ReportRecord, RunRecord, ToleranceRecord,
    compare_findings,
};

/// Shown at the end of `--help`.
pub(in crate::cli) const HELP: &str = "\
Every value is printed with its difference and what is allowed. Exit codes: 0 every difference is within
the tolerance of the report, 1 nothing could be started, 2 something differs by more, a file or a model
is not the one of the report, or what a file says is read in another way by this version.";

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The record of a report, report.json, or the folder that holds it
    #[arg(value_name = "REPORT")]
    report: PathBuf,

    /// Folder that holds the files under their names; default: where the report says
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,

    /// Print only what differs by more than is allowed
    #[arg(long)]
    brief: bool,

    #[command(flatten)]
    tools: ToolArgs,
}

/// Repeats the examinations.
pub(in crate::cli) fn run(args: &ReplayArgs) -> ExitCode {
    finish_checked(replay(args))
}

/// `false` when something differs by more than is allowed.
fn replay(args: &ReplayArgs) -> anyhow::Result<bool> {
    let is_folder = args.report.is_dir();
    let file = if is_folder { args.report.join(RECORD_FILE) } else { args.report.clone() };
    let record = ReportRecord::read(&file)?;
    if record.items.is_empty() {
        bail!("the report has no items: there is nothing to compare");
    }
    let mut replayer = Replayer::new(args.tools.models(), args.tools.clone().engine());
    let line = ProgressLine::bar(record.items.len());
    let (mut n_values, mut n_beyond) = (0u64, 0u64);
    for item in &record.items {
        line.file(&item.path);
        let found = replayer.repeat(&record, item, args.media.as_deref())?;
        n_values += found.len() as u64;
        n_beyond += found.iter().filter(|value| value.is_beyond).count() as u64;
        let shown = found.iter().filter(|value| value.is_beyond || !args.brief);
        for value in shown {
            if line.suspend(|| output::print_line(&value.line()))? == Stdout::Closed {
                return Ok(n_beyond == 0);
            }
        }
        line.next();
    }
    drop(line);
    output::print_line(&format!(
        "{} of {} compared, {n_beyond} beyond the tolerance",
        counted(n_values, "value"),
        counted(record.items.len() as u64, "item")
    ))?;
    Ok(n_beyond == 0)
}

/// Examines items of a record again.
pub(super) struct Replayer {
    store: ModelStore,
    engine: EngineOptions,
    /// The detector in use, by name and hash.
    loaded: Option<(String, String, Stages)>,
}

impl Replayer {
    pub(super) const fn new(store: ModelStore, engine: EngineOptions) -> Self {
        Self { store, engine, loaded: None }
    }

    /// Engine and provider in use; "none" before anything was examined.
    pub(super) fn engine_names(&self) -> (String, String) {
        let none = || ("none".to_owned(), "none".to_owned());
        self.loaded.as_ref().map_or_else(none, |(_, _, stages)| {
            let info = stages.detector.engine();
            (info.engine.clone(), info.provider.clone())
        })
    }

    /// Every value of an item, then and now. `media`: the folder that holds its file.
    pub(super) fn repeat(
        &mut self,
        record: &ReportRecord,
        item: &ReportItem,
        media: Option<&Path>,
    ) -> anyhow::Result<Vec<Comparison>> {
        let path = path_of(record, item, media);
        let now = custody(&path, item.custody.sha256_at_entry.as_deref());
        let hash = |hash: Option<&str>| hash.unwrap_or("none").to_owned();
        let then = hash(item.custody.sha256_at_entry.as_deref());
        let mut found = match now.state {
            FileState::Missing if item.custody.sha256_at_entry.is_none() => Vec::new(),
            FileState::Missing | FileState::Unreadable => {
                return Ok(vec![Comparison::texts(item.number, "file", &then, &now.sentence)]);
            }
            FileState::Changed | FileState::Unchanged | FileState::FirstHash => {
                let sha256 = hash(now.sha256_now.as_deref());
                vec![Comparison::texts(item.number, "SHA-256 of the file", &then, &sha256)]
            }
        };
        if found.iter().any(|value| value.is_beyond) {
            return Ok(found);
        }
        found.extend(statements(item, &path));
        let Some(run) = &item.run else {
            // Nobody can repeat findings that do not say how they came about.
            if item.findings.verdict != Verdict::NotExamined.as_str() {
                let then = &item.findings.verdict;
                found.push(Comparison::texts(item.number, "findings without a run", then, "none"));
            }
            return Ok(found);
        };
        let Some(stages) = self.stages(run)? else {
            let what = "SHA-256 of the detector";
            let gone = "no detector with this hash is installed";
            found.push(Comparison::texts(item.number, what, &run.model_sha256, gone));
            return Ok(found);
        };
        let engine = stages.detector.engine().clone();
        let is_same_provider = engine.engine == run.engine && engine.provider == run.provider;
        let options = ExamineOptions::from_json(&run.parameters);
        let threshold = stages.detector.thresholds().map;
        let examined = ExaminedFile::examine(&path, &options, stages, &TaskCtx::silent());
        let now = examined.findings(threshold);
        let tolerance = record.replay.tolerance.at_most(&ToleranceRecord::default());
        found.extend(compare_findings(item, &now, &tolerance, is_same_provider));
        Ok(found)
    }

    /// The detector of a run; `None` when none with its hash is installed under its name.
    fn stages(&mut self, run: &RunRecord) -> anyhow::Result<Option<&mut Stages>> {
        let is_loaded = |loaded: &(String, String, Stages)| {
            loaded.0 == run.model && loaded.1 == run.model_sha256
        };
        if !self.loaded.as_ref().is_some_and(is_loaded) {
            self.loaded = None;
            let card = self.store.read(&run.model).ok().map(|bundle| bundle.card);
            if card.is_none_or(|card| card.file.sha256 != run.model_sha256) {
                return Ok(None);
            }
            let stages = Stages::load(&self.store, &run.model, &self.engine, &TaskCtx::silent())?;
            self.loaded = Some((run.model.clone(), run.model_sha256.clone(), stages));
        }
        Ok(self.loaded.as_mut().map(|(_, _, stages)| stages))
    }
}

/// Where the file of an item lies now.
fn path_of(record: &ReportRecord, item: &ReportItem, media: Option<&Path>) -> PathBuf {
    let then = Path::new(&record.replay.working_folder).join(&item.path);
    match (media, then.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => then,
    }
}

/// What the file says about itself, then and now: another version may read it in another way.
fn statements(item: &ReportItem, path: &Path) -> Vec<Comparison> {
    let says = file_says(path);
    let then = item.statements.iter().chain(&item.contradictions);
    let now: Vec<_> = says.statements.iter().chain(&says.contradictions).collect();
    let mut found: Vec<Comparison> = Vec::new();
    for statement in then.clone() {
        let same = now.iter().find(|other| other.about == statement.about);
        let text = same.map_or("not said", |other| other.text.as_str());
        let what = format!("what the file says ({})", statement.about);
        found.push(Comparison::texts(item.number, &what, &statement.text, text));
    }
    for new in
        now.iter().filter(|statement| then.clone().all(|other| other.about != statement.about))
    {
        let what = format!("what the file says ({})", new.about);
        found.push(Comparison::texts(item.number, &what, "not new", &new.text));
    }
    found
}
