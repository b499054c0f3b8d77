//! `case`: case files without a window.
//!
//! * **In**: the arguments of its commands. **Out**: text or JSON on stdout, messages on stderr; the exit code is 0 when all was done, 1 when the case could not be opened or changed,
//!   2 when `verify` found it unsound.
//! * **Not here**: the case itself (`case`).

mod add;
mod agreement;
mod examine;
mod info;
mod log;
mod open;
mod rank;
mod transfer;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use super::exit::finish;

/// The commands on case files.
#[derive(Debug, Subcommand)]
pub enum CaseSubcommand {
    /// Create a case and add pictures and videos
    New(add::NewArgs),
    /// Add pictures, videos, or folders of them to a case
    Add(add::AddArgs),
    /// Examine the items of a case that have not been examined
    Examine(examine::ExamineArgs),
    /// Rank the queue of a case, with the reason for each place
    #[command(after_long_help = rank::HELP)]
    Rank(rank::RankArgs),
    /// Measure how well two readers of a case agree
    Agreement(agreement::AgreementArgs),
    /// Export the finished masks of a case as a data set
    Export(transfer::ExportArgs),
    /// Import the masks of a data set into a case
    Import(transfer::ImportArgs),
    /// Summarize a case
    Info(info::InfoArgs),
    /// Print the audit log: who did what, and when
    Log(log::LogArgs),
    /// Check that a case was changed by this program only
    #[command(after_long_help = verify::HELP)]
    Verify(verify::VerifyArgs),
}

/// Runs one of the commands.
pub(super) fn run(command: CaseSubcommand) -> ExitCode {
    match command {
        CaseSubcommand::New(args) => finish(add::make(args)),
        CaseSubcommand::Add(args) => finish(add::run(&args)),
        CaseSubcommand::Examine(args) => examine::run(args),
        CaseSubcommand::Rank(args) => finish(rank::run(args)),
        CaseSubcommand::Agreement(args) => finish(agreement::run(&args)),
        CaseSubcommand::Export(args) => finish(transfer::export(args)),
        CaseSubcommand::Import(args) => finish(transfer::import(args)),
        CaseSubcommand::Info(args) => finish(info::run(&args)),
        CaseSubcommand::Log(args) => finish(log::run(&args)),
        CaseSubcommand::Verify(args) => verify::run(&args),
    }
}
<<<<<<< HEAD

/// Opens a case to look at it.
fn look(path: &Path) -> anyhow::Result<Case> {
    Case::open_read_only(path).with_context(|| format!("cannot open the case {}", path.display()))
}

/// Opens a case to change it; somebody else may be at it.
fn open(path: &Path, author: &str) -> anyhow::Result<Case> {
    let case = Case::open(path, author)
        .with_context(|| format!("cannot open the case {}", path.display()))?;
    match case.access() {
        Access::Write => Ok(case),
        Access::ReadOnly { reason } => {
            anyhow::bail!("the case {} cannot be changed: {reason}", path.display())
        }
    }
}

/// Who works: if nobody says, who did last in the window, else the name of the account.
fn author(given: Option<String>) -> String {
    if let Some(name) = given.filter(|name| !name.trim().is_empty()) {
        return name;
    }
    let (settings, warnings) = session::stored_settings();
    for warning in warnings {
        output::people(&warning);
    }
    let name = session::usual_author(&settings);
    if name.is_empty() { "unknown".to_owned() } else { name }
}

/// `1 item`, `2 items`.
fn counted(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
=======
>>>>>>> main
