//! `case export` and `case import`: between a case and data sets of any format.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::open::{author, open_read_only, open_writable};
use crate::base::text::counted;
use crate::base::{Cancel, Progress, TaskCtx};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::curate::{self, CaseExportOptions};
use crate::dataset::{ExportOptions, Format, Split};

/// Arguments of `case export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// The folder to create; the same command resumes after a stop
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Format to write
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), default_value = "pentimento")]
    to: Format,
    /// Refer to pictures by path instead of copying them
    #[arg(long)]
    no_copy: bool,
    /// Replace an existing export
    #[arg(long)]
    replace: bool,
    /// Also export masks of items that are not done
    #[arg(long)]
    unfinished: bool,
    /// Export only the masks of this annotator
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Seed of the split by source and person
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Arguments of `case import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Folder, file or zip file of the data set, in any format of case export
    #[arg(value_name = "IN")]
    path: PathBuf,
    /// Format to read. Default: detected
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    from: Option<Format>,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|format| format.as_str()))
        .try_map(|word| Format::parse(&word).ok_or("not a format"))
}

/// Shows progress during `run`.
fn with_progress<T>(run: impl FnOnce(&TaskCtx<'_>) -> T) -> T {
    let line = ProgressLine::bar(1);
    let on_progress = |p: Progress| line.step(p);
    run(&TaskCtx { cancel: Cancel::default(), on_progress: &on_progress })
}

/// Exports a case.
pub(super) fn export(args: ExportArgs) -> anyhow::Result<()> {
    let case = open_read_only(&args.case)?;
    let hand_over = CaseExportOptions {
        with_unfinished: args.unfinished,
        author: args.by,
        seed: args.seed,
        writing: ExportOptions {
            copies_images: !args.no_copy,
            replaces: args.replace,
            ..ExportOptions::default()
        },
    };
    let handed = with_progress(|ctx| curate::export(&case, args.to, &args.out, &hand_over, ctx))?;
    for remark in handed.remarks.iter().chain(&handed.exported.remarks) {
        output::eprint_line(remark);
    }
    let exported = &handed.exported;
    let parts: Vec<String> = Split::ALL
        .iter()
        .map(|s| format!("{} {}", exported.n_splits[*s as usize], s.as_str()))
        .collect();
    output::print_line(&format!(
        "{} written to {} as {}: {}",
        counted(exported.n_entries, "mask"),
        exported.path.display(),
        args.to.label(),
        parts.join(", ")
    ))?;
    Ok(())
}

/// Imports into a case.
pub(super) fn import(args: ImportArgs) -> anyhow::Result<()> {
    let mut case = open_writable(&args.case, &author(args.author))?;
    let taken = with_progress(|ctx| curate::import(&mut case, &args.path, args.from, ctx))?;
    for remark in &taken.remarks {
        output::eprint_line(remark);
    }
    let mut text = format!(
        "{} imported from {} ({}), {} new in the case",
        counted(taken.n_masks, "mask"),
        args.path.display(),
        taken.format.label(),
        counted(taken.n_new, "item")
    );
    if taken.n_replaced > 0 {
        text =
            format!("{text}; {} of them replaced older ones, the log has both", taken.n_replaced);
    }
    if taken.n_kept > 0 {
        text = format!("{text}; {} masks of the same annotators were kept unchanged", taken.n_kept);
    }
    output::print_line(&text)?;
    Ok(())
}
