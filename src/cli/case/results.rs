//! `case add-results`: what a scan found, on this machine or others, into a case.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::open::{author, open_writable};
use crate::base::text::{counted, visible_path};
use crate::base::{Cancel, Progress, TaskCtx};
use crate::bundle::ModelStore;
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::curate::{self, ScannedFile, TakenResults};
use crate::pipeline::Plan;
use crate::scan::{BadLine, FailureClass, ResultLine, Results};

/// Lines and files that are named at most.
const MAX_NAMED: usize = 20;

pub(super) const HELP: &str = "\
RESULTS is the results.jsonl of pentimento merge, its folder, or the shard-I-of-N.jsonl of pentimento scan.
Paths in it lie below --root. Files that are there are hashed: of one that has another content now nothing
is taken. Files that are elsewhere become items all the same. The same lines taken again change nothing.

Results hold no heat maps and no signals for ranking: pentimento case examine --again examines such items
here.

Exit codes:
  0  every line was taken, or was in the case already
  1  wrong use, or the case cannot be changed
  2  some lines were not taken

Example:
  pentimento case add-results tuesday.pentimento results --root /archive/2026";

/// Arguments of `case add-results`.
#[derive(Debug, Args)]
pub struct ResultsArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Results of a scan
    #[arg(value_name = "RESULTS")]
    results: PathBuf,
    /// Folder below which the files of the scan lie on this machine
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// Folder with the model bundles
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

/// The JSON object. Keys come in this order.
#[derive(Debug, Serialize)]
struct TakenObject<'a> {
    lines: u64,
    new_items: u64,
    findings: u64,
    failures: u64,
    descriptions: u64,
    known: u64,
    missing: u64,
    changed: Vec<NamedObject>,
    refused: Vec<NamedObject>,
    bad_lines: &'a [BadLineObject],
    models: Vec<ModelCount<'a>>,
}

#[derive(Debug, Serialize)]
struct NamedObject {
    path: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct BadLineObject {
    line: u64,
    why: String,
}

#[derive(Debug, Serialize)]
struct ModelCount<'a> {
    name: &'a str,
    sha256: &'a str,
    in_use: bool,
    findings: u64,
}

/// Takes the results in.
pub(super) fn run(args: &ResultsArgs) -> ExitCode {
    finish_checked(take(args))
}

/// `false` when lines were not taken.
fn take(args: &ResultsArgs) -> anyhow::Result<bool> {
    let not_read = || format!("cannot read the folder {}", visible_path(&args.root));
    let root = args.root.canonicalize().with_context(not_read)?;
    if !root.is_dir() {
        bail!("{} is not a folder", visible_path(&args.root));
    }
    let mut results = Results::open(&args.results)?;
    let mut case = open_writable(&args.case, &author(args.author.clone()))?;
    let program = results.plan.as_ref().map_or_else(
        || "pentimento, of a version that was not said".to_owned(),
        |plan| format!("pentimento {}", plan.program),
    );
    let parameters = json!({
        "find_faces": true,
        "min_face_px": Plan::default().min_face_px,
        "regions": [],
        "reference": null,
        "scan": true,
    });
    let mut bad = BadLines::default();
    let taken = {
        let line = ProgressLine::bar(1);
        let on_progress = |p: Progress| line.step(p);
        let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
        let mut files = results.by_ref().filter_map(|read| match read {
            Err(error) => Some(Err(anyhow::Error::from(error))),
            Ok(Err(line)) => bad.add(line),
            Ok(Ok(line)) => bad.file(line, &root),
        });
        curate::take_results(&mut case, &mut files, &program, &parameters, &ctx)?
    };
    let model = model_in_use(args.models.as_deref());
    if args.json {
        print_json(&taken, &bad, model.as_deref())?;
    } else {
        print_text(&taken, &bad, model.as_deref())?;
    }
    Ok(taken.changed.is_empty() && taken.refused.is_empty() && bad.n == 0)
}

/// Lines that are no results.
#[derive(Default)]
struct BadLines {
    n_lines: u64,
    n: u64,
    named: Vec<BadLineObject>,
}

impl BadLines {
    fn add(&mut self, BadLine { number, why }: BadLine) -> Option<anyhow::Result<ScannedFile>> {
        self.n_lines += 1;
        self.n += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push(BadLineObject { line: number, why });
        }
        None
    }

    /// A line as a file, if it lies below the root.
    fn file(&mut self, line: ResultLine, root: &Path) -> Option<anyhow::Result<ScannedFile>> {
        let path = root.join(&line.path);
        // A file that is not there is a file of another machine.
        if path.canonicalize().is_ok_and(|real| !real.starts_with(root)) {
            let why = format!("{}: a link leads out of the root", visible_path(&path));
            let number = self.n_lines + 1;
            return self.add(BadLine { number, why });
        }
        self.n_lines += 1;
        let has_report = line.inspect.as_ref().is_some_and(|found| found["sha256"].is_string());
        let failure = line.failure.filter(|failure| {
            let is_result =
                matches!(failure.class, FailureClass::NoFace | FailureClass::NotExamined);
            !(is_result && has_report)
        });
        Some(Ok(ScannedFile {
            source: line.source.or_else(|| curate::sub_folder_of(&path, root)),
            path,
            sha256: line.sha256,
            failure: failure.map(|failure| format!("{}: {}", failure.class, failure.why)),
            inspect: line.inspect,
            metadata: line.metadata,
        }))
    }
}

/// SHA-256 of the detector in use here, if there is one.
fn model_in_use(models: Option<&Path>) -> Option<String> {
    let store = ModelStore::discover(models);
    let bundle = store.read(&store.detector().ok()?).ok()?;
    Some(bundle.card.file.sha256)
}

fn print_json(taken: &TakenResults, bad: &BadLines, in_use: Option<&str>) -> anyhow::Result<()> {
    let named = |list: &[(PathBuf, String)]| -> Vec<NamedObject> {
        let object = |(path, why): &(PathBuf, String)| NamedObject {
            path: path.display().to_string(),
            why: why.clone(),
        };
        list.iter().map(object).collect()
    };
    let models = taken.models.iter().map(|((name, sha256), findings)| ModelCount {
        name,
        sha256,
        in_use: in_use == Some(sha256.as_str()),
        findings: *findings,
    });
    let object = TakenObject {
        lines: bad.n_lines,
        new_items: taken.n_new,
        findings: taken.n_findings,
        failures: taken.n_failures,
        descriptions: taken.n_descriptions,
        known: taken.n_known,
        missing: taken.n_missing,
        changed: named(&taken.changed),
        refused: named(&taken.refused),
        bad_lines: &bad.named,
        models: models.collect(),
    };
    output::print_line(&serde_json::to_string(&object)?)?;
    Ok(())
}

fn print_text(taken: &TakenResults, bad: &BadLines, in_use: Option<&str>) -> anyhow::Result<()> {
    for BadLineObject { line, why } in &bad.named {
        output::eprint_line(&format!("line {line} was not taken: {why}"));
    }
    if bad.n > bad.named.len() as u64 {
        output::eprint_line(&format!("{} like these in all", counted(bad.n, "line")));
    }
    for (what, list) in [("changed", &taken.changed), ("refused", &taken.refused)] {
        for (path, why) in list.iter().take(MAX_NAMED) {
            output::eprint_line(&format!("{what}: {}: {why}", path.display()));
        }
        if list.len() > MAX_NAMED {
            output::eprint_line(&format!("{what}: {}", counted(list.len() as u64, "file")));
        }
    }
    for ((name, sha256), n) in &taken.models {
        if in_use.is_some_and(|in_use| in_use != sha256) {
            output::eprint_line(&format!(
                "{} by another model than the one in use here: {name}, sha256 {sha256}",
                counted(*n, "finding")
            ));
        }
    }
    let mut parts = vec![
        counted(taken.n_findings, "finding"),
        format!("{} of files that could not be examined", counted(taken.n_failures, "reason")),
        format!("{} of what files say", counted(taken.n_descriptions, "description")),
        format!("{} new in the case", counted(taken.n_new, "item")),
    ];
    if taken.n_known > 0 {
        parts.push(format!("{} were in it already", counted(taken.n_known, "line")));
    }
    if taken.n_missing > 0 {
        parts.push(format!("{} not there now", counted(taken.n_missing, "file")));
    }
    output::print_line(&format!("{}: {}", counted(bad.n_lines, "line"), parts.join(", ")))?;
    Ok(())
}
