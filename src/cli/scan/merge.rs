//! Runs `merge` and signs what it wrote.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::args::MergeArgs;
use crate::base::text::{counted, visible_path};
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::report::Signer;
use crate::files::write_whole;
use crate::scan::{MergeSummary, merge};

/// Merges, and prints what there is.
pub(in crate::cli) fn run(args: &MergeArgs) -> ExitCode {
    finish_checked(merge_all(args))
}

fn merge_all(args: &MergeArgs) -> anyhow::Result<bool> {
    let first = args.folders.first().context("no folder is named")?;
    let out = args.out.as_ref().unwrap_or(first);
    let not_made = || format!("cannot make {}", visible_path(out));
    std::fs::create_dir_all(out).with_context(not_made)?;
    // A key that cannot be used is refused before any work.
    let signer = args.sign.as_deref().map(Signer::open).transpose()?;
    let summary = merge(&args.folders, out)?;
    if let Some(signer) = signer {
        sign(&signer, &out.join("summary.json"), &summary)?;
    }
    if args.json {
        output::print_line(&serde_json::to_string(&summary)?)?;
    } else {
        output::print_lines(&lines(&summary))?;
        output::print_lines(&[format!("results: {}", visible_path(&out.join("results.jsonl")))])?;
    }
    Ok(summary.missing_shards.is_empty())
}

/// Signs the summary, which holds the SHA-256 of the results.
fn sign(signer: &Signer, path: &Path, summary: &MergeSummary) -> anyhow::Result<()> {
    let failed = || format!("cannot sign {}", visible_path(path));
    let bytes = std::fs::read(path).with_context(failed)?;
    let comment = format!("results {}", summary.results_sha256);
    let signature = signer.sign_bytes(&bytes, &comment)?;
    write_whole(&path.with_added_extension("minisig"), signature.as_bytes()).with_context(failed)
}

fn lines(summary: &MergeSummary) -> Vec<String> {
    let n_shards = u64::from(summary.plan.shards);
    let n_missing = summary.missing_shards.len() as u64;
    let mut lines = vec![format!(
        "{} of {}",
        counted(summary.files, "file"),
        counted(n_shards - n_missing, "shard")
    )];
    lines.extend(summary.failures.iter().map(|(class, n)| format!("  {class}: {n}")));
    if summary.duplicates > 0 {
        lines.push(format!(
            "  {} left out: the same file twice",
            counted(summary.duplicates, "line")
        ));
    }
    if summary.conflicting_lines > 0 {
        lines.push(format!(
            "  {} of the manifest left out: another SHA-256 for a file that was named before",
            counted(summary.conflicting_lines, "line")
        ));
    }
    for shard in &summary.shards_in_several_folders {
        let n = summary.plan.shards;
        lines.push(format!("shard {shard}/{n} lies in several folders: taken from the first"));
    }
    for missing in &summary.missing_shards {
        let n = summary.plan.shards;
        lines.push(format!("missing: shard {}/{n}: {}", missing.shard, missing.why));
    }
    lines
}
