//! `case info`: summarizes a case.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::open::open_read_only;
use crate::base::text::counted;
use crate::case::{Case, Examined, ItemState};
use crate::cli::output;

/// Arguments of `case info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The JSON object. Keys come in this order.
#[derive(Debug, Default, Serialize)]
struct CaseInfo {
    path: String,
    id: String,
    items: u64,
    examined: u64,
    waiting: u64,
    not_examined: u64,
    described: u64,
    /// Items by verdict of the newest finding.
    verdicts: BTreeMap<&'static str, u64>,
    states: BTreeMap<&'static str, u64>,
    masks: u64,
    sources: u64,
    /// Working time on items in seconds.
    seconds: f64,
    log_entries: i64,
    head: String,
}

/// Prints the summary.
pub(super) fn run(args: &InfoArgs) -> anyhow::Result<()> {
    let info = CaseInfo::read(&open_read_only(&args.case)?)?;
    if args.json {
        output::print_line(&serde_json::to_string(&info)?)?;
    } else {
        output::print_lines(&info.lines())?;
    }
    Ok(())
}

impl CaseInfo {
    fn read(case: &Case) -> anyhow::Result<Self> {
        let mut info = Self {
            path: case.path().display().to_string(),
            id: case.id().to_owned(),
            log_entries: case.n_entries()?,
            head: case.head()?,
            described: case.n_described()?,
            states: ItemState::ALL.iter().map(|state| (state.as_str(), 0)).collect(),
            ..Self::default()
        };
        let mut sources = std::collections::BTreeSet::new();
        for row in case.rows()? {
            info.items += 1;
            match row.examined {
                Examined::Done => info.examined += 1,
                Examined::Waiting => info.waiting += 1,
                Examined::Failed(_) => info.not_examined += 1,
            }
            if let Some(verdict) = row.verdict {
                *info.verdicts.entry(verdict.as_str()).or_default() += 1;
            }
            *info.states.entry(row.state.as_str()).or_default() += 1;
            info.masks += u64::from(row.n_masks);
            info.seconds += row.seconds;
            sources.extend(row.source);
        }
        info.sources = sources.len() as u64;
        Ok(info)
    }

    fn lines(&self) -> Vec<String> {
        let list = |counts: &BTreeMap<&str, u64>| {
            let parts: Vec<String> =
                counts.iter().map(|(word, n)| format!("{n} {}", word.replace('-', " "))).collect();
            parts.join(", ")
        };
        let mut lines = vec![
            format!("{} (case {})", self.path, self.id),
            format!(
                "{} from {}: {} examined, {} waiting, {} could not be examined",
                counted(self.items, "item"),
                counted(self.sources, "source"),
                self.examined,
                self.waiting,
                self.not_examined
            ),
        ];
        if !self.verdicts.is_empty() {
            lines.push(format!("verdicts: {}", list(&self.verdicts)));
        }
        lines.push(format!("states: {}", list(&self.states)));
        lines.push(format!("what the file says: stored of {}", counted(self.described, "item")));
        let minutes = self.seconds / 60.0;
        lines.push(format!("{}, {minutes:.1} minutes of work", counted(self.masks, "mask")));
        lines.push(format!(
            "{} in the audit log, the newest with hash {}",
            if self.log_entries == 1 {
                "1 entry".to_owned()
            } else {
                format!("{} entries", self.log_entries)
            },
            self.head
        ));
        lines
    }
}
