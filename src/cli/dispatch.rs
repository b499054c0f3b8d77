//! Which function runs which command.

use std::process::ExitCode;

use super::args::{self, CliCommand};
use super::exit::{finish, finish_checked};
use super::system::{doctor, pages, setup, version};
use super::{case, dataset, eval, inspect, metadata, models, report, scan};
#[cfg(feature = "train")]
use super::{experiment, train};
use crate::{infer, media};

/// Runs a command that needs no window.
pub fn run(command: CliCommand) -> ExitCode {
    match command {
        CliCommand::Inspect(args) => inspect::run(args),
        CliCommand::Metadata(args) => metadata::run(&args),
        CliCommand::Doctor(args) => doctor::run(args),
        CliCommand::Setup(command) => finish(setup::run(command)),
        CliCommand::Version(args) => finish_checked(version::run(&args)),
        CliCommand::Models(command) => finish(models::run(command)),
        CliCommand::Eval(args) => finish(eval::run(args)),
        CliCommand::Case(command) => case::run(command),
        CliCommand::Report(command) => report::run(command),
        CliCommand::Replay(args) => report::replay(&args),
        CliCommand::Validate(args) => report::validate(&args),
        CliCommand::Scan(args) => scan::run(&args),
        CliCommand::Watch(args) => case::watch(*args),
        CliCommand::Merge(args) => scan::merge(&args),
        CliCommand::ScanWorker(args) => scan::work(*args),
        CliCommand::Dataset(command) => finish_checked(dataset::run(command)),
        #[cfg(feature = "train")]
        CliCommand::Train(args) => finish(train::run(*args)),
        #[cfg(feature = "train")]
        CliCommand::Forge(args) => finish(train::forge::run(args)),
        #[cfg(feature = "train")]
        CliCommand::Stock(args) => finish(train::stock::run(args)),
        #[cfg(feature = "train")]
        CliCommand::Rebuild(command) => finish(train::rebuild::run(command)),
        #[cfg(feature = "train")]
        CliCommand::Experiment(command) => finish(experiment::run(command)),
        CliCommand::WritePages(args) => finish(pages::run(&args, &args::command())),
        CliCommand::DecodeStill { arguments } => {
            ExitCode::from(media::still_decoder_main(&arguments))
        }
        CliCommand::DecodeAnimation { arguments } => {
            ExitCode::from(media::animation_decoder_main(&arguments))
        }
        CliCommand::RunModel { arguments } => ExitCode::from(infer::run_model_main(&arguments)),
        CliCommand::ProbeProvider { arguments } => {
            ExitCode::from(infer::probe_child_main(&arguments))
        }
    }
}
