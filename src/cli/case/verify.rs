//! `case verify`: whether a case is what its log says.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::open::open_read_only;
use crate::base::text::counted;
use crate::base::{Cancel, TaskCtx};
use crate::case::{MediaCheck, Verification};
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::progress::ProgressLine;

/// What `--help` says at its end.
pub(super) const HELP: &str = "Every entry of the log holds the hash of the one before. The hash \
of the newest entry (see `case info`), written down elsewhere, shows later with --expect-head that \
everything up to it is still as it was; without one, whoever writes the whole log anew is not told \
of.\n\nExit codes: 0 the case is sound, 1 it could not be opened, 2 it is not sound.";

/// Arguments of `case verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Look at the media, too: is every file there, and is it the one that was examined?
    #[arg(long)]
    media: bool,
    /// Hash of the newest entry at an earlier time; the log must hold it
    #[arg(long, value_name = "HASH")]
    expect_head: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is said. Keys come in this order.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    path: String,
    sound: bool,
    entries: u64,
    items: u64,
    findings: u64,
    masks: u64,
    head: &'a str,
    /// Number of the entry with the expected hash; 0 when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_head_at: Option<i64>,
    n_faults: u64,
    faults: Vec<Said<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Media>,
}

#[derive(Debug, Serialize)]
struct Said<'a> {
    part: &'static str,
    what: &'a str,
}

#[derive(Debug, Serialize)]
struct Media {
    same: u64,
    without_hash: u64,
    missing: Vec<String>,
    changed: Vec<String>,
    unreadable: Vec<String>,
}

/// Checks and prints.
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
    let answer = Answer {
        path: case.path().display().to_string(),
        sound: out.is_sound() && expected_head_at != Some(0),
        entries: out.n_entries,
        items: out.n_items,
        findings: out.n_findings,
        masks: out.n_masks,
        head: &out.head,
        expected_head_at,
        n_faults: out.n_faults,
        faults: out.faults.iter().map(|f| Said { part: f.part.as_str(), what: &f.what }).collect(),
        media: out.media.as_ref().map(Media::of),
    };
    output::print_line(&if args.json {
        serde_json::to_string(&answer)?
    } else {
        answer.words(&out)
    })?;
    Ok(answer.sound)
}

impl Media {
    fn of(check: &MediaCheck) -> Self {
        let names = |paths: &[PathBuf]| paths.iter().map(|p| p.display().to_string()).collect();
        let unreadable = |(path, why): &(PathBuf, String)| format!("{} ({why})", path.display());
        Self {
            same: check.n_same,
            without_hash: check.n_without_hash,
            missing: names(&check.missing),
            changed: names(&check.changed),
            unreadable: check.unreadable.iter().map(unreadable).collect(),
        }
    }
}

impl Answer<'_> {
    fn words(&self, out: &Verification) -> String {
        let mut lines: Vec<String> = self
            .faults
            .iter()
            .map(|fault| format!("NOT SOUND  {}: {}", fault.part, fault.what))
            .collect();
        let unsaid = self.n_faults - self.faults.len() as u64;
        if unsaid > 0 {
            lines.push(format!("NOT SOUND  and {unsaid} more"));
        }
        if let Some(media) = &self.media {
            let lists = [
                ("missing", &media.missing),
                ("changed since it was examined", &media.changed),
                ("unreadable", &media.unreadable),
            ];
            for (what, paths) in lists {
                lines.extend(paths.iter().map(|path| format!("NOT SOUND  {what}: {path}")));
            }
            lines.push(format!(
                "media: {} as they were, {} without a hash so far",
                media.same, media.without_hash
            ));
        }
        match self.expected_head_at {
            Some(0) => lines.push(
                "NOT SOUND  log: no entry has the expected hash; entries were cut off or written \
                 anew, or the hash is of another case"
                    .to_owned(),
            ),
            Some(seq) => lines.push(format!("the expected hash is that of entry {seq}")),
            None => {}
        }
        lines.push(format!(
            "{}: {}, {}, {}, {} entries in the log",
            if self.sound { "sound" } else { "not sound" },
            counted(out.n_items, "item"),
            counted(out.n_findings, "finding"),
            counted(out.n_masks, "mask"),
            out.n_entries
        ));
        lines.push(format!("head {}", self.head));
        lines.join("\n")
    }
}
