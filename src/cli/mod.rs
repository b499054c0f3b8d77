//! L6, the command line.
//!
//! * **In**: arguments. **Out**: JSON lines or text on stdout, messages on stderr, an exit code:
//!   0 everything was done, 1 wrong use or the command could not start, 2 some files could not be
//!   examined, 75 a scan was asked to stop.
//! * **Not here**: the work itself (`pipeline`, `curate`, `train`), the window (`gui`, which `main`
//!   opens).
//!
//! `args` defines the commands and parses them, `dispatch` runs them, `output` alone prints.

mod args;
mod case;
mod dataset;
mod dispatch;
mod eval;
mod exit;
#[cfg(feature = "train")]
mod experiment;
mod inspect;
mod logging;
mod metadata;
mod model_card;
mod models;
mod output;
mod progress;
mod report;
mod scan;
mod system;
mod tools;
#[cfg(feature = "train")]
mod train;

pub use args::{Command, WindowRequest, command, parse};
pub use dispatch::run;
pub use exit::finish;
pub use logging::start_logging;
