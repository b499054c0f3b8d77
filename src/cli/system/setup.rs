//! `setup`: installs what makes the program faster.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::base::TaskCtx;
use crate::base::text::visible_path;
use crate::bundle::{ModelStore, SHIPPED_DETECTOR};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::infer::{self, Installed, LibraryTrial, ProviderTrial};

/// What can be installed.
#[derive(Debug, Subcommand)]
pub enum SetupSubcommand {
    /// Install a faster engine: ONNX Runtime, from the wheel that you downloaded
    Engine(EngineArgs),
}

/// Arguments of `setup engine`.
#[derive(Debug, Args)]
pub struct EngineArgs {
    /// The wheel as PyPI has it (onnxruntime, onnxruntime-gpu, onnxruntime-directml or
    /// onnxruntime-ep-webgpu), or the library out of it
    #[arg(value_name = "FILE", required_unless_present = "remove")]
    file: Option<PathBuf>,
    /// SHA-256 of the file as its publisher names it, for a release that this program does not know
    #[arg(long, value_name = "HASH")]
    sha256: Option<String>,
    /// Remove the installed engine; the built-in one is used then
    #[arg(long, conflicts_with_all = ["file", "sha256"])]
    remove: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs a command.
pub(in crate::cli) fn run(command: SetupSubcommand) -> anyhow::Result<()> {
    let SetupSubcommand::Engine(args) = command;
    let Some(file) = &args.file else { return remove(args.json) };
    let program = std::env::current_exe().context("this program does not know its own file")?;
    let detector = ModelStore::discover(None).read(SHIPPED_DETECTOR)?;
    let progress = ProgressLine::bar(1);
    progress.file(&file.to_string_lossy());
    let ctx = TaskCtx { on_progress: &|step| progress.step(step), ..TaskCtx::silent() };
    let installed =
        infer::install_library(file, args.sha256.as_deref(), &program, &detector, &ctx)?;
    drop(progress);
    if args.json {
        output::print_line(&serde_json::to_string(&installed)?)?;
    } else {
        output::print_lines(&lines(&installed))?;
    }
    Ok(())
}

fn remove(is_json: bool) -> anyhow::Result<()> {
    let files = infer::remove_library()?;
    if is_json {
        output::print_line(&serde_json::json!({ "removed": files }).to_string())?;
    } else if files.is_empty() {
        output::print_line("No engine was installed in your data folder.")?;
    } else {
        let removed: Vec<_> =
            files.iter().map(|file| format!("Removed {}", visible_path(file))).collect();
        output::print_lines(&removed)?;
    }
    Ok(())
}

/// What was done, in sentences.
fn lines(installed: &Installed) -> Vec<String> {
    let mut lines = vec![format!("Recognized {}.", installed.release)];
    lines.extend(installed.trial.as_ref().map(speed));
    lines.extend(installed.providers.iter().map(provider));
    lines.extend(installed.files.iter().map(|file| format!("Installed {}", visible_path(file))));
    let is_used = installed.trial.is_some()
        || installed.providers.iter().any(|provider| provider.why_not.is_none());
    if is_used {
        lines.push("It is used from the next start of Pentimento on.".to_owned());
    }
    lines
}

fn speed(trial: &LibraryTrial) -> String {
    let LibraryTrial { built_in_ms, library_ms, difference } = trial;
    let ratio = built_in_ms / library_ms.max(f32::MIN_POSITIVE);
    let verdict = if ratio >= 1.05 {
        format!("{ratio:.1} times as fast")
    } else {
        "not faster here".to_owned()
    };
    format!(
        "One face takes {library_ms:.0} ms with it and {built_in_ms:.0} ms with the built-in engine: {verdict}. \
         The answers differ by at most {difference:.0e}."
    )
}

fn provider(trial: &ProviderTrial) -> String {
    let name = &trial.provider;
    match (&trial.work_ms, &trial.why_not) {
        (Some((on_card, on_processor)), None) => format!(
            "Provider {name} works: one gigaflop takes {on_card:.0} ms on it and {on_processor:.0} ms on the \
             processor."
        ),
        (_, why) => format!(
            "Provider {name} is not used: {}.",
            why.as_deref().unwrap_or("it does not work").trim_end_matches('.')
        ),
    }
}
