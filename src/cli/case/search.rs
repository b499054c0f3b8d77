//! `case search`: the items of a case whose files say something.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::open::open_read_only;
use crate::base::TaskCtx;
use crate::base::text::{counted, visible, visible_path};
use crate::cli::exit::finish_checked;
use crate::cli::output::{self, Stdout};
use crate::curate::{self, CREDENTIAL_WORDS, Criterion, SearchHit};

/// What the long help says at its end.
pub(super) const HELP: &str = "\
Items have to meet all criteria. What is searched was stored by `pentimento case examine`.

Words for --credential: none, elsewhere, unreadable, altered, not-bound, unchecked,
intact-unknown-signer, intact-expired, intact-listed.

Exit codes: 0 every item was searched, 2 nothing is stored of some items, 1 wrong use.

Examples:
  pentimento case search tuesday.pentimento --text canon
  pentimento case search tuesday.pentimento --field Make=Canon
  pentimento case search tuesday.pentimento --field Software --ai
  pentimento case search tuesday.pentimento --credential altered --json";

/// Arguments of `case search`.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// A field of the file has all of these words, in its name or its value; may be repeated
    #[arg(long, value_name = "WORDS")]
    text: Vec<String>,
    /// The file has a field of this name, whose value contains VALUE; may be repeated
    #[arg(long, value_name = "NAME[=VALUE]")]
    field: Vec<String>,
    /// A serial number in the file is this one
    #[arg(long, value_name = "NUMBER")]
    serial: Vec<String>,
    /// A mark says that AI made or changed the picture
    #[arg(long)]
    ai: bool,
    /// The word for the credential is this one
    #[arg(long, value_name = "WORD")]
    credential: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// One JSON line. Keys come in this order.
#[derive(Debug, Serialize)]
struct HitLine<'a> {
    item: i64,
    path: String,
    sha256: Option<&'a str>,
    found: Vec<FoundObject<'a>>,
}

#[derive(Debug, Serialize)]
struct FoundObject<'a> {
    from: &'a str,
    value: &'a str,
}

/// Prints the items that meet all criteria.
pub(super) fn run(args: &SearchArgs) -> ExitCode {
    finish_checked(search(args))
}

/// `false` when nothing is stored of some items.
fn search(args: &SearchArgs) -> anyhow::Result<bool> {
    let criteria = criteria(args)?;
    let case = open_read_only(&args.case)?;
    let found = curate::search(&case, &criteria, &TaskCtx::silent())?;
    for (id, hits) in &found.items {
        let row = case.row(*id)?;
        let line = if args.json {
            serde_json::to_string(&HitLine {
                item: id.0,
                path: row.path.display().to_string(),
                sha256: row.sha256.as_deref(),
                found: hits.iter().map(found_object).collect(),
            })?
        } else {
            let fields: Vec<String> = hits
                .iter()
                .map(|hit| format!("{} = {}", visible(&hit.from), visible(&hit.value)))
                .collect();
            format!("item {}  {}  {}", id.0, visible_path(&row.path), fields.join("; "))
        };
        if output::print_line(&line)? == Stdout::Closed {
            break;
        }
    }
    let mut summary =
        format!("{} of {} searched", counted(found.items.len() as u64, "item"), found.n_searched);
    if found.n_unknown > 0 {
        summary = format!(
            "{summary}; nothing is stored of {}: pentimento case examine reads it",
            counted(found.n_unknown, "item")
        );
    }
    output::eprint_line(&summary);
    Ok(found.n_unknown == 0)
}

fn found_object(hit: &SearchHit) -> FoundObject<'_> {
    FoundObject { from: &hit.from, value: &hit.value }
}

fn criteria(args: &SearchArgs) -> anyhow::Result<Vec<Criterion>> {
    let mut criteria: Vec<Criterion> = args.text.iter().cloned().map(Criterion::Text).collect();
    if args.text.iter().any(|text| text.trim().is_empty()) {
        bail!("--text needs words, as in --text canon");
    }
    for field in &args.field {
        let (name, value) = match field.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (field.as_str(), None),
        };
        if name.trim().is_empty() {
            bail!("--field needs the name of a field, as in --field Make=Canon");
        }
        criteria.push(Criterion::Field { name: name.trim().to_owned(), value });
    }
    criteria.extend(args.serial.iter().cloned().map(Criterion::Serial));
    if args.ai {
        criteria.push(Criterion::Ai);
    }
    if let Some(word) = &args.credential {
        if !CREDENTIAL_WORDS.contains(&word.as_str()) {
            bail!(
                "there is no word {word} for a credential; they are {}",
                CREDENTIAL_WORDS.join(", ")
            );
        }
        criteria.push(Criterion::Credential(word.clone()));
    }
    if criteria.is_empty() {
        bail!("name what to search for: --text, --field, --serial, --ai or --credential");
    }
    Ok(criteria)
}
