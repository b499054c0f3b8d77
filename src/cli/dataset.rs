//! `dataset`: converts, describes and checks data sets.

use std::path::PathBuf;

use anyhow::bail;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use serde_json::json;

use super::output;
use super::progress::ProgressLine;
use crate::base::text::visible_path;
use crate::base::{Cancel, TaskCtx};
use crate::dataset::{self, ExportOptions, Format, Split};

/// The commands on data sets.
#[derive(Debug, Subcommand)]
pub enum DatasetSubcommand {
    /// Convert a data set to another format
    Convert(ConvertArgs),
    /// Summarize a data set
    Info(InfoArgs),
    /// Check every file of a data set against its records
    Check(CheckArgs),
}

/// Arguments of `dataset convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Folder, file or zip file of the data set
    #[arg(value_name = "IN")]
    from: PathBuf,

    /// Folder to create; the same command resumes after a stop
    #[arg(value_name = "OUT")]
    out: PathBuf,

    /// Format to write
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    to: Format,

    /// Format to read. Default: detected
    #[arg(long = "from", value_name = "FORMAT", value_parser = format_parser())]
    input_format: Option<Format>,

    /// Refer to pictures by path instead of copying them
    #[arg(long)]
    refer: bool,

    /// Replace an existing export
    #[arg(long)]
    replace: bool,

    /// Make a new split by source and person, with this seed. Default: the split of the files
    #[arg(long, value_name = "SEED")]
    split_again: Option<u64>,
}

/// Arguments of `dataset info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Folder, file or zip file of the data set
    #[arg(value_name = "DIR")]
    path: PathBuf,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `dataset check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Folder, file or zip file of the data set
    #[arg(value_name = "DIR")]
    path: PathBuf,
}

pub(super) fn format_parser() -> impl clap::builder::TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.iter().map(|format| format.as_str())).try_map(|word| {
        Format::parse(&word).ok_or_else(|| format!("{word} is not a data set format"))
    })
}

/// Runs a command; `false` when a check found faults.
pub(super) fn run(command: DatasetSubcommand) -> anyhow::Result<bool> {
    let line = ProgressLine::bar(1);
    let on_progress = |p| line.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    match command {
        DatasetSubcommand::Convert(args) => convert(&args, &ctx, &line).map(|()| true),
        DatasetSubcommand::Info(args) => info(&args, &ctx).map(|()| true),
        DatasetSubcommand::Check(args) => check(&args, &ctx, &line),
    }
}

fn convert(args: &ConvertArgs, ctx: &TaskCtx<'_>, line: &ProgressLine) -> anyhow::Result<()> {
    let mut set = dataset::import(&args.from, args.input_format, ctx)?;
    if set.is_empty() {
        let why = set.remarks.join(" ");
        bail!("the data set has no entries that can be read: {} {why}", visible_path(&args.from));
    }
    if args.refer && set.is_zip() {
        bail!(
            "pictures in a zip file cannot be referred to by path: unpack it, or leave out --refer"
        );
    }
    if let Some(seed) = args.split_again {
        set.split_again(seed, ctx)?;
    }
    let options = ExportOptions {
        copies_images: !args.refer,
        replaces: args.replace,
        n_entries: set.len() as u64,
    };
    line.suspend(|| set.remarks.iter().for_each(|remark| output::eprint_line(remark)));
    let done = dataset::export(&mut set.entries(), args.to, &args.out, &options, ctx)?;
    line.suspend(|| done.remarks.iter().for_each(|remark| output::eprint_line(remark)));
    let [train, validation, test] = done.n_splits;
    output::print_line(&format!(
        "{}: {} entries as {} (train {train}, validation {validation}, test {test}); {} files \
         written, {} kept",
        done.path.display(),
        done.n_entries,
        args.to.label(),
        done.n_written,
        done.n_kept
    ))?;
    Ok(())
}

fn info(args: &InfoArgs, ctx: &TaskCtx<'_>) -> anyhow::Result<()> {
    let set = dataset::import(&args.path, None, ctx)?;
    let (mut n_splits, mut n_decisions) = ([0u64; 3], std::collections::BTreeMap::new());
    let (mut n_wrong, mut n_set, mut n_pixels) = (0u64, 0u64, 0u64);
    let mut sources = std::collections::BTreeSet::new();
    let mut persons = std::collections::BTreeSet::new();
    for (i, entry) in set.entries().enumerate() {
        ctx.step(crate::base::Phase::Reading, i as u64, set.len() as u64)?;
        let Ok(entry) = entry else {
            n_wrong += 1;
            continue;
        };
        let record = entry.record;
        n_splits[record.split as usize] += 1;
        *n_decisions.entry(record.decision).or_insert(0u64) += 1;
        n_set += entry.mask.count();
        n_pixels += u64::from(record.image.width_px) * u64::from(record.image.height_px);
        sources.extend(record.source);
        persons.extend(record.person);
    }
    let share = if n_pixels > 0 { n_set as f64 / n_pixels as f64 } else { 0.0 };
    if args.json {
        let object = json!({
            "format": set.format.as_str(),
            "is_lossless": set.format.is_lossless(),
            "n_entries": set.len(),
            "n_not_readable": n_wrong,
            "splits": Split::ALL.map(|s| (s.as_str(), n_splits[s as usize]))
                .into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "decisions": n_decisions,
            "n_sources": sources.len(),
            "n_persons": persons.len(),
            "share_marked": share,
            "remarks": set.remarks,
        });
        output::print_line(&object.to_string())?;
        return Ok(());
    }
    let mut lines = vec![format!("{}: {} entries", set.format.label(), set.len())];
    let of_parts = Split::ALL.iter().zip(n_splits);
    lines.extend(of_parts.map(|(split, n)| format!("  {}: {n}", split.as_str())));
    lines.extend(n_decisions.iter().map(|(decision, n)| format!("  {decision}: {n}")));
    lines.push(format!(
        "  {} sources, {} persons; {:.2} % of all pixels are marked as forged",
        sources.len(),
        persons.len(),
        share * 100.0
    ));
    if n_wrong > 0 {
        lines.push(format!(
            "  {n_wrong} entries cannot be read: `pentimento dataset check` gives the reasons"
        ));
    }
    lines.extend(set.remarks.iter().map(|remark| format!("  {remark}")));
    output::print_lines(&lines)?;
    Ok(())
}

fn check(args: &CheckArgs, ctx: &TaskCtx<'_>, line: &ProgressLine) -> anyhow::Result<bool> {
    let set = dataset::import(&args.path, None, ctx)?;
    let wrong = set.check(ctx)?;
    line.suspend(|| -> anyhow::Result<bool> {
        for what in &wrong {
            output::print_line(what)?;
        }
        let n = set.len();
        if wrong.is_empty() {
            output::print_line(&format!("{}: all {n} entries are intact", set.format.label()))?;
        } else {
            let what = format!("{} of {n} entries have faults", wrong.len());
            output::eprint_line(&what);
        }
        Ok(wrong.is_empty())
    })
}
