//! `case agreement`: how well two readers of a case agree.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::open::open_read_only;
use crate::annotate::Decision;
use crate::base::TaskCtx;
use crate::cli::output;
use crate::curate::{DECISIONS, ReaderComparison, compare_readers};

/// Arguments of `case agreement`.
#[derive(Debug, Args)]
pub struct AgreementArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// The two readers. Default: the two with most items in common
    #[arg(long, value_names = ["NAME", "NAME"], num_args = 2)]
    readers: Option<Vec<String>>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints the agreement.
pub(super) fn run(args: &AgreementArgs) -> anyhow::Result<()> {
    let case = open_read_only(&args.case)?;
    let names = args.readers.as_deref().and_then(|names| match names {
        [first, second] => Some((first.as_str(), second.as_str())),
        _ => None,
    });
    let two = compare_readers(&case, names, &TaskCtx::silent())?;
    if args.json {
        output::print_line(&json_object(&two))?;
    } else {
        output::print_lines(&lines(&two))?;
    }
    Ok(())
}

fn json_object(two: &ReaderComparison) -> String {
    let r = &two.agreement;
    let p = &r.pixels;
    let decisions = DECISIONS.map(Decision::as_str);
    json!({
        "readers": [two.first, two.second],
        "read": two.n_read,
        "both": r.n(),
        "seen": two.n_seen,
        "seen_unrecorded": two.n_unrecorded,
        "unequal_size": r.n_unequal,
        "decisions": decisions,
        "table": r.decisions,
        "alike": r.n_alike(),
        "kappa_decisions": r.kappa_of_decisions(),
        "masks": r.n_masks,
        "mean_iou": r.mean_iou(),
        "pixels": { "both": p.both, "first": p.only_first, "second": p.only_second, "neither": p.neither },
        "kappa_pixels": r.kappa_of_pixels(),
    })
    .to_string()
}

fn lines(two: &ReaderComparison) -> Vec<String> {
    let r = &two.agreement;
    let figure =
        |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |v| format!("{v:.3}"));
    let p = &r.pixels;
    let n_pixels = p.both + p.only_first + p.only_second + p.neither;
    let mut lines = vec![
        format!(
            "{} read {}, {} read {}; both read {}",
            two.first,
            two.n_read[0],
            two.second,
            two.n_read[1],
            r.n() + r.n_unequal
        ),
        two.independence(),
        format!(
            "decisions: {} of {} equal, Cohen's kappa {}",
            r.n_alike(),
            r.n(),
            figure(r.kappa_of_decisions())
        ),
        format!("masks: mean IoU {} over {}", figure(r.mean_iou()), r.n_masks),
        format!("pixels: Cohen's kappa {} over {n_pixels}", figure(r.kappa_of_pixels())),
    ];
    if r.n_unequal > 0 {
        lines.push(format!("{} not compared: their masks differ in size", r.n_unequal));
    }
    lines
}
