//! `case examine`: examines the waiting items of a case.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::open::{author, open_writable};
use crate::base::text::{counted, visible_path};
use crate::base::{Cancel, Phase, Progress, TaskCtx};
use crate::case::Reexamine;
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::curate::{self, DescribeCounts, ExamineCounts};
use crate::pipeline::{MIN_FACE_PX, Plan, Reference, Stages};
use crate::session::{QueuePlan, described_file, examination};

/// Arguments of `case examine`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct ExamineArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Examine at most N items. Default: all waiting items
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Also examine items that another model examined, for instance after retraining
    #[arg(long)]
    again: bool,
    /// Also retry items that could not be examined
    #[arg(long)]
    failed: bool,
    /// Examine every frame of videos, instead of some frames spread over the video; videos of which
    /// only some frames were examined are examined again
    #[arg(long)]
    every_frame: bool,
    /// Folder of pictures known to be genuine, of the same source: their faces show which scores are
    /// usual in it. Videos are not compared
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// Skip faces whose longer side has fewer pixels
    #[arg(long, value_name = "PX", default_value_t = MIN_FACE_PX)]
    min_face: f32,
    /// Do not store what the files say about themselves
    #[arg(long)]
    no_metadata: bool,
    /// Name of the detector's model bundle. Default: the one in use
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Examines the items. The command can be stopped at any time; the next call resumes.
pub(super) fn run(args: ExamineArgs) -> ExitCode {
    finish_checked(examine(args).map(|done| done.n_failed == 0))
}

fn examine(args: ExamineArgs) -> anyhow::Result<ExamineCounts> {
    let mut case = open_writable(&args.case, &author(args.author))?;
    let limit = args.limit.unwrap_or(usize::MAX);
    // Progress within a single file is not shown.
    let silent = TaskCtx::silent();
    let detector = args.tools.detector(args.detector.as_deref())?;
    let models = args.tools.models();
    let mut stages = Stages::load(&models, &detector, &args.tools.engine(), &silent)?;
    let model = args.again.then(|| stages.detector.model().sha256);
    let again = Reexamine {
        not_by_model: model.as_deref(),
        failed: args.failed,
        quick_looks: args.every_frame,
    };
    let items = case.to_examine(&again, limit)?;
    let reference = args.reference.as_deref().map(|folder| {
        let reference = Reference::examine(&mut stages, folder, &Plan::default(), &silent)?;
        if reference.n().0 == 0 {
            bail!("no face was examined in the reference files of {}", visible_path(folder));
        }
        Ok(Arc::new(reference))
    });
    let reference = reference.transpose()?;
    let line = ProgressLine::bar(items.len());
    let plan = QueuePlan {
        plan: Plan { min_face_px: args.min_face, ..Plan::default() },
        watches_all: args.every_frame,
        reference,
    };
    let on_progress = |p: Progress| {
        if p.phase == Phase::Examining && p.done > 0 {
            line.next();
        }
    };
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let mut one = |path: &Path| {
        line.file(&path.display().to_string());
        examination(&mut stages, path, &plan, &silent)
    };
    let done = curate::examine_items(&mut case, &items, &mut one, &ctx)?;
    drop(line);
    let described = if args.no_metadata {
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
    Ok(done)
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
