//! `case metadata`: what the files of a case say about themselves, as it was stored.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::open::open_read_only;
use crate::base::text::{visible, visible_path};
use crate::case::{ItemId, StoredDescription};
use crate::cli::output::{self, Stdout};

/// Arguments of `case metadata`.
#[derive(Debug, Args)]
pub struct MetadataArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Only the item with this number
    #[arg(long, value_name = "N")]
    item: Option<i64>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// One JSON line. Keys come in this order; those of `metadata --json` follow.
#[derive(Debug, Serialize)]
struct DescriptionLine {
    item: i64,
    path: String,
    /// `null` where nothing is stored.
    sha256: Option<String>,
    program: Option<String>,
    at: Option<String>,
    #[serde(flatten)]
    said: Map<String, Value>,
}

/// Prints the newest description of each item.
pub(super) fn run(args: &MetadataArgs) -> anyhow::Result<()> {
    let case = open_read_only(&args.case)?;
    let rows = match args.item {
        Some(item) => vec![case.row(ItemId(item))?],
        None => case.rows()?,
    };
    for row in rows {
        let description = case.newest_description(row.id)?;
        let lines = if args.json {
            vec![json_line(row.id, row.path.display().to_string(), description)?]
        } else {
            text_lines(row.id, &visible_path(&row.path), description)
        };
        if output::print_lines(&lines)? == Stdout::Closed {
            break;
        }
    }
    Ok(())
}

fn json_line(
    id: ItemId,
    path: String,
    description: Option<StoredDescription>,
) -> anyhow::Result<String> {
    let (facts, stored) = description.map(|d| (d.facts, d.said)).unzip();
    let (sha256, program, at) = match facts {
        Some(facts) => (Some(facts.media_sha256), Some(facts.program), Some(facts.at)),
        None => (None, None, None),
    };
    let keys = match stored {
        Some(Value::Object(keys)) => keys,
        _ => Map::new(),
    };
    Ok(serde_json::to_string(&DescriptionLine {
        item: id.0,
        path,
        sha256,
        program,
        at,
        said: keys,
    })?)
}

/// The summary, and who read it when.
fn text_lines(id: ItemId, path: &str, description: Option<StoredDescription>) -> Vec<String> {
    let mut lines = vec![format!("item {}: {path}", id.0)];
    let Some(StoredDescription { facts, said }) = description else {
        lines.push("  nothing is stored (pentimento case examine reads it)".to_owned());
        return lines;
    };
    let text = |value: &Value| value.as_str().map(|text| visible(text).into_owned());
    let sentences = said["metadata"]["summary"].as_array().into_iter().flatten();
    lines.extend(sentences.filter_map(|sentence| Some(format!("  {}", text(&sentence["text"])?))));
    if let Some(label) = text(&said["provenance"]["words"]) {
        lines.push(format!("  Credential: {label}"));
    }
    let (program, at) = (visible(&facts.program), visible(&facts.at));
    lines.push(format!("  read by {program} at {at}, sha256 {}", visible(&facts.media_sha256)));
    lines
}
