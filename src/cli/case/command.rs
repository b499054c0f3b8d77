//! The commands on cases, and what runs each.

use std::process::ExitCode;

use clap::Subcommand;

use super::{
    add, agreement, bookmark, examine, findings, info, log, metadata, rank, results, search,
    transfer, verify,
};
use crate::cli::exit::finish;

/// The commands on case files.
#[derive(Debug, Subcommand)]
pub enum CaseSubcommand {
    /// Create a case and add pictures and videos
    New(add::NewArgs),
    /// Add pictures, videos, or folders of them to a case
    Add(add::AddArgs),
    /// Take the results of a scan into a case
    #[command(after_long_help = results::HELP)]
    AddResults(results::ResultsArgs),
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

pub(in crate::cli) fn run(command: CaseSubcommand) -> ExitCode {
    match command {
        CaseSubcommand::New(args) => finish(add::create(args)),
        CaseSubcommand::Add(args) => finish(add::run(&args)),
        CaseSubcommand::AddResults(args) => results::run(&args),
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
