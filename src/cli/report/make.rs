//! `report make`: collects the items, then writes the record and its pages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::case_items::{add_item, case_record, selected};
use super::files::add_file;
use super::items::ItemCollector;
use super::options::ExamineOptions;
use super::record::{RequestArgs, record};
use super::write::{Signer, write};
use crate::base::text::{counted, visible_path};
use crate::base::{Cancel, Progress, Rect, TaskCtx, Verdict};
use crate::bundle::ModelStore;
use crate::cli::case::open_read_only;
use crate::cli::inspect::{pixels, region};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::files::read_capped;
use crate::pipeline::{MIN_FACE_PX, Plan, Stages};
use crate::report::build::{CalibrationSet, detector_facts, unknown_detector, verdict_from, weigh};
use crate::report::{
    CaseRecord, DetectorFacts, FileState, PAGE_FILE, ReportFolder, ReportItem, ReportRecord,
};

/// Shown at the end of `--help`.
pub(super) const HELP: &str = "\
The folder holds report.json (every value), report.html (one page, nothing outside it is loaded),
report.pdf where this build writes it, a card of one page for each of the most suspicious files, the
pictures, and SHA256SUMS. It is written whole or not at all, and replaces nothing.

Exit codes:
  0  everything was examined
  1  there is no report: wrong use, no model, no room on the disk
  2  the report was written and says that something was not examined, or is changed or missing, or
     that there was no file at all

Examples:
  pentimento report make --out report photo.jpg
  pentimento report make --out report --question \"Was the face replaced?\" photo.jpg clip.mp4
  pentimento report make --out report --case tuesday.pentimento --item 3 --item 7";

/// Arguments of `report make`.
#[derive(Debug, Args)]
pub struct MakeArgs {
    /// Pictures and videos to examine
    #[arg(value_name = "FILE", required_unless_present = "case", conflicts_with = "case")]
    files: Vec<PathBuf>,

    /// The folder for the report: a new one
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Report the findings that this case stores, without examining again
    #[arg(long, value_name = "CASE")]
    case: Option<PathBuf>,

    /// Only the item of this number; may be repeated. Default: all items
    #[arg(long, value_name = "NUMBER", requires = "case")]
    item: Vec<i64>,

    #[command(flatten)]
    request: RequestArgs,

    /// Give likelihood ratios by this calibration set: scores of pictures of known truth, of the kind and
    /// quality of those examined
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,

    /// Sign the report with this secret key; the variable `PENTIMENTO_KEY_PASSWORD` holds its password
    #[arg(long, value_name = "FILE")]
    sign: Option<PathBuf>,

    /// Examine this region too, in pixels of the stored picture; may be repeated
    #[arg(long, value_name = "X,Y,W,H", value_parser = region, allow_hyphen_values = true, conflicts_with = "case")]
    region: Vec<Rect>,

    /// Examine only the regions given, without looking for faces
    #[arg(long, requires = "region")]
    only_regions: bool,

    /// Skip faces whose longer side has fewer pixels
    #[arg(long, value_name = "PX", value_parser = pixels, default_value_t = MIN_FACE_PX)]
    min_face: f32,

    /// Examine about 24 frames of each video only
    #[arg(long, conflicts_with = "case")]
    quick: bool,

    /// Examine the faces of pictures again on worse copies: compressed, blurred, made smaller
    #[arg(long, conflicts_with = "case")]
    robustness: bool,

    /// Name of the detector's model bundle. Default: the one in use
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,

    #[command(flatten)]
    tools: ToolArgs,
}

/// Makes the report; `false` when it says that something was not examined or is no longer the same.
pub(super) fn run(args: &MakeArgs) -> anyhow::Result<bool> {
    // clap does not ask for --case where files forbid it.
    if args.case.is_none() && !args.item.is_empty() {
        bail!("--item needs --case");
    }
    // A key that cannot be used is refused before any work.
    let signer = args.sign.as_deref().map(Signer::open).transpose()?;
    let set = args.calibration.as_deref().map(calibration_set).transpose()?;
    let folder = ReportFolder::create(&args.out)?;
    let mut collector = ItemCollector::new(folder);
    let store = args.tools.models();
    let (detectors, case) = match &args.case {
        Some(path) => {
            let case = from_case(&mut collector, path, args, &store)?;
            (stored_detectors(&collector.items, &store), Some(case))
        }
        None => (vec![from_files(&mut collector, args, &store)?], None),
    };
    let mut items = std::mem::take(&mut collector.items);
    let weight = weigh(&mut items, set.as_ref(), &detectors);
    let record = record(&args.request, &args.out, items, detectors, case, weight);
    write(collector.folder, &record, signer.as_ref())?;
    print(args, &record)?;
    Ok(is_complete(&record))
}

/// Largest calibration set that is read, in bytes: a million scores.
const MAX_SET_BYTES: u64 = 32 << 20;

pub(super) fn calibration_set(path: &Path) -> anyhow::Result<CalibrationSet> {
    let read = read_capped(path, MAX_SET_BYTES);
    let bytes = read.with_context(|| format!("cannot read {}", visible_path(path)))?;
    let bytes = bytes.with_context(|| format!("{} is too large", visible_path(path)))?;
    Ok(CalibrationSet::from_json(&bytes)?)
}

fn from_files(
    collector: &mut ItemCollector,
    args: &MakeArgs,
    store: &ModelStore,
) -> anyhow::Result<DetectorFacts> {
    let options = ExamineOptions {
        plan: Plan {
            min_face_px: args.min_face,
            regions: args.region.clone(),
            find_faces: !args.only_regions,
            ..Plan::default()
        },
        is_quick: args.quick,
        tries_worse: args.robustness,
    };
    let line = ProgressLine::bar(args.files.len());
    let on_progress = |progress: Progress| line.step(progress);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let detector = args.tools.detector(args.detector.as_deref())?;
    let mut stages = Stages::load(store, &detector, &args.tools.clone().engine(), &ctx)
        .context("no file was examined")?;
    for path in &args.files {
        line.file(&path.display().to_string());
        add_file(collector, path, &options, &mut stages, &ctx)?;
        line.next();
    }
    Ok(detector_facts(stages.detector.card()))
}

fn from_case(
    collector: &mut ItemCollector,
    path: &Path,
    args: &MakeArgs,
    store: &ModelStore,
) -> anyhow::Result<CaseRecord> {
    let case = open_read_only(path)?;
    let rows = selected(&case, &args.item)?;
    let line = ProgressLine::bar(rows.len());
    let ctx = TaskCtx::silent();
    for row in &rows {
        line.file(&row.path.display().to_string());
        add_item(collector, &case, row, store, &ctx)?;
        line.next();
    }
    case_record(&case, &rows, &ctx)
}

/// The cards of all detectors whose findings are reported, as far as they are at hand.
pub(super) fn stored_detectors(items: &[ReportItem], store: &ModelStore) -> Vec<DetectorFacts> {
    let runs = items.iter().filter_map(|item| item.run.as_ref());
    let used: BTreeSet<(&str, &str)> =
        runs.map(|run| (run.model.as_str(), run.model_sha256.as_str())).collect();
    let facts = |(name, sha256): (&str, &str)| {
        let card = store.read(name).ok().map(|bundle| bundle.card);
        let card = card.filter(|card| card.file.sha256 == sha256);
        card.map_or_else(|| unknown_detector(name, sha256), |card| detector_facts(&card))
    };
    used.into_iter().map(facts).collect()
}

fn print(args: &MakeArgs, record: &ReportRecord) -> anyhow::Result<()> {
    let page = args.out.join(PAGE_FILE);
    let summary = &record.summary;
    let since = match summary.n_changed {
        0 => String::new(),
        n => format!("; changed or gone since {n}"),
    };
    output::print_lines(&[
        format!(
            "{}: traces of forgery found in {}, inconclusive {}, no trace found in {}, not examined {}{since}",
            counted(summary.n_items as u64, "file"),
            summary.n_traces_found,
            summary.n_inconclusive,
            summary.n_no_trace_found,
            summary.n_not_examined
        ),
        format!("written: {}", visible_path(&page)),
    ])?;
    if summary.n_items == 0 {
        output::eprint_line(
            "the report is about no file: the case has no items. Add files with: pentimento case add",
        );
    }
    for caution in &summary.cautions {
        output::eprint_line(caution);
    }
    Ok(())
}

fn is_complete(record: &ReportRecord) -> bool {
    let is_whole = |item: &ReportItem| {
        verdict_from(&item.findings.verdict) != Verdict::NotExamined
            && item.findings.not_examined.is_empty()
            && !matches!(
                item.custody.state,
                FileState::Changed | FileState::Missing | FileState::Unreadable
            )
    };
    // Who asks for a report on nothing has named the wrong case, or not filled it yet.
    let has_items = !record.items.is_empty();
    has_items
        && record.items.iter().all(is_whole)
        && record.case.as_ref().is_none_or(|case| case.sound)
}
