//! `version`: this program's version and formats, and what changed since a file was made.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use crate::base::release::{Age, PROGRAM, Release, VERSION, age_of, releases};
use crate::base::text::{visible, visible_path};
use crate::bundle::{Bundle, ModelStore, onnx};
use crate::case::{self, Case};
use crate::cli::exit::with_causes;
use crate::cli::output;
use crate::report::{self, RECORD_FILE, ReportRecord};
use crate::scan::PLAN_FORMAT;

/// Parts of the program that a build may leave out.
const FEATURES: [(&str, bool); 5] = [
    ("gui", cfg!(feature = "gui")),
    ("train", cfg!(feature = "train")),
    ("credentials", cfg!(feature = "credentials")),
    ("report-pdf", cfg!(feature = "report-pdf")),
    ("remote", cfg!(feature = "remote")),
];

/// Arguments of `version`.
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Cases, folders of models, reports: which version made them, and what changed since
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// This program.
#[derive(Serialize)]
struct ProgramVersion {
    version: &'static str,
    system: String,
    features: Vec<&'static str>,
    formats: Formats,
    /// The detector in use.
    detector: Option<DetectorVersion>,
    releases: Vec<Release>,
}

/// The versions of files that it writes; older ones are read.
#[derive(Serialize)]
struct Formats {
    case: i64,
    report: u32,
    model: u32,
    scan: u32,
}

#[derive(Serialize)]
struct DetectorVersion {
    name: String,
    sha256: String,
}

/// A file and the program that made it.
#[derive(Serialize)]
struct FileVersion<'a> {
    path: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Name and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    /// `same`, `older` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<&'static str>,
    /// Releases since then, newest first.
    releases_since: Vec<Release>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// Prints the version, or that of each file; false when a file is none of ours.
pub(in crate::cli) fn run(args: &VersionArgs) -> anyhow::Result<bool> {
    if args.files.is_empty() {
        let this = this_program();
        if args.json {
            output::print_line(&serde_json::to_string(&this)?)?;
        } else {
            output::print_lines(&program_lines(&this))?;
        }
        return Ok(true);
    }
    let mut is_complete = true;
    for path in &args.files {
        let file = examine(path);
        is_complete &= file.failure.is_none();
        if args.json {
            output::print_line(&serde_json::to_string(&file)?)?;
        } else {
            output::print_lines(&file_lines(&file))?;
        }
    }
    Ok(is_complete)
}

fn this_program() -> ProgramVersion {
    let models = ModelStore::discover(None);
    let detector = models.detector().and_then(|name| models.read(&name)).ok();
    ProgramVersion {
        version: VERSION,
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        features: FEATURES.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect(),
        formats: Formats {
            case: case::FORMAT,
            report: report::VERSION,
            model: Bundle::FORMAT,
            scan: PLAN_FORMAT,
        },
        detector: detector.map(|bundle| DetectorVersion {
            name: bundle.card.name,
            sha256: bundle.card.file.sha256,
        }),
        releases: releases(),
    }
}

fn program_lines(this: &ProgramVersion) -> Vec<String> {
    let Formats { case, report, model, scan } = this.formats;
    let mut lines = vec![
        format!("{PROGRAM} for {}", this.system),
        format!("features: {}", this.features.join(", ")),
        format!("formats: case {case}, report {report}, model {model}, scan {scan}"),
    ];
    lines.push(match &this.detector {
        Some(detector) => format!("detector: {}, sha256 {}", detector.name, detector.sha256),
        None => "detector: none, see `pentimento doctor`".to_owned(),
    });
    lines.extend(this.releases.iter().flat_map(release_lines));
    lines
}

fn examine(path: &Path) -> FileVersion<'_> {
    let mut file = FileVersion {
        path,
        kind: None,
        made_by: None,
        age: None,
        releases_since: Vec::new(),
        failure: None,
    };
    match maker(path) {
        Ok((kind, made_by)) => {
            let version = made_by.rsplit(' ').next().unwrap_or_default();
            let (age, since) = match age_of(version) {
                Age::Same => ("same", Vec::new()),
                Age::Older(since) => ("older", since),
                Age::Unknown => ("unknown", Vec::new()),
            };
            (file.kind, file.age, file.releases_since) = (Some(kind), Some(age), since);
            file.made_by = Some(made_by);
        }
        Err(error) => file.failure = Some(with_causes(&error)),
    }
    file
}

/// The kind of a file of ours, and the program that made it.
fn maker(path: &Path) -> anyhow::Result<(&'static str, String)> {
    let facts = std::fs::metadata(path).context("it cannot be read")?;
    if facts.is_dir() {
        if path.join("card.toml").is_file() {
            let bundle = Bundle::read(path)?;
            let made_by = onnx::producer(&bundle.model)
                .context("its model does not say which program wrote it")?;
            return Ok(("model", made_by));
        }
        return report_maker(&path.join(RECORD_FILE))
            .context("the folder holds neither a model nor a report");
    }
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
        return report_maker(path);
    }
    match Case::open_read_only(path) {
        Ok(case) => Ok(("case", case.made_by()?)),
        Err(case::Error::Foreign) => bail!("it is not a case, a model or a report of Pentimento"),
        Err(error) => Err(error.into()),
    }
}

fn report_maker(path: &Path) -> anyhow::Result<(&'static str, String)> {
    let program = ReportRecord::read(path)?.program;
    Ok(("report", format!("{} {}", program.name, program.version)))
}

fn file_lines(file: &FileVersion<'_>) -> Vec<String> {
    let name = visible_path(file.path);
    let (Some(kind), Some(made_by)) = (file.kind, &file.made_by) else {
        let why = file.failure.as_deref().unwrap_or("it is of no known kind");
        return vec![format!("{name}: {why}")];
    };
    let made_by = visible(made_by);
    let mut lines = vec![match file.age {
        Some("same") => format!("{name}: {kind} made by {made_by}, which is this version"),
        Some("older") => format!("{name}: {kind} made by {made_by}; since then:"),
        _ => format!(
            "{name}: {kind} made by {made_by}, which this version ({VERSION}) does not know"
        ),
    }];
    lines.extend(file.releases_since.iter().flat_map(release_lines));
    lines
}

fn release_lines(release: &Release) -> Vec<String> {
    let head = format!("{} ({})", release.version, release.date);
    let changes = release.changes.iter().map(|c| format!("  {}: {}", c.about, c.text));
    std::iter::once(head).chain(changes).collect()
}
