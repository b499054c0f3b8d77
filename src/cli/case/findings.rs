//! `case findings`: what was found in every item, as text, CSV or JSON.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::open::open_read_only;
use crate::case::{Examined, ItemRow};
use crate::cli::output::{self, Stdout};
use crate::curate::{FindingColumn, findings_csv};

/// Arguments of `case findings`.
#[derive(Debug, Args)]
pub struct FindingsArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Print a CSV table
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// One JSON line. Keys come in this order.
#[derive(Debug, Serialize)]
struct FindingLine<'a> {
    item: i64,
    path: String,
    sha256: Option<&'a str>,
    source: Option<&'a str>,
    person: Option<&'a str>,
    state: &'a str,
    kind: Option<&'a str>,
    verdict: Option<&'a str>,
    score: Option<f32>,
    faces: Option<u32>,
    quick: bool,
    scanned: bool,
    frames: Option<u64>,
    frames_examined: Option<u64>,
    not_examined: &'a [String],
    reason: Option<&'a str>,
}

/// Prints the findings, in the order in which items were added.
pub(super) fn run(args: &FindingsArgs) -> anyhow::Result<()> {
    let rows = open_read_only(&args.case)?.rows()?;
    if args.csv {
        output::print_page(findings_csv(&rows, |row| row.state).trim_end())?;
        return Ok(());
    }
    for row in &rows {
        let line = if args.json { json_line(row)? } else { text_line(row) };
        if output::print_line(&line)? == Stdout::Closed {
            break;
        }
    }
    Ok(())
}

fn json_line(row: &ItemRow) -> anyhow::Result<String> {
    let found = row.found.as_ref();
    let clip = found.and_then(|found| found.clip);
    let kind = |is_clip: bool| if is_clip { "video" } else { "image" };
    Ok(serde_json::to_string(&FindingLine {
        item: row.id.0,
        path: row.path.display().to_string(),
        sha256: row.sha256.as_deref(),
        source: row.source.as_deref(),
        person: row.person.as_deref(),
        state: row.state.as_str(),
        kind: found.map(|found| kind(found.clip.is_some())),
        verdict: row.verdict.map(crate::base::Verdict::as_str),
        score: row.score,
        faces: found.map(|found| found.n_faces),
        quick: clip.is_some_and(|clip| clip.is_quick),
        scanned: found.is_some_and(|found| found.is_scanned),
        frames: clip.map(|clip| clip.n_frames),
        frames_examined: clip.map(|clip| clip.n_examined),
        not_examined: found.map(|found| found.not_examined.as_slice()).unwrap_or_default(),
        reason: match &row.examined {
            Examined::Failed(reason) => Some(reason),
            Examined::Done | Examined::Waiting => None,
        },
    })?)
}

/// The cells that are not empty.
fn text_line(row: &ItemRow) -> String {
    let cells = FindingColumn::ALL.map(|column| {
        let text = column.text(row, row.state);
        match (column, text.is_empty()) {
            (_, true) => text,
            (FindingColumn::Score, _) => format!("score {text}"),
            (FindingColumn::Faces, _) => format!("faces: {text}"),
            (FindingColumn::NotExamined, _) => format!("not examined: {text}"),
            (FindingColumn::Reviewed, _) => format!("reviewed: {}", text.to_lowercase()),
            _ => text,
        }
    });
    let sentences: Vec<String> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
    sentences.join("  ")
}
