//! `case`: what is done with case files without a window.
//!
//! * **In**: the arguments of its commands. **Out**: text or JSON on stdout, words for people on
//!   stderr; the exit code is 0 when all was done, 1 when the case could not be opened or changed,
//!   2 when `verify` found it unsound.
//! * **Not here**: the case itself (`case`).

mod add;
mod agreement;
mod examine;
mod hand_over;
mod info;
mod log;
mod rank;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use super::output;
use crate::case::{Access, Case};
use crate::session;

/// What to do with a case.
#[derive(Debug, Subcommand)]
pub enum CaseWord {
    /// Make a case, and put pictures and clips into it
    New(add::NewArgs),
    /// Put pictures and clips, or folders of them, into a case
    Add(add::AddArgs),
    /// Examine the items of a case that wait for it
    Examine(examine::ExamineArgs),
    /// Put the queue of a case into order, and say why each item is where it is
    #[command(after_long_help = rank::HELP)]
    Rank(rank::RankArgs),
    /// Say how far two readers of a case agree
    Agreement(agreement::AgreementArgs),
    /// Write the finished masks of a case as a data set
    Export(hand_over::ExportArgs),
    /// Take the masks of a data set into a case
    Import(hand_over::ImportArgs),
    /// Say what is in a case
    Info(info::InfoArgs),
    /// Print who did what and when
    Log(log::LogArgs),
    /// Check that nothing in a case was changed behind the program's back
    #[command(after_long_help = verify::HELP)]
    Verify(verify::VerifyArgs),
}

/// Runs one of the commands.
pub(super) fn run(word: CaseWord) -> ExitCode {
    match word {
        CaseWord::New(args) => super::finish(add::make(args)),
        CaseWord::Add(args) => super::finish(add::run(&args)),
        CaseWord::Examine(args) => examine::run(args),
        CaseWord::Rank(args) => super::finish(rank::run(args)),
        CaseWord::Agreement(args) => super::finish(agreement::run(&args)),
        CaseWord::Export(args) => super::finish(hand_over::export(args)),
        CaseWord::Import(args) => super::finish(hand_over::import(args)),
        CaseWord::Info(args) => super::finish(info::run(&args)),
        CaseWord::Log(args) => super::finish(log::run(&args)),
        CaseWord::Verify(args) => verify::run(&args),
    }
}

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
