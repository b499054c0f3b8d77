//! The commands and their arguments, as `clap` parses them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use super::case::{CaseSubcommand, WATCH_HELP, WatchArgs};
use super::dataset::DatasetSubcommand;
use super::eval::EvalArgs;
use super::exit::EXIT_FAILED;
#[cfg(feature = "train")]
use super::experiment::ExperimentSubcommand;
use super::inspect::{INSPECT_HELP, InspectArgs};
use super::metadata::MetadataArgs;
use super::models::ModelsSubcommand;
use super::report::{REPLAY_HELP, ReplayArgs, ReportSubcommand, VALIDATE_HELP, ValidateArgs};
use super::scan::{MERGE_HELP, MergeArgs, SCAN_HELP, ScanArgs, WorkerArgs};
use super::system::{DoctorArgs, PagesArgs, SetupSubcommand, VersionArgs};
use super::tools::ToolArgs;
#[cfg(feature = "train")]
use super::train::{ForgeArgs, RebuildSubcommand, StockArgs, TrainArgs};
use crate::bundle::ModelStore;
use crate::infer::EngineOptions;

/// A parsed command line.
#[derive(Debug)]
pub enum Command {
    /// Open the window.
    Window(WindowRequest),
    /// Run a command in the terminal.
    Terminal(CliCommand),
}

/// Arguments of the window.
#[derive(Debug)]
pub struct WindowRequest {
    /// Files to open.
    pub files: Vec<PathBuf>,
    /// Folders that hold model bundles.
    pub models: ModelStore,
    /// Options of the inference engine.
    pub engine: EngineOptions,
}

/// Finds where a face in a picture was forged, and shows it.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "pentimento", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<TopCommand>,

    /// Pictures and videos to open in the window
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Print more log messages on stderr; twice for debugging. The variable `RUST_LOG` has priority
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
#[cfg_attr(feature = "train", expect(clippy::large_enum_variant, reason = "one value a run"))]
enum TopCommand {
    /// Open the window
    Gui(GuiArgs),
    #[command(flatten)]
    Terminal(CliCommand),
}

/// Commands that run in the terminal.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Examine pictures and videos for traces of face forgery
    #[command(after_long_help = INSPECT_HELP)]
    Inspect(InspectArgs),
    /// Print what files say about themselves: metadata, structure, credential, marks of AI
    Metadata(MetadataArgs),
    /// Check engines, providers, models, graphics and ffmpeg, and print how to install what is missing
    Doctor(DoctorArgs),
    /// Install a faster engine for the models
    #[command(subcommand)]
    Setup(SetupSubcommand),
    /// Print the version, what it reads and writes, and what changed since a case, a model or a report
    /// was made
    Version(VersionArgs),
    /// Make, fill, rank, export and verify case files
    #[command(subcommand)]
    Case(CaseSubcommand),
    /// Make a report that can be handed over: what was asked, examined, found and not examined
    #[command(subcommand)]
    Report(ReportSubcommand),
    /// Examine the files of a report again and compare every value
    #[command(after_long_help = REPLAY_HELP)]
    Replay(ReplayArgs),
    /// Compute the shipped samples again and compare every value with this release
    #[command(after_long_help = VALIDATE_HELP)]
    Validate(ValidateArgs),
    /// Examine many files in shards, by many processes or machines, so that each can be stopped and go on
    #[command(after_long_help = SCAN_HELP)]
    Scan(Box<ScanArgs>),
    /// Watch a folder: add what comes in to a case, and examine it
    #[command(after_long_help = WATCH_HELP)]
    Watch(Box<WatchArgs>),
    /// Join the results of all shards of a scan
    #[command(after_long_help = MERGE_HELP)]
    Merge(MergeArgs),
    /// Convert, describe and check data sets of masks
    #[command(subcommand)]
    Dataset(DatasetSubcommand),
    /// List, compare, install and choose detectors
    #[command(subcommand)]
    Models(ModelsSubcommand),
    /// Measure a detector on labeled pictures: AUC, error rates, localization
    Eval(EvalArgs),
    /// Train a detector from photos of real faces and write it as a model bundle
    #[cfg(feature = "train")]
    Train(Box<TrainArgs>),
    /// Forge the faces of a photo, with masks
    #[cfg(feature = "train")]
    Forge(ForgeArgs),
    /// Make beforehand what a training with --recipe wide takes from disk: coded photos and pairs,
    /// faces drawn by an autoencoder
    #[cfg(feature = "train")]
    Stock(StockArgs),
    /// Measure the claims of the two papers at a size that a processor can afford
    #[cfg(feature = "train")]
    #[command(subcommand)]
    Experiment(ExperimentSubcommand),
    /// Rebuild a shipped model bundle from its published weights
    #[cfg(feature = "train")]
    #[command(subcommand)]
    Rebuild(RebuildSubcommand),
    /// Write manual pages and shell completions (packages use this)
    #[command(hide = true)]
    WritePages(PagesArgs),
    /// Test one execution provider (the program runs this itself, in a child process)
    #[command(hide = true)]
    ProbeProvider {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Decode a picture from standard input (the program runs this itself, in a child process)
    #[command(hide = true)]
    DecodeStill {
        #[arg(trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
    /// Run a model on tensors from standard input (the program runs this itself, in a child process)
    #[command(hide = true)]
    RunModel {
        #[arg(trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
    /// Examine files named on standard input (scan runs this itself, in a child process)
    #[command(hide = true)]
    ScanWorker(Box<WorkerArgs>),
    /// Decode an animation from standard input (the program runs this itself, in a child process)
    #[command(hide = true)]
    DecodeAnimation {
        #[arg(trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
}

impl Command {
    /// Whether it opens files that somebody may have sent: their pictures are decoded in a process of
    /// their own.
    pub const fn opens_evidence(&self) -> bool {
        use CliCommand::{Case, Dataset, Inspect, Metadata, Replay, Report, ScanWorker, Watch};
        matches!(
            self,
            Self::Window(_)
                | Self::Terminal(
                    Inspect(_)
                        | Metadata(_)
                        | Case(_)
                        | Dataset(_)
                        | Report(_)
                        | Replay(_)
                        | ScanWorker(_)
                        | Watch(_)
                )
        )
    }
}

#[derive(Debug, Args)]
struct GuiArgs {
    /// Pictures and videos to open
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Parses the command line. The second value is how often `--verbose` was given.
///
/// # Errors
///
/// The exit code when there is nothing to run: 0 after `--help` and `--version`, 1 on wrong use.
/// The message has been printed.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Command, u8), ExitCode> {
    parse_arguments(arguments).map_err(|error| {
        // A closed pipe is no reason to fail.
        let _ignored = error.print();
        if error.use_stderr() { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS }
    })
}

/// The command line as clap knows it.
pub fn command() -> clap::Command {
    Cli::command()
}

fn parse_arguments(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Command, u8), clap::Error> {
    let cli = Cli::try_parse_from(arguments)?;
    let command = match cli.command {
        None => window(cli.files, None),
        Some(TopCommand::Gui(args)) => window(args.files, Some(args.tools)),
        Some(TopCommand::Terminal(command)) => Command::Terminal(command),
    };
    Ok((command, cli.verbose))
}

fn window(files: Vec<PathBuf>, tools: Option<ToolArgs>) -> Command {
    let models = tools.as_ref().map_or_else(|| ModelStore::discover(None), ToolArgs::models);
    let engine = tools.map(ToolArgs::engine).unwrap_or_default();
    Command::Window(WindowRequest { files, models, engine })
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::base::Rect;
    use crate::cli::inspect::InspectRequest;
    use crate::infer::{EngineChoice, Provider};
    use crate::pipeline::MIN_FACE_PX;

    fn command(arguments: &[&str]) -> Result<Command, clap::Error> {
        let arguments = std::iter::once("pentimento").chain(arguments.iter().copied());
        parse_arguments(arguments.map(OsString::from)).map(|(command, _)| command)
    }

    fn inspect(arguments: &[&str]) -> InspectRequest {
        match command(arguments) {
            Ok(Command::Terminal(CliCommand::Inspect(args))) => args.request("lae".to_owned()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn regions_and_options_are_resolved() {
        let arguments =
            ["inspect", "--region", "-4,5,60,70", "--only-regions", "--engine", "rten", "a"];
        let request = inspect(&arguments);
        assert_eq!(request.plan.regions, [Rect::new(-4.0, 5.0, 60.0, 70.0)]);
        assert!(!request.plan.find_faces, "only the regions");
        assert_eq!(request.plan.min_face_px, MIN_FACE_PX);
        assert_eq!(request.engine.engine, EngineChoice::Rten);
        assert_eq!((request.detector.as_str(), request.files.len()), ("lae", 1));
        assert!(!request.robustness, "only when asked for");
        assert!(inspect(&["inspect", "--robustness", "a"]).robustness, "asked for");
    }

    #[test]
    fn files_without_a_command_open_the_window() {
        let Ok(Command::Window(request)) = command(&["a.jpg", "b.jpg"]) else {
            panic!("no window")
        };
        assert_eq!(request.files, [PathBuf::from("a.jpg"), PathBuf::from("b.jpg")]);
        let Ok(Command::Window(request)) = command(&["gui", "--provider", "cpu"]) else {
            panic!("no window")
        };
        assert_eq!(request.engine.provider, Some(Provider::Cpu));
        assert!(
            matches!(
                command(&["-v", "inspect", "a"]),
                Ok(Command::Terminal(CliCommand::Inspect(_)))
            ),
            "-v comes first"
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let bad: [&[&str]; 8] = [
            &["inspect"],
            &["inspect", "--region", "1,2,3", "a"],
            &["inspect", "--region", "1,2,0,9", "a"],
            &["inspect", "--region", "1,2,inf,9", "a"],
            &["inspect", "--only-regions", "a"],
            &["inspect", "--min-face", "0", "a"],
            &["inspect", "--provider", "gpu", "a"],
            &["inspect", "--engine", "tract", "a"],
        ];
        for arguments in bad {
            assert!(command(arguments).is_err(), "{arguments:?}");
        }
    }
}
