//! `case`: case files without a window; `watch`: a folder whose files become items of a case.
//!
//! * **In**: the arguments of its commands. **Out**: text or JSON on stdout, messages on stderr; the exit
//!   code is 0 when all was done, 1 when the case could not be opened or changed, 2 when `verify` found
//!   it unsound.
//! * **Not here**: the case itself (`case`).

mod add;
mod agreement;
mod bookmark;
mod command;
mod examine;
mod examiner;
mod findings;
mod info;
mod log;
mod metadata;
mod open;
mod rank;
mod results;
mod search;
mod transfer;
mod verify;
mod watch;

pub(super) use command::{CaseSubcommand, run};
pub(super) use open::{author, open_read_only};
pub(super) use watch::{HELP as WATCH_HELP, WatchArgs, run as watch};
