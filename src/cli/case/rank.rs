//! `case rank`: ranks the queue of a case.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::open::author;
use crate::base::TaskCtx;
use crate::base::text::{counted, visible_path};
use crate::case::{Access, Case, ItemRow};
use crate::cli::output::{self, Stdout};
use crate::curate::{self, QueueStrategy, Quotas, Ranking};

pub(super) const HELP: &str = "\
Strategies: concept, uncertainty, blur-consistency, score and random.
  concept           strongest response of the model's most important forgery channel (the
                    active learning of the LAE paper)
  uncertainty       scores nearest to the middle between the two thresholds
  blur-consistency  score and heat map change under a slight blur
  score             most suspicious first
  random            random order, as a baseline

Near-duplicates with equal results come last. --keep-repeats leaves them in place, for instance
for studio portraits, which look alike without being copies. With --quota, at most N items of
one source come before those of other sources.

With --json, stdout carries one JSON object per line for every ranked item: rank, item, path,
source, score, why, and the item that it repeats.";

/// Arguments of `case rank`.
#[derive(Debug, Args)]
pub struct RankArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// Ranking strategy
    #[arg(long, value_name = "STRATEGY", default_value = "concept")]
    strategy: QueueStrategy,
    /// At most N items of one source per round
    #[arg(long, value_name = "N")]
    quota: Option<NonZeroU32>,
    /// Do not move near-duplicates to the end
    #[arg(long)]
    keep_repeats: bool,
    /// Seed of random orders
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print the first N items
    #[arg(long, value_name = "N", default_value_t = 10)]
    first: usize,
    /// Print all items as JSON lines
    #[arg(long)]
    json: bool,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

#[derive(Serialize)]
struct RankedItem<'a> {
    rank: usize,
    item: i64,
    path: String,
    source: Option<&'a str>,
    score: Option<f32>,
    why: &'a str,
    /// The item of which it is a near-duplicate.
    repeats: Option<i64>,
}

/// Ranks the queue and prints the first items.
pub(super) fn run(args: RankArgs) -> anyhow::Result<()> {
    // When another process has the case open, the ranks are printed and not stored.
    let mut case = Case::open(&args.case, &author(args.author))
        .with_context(|| format!("cannot open the case {}", visible_path(&args.case)))?;
    let quotas = Quotas { per_source: args.quota, duplicates_last: !args.keep_repeats };
    let ranking = curate::rank(&mut case, args.strategy, quotas, args.seed, &TaskCtx::silent())?;
    if let Access::ReadOnly { reason } = case.access() {
        output::eprint_line(&format!("the ranks were not stored in the case: {reason}"));
    }
    let rows: HashMap<i64, ItemRow> = case.rows()?.into_iter().map(|r| (r.id.0, r)).collect();
    let places = ranking.ranked.iter().enumerate().filter_map(|(i, ranked)| {
        let row = rows.get(&ranked.id)?;
        Some(RankedItem {
            rank: i + 1,
            item: ranked.id,
            path: row.path.display().to_string(),
            source: row.source.as_deref(),
            score: row.score,
            why: &ranked.why,
            repeats: ranked.duplicate_of,
        })
    });
    if args.json {
        output::eprint_line(&summary(&ranking));
        for place in places {
            if output::print_line(&serde_json::to_string(&place)?)? == Stdout::Closed {
                break;
            }
        }
        return Ok(());
    }
    let mut lines = vec![summary(&ranking)];
    for place in places.take(args.first) {
        lines.push(format!("{:>6}  {}", place.rank, place.path));
        lines.push(format!("        {}", place.why));
    }
    output::print_lines(&lines)?;
    Ok(())
}

fn summary(ranking: &Ranking) -> String {
    let n = ranking.ranked.len() as u64;
    let mut parts = vec![format!("{} ranked by {}", counted(n, "item"), ranking.strategy)];
    if ranking.n_duplicates > 0 {
        parts.push(format!("{} near-duplicates come last", ranking.n_duplicates));
    }
    if ranking.n_later_round > 0 {
        parts.push(format!(
            "{} come later because of the quota of their source",
            ranking.n_later_round
        ));
    }
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for left in &ranking.unranked {
        *reasons.entry(left.why).or_default() += 1;
    }
    let left_out = |(why, n)| format!("{} not ranked: {why}", counted(n, "item"));
    parts.extend(reasons.into_iter().map(left_out));
    parts.join("; ")
}
