//! `replay`: examines the files of a report again and compares every value.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, iter};

use anyhow::{Context as _, bail};
use clap::Args;

use super::files::ExaminedFile;
use super::make::{calibration_set, stored_detectors};
use super::options::ExamineOptions;
use crate::base::release::VERSION;
use crate::base::text::{counted, visible};
use crate::base::{TaskCtx, Verdict};
use crate::bundle::ModelStore;
use crate::cli::exit::{finish_checked, with_causes};
use crate::cli::output::{self, Stdout};
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::infer::EngineOptions;
use crate::pipeline::Stages;
use crate::report::build::{
    FileSays, complete, custody, failed_findings, file_says, weigh, wrote_pdf,
};
use crate::report::{
    Comparison, CustodyRecord, FileState, FindingsRecord, NOT_CHECKED, RECORD_FILE, ReportItem,
    ReportRecord, RunRecord, ToleranceRecord, Unchecked, WEAKENED, compare_derived,
    compare_findings, compare_identity, compare_said,
};

/// Shown at the end of `--help`.
pub(in crate::cli) const HELP: &str = "\
Every value is printed with its difference and what is allowed, then what cannot be checked and why. Exit
codes: 0 every difference is within the tolerance, 1 nothing could be started, 2 something differs by more,
a file or a model is not the one of the report, or this version says it in another way.";

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The record of a report, report.json, or the folder that holds it
    #[arg(value_name = "REPORT")]
    report: PathBuf,

    /// Folder that holds the files under their names; default: where the report says
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,

    /// The calibration set of the report; default: where the report says
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,

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
    let (record, unknown) = ReportRecord::read_with_unknown(&file)?;
    if record.items.is_empty() {
        bail!("the report has no items: there is nothing to compare");
    }
    let strange = strange(&record, &unknown);
    let mut replayer = Replayer::new(args.tools.models(), args.tools.clone().engine());
    let line = ProgressLine::bar(record.items.len());
    let (mut n_values, mut n_beyond) = (0u64, 0u64);
    // First the report as a whole, then its items.
    for item in iter::once(None).chain(record.items.iter().map(Some)) {
        let found = if let Some(item) = item {
            line.file(&item.path);
            replayer.repeat(&record, item, args.media.as_deref())?
        } else {
            let mut derived = replayer.derive(&record, args.calibration.as_deref());
            derived.extend(strange.iter().cloned());
            derived
        };
        n_values += found.len() as u64;
        n_beyond += found.iter().filter(|value| value.is_beyond).count() as u64;
        let is_notable = |value: &&Comparison| value.is_beyond || value.what.contains(WEAKENED);
        let shown = found.iter().filter(|value| !args.brief || is_notable(value));
        for value in shown {
            if line.suspend(|| output::print_line(&value.line()))? == Stdout::Closed {
                return Ok(n_beyond == 0);
            }
        }
        if item.is_some() {
            line.next();
        }
    }
    drop(line);
    if !args.brief {
        let unchecked = |u: &Unchecked| format!("not checked: {}: {}", u.keys.join(", "), u.why);
        output::print_lines(&NOT_CHECKED.iter().map(unchecked).collect::<Vec<_>>())?;
    }
    if record.program.version != VERSION {
        output::print_line(&format!(
            "the report was made by version {}, this is version {VERSION}: sentences may differ for that",
            record.program.version
        ))?;
    }
    output::print_line(&format!(
        "{} of {} compared, {n_beyond} beyond the tolerance",
        counted(n_values, "value"),
        counted(record.items.len() as u64, "item")
    ))?;
    Ok(n_beyond == 0)
}

/// What no report of this program has: keys that it does not know, and parts of a case without one.
fn strange(record: &ReportRecord, unknown: &[String]) -> Vec<Comparison> {
    let mut found: Vec<Comparison> = unknown
        .iter()
        .map(|key| Comparison::texts(0, &visible(key), "there", "not known to this version"))
        .collect();
    let is_of_case = |item: &&ReportItem| {
        item.case_item.is_some() || !item.readings.is_empty() || !item.bookmarks.is_empty()
    };
    if record.case.is_none() {
        found.extend(record.items.iter().filter(is_of_case).map(|item| {
            Comparison::texts(item.number, "item of a case, readings, bookmarks", "some", "no case")
        }));
    }
    found
}

/// Examines items of a record again.
pub(super) struct Replayer {
    store: ModelStore,
    engine: EngineOptions,
    /// The detector in use, by name and hash.
    loaded: Option<(String, String, Stages)>,
    /// The newest examination. A report may name a file several times in a row.
    newest: Option<(Examination, FindingsRecord)>,
}

/// What an examination depends on: the same bytes, run and options give the same findings.
#[derive(PartialEq)]
struct Examination {
    path: PathBuf,
    sha256: Option<String>,
    model_sha256: String,
    options: ExamineOptions,
}

impl Replayer {
    pub(super) const fn new(store: ModelStore, engine: EngineOptions) -> Self {
        Self { store, engine, loaded: None, newest: None }
    }

    /// Engine and provider in use; "none" before anything was examined.
    pub(super) fn engine_names(&self) -> (String, String) {
        let none = || ("none".to_owned(), "none".to_owned());
        self.loaded.as_ref().map_or_else(none, |(_, _, stages)| {
            let info = stages.detector.engine();
            (info.engine.clone(), info.provider.clone())
        })
    }

    /// Every value of the record that follows from others, of the record and made again. `set`: the file of
    /// its calibration set.
    pub(super) fn derive(&self, record: &ReportRecord, set: Option<&Path>) -> Vec<Comparison> {
        let mut found = Vec::new();
        let mut now = record.clone();
        now.detectors = stored_detectors(&record.items, &self.store);
        let set = record.weight.calibration.as_ref().and_then(|then| {
            let path = set.map(Path::to_owned).or_else(|| named_set(record));
            let set = path.context("name its file with --calibration").and_then(|path| {
                calibration_set(&path).context("name its file with --calibration")
            });
            let what = "SHA-256 of the calibration set";
            let sha256 = set.as_ref().map_or_else(with_causes, |set| set.sha256().to_owned());
            found.push(Comparison::texts(0, what, &then.sha256, &sha256));
            set.ok()
        });
        // The ratios of a set that is not at hand stay as they are: they were named above.
        if set.is_some() || record.weight.calibration.is_none() {
            now.weight = weigh(&mut now.items, set.as_ref(), &now.detectors);
        }
        found.extend(compare_derived(record, &complete(now, wrote_pdf(record))));
        found
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
        let (then, sha256) = (&item.custody.sha256_at_entry, &now.sha256_now);
        let mut found = compare_identity(item, &now);
        if then.is_some() && then != sha256 {
            let then = then.as_deref().unwrap_or("none");
            let now = sha256.as_deref().unwrap_or(&now.sentence);
            found.push(Comparison::texts(item.number, "SHA-256 of the file", then, now));
            return Ok(found);
        }
        found.extend(compare_said(item, &file_statements(&path, &now)));
        let Some(run) = &item.run else {
            // Nobody can repeat findings that do not say how they came about.
            if item.findings.verdict != Verdict::NotExamined.as_str() {
                let then = &item.findings.verdict;
                found.push(Comparison::texts(item.number, "findings without a run", then, "none"));
            }
            let reason = item.findings.reason.as_deref().unwrap_or_default();
            let now = failed_findings(reason);
            found.extend(compare_findings(item, &now, &ToleranceRecord::default(), true));
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
        let model_sha256 = run.model_sha256.clone();
        let wanted = Examination { path, sha256: now.sha256_now, model_sha256, options };
        let now = self.examined(run, wanted)?;
        let tolerance = record.replay.tolerance.at_most(&ToleranceRecord::default());
        found.extend(compare_findings(item, &now, &tolerance, is_same_provider));
        Ok(found)
    }

    /// What is found in a file now. The detector of `run` is installed.
    fn examined(&mut self, run: &RunRecord, wanted: Examination) -> anyhow::Result<FindingsRecord> {
        if let Some((_, found)) = self.newest.as_ref().filter(|(newest, _)| *newest == wanted) {
            return Ok(found.clone());
        }
        let ctx = TaskCtx::silent();
        let stages = self.stages(run)?.context("the detector was removed meanwhile")?;
        let examined = ExaminedFile::examine(&wanted.path, &wanted.options, stages, &ctx);
        let found = examined.findings(&wanted.options, stages, &ctx);
        self.newest = Some((wanted, found.clone()));
        Ok(found)
    }

    /// The detector of a run; `None` when none with its hash is installed under its name.
    fn stages(&mut self, run: &RunRecord) -> anyhow::Result<Option<&mut Stages>> {
        let is_loaded = |loaded: &(String, String, Stages)| {
            loaded.0 == run.model && loaded.1 == run.model_sha256
        };
        if !self.loaded.as_ref().is_some_and(is_loaded) {
            let card = self.store.read(&run.model).ok().map(|bundle| bundle.card);
            if card.is_none_or(|card| card.file.sha256 != run.model_sha256) {
                return Ok(None);
            }
            // Two detectors at once may not fit.
            self.loaded = None;
            let stages = Stages::load(&self.store, &run.model, &self.engine, &TaskCtx::silent())?;
            self.loaded = Some((run.model.clone(), run.model_sha256.clone(), stages));
        }
        Ok(self.loaded.as_mut().map(|(_, _, stages)| stages))
    }
}

/// Where the file of an item lies now.
fn path_of(record: &ReportRecord, item: &ReportItem, media: Option<&Path>) -> PathBuf {
    let then = Path::new(&record.replay.working_folder).join(&item.path);
    let path = match (media, then.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => then,
    };
    // A name that is not Unicode stands in the record with a sign for each byte that is none.
    let is_same = |entry: &fs::DirEntry| Some(&*entry.file_name().to_string_lossy()) == name(&path);
    let around = || fs::read_dir(path.parent()?).ok()?.flatten().find(is_same);
    let is_there = path.symlink_metadata().is_ok();
    if is_there { None } else { around() }.map_or_else(|| path.clone(), |entry| entry.path())
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The calibration set that the maker of a report named.
fn named_set(record: &ReportRecord) -> Option<PathBuf> {
    let option = "--calibration";
    let mut words = record.replay.command.iter();
    let word = words.find(|word| word.starts_with(option))?;
    let file = match word.strip_prefix("--calibration=") {
        Some(file) => file,
        None => words.next()?,
    };
    Some(Path::new(&record.replay.working_folder).join(file))
}

/// What the file says about itself now: another version may read it in another way.
fn file_statements(path: &Path, now: &CustodyRecord) -> FileSays {
    let is_there = !matches!(now.state, FileState::Missing | FileState::Unreadable);
    if is_there { file_says(path) } else { FileSays::default() }
}
