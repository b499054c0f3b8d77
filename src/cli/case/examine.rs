//! `case examine`: examines the waiting items of a case.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::examiner::ExaminerArgs;
use super::open::{author, open_writable};
use crate::base::text::counted;
use crate::base::{Cancel, Phase, Progress, TaskCtx};
use crate::case::Reexamine;
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::curate::{self, DescribeCounts};
use crate::session::described_file;

/// Arguments of `case examine`.
#[derive(Debug, Args)]
pub struct ExamineArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Examine at most N items. Default: all waiting items
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Also examine items that another model examined, for instance after retraining, and those whose
    /// findings were taken from a scan
    #[arg(long)]
    again: bool,
    /// Also retry items that could not be examined
    #[arg(long)]
    failed: bool,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    how: ExaminerArgs,
}

/// Examines the items. The command can be stopped at any time; the next call resumes.
pub(super) fn run(args: ExamineArgs) -> ExitCode {
    finish_checked(examine(args))
}

/// `false` when an item could not be examined, or what its file says could not be read.
fn examine(args: ExamineArgs) -> anyhow::Result<bool> {
    let mut case = open_writable(&args.case, &author(args.author))?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let (every_frame, no_metadata) = (args.how.every_frame, args.how.no_metadata);
    let mut examiner = args.how.load()?;
    let model = args.again.then(|| examiner.model_sha256());
    let again =
        Reexamine { not_by_model: model.as_deref(), failed: args.failed, quick_looks: every_frame };
    let items = case.to_examine(&again, limit)?;
    let line = ProgressLine::bar(items.len());
    let on_progress = |p: Progress| {
        if p.phase == Phase::Examining && p.done > 0 {
            line.next();
        }
    };
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let mut one = |path: &Path| {
        line.file(&path.display().to_string());
        // Progress within a single file is not shown.
        examiner.examine(path, &TaskCtx::silent())
    };
    let done = curate::examine_items(&mut case, &items, &mut one, &ctx)?;
    drop(line);
    let described = if no_metadata {
        DescribeCounts::default()
    } else {
        let mut read = |path: &Path| described_file(path);
        curate::describe_items(&mut case, limit, &mut read, &TaskCtx::silent())?
    };
    let examined = format!("{} examined", counted(done.n_examined, "item"));
    output::print_line(&match done.n_failed {
        0 => examined,
        n => format!("{examined}, {n} could not be examined: the case gives the reasons"),
    })?;
    for line in description_lines(&described) {
        output::eprint_line(&line);
    }
    Ok(done.n_failed == 0 && described.n_unread == 0 && described.n_changed == 0)
}

/// What was stored of what files say, where there was something to read.
fn description_lines(counts: &DescribeCounts) -> Vec<String> {
    let DescribeCounts { n_new, n_changed, n_unread } = *counts;
    let parts = [
        (n_new, "stored what the file says of"),
        (n_changed, "not stored, because the file changed since it was examined:"),
        (n_unread, "could not be read for what the file says:"),
    ];
    let present = parts.iter().filter(|(n, _)| *n > 0);
    present.map(|(n, what)| format!("{what} {}", counted(*n, "item"))).collect()
}
