//! `case verify`: checks a case against its audit log.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::open::open_read_only;
use crate::base::text::{counted, visible_path};
use crate::base::{Cancel, TaskCtx};
use crate::case::{MediaCheck, Verification};
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::progress::ProgressLine;

/// Shown at the end of `--help`.
pub(super) const HELP: &str = "Every entry of the log holds the hash of the one before. Write down \
the hash of the newest entry (see `case info`): with --expect-head it proves later that everything \
up to it is unchanged. Without it, a log that was rewritten as a whole is not detected.\n\nExit \
codes: 0 the case is intact, 1 it could not be opened, 2 it has faults.";

/// Arguments of `case verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Also check the media: that every file exists and is the one that was examined
    #[arg(long)]
    media: bool,
    /// Hash of an earlier newest entry that the log must contain
    #[arg(long, value_name = "HASH")]
    expect_head: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The JSON object. Keys come in this order.
#[derive(Debug, Serialize)]
struct VerifyReport<'a> {
    path: String,
    sound: bool,
    entries: u64,
    items: u64,
    findings: u64,
    descriptions: u64,
    masks: u64,
    head: &'a str,
    /// Number of the entry with the expected hash; 0 when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_head_at: Option<i64>,
    n_faults: u64,
    faults: Vec<FaultLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<MediaReport>,
}

#[derive(Debug, Serialize)]
struct FaultLine<'a> {
    part: &'static str,
    what: &'a str,
}

#[derive(Debug, Serialize)]
struct MediaReport {
    same: u64,
    without_hash: u64,
    missing: Vec<String>,
    changed: Vec<String>,
    unreadable: Vec<String>,
}

/// Checks the case and prints the result.
pub(super) fn run(args: &VerifyArgs) -> ExitCode {
    finish_checked(check(args))
}

fn check(args: &VerifyArgs) -> anyhow::Result<bool> {
    let case = open_read_only(&args.case)?;
    let line = ProgressLine::bar(1);
    line.file(&args.case.display().to_string());
    let on_progress = |p| line.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let out = case.verify(args.media, &ctx)?;
    drop(line);
    let expected = args.expect_head.as_deref().map(|hash| hash.trim().to_lowercase());
    let expected_head_at = match &expected {
        Some(hash) => Some(case.entry_of_head(hash)?.unwrap_or(0)),
        None => None,
    };
    let report = VerifyReport {
        path: case.path().display().to_string(),
        sound: out.is_sound() && expected_head_at != Some(0),
        entries: out.n_entries,
        items: out.n_items,
        findings: out.n_findings,
        descriptions: out.n_descriptions,
        masks: out.n_masks,
        head: &out.head,
        expected_head_at,
        n_faults: out.n_faults,
        faults: out
            .faults
            .iter()
            .map(|f| FaultLine { part: f.part.as_str(), what: &f.what })
            .collect(),
        media: out.media.as_ref().map(MediaReport::from_check),
    };
    if args.json {
        output::print_line(&serde_json::to_string(&report)?)?;
    } else {
        output::print_lines(&report.lines(&out))?;
    }
    Ok(report.sound)
}

impl MediaReport {
    fn from_check(check: &MediaCheck) -> Self {
        let names = |paths: &[PathBuf]| paths.iter().map(|p| p.display().to_string()).collect();
        let unreadable =
            |(path, why): &(PathBuf, String)| format!("{} ({why})", visible_path(path));
        Self {
            same: check.n_same,
            without_hash: check.n_without_hash,
            missing: names(&check.missing),
            changed: names(&check.changed),
            unreadable: check.unreadable.iter().map(unreadable).collect(),
        }
    }
}

impl VerifyReport<'_> {
    fn lines(&self, out: &Verification) -> Vec<String> {
        let mut lines: Vec<String> = self
            .faults
            .iter()
            .map(|fault| format!("FAULT  {}: {}", fault.part, fault.what))
            .collect();
        let n_more = self.n_faults - self.faults.len() as u64;
        if n_more > 0 {
            lines.push(format!("FAULT  and {n_more} more"));
        }
        if let Some(media) = &self.media {
            let lists = [
                ("missing", &media.missing),
                ("changed since it was examined", &media.changed),
                ("unreadable", &media.unreadable),
            ];
            for (what, paths) in lists {
                lines.extend(paths.iter().map(|path| format!("FAULT  {what}: {path}")));
            }
            lines.push(format!(
                "media: {} unchanged, {} not hashed yet",
                media.same, media.without_hash
            ));
        }
        match self.expected_head_at {
            Some(0) => lines.push(
                "FAULT  log: no entry has the expected hash; entries were removed or rewritten, \
                 or the hash belongs to another case"
                    .to_owned(),
            ),
            Some(seq) => lines.push(format!("the expected hash belongs to entry {seq}")),
            None => {}
        }
        lines.push(format!(
            "{}: {}, {}, {}, {}, {} entries in the log",
            if self.sound { "intact" } else { "has faults" },
            counted(out.n_items, "item"),
            counted(out.n_findings, "finding"),
            counted(out.n_descriptions, "description"),
            counted(out.n_masks, "mask"),
            out.n_entries
        ));
        lines.push(format!("head {}", self.head));
        lines
    }
}
