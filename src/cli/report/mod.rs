//! `report`, `replay` and `validate`: makes a report of files or of a case, computes it again, and
//! checks this installation by the sample report.
//!
//! * **In**: files or a case, what was asked. **Out**: a folder with the record, its pages,
//!   pictures and hashes; the exit code is 0 when everything was examined, 1 when there is no
//!   report, 2 when the report says that something was not examined or has changed.
//! * **Not here**: the record and its words (`report`), the examination (`pipeline`).

mod case_items;
mod contents;
mod files;
mod items;
mod key;
mod make;
mod options;
mod record;
mod replay;
mod validate;
mod verify;
mod write;

use std::process::ExitCode;

use clap::Subcommand;

use super::exit::{finish, finish_checked};

pub(super) use replay::{HELP as REPLAY_HELP, ReplayArgs, run as replay};
pub(super) use validate::{HELP as VALIDATE_HELP, ValidateArgs, run as validate};
pub(super) use write::Signer;

/// The commands on reports.
#[derive(Debug, Subcommand)]
pub enum ReportSubcommand {
    /// Examine files, or take the findings of a case, and write a report into a new folder
    #[command(after_long_help = make::HELP)]
    Make(Box<make::MakeArgs>),
    /// Check that a report is whole, unchanged and signed
    #[command(after_long_help = verify::HELP)]
    Verify(verify::VerifyArgs),
    /// Make a pair of keys to sign reports with, as minisign uses them
    NewKey(key::NewKeyArgs),
}

pub(super) fn run(command: ReportSubcommand) -> ExitCode {
    match command {
        ReportSubcommand::Make(args) => finish_checked(make::run(&args)),
        ReportSubcommand::Verify(args) => finish_checked(verify::run(&args)),
        ReportSubcommand::NewKey(args) => finish(key::new_key(&args)),
    }
}
