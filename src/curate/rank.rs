//! The queue's ranks: a strategy's order, repetitions and full sources put behind.
//!
//! * **In**: candidates, a strategy, quotas. **Out**: [`Ranking`], every item of it with its reason
//!   in words.
//! * **Not here**: writing ranks into a case ([`super::queue`]).
//!
//! Nobody is dropped: repetitions come after everything else, and where a source has had its share
//! its next pictures come in the next round. Deterministic.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::near::Seen;
use super::{Candidate, Strategy, order};
use crate::base::{Cancelled, Phase, TaskCtx};

/// Pictures between two looks at the stop switch.
const STRIDE: usize = 256;

/// What is put behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// At most so many pictures of one source in a round; finished ones count.
    pub per_source: Option<NonZeroU32>,
    /// Whether near-duplicates come last.
    pub delays_repeats: bool,
}

impl Default for Quotas {
    /// Any number of a source; near-duplicates last.
    fn default() -> Self {
        Self { per_source: None, delays_repeats: true }
    }
}

/// One place in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Of the case.
    pub id: i64,
    /// Why it is here, without capital letter and full stop.
    pub why: String,
    /// The picture before it, or finished, that it repeats.
    pub repeats: Option<i64>,
}

/// A picture that a strategy cannot judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Of the case.
    pub id: i64,
    /// Why, without capital letter and full stop.
    pub why: &'static str,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// By what.
    pub strategy: Strategy,
    /// The first first; finished ones are not among them.
    pub ranked: Vec<Ranked>,
    /// In the order of the candidates.
    pub left_out: Vec<LeftOut>,
    /// Near-duplicates among the ranked.
    pub n_repeats: usize,
    /// Pictures that wait for a later round.
    pub n_waiting: usize,
}

/// Ranks what is not finished. `seed` is that of [`Strategy::Random`].
///
/// # Errors
///
/// [`Cancelled`].
pub fn rank_candidates(
    candidates: &[Candidate],
    strategy: Strategy,
    quotas: Quotas,
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Ranking, Cancelled> {
    let order = order::order(candidates, strategy, seed, ctx)?;
    let mut seen = Seen::default();
    let mut counts: HashMap<Arc<str>, u32> = HashMap::new();
    for finished in candidates.iter().filter(|c| c.is_finished) {
        if let Some(signals) = &finished.signals
            && let Some(hash) = signals.hash
        {
            seen.repeats(hash, signals.score, finished.id);
        }
        if let Some(source) = &finished.source {
            *counts.entry(Arc::clone(source)).or_default() += 1;
        }
    }
    let (mut n_repeats, mut n_waiting) = (0, 0);
    let mut placed: Vec<((bool, u32), Ranked)> = Vec::with_capacity(order.ranked.len());
    let total = order.ranked.len() as u64;
    for (n, (i, mut why)) in order.ranked.into_iter().enumerate() {
        if n.is_multiple_of(STRIDE) {
            ctx.step(Phase::Ranking, n as u64, total)?;
        }
        let candidate = &candidates[i];
        let repeats = candidate
            .signals
            .as_ref()
            .filter(|_| quotas.delays_repeats)
            .and_then(|s| seen.repeats(s.hash?, s.score, candidate.id));
        n_repeats += usize::from(repeats.is_some());
        let mut round = 0;
        if let (None, Some(quota), Some(source)) = (repeats, quotas.per_source, &candidate.source) {
            let count = counts.entry(Arc::clone(source)).or_default();
            round = *count / quota;
            if round > 0 {
                n_waiting += 1;
                why = format!("{why}; {count} of {source} come before it");
            }
            *count += 1;
        }
        placed.push(((repeats.is_some(), round), Ranked { id: candidate.id, why, repeats }));
    }
    placed.sort_by_key(|(place, _)| *place);
    let left_out = order.left_out.into_iter().map(|(i, why)| LeftOut { id: candidates[i].id, why });
    Ok(Ranking {
        strategy,
        ranked: placed.into_iter().map(|(_, ranked)| ranked).collect(),
        left_out: left_out.collect(),
        n_repeats,
        n_waiting,
    })
}

#[cfg(test)]
#[path = "rank_tests.rs"]
mod tests;
