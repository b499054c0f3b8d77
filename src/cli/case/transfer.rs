//! `case export` and `case import`: between a case and data sets of any format.
//!
//! * **In**: a case, a folder. **Out**: the data set, or its masks in the case; what was lost, in
//!   words.
//! * **Not here**: formats (`dataset`), what goes out and in (`curate`).

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::open::{author, open_read_only, open_writable};
use crate::base::text::counted;
use crate::base::{Cancel, Progress, TaskCtx};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::curate::{self, HandOver};
use crate::dataset::{ExportOptions, Format, Split};

/// Arguments of `case export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// The folder to make; stopped, the same command goes on
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_parser = format(), default_value = "pentimento")]
    to: Format,
    /// Refer to pictures by their paths instead of copying them
    #[arg(long)]
    no_copy: bool,
    /// Replace an export that is there already
    #[arg(long)]
    replace: bool,
    /// Masks of items that are not done, too
    #[arg(long)]
    unfinished: bool,
    /// The masks of this person only
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Of the split by source and person
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Arguments of `case import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// A folder or file of any format that can be exported
    #[arg(value_name = "IN")]
    path: PathBuf,
    /// What it is; without it that is recognized
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    from: Option<Format>,
    /// Who works, for the log; without it the name last used in the window, else that of the account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

fn format() -> impl clap::builder::TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str))
        .try_map(|word| Format::parse(&word).ok_or("not a format"))
}

/// Tells how far the work is.
fn with_line<T>(run: impl FnOnce(&TaskCtx<'_>) -> T) -> T {
    let line = ProgressLine::bar(1);
    let on_progress = |p: Progress| line.step(p);
    run(&TaskCtx { cancel: Cancel::default(), on_progress: &on_progress })
}

/// Exports.
pub(super) fn export(args: ExportArgs) -> anyhow::Result<()> {
    let case = open_read_only(&args.case)?;
    let hand_over = HandOver {
        with_unfinished: args.unfinished,
        author: args.by,
        seed: args.seed,
        writing: ExportOptions {
            copies_images: !args.no_copy,
            replaces: args.replace,
            ..ExportOptions::default()
        },
    };
    let handed = with_line(|ctx| curate::export(&case, args.to, &args.out, &hand_over, ctx))?;
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

/// Imports.
pub(super) fn import(args: ImportArgs) -> anyhow::Result<()> {
    let mut case = open_writable(&args.case, &author(args.author))?;
    let taken = with_line(|ctx| curate::import(&mut case, &args.path, args.from, ctx))?;
    for remark in &taken.remarks {
        output::eprint_line(remark);
    }
    let mut said = format!(
        "{} taken over from {} ({}), {} new in the case",
        counted(taken.n_masks, "mask"),
        args.path.display(),
        taken.format.label(),
        counted(taken.n_new, "item")
    );
    if taken.n_kept > 0 {
        said = format!("{said}; {} of the same people stayed as they were", taken.n_kept);
    }
    output::print_line(&said)?;
    Ok(())
}
