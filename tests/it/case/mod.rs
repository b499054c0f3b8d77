//! Cases: the file, its queue, the commands.

mod cli;
#[cfg(unix)]
mod crash;
mod curate;
mod curate_again;
mod curate_cli;
mod curate_import;
mod descriptions;
mod file;
mod golden;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod journals;
mod watch;
