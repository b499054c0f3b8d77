//! `case rank`: puts the queue of a case into order.
//!
//! * **In**: a case, a strategy. **Out**: ranks in the case; the first of them, or all as JSON.
//! * **Not here**: the order (`curate`).

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde::Serialize;

use super::open::author;
use crate::base::TaskCtx;
use crate::base::text::counted;
use crate::case::{Access, Case, ItemRow};
use crate::cli::output::{self, Stdout};
use crate::curate::{self, Quotas, Ranking, Strategy};

pub(super) const HELP: &str = "\
Strategies:
  concept           what excites the model's chief concept of a forgery most: the
                    candidates of LAE's active learning
  uncertainty       scores nearest to the middle between the two thresholds
  margin            the model's real half and forged half speak up nearly alike
  blur-consistency  score and map change under a slight blur
  map-versus-score  the map marks more or less than the score leads one to expect
  diversity         unlike, in the model's eyes, all that were ranked before
  score             most suspicious first
  random            by lot, to compare the others with

Near-duplicates that are judged alike come last, with --keep-repeats where they would: say so for
portraits of one studio, which look alike without being copies. With --quota, at most so many items
of one source come before those of the others.

With --json, stdout carries one JSON object a line for every ranked item: rank, item, path, source,
score, why, and the item that it repeats.";

/// Arguments of `case rank`.
#[derive(Debug, Args)]
pub struct RankArgs {
    /// The case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// What comes first
    #[arg(long, value_name = "STRATEGY", value_parser = strategy(), default_value = "concept")]
    strategy: Strategy,
    /// At most so many items of one source in a round
    #[arg(long, value_name = "N")]
    quota: Option<NonZeroU32>,
    /// Leave near-duplicates where they are
    #[arg(long)]
    keep_repeats: bool,
    /// Of the lot
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print so many of the first
    #[arg(long, value_name = "N", default_value_t = 10)]
    first: usize,
    /// Print all as JSON lines
    #[arg(long)]
    json: bool,
    /// Who works, for the log; without it the name last used in the window, else that of the account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

fn strategy() -> impl clap::builder::TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(Strategy::ALL.map(Strategy::as_str))
        .try_map(|word| word.parse::<Strategy>())
}

#[derive(Serialize)]
struct Place<'a> {
    rank: usize,
    item: i64,
    path: String,
    source: Option<&'a str>,
    score: Option<f32>,
    why: &'a str,
    /// Item that it nearly repeats.
    repeats: Option<i64>,
}

/// Ranks, and prints.
pub(super) fn run(args: RankArgs) -> anyhow::Result<()> {
    // Somebody else may be at it: then the ranks are shown and not kept.
    let mut case = Case::open(&args.case, &author(args.author))
        .with_context(|| format!("cannot open the case {}", args.case.display()))?;
    let quotas = Quotas { per_source: args.quota, delays_repeats: !args.keep_repeats };
    let ranking = curate::rank(&mut case, args.strategy, quotas, args.seed, &TaskCtx::silent())?;
    if let Access::ReadOnly { reason } = case.access() {
        output::eprint_line(&format!("the ranks were not kept in the case: {reason}"));
    }
    let rows: HashMap<i64, ItemRow> = case.rows()?.into_iter().map(|r| (r.id.0, r)).collect();
    let places = ranking.ranked.iter().enumerate().filter_map(|(i, ranked)| {
        let row = rows.get(&ranked.id)?;
        Some(Place {
            rank: i + 1,
            item: ranked.id,
            path: row.path.display().to_string(),
            source: row.source.as_deref(),
            score: row.score,
            why: &ranked.why,
            repeats: ranked.repeats,
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
    lines.extend(
        places.take(args.first).map(|p| format!("{:>6}  {}\n        {}", p.rank, p.path, p.why)),
    );
    output::print_line(&lines.join("\n"))?;
    Ok(())
}

fn summary(ranking: &Ranking) -> String {
    let n = ranking.ranked.len() as u64;
    let mut parts = vec![format!("{} ranked by {}", counted(n, "item"), ranking.strategy)];
    if ranking.n_repeats > 0 {
        parts.push(format!("{} nearly repeat another and come last", ranking.n_repeats));
    }
    if ranking.n_waiting > 0 {
        parts.push(format!("{} wait because of their source", ranking.n_waiting));
    }
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for left in &ranking.left_out {
        *reasons.entry(left.why).or_default() += 1;
    }
    let left = |(why, n)| format!("{} left out: {why}", counted(n, "item"));
    parts.extend(reasons.into_iter().map(left));
    parts.join("; ")
}
