//! `watch`: examines what comes into a folder, for a case.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::examiner::{CaseExaminer, ExaminerArgs};
use super::open::{author, open_writable};
use crate::base::{Cancel, TaskCtx, Verdict};
use crate::case::{Case, now};
use crate::cli::exit::{EXIT_STOPPED, finish, finish_checked, stop_on_signals};
use crate::cli::output::{self, Stdout};
use crate::curate::{
    Error, ExamineCounts, ExamineFailure, FolderSnapshot, FolderWatch, ItemOrigin, SETTLE,
    WatchEvent, WatchWork,
};
use crate::session::described_file;

/// How often a wait is interrupted to look whether to stop.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

pub(in crate::cli) const HELP: &str = "\
A new or changed file is added to the case and examined once it has stayed the same for --settle seconds.
Names that begin with a dot, empty files, and names of unfinished downloads (.part, .crdownload, .tmp …)
wait. Links are not followed. The case may lie in the folder. While the command runs, no other program can
change the case.

Each line says one thing that happened: added, examined, failed, moved, skipped, waits, unreadable.

Exit codes:
  0   --once: everything there was examined
  1   wrong use, or the case cannot be changed
  2   --once: some files could not be examined
  75  stopped by SIGTERM or SIGINT: start it again to go on

Examples:
  pentimento case new tuesday.pentimento
  pentimento watch inbox --case tuesday.pentimento
  pentimento watch inbox --case tuesday.pentimento --once --json";

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The folder; its sub-folders are looked at as well
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The case file
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    /// Examine what is there and end; what somebody still writes to is left to the next run
    #[arg(long)]
    once: bool,
    /// Look at the folder every N seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: u64,
    /// A file is ready when its size and time stayed the same for N seconds; more for slow networks
    #[arg(long, value_name = "SECONDS", default_value_t = SETTLE.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400))]
    settle: u64,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
    /// Source of the files, for instance a camera. Default: the name of their sub-folder
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Person shown in the files
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    how: ExaminerArgs,
}

/// One JSON line. Keys come in this order.
#[derive(Debug, Serialize)]
struct EventObject<'a> {
    event: &'static str,
    at: String,
    item: Option<i64>,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_part: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Watches until it is told to stop, or once.
pub(in crate::cli) fn run(args: WatchArgs) -> ExitCode {
    match watch(args) {
        Ok(None) => ExitCode::from(EXIT_STOPPED),
        Ok(Some(counts)) => finish_checked(Ok(counts.n_failed == 0)),
        Err(error) => finish(Err(error)),
    }
}

/// `None` when it was told to stop.
fn watch(args: WatchArgs) -> anyhow::Result<Option<ExamineCounts>> {
    let cancel = Cancel::from(stop_on_signals().context("cannot listen for signals")?);
    let case = open_writable(&args.case, &author(args.author))?;
    let origin = ItemOrigin { source: args.source, person: args.person };
    let settle = Duration::from_secs(args.settle);
    let watch = FolderWatch::new(&case, &args.folder, origin, settle)?;
    let stores_metadata = !args.how.no_metadata;
    let examiner = args.how.load()?;
    let every = if args.once { settle } else { Duration::from_secs(args.every) };
    let watcher = Watcher {
        case,
        watch,
        examiner,
        stores_metadata,
        printer: Printer { is_json: args.json, out: Stdout::Open, failed: None, away: None },
        cancel: cancel.clone(),
    };
    match watcher.go_on(every, args.once) {
        // What was told to stop was stopped in the middle of something.
        Err(error) if cancel.is_cancelled() && error.is::<Error>() => {
            tracing::debug!("stopped: {error:#}");
            Ok(None)
        }
        other => other,
    }
}

struct Watcher {
    case: Case,
    watch: FolderWatch,
    examiner: CaseExaminer,
    stores_metadata: bool,
    printer: Printer,
    cancel: Cancel,
}

impl Watcher {
    fn go_on(mut self, every: Duration, is_once: bool) -> anyhow::Result<Option<ExamineCounts>> {
        let start = Instant::now();
        let (mut due, mut n_looks) = (start, 0u32);
        loop {
            if self.cancel.is_cancelled() {
                return Ok(None);
            }
            if Instant::now() >= due && !(is_once && n_looks == 2) {
                let began = Instant::now();
                self.look(began.duration_since(start))?;
                n_looks = n_looks.saturating_add(1);
                // A folder that takes long to read is not read all the time.
                due = Instant::now() + every.max(began.elapsed());
            }
            let has_examined = self.examine_next()?;
            if self.printer.is_over()? {
                return Ok(Some(self.watch.counts()));
            }
            if has_examined {
                continue;
            }
            if is_once && n_looks == 2 {
                let reason = "somebody still writes to it; the next run takes it";
                for path in self.watch.unsettled() {
                    self.printer.print(&WatchEvent::Waits { path: path.to_owned(), reason });
                }
                return Ok(Some(self.watch.counts()));
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()).min(POLL_INTERVAL));
        }
    }

    fn look(&mut self, now: Duration) -> anyhow::Result<()> {
        let Self { case, watch, printer, cancel, .. } = self;
        let own = own_files(case.path());
        let is_own = |path: &Path| own.iter().any(|own| own == path);
        let snapshot = match FolderSnapshot::take(watch.folder(), &is_own) {
            Ok(snapshot) => snapshot,
            // A share that is away for a while comes back.
            Err(error) => {
                printer.folder_is_away(format!("{}: {error}", watch.folder().display()));
                return Ok(());
            }
        };
        printer.away = None;
        let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &|_| {} };
        watch.look(case, &snapshot, now, &mut |event| printer.print(&event), &ctx)?;
        Ok(())
    }

    fn examine_next(&mut self) -> Result<bool, Error> {
        let Self { case, watch, examiner, stores_metadata, printer, cancel } = self;
        let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &|_| {} };
        let mut examine_one = |path: &Path| {
            let examined = examiner.examine(path, &ctx);
            if examined.is_err() && !cancel.is_cancelled() {
                // Whoever ends this program may end its children first.
                std::thread::sleep(POLL_INTERVAL);
            }
            if cancel.is_cancelled() { Err(ExamineFailure::Cancelled) } else { examined }
        };
        let mut read_one = |path: &Path| described_file(path);
        let mut work = WatchWork {
            examine_one: &mut examine_one,
            read_one: if *stores_metadata { Some(&mut read_one) } else { None },
        };
        watch.examine_next(case, &mut work, &mut |event| printer.print(&event), &ctx)
    }
}

/// The case, and what SQLite keeps beside it.
fn own_files(case: &Path) -> [PathBuf; 2] {
    let mut journal = case.as_os_str().to_owned();
    journal.push("-journal");
    [case.to_owned(), journal.into()]
}

/// Prints a line for each event.
struct Printer {
    is_json: bool,
    out: Stdout,
    failed: Option<anyhow::Error>,
    /// Why the folder cannot be read, as it was told.
    away: Option<String>,
}

impl Printer {
    fn print(&mut self, event: &WatchEvent) {
        if self.out == Stdout::Closed || self.failed.is_some() {
            return;
        }
        let line = if self.is_json { json_line(event) } else { Ok(text_line(event)) };
        match line.and_then(|line| Ok(output::print_line(&line)?)) {
            Ok(out) => self.out = out,
            Err(error) => self.failed = Some(error),
        }
    }

    /// Tells once that the folder cannot be read.
    fn folder_is_away(&mut self, what: String) {
        if self.away.as_ref() != Some(&what) {
            self.print(&WatchEvent::Unreadable { what: what.clone() });
            self.away = Some(what);
        }
    }

    /// Whether nobody reads any more.
    fn is_over(&mut self) -> anyhow::Result<bool> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(self.out == Stdout::Closed),
        }
    }
}

fn json_line(event: &WatchEvent) -> anyhow::Result<String> {
    let mut object = EventObject {
        event: event.name(),
        at: now(),
        item: None,
        path: None,
        from: None,
        verdict: None,
        in_part: None,
        score: None,
        reason: None,
    };
    let text = |path: &Path| Some(path.display().to_string());
    match event {
        WatchEvent::Added { item, path } => (object.item, object.path) = (Some(item.0), text(path)),
        WatchEvent::Examined { item, path, verdict, is_part, score } => {
            (object.item, object.path) = (Some(item.0), text(path));
            object.in_part = Some(*is_part);
            (object.verdict, object.score) = (verdict.map(Verdict::as_str), *score);
        }
        WatchEvent::Failed { item, path, reason } => {
            (object.item, object.path) = (Some(item.0), text(path));
            object.reason = Some(reason);
        }
        WatchEvent::Moved { item, path, from } => {
            (object.item, object.path, object.from) = (Some(item.0), text(path), text(from));
        }
        WatchEvent::Skipped { path, reason } => {
            (object.path, object.reason) = (text(path), Some(reason.as_str()));
        }
        WatchEvent::Waits { path, reason } => {
            (object.path, object.reason) = (text(path), Some(*reason));
        }
        WatchEvent::Unreadable { what } => object.reason = Some(what),
    }
    Ok(serde_json::to_string(&object)?)
}

fn text_line(event: &WatchEvent) -> String {
    let text = match event {
        WatchEvent::Added { item, path } => format!("item {}: {}", item.0, path.display()),
        WatchEvent::Examined { item, path, verdict, is_part, score } => {
            let verdict = verdict.map(|v| v.label_of_file(*is_part)).unwrap_or_default();
            let score = score.map(|score| format!(", score {score:.2}")).unwrap_or_default();
            format!("item {}: {verdict}{score}: {}", item.0, path.display())
        }
        WatchEvent::Failed { item, path, reason } => {
            format!("item {}: {}: {reason}", item.0, path.display())
        }
        WatchEvent::Moved { item, path, from } => format!(
            "item {}: {} is now {}; it is not examined again, and the case keeps the path it knows",
            item.0,
            from.display(),
            path.display()
        ),
        WatchEvent::Skipped { path, reason } => format!("{}: {reason}", path.display()),
        WatchEvent::Waits { path, reason } => format!("{}: {reason}", path.display()),
        WatchEvent::Unreadable { what } => what.clone(),
    };
    format!("{:<8}  {text}", event.name())
}
