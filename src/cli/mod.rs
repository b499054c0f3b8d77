//! L6, the command line.
//!
//! * **In**: arguments. **Out**: JSON lines or text on stdout, words for people on stderr, an exit
//!   code: 0 all was done, 1 wrong use or nothing could start, 2 some files could not be examined.
//! * **Not here**: the work itself (`pipeline`, `train`), the window (`gui`; `main` opens it).
//!
//! `args` turns raw arguments into requests; `output` alone prints.

mod args;
mod case;
#[cfg(feature = "train")]
mod clips;
mod dataset;
mod doctor;
mod eval;
#[cfg(feature = "train")]
mod experiment;
#[cfg(feature = "train")]
mod forge;
mod inspect;
mod json;
#[cfg(feature = "train")]
mod learning_loop;
mod logging;
mod models;
mod output;
#[cfg(feature = "train")]
mod photos;
mod pictures;
mod progress;
#[cfg(feature = "train")]
mod rebuild;
#[cfg(feature = "train")]
mod refine;
mod request;
mod robustness;
#[cfg(feature = "train")]
mod sheet;
#[cfg(feature = "train")]
mod stock;
#[cfg(feature = "train")]
mod train;
#[cfg(feature = "train")]
mod tuned;
mod video;
mod words;

pub use args::{Command, WindowRequest, parse};
pub use logging::start_logging;

use std::process::ExitCode;

use crate::infer;

/// Wrong use, or nothing could start.
const EXIT_USAGE: u8 = 1;
/// Some files could not be examined.
const EXIT_PARTIAL: u8 = 2;

/// Runs a command without a window.
///
/// [`Command::Window`] is answered with an error: `main` opens windows.
pub fn run(command: Command) -> ExitCode {
    match command {
        Command::Window(_) => finish(Err(anyhow::anyhow!("the window is opened by main"))),
        Command::Inspect(request) => inspect::run(&request),
        Command::Doctor(request) => doctor::run(&request),
        #[cfg(feature = "train")]
        Command::Rebuild(request) => finish(rebuild::run(&request)),
        #[cfg(feature = "train")]
        Command::RebuildPainter(args) => finish(rebuild::run_painter(args)),
        Command::Models(word) => finish(models::run(word)),
        Command::Eval(args) => finish(eval::run(args)),
        Command::Case(word) => case::run(word),
        #[cfg(feature = "train")]
        Command::Train(args) => finish(train::run(args)),
        #[cfg(feature = "train")]
        Command::Forge(args) => finish(forge::run(args)),
        #[cfg(feature = "train")]
        Command::Stock(args) => finish(stock::run(args)),
        #[cfg(feature = "train")]
        Command::Experiment(word) => finish(experiment::run(word)),
        Command::Dataset(word) => match dataset::run(word) {
            Ok(false) => ExitCode::from(EXIT_PARTIAL),
            done => finish(done.map(|_| ())),
        },
        Command::ProbeProvider(words) => ExitCode::from(infer::probe_child_main(&words)),
    }
}

/// The exit code of a whole command; an error is said on stderr.
pub fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::people(&format!("error: {error:#}"));
            ExitCode::from(EXIT_USAGE)
        }
    }
}
