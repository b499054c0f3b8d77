//! `case log`: the audit log, who did what and when.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::open::open_read_only;
use crate::case::LogEntry;
use crate::cli::output::{self, Stdout};

/// Number of entries read at once.
const CHUNK: usize = 1000;

/// Arguments of `case log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Start after the entry with this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<i64>,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

/// One JSON line. Keys come in this order.
#[derive(Debug, Serialize)]
struct LogLine<'a> {
    seq: i64,
    at: &'a str,
    author: &'a str,
    action: &'a str,
    subject: &'a str,
    detail: Value,
    previous: &'a str,
    hash: &'a str,
}

/// Prints the log, oldest entry first.
pub(super) fn run(args: &LogArgs) -> anyhow::Result<()> {
    let case = open_read_only(&args.case)?;
    let mut after = args.after;
    loop {
        let entries = case.log(after, CHUNK)?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = Some(last.seq);
        for entry in &entries {
            let text = if args.json { json_line(entry)? } else { text_line(entry) };
            if output::print_line(&text)? == Stdout::Closed {
                return Ok(());
            }
        }
    }
}

fn json_line(entry: &LogEntry) -> anyhow::Result<String> {
    let LogEntry { seq, at, author, action, subject, detail, previous, hash } = entry;
    // A detail that is not JSON was not written by this program; it is shown as text.
    let detail = serde_json::from_str(detail).unwrap_or_else(|_| Value::String(detail.clone()));
    Ok(serde_json::to_string(&LogLine {
        seq: *seq,
        at,
        author,
        action,
        subject,
        detail,
        previous,
        hash,
    })?)
}

fn text_line(entry: &LogEntry) -> String {
    let LogEntry { seq, at, author, action, subject, detail, .. } = entry;
    format!("{seq:>6}  {at}  {author}  {action}  {subject}  {detail}")
}
