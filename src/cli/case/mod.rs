//! `case`: case files without a window.
//!
//! * **In**: the arguments of its commands. **Out**: text or JSON on stdout, messages on stderr; the exit code is 0 when all was done, 1 when the case could not be opened or changed,
//!   2 when `verify` found it unsound.
//! * **Not here**: the case itself (`case`).

mod add;
mod agreement;
mod bookmark;
mod examine;
mod findings;
mod info;
mod log;
mod metadata;
mod open;
mod rank;
mod search;
mod transfer;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use super::exit::finish;

pub(super) use bookmark::bookmarks;
pub(super) use open::{author, open_read_only};

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
    /// List what was found in every item, as text, CSV or JSON
    Findings(findings::FindingsArgs),
    /// Print what the files of a case say about themselves, as it was stored
    Metadata(metadata::MetadataArgs),
    /// Find the items whose files say something: a field, a serial number, a mark of AI, a credential
    #[command(after_long_help = search::HELP)]
    Search(search::SearchArgs),
    /// Measure how well two readers of a case agree
    Agreement(agreement::AgreementArgs),
    /// Mark something about an item for the report: OK, to check, or a warning
    Bookmark(bookmark::BookmarkArgs),
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
        CaseSubcommand::New(args) => finish(add::create(args)),
        CaseSubcommand::Add(args) => finish(add::run(&args)),
        CaseSubcommand::Examine(args) => examine::run(args),
        CaseSubcommand::Findings(args) => finish(findings::run(&args)),
        CaseSubcommand::Metadata(args) => finish(metadata::run(&args)),
        CaseSubcommand::Search(args) => search::run(&args),
        CaseSubcommand::Rank(args) => finish(rank::run(args)),
        CaseSubcommand::Agreement(args) => finish(agreement::run(&args)),
        CaseSubcommand::Bookmark(args) => finish(bookmark::run(args)),
        CaseSubcommand::Export(args) => finish(transfer::export(args)),
        CaseSubcommand::Import(args) => finish(transfer::import(args)),
        CaseSubcommand::Info(args) => finish(info::run(&args)),
        CaseSubcommand::Log(args) => finish(log::run(&args)),
        CaseSubcommand::Verify(args) => verify::run(&args),
    }
}
