//! `case examine`: has the waiting items of a case examined.
//!
//! * **In**: a case. **Out**: findings in it, and how many there are.
//! * **Not here**: the examination (`session`), what is kept (`curate`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::open::{author, open_writable};
use crate::base::text::counted;
use crate::base::{Cancel, Phase, Progress, TaskCtx};
use crate::case::Again;
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::curate::{self, Progressed};
use crate::pipeline::{MIN_FACE_PX, Plan, Stages};
use crate::session::{QueuePlan, examination};

/// Arguments of `case examine`.
#[derive(Debug, Args)]
pub struct ExamineArgs {
    /// The case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Examine at most so many items; without it all that wait
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Those that another model examined, too, for instance after a retraining
    #[arg(long)]
    again: bool,
    /// Those that could not be examined, too
    #[arg(long)]
    failed: bool,
    /// Of clips, examine every frame; without it some spread over the clip
    #[arg(long)]
    every_frame: bool,
    /// Faces whose longer side is shorter are not examined
    #[arg(long, value_name = "PX", default_value_t = MIN_FACE_PX)]
    min_face: f32,
    /// Name of the detector's bundle; without it the one in use
    #[arg(long, value_name = "NAME")]
    detector: Option<String>,
    /// Who works, for the log; without it the name last used in the window, else that of the account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Examines. Stopped at any time, the next call goes on.
pub(super) fn run(args: ExamineArgs) -> ExitCode {
    finish_checked(examine(args).map(|done| done.n_failed == 0))
}

fn examine(args: ExamineArgs) -> anyhow::Result<Progressed> {
    let mut case = open_writable(&args.case, &author(args.author))?;
    let limit = args.limit.unwrap_or(usize::MAX);
    // What is told of a single file would drown how far the whole is.
    let silent = TaskCtx::silent();
    let detector = args.tools.detector(args.detector.as_deref())?;
    let models = args.tools.models();
    let mut stages = Stages::load(&models, &detector, &args.tools.engine(), &silent)?;
    let model = args.again.then(|| stages.detector.model().sha256);
    let again = Again { other_than: model.as_deref(), failed: args.failed };
    let items = case.waiting_for(&again, limit)?;
    let line = ProgressLine::bar(items.len());
    let plan = QueuePlan {
        plan: Plan { min_face_px: args.min_face, ..Plan::default() },
        watches_all: args.every_frame,
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
    let done = curate::examine_these(&mut case, &items, &mut one, &ctx)?;
    drop(line);
    let examined = format!("{} examined", counted(done.n_examined, "item"));
    output::print_line(&match done.n_failed {
        0 => examined,
        n => format!("{examined}, {n} could not be: the case says why"),
    })?;
    Ok(done)
}
