//! Ranks: a strategy's order, with near-duplicates and full sources put behind.
//!
//! No candidate is dropped: near-duplicates come after everything else, and the next pictures of a
//! source that has reached its quota come in the next round.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::candidate::Candidate;
use super::near_duplicates::DuplicateIndex;
use super::score::scored_order;
use super::strategy::QueueStrategy;
use crate::base::{Cancelled, Phase, TaskCtx};

/// Candidates between two checks of the stop switch.
const STRIDE: usize = 256;

/// Which items come late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Pictures of one source in a round at most; finished ones count.
    pub per_source: Option<NonZeroU32>,
    /// Whether near-duplicates come last.
    pub duplicates_last: bool,
}

impl Default for Quotas {
    /// No quota for sources; near-duplicates last.
    fn default() -> Self {
        Self { per_source: None, duplicates_last: true }
    }
}

/// An item with its rank, which is its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedItem {
    /// Number of the item in the case.
    pub id: i64,
    /// Why it has this rank, without capital letter and full stop.
    pub why: String,
    /// The earlier or finished item of which it is a near-duplicate.
    pub duplicate_of: Option<i64>,
}

/// An item that the strategy has no value for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnrankedItem {
    /// Number of the item in the case.
    pub id: i64,
    /// Why, without capital letter and full stop.
    pub why: &'static str,
}

/// The ranks of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// The strategy that gave them.
    pub strategy: QueueStrategy,
    /// In the order of the ranks, without finished items.
    pub ranked: Vec<RankedItem>,
    /// In the order of the candidates.
    pub unranked: Vec<UnrankedItem>,
    /// Near-duplicates among the ranked.
    pub n_duplicates: usize,
    /// Items that a quota has put into a later round.
    pub n_later_round: usize,
}

/// Ranks the candidates that are not finished. `seed` is that of [`QueueStrategy::Random`].
///
/// # Errors
///
/// [`Cancelled`].
pub(super) fn rank_candidates(
    candidates: &[Candidate],
    strategy: QueueStrategy,
    quotas: Quotas,
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Ranking, Cancelled> {
    let order = scored_order(candidates, strategy, seed);
    let mut index = DuplicateIndex::default();
    let mut counts: HashMap<Arc<str>, u32> = HashMap::new();
    for finished in candidates.iter().filter(|c| c.is_finished) {
        if let Some(signals) = &finished.signals
            && let Some(hash) = signals.hash
        {
            index.find_or_insert(hash, signals.score, finished.id);
        }
        if let Some(source) = &finished.source {
            *counts.entry(Arc::clone(source)).or_default() += 1;
        }
    }
    let (mut n_duplicates, mut n_later_round) = (0, 0);
    let mut placed: Vec<((bool, u32), RankedItem)> = Vec::with_capacity(order.ranked.len());
    let total = order.ranked.len() as u64;
    for (n, (i, mut why)) in order.ranked.into_iter().enumerate() {
        if n.is_multiple_of(STRIDE) {
            ctx.step(Phase::Ranking, n as u64, total)?;
        }
        let candidate = &candidates[i];
        let duplicate_of = candidate
            .signals
            .as_ref()
            .filter(|_| quotas.duplicates_last)
            .and_then(|s| index.find_or_insert(s.hash?, s.score, candidate.id));
        n_duplicates += usize::from(duplicate_of.is_some());
        let mut round = 0;
        if let (None, Some(quota), Some(source)) =
            (duplicate_of, quotas.per_source, &candidate.source)
        {
            let count = counts.entry(Arc::clone(source)).or_default();
            round = *count / quota;
            if round > 0 {
                n_later_round += 1;
                why = format!("{why}; {count} of {source} come before it");
            }
            *count += 1;
        }
        let place = (duplicate_of.is_some(), round);
        placed.push((place, RankedItem { id: candidate.id, why, duplicate_of }));
    }
    placed.sort_by_key(|(place, _)| *place);
    let unranked = order.unranked.into_iter();
    let unranked = unranked.map(|(i, why)| UnrankedItem { id: candidates[i].id, why });
    Ok(Ranking {
        strategy,
        ranked: placed.into_iter().map(|(_, ranked)| ranked).collect(),
        unranked: unranked.collect(),
        n_duplicates,
        n_later_round,
    })
}

#[cfg(test)]
#[path = "rank_tests.rs"]
mod tests;
