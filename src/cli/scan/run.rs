//! Runs `scan`: starts the child, shows progress, stops on a signal, says what came of it.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;

use super::args::{KindArg, ScanArgs};
use crate::base::text::{counted, visible_path};
use crate::base::{Phase, Progress};
use crate::cli::exit::{EXIT_STOPPED, finish, finish_checked, stop_on_signals};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::files::sha256_hex;
use crate::scan::{
    Kind, Manifest, PLAN_FORMAT, Plan, Ready, ScanJob, Shard, Stopped, Tally, WorkerCommand, scan,
};

/// The summary of `--json`.
#[derive(Debug, Serialize)]
struct SummaryObject<'a> {
    shard: String,
    out: String,
    stopped: bool,
    files: u64,
    files_of_this_run: u64,
    repeated_lines: u64,
    conflicting_lines: u64,
    conflicts: &'a [String],
    failures: &'a std::collections::BTreeMap<crate::scan::FailureClass, u64>,
}

/// Works on a shard.
pub(in crate::cli) fn run(args: &ScanArgs) -> ExitCode {
    match scan_shard(args) {
        Ok((_, Stopped(true))) => ExitCode::from(EXIT_STOPPED),
        Ok((tally, Stopped(false))) => {
            finish_checked(Ok(tally.failures.is_empty() || args.failed_files_ok))
        }
        Err(error) => finish(Err(error)),
    }
}

fn scan_shard(args: &ScanArgs) -> anyhow::Result<(Tally, Stopped)> {
    let stop = stop_on_signals().context("cannot listen for signals")?;
    let out = &args.out;
    let not_made = || format!("cannot make {}", visible_path(out));
    std::fs::create_dir_all(out).with_context(not_made)?;
    let manifest = Manifest::open(&args.manifest, args.root.as_deref(), out)?;
    if let Some(folder) = &manifest.left_out {
        let folder = visible_path(folder);
        output::eprint_line(&format!("the files in {folder} are left out: the results lie there"));
    }
    let command = WorkerCommand {
        program: std::env::current_exe().context("this program does not know its own path")?,
        args: worker_arguments(args)?,
        root: manifest.root.clone(),
    };
    let asked: Vec<Kind> = args.only.iter().copied().map(Kind::from).collect();
    let only = Kind::ALL.into_iter().filter(|kind| asked.contains(kind)).collect();
    let plan = |ready: &Ready| Plan {
        format: PLAN_FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        manifest_sha256: manifest.sha256.clone(),
        root_sha256: sha256_hex(manifest.root.as_os_str().as_encoded_bytes()),
        shards: args.shard.n(),
        only,
        quick: args.quick,
        detector: ready.detector.clone(),
        detector_sha256: ready.sha256.clone(),
        file_seconds: args.file_seconds,
        file_bytes: args.file_bytes,
    };
    let job = ScanJob {
        manifest: &manifest,
        folder: out,
        command: &command,
        shard: args.shard,
        retry: args.retry_failed,
    };
    let line = ProgressLine::new(args.progress, 0);
    line.file(&format!("shard {}", args.shard));
    let mut on_step = |tally: &Tally| {
        line.step(Progress { phase: Phase::Examining, done: tally.files, total: 0 });
    };
    let (tally, stopped) = scan(job, plan, &stop, &mut on_step)?;
    drop(line);
    print(args, &tally, stopped)?;
    Ok((tally, stopped))
}

fn print(args: &ScanArgs, tally: &Tally, Stopped(stopped): Stopped) -> anyhow::Result<()> {
    if args.json {
        let summary = SummaryObject {
            shard: args.shard.to_string(),
            out: args.out.display().to_string(),
            stopped,
            files: tally.files,
            files_of_this_run: tally.new,
            repeated_lines: tally.repeated,
            conflicting_lines: tally.conflicting,
            conflicts: &tally.conflicts,
            failures: &tally.failures,
        };
        output::print_line(&serde_json::to_string(&summary)?)?;
        return Ok(());
    }
    let mut lines = vec![format!(
        "shard {}: {}, of them {} in this run",
        args.shard,
        counted(tally.files, "file"),
        tally.new
    )];
    if tally.repeated > 0 {
        let again = counted(tally.repeated, "line");
        lines.push(format!("  {again} of the manifest name a file again"));
    }
    if tally.conflicting > 0 {
        let n = counted(tally.conflicting, "line");
        lines
            .push(format!("  {n} of these give another SHA-256; the first line of a file counts:"));
        lines.extend(tally.conflicts.iter().map(|path| format!("    {path}")));
    }
    lines.extend(tally.failures.iter().map(|(class, n)| format!("  {class}: {n}")));
    if stopped {
        lines.push("stopped before the end: start it again to go on".to_owned());
    } else {
        lines.push(format!("results: {}", visible_path(&results(&args.out, args.shard))));
    }
    output::print_lines(&lines)?;
    Ok(())
}

fn results(out: &Path, shard: Shard) -> std::path::PathBuf {
    out.join(shard.results_name())
}

/// The hidden command with the options that the child shares. The child has another working folder, so
/// paths are absolute.
fn worker_arguments(args: &ScanArgs) -> anyhow::Result<Vec<OsString>> {
    let mut arguments: Vec<OsString> = vec!["scan-worker".into()];
    let only = args.only.iter().map(|kind| Kind::from(*kind).to_string());
    arguments.extend(["--only".into(), only.collect::<Vec<_>>().join(",").into()]);
    if args.only.contains(&KindArg::Inspect) {
        let detector = args.tools.detector(args.detector.as_deref())?;
        arguments.extend(["--detector".into(), detector.into()]);
    }
    if args.quick {
        arguments.push("--quick".into());
    }
    #[cfg(feature = "remote")]
    if args.only.contains(&KindArg::Inspect) {
        args.remote.options().map_err(anyhow::Error::msg)?;
        arguments.extend(args.remote.arguments());
    }
    arguments.extend(args.tools.arguments().context("an option names a path that cannot be used")?);
    Ok(arguments)
}
