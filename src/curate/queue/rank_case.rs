//! Ranking a case: reading the candidates, storing their ranks.

use std::collections::HashMap;

use super::candidate::Candidate;
use super::rank::{Quotas, Ranking, rank_candidates};
use super::signals::Signals;
use super::strategy::QueueStrategy;
use crate::base::{Phase, TaskCtx};
use crate::case::{BatchWriter, Case, Examined, ItemId, ItemRow, ItemState};
use crate::curate::Error;

/// Ranks the items that are to be done and stores the ranks. Finished items get no rank, but others
/// may be near-duplicates of them; skipped items are ignored.
///
/// The ranks of a case that is open for reading only are returned and not stored. All ranks are
/// stored at the end in one batch, which is not bounded in time.
///
/// # Errors
///
/// [`Error::NothingToRank`] when there are items and the strategy has a value for none, [`Error::Case`],
/// [`Error::Cancelled`]: then the ranks are as they were.
pub fn rank(
    case: &mut dyn BatchWriter,
    strategy: QueueStrategy,
    quotas: Quotas,
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Ranking, Error> {
    let rows = case.reader().rows()?;
    let candidates = candidates(case.reader(), &rows, ctx)?;
    let mut ranking = rank_candidates(&candidates, strategy, quotas, seed, ctx)?;
    drop(candidates);
    if let (true, Some(first)) = (ranking.ranked.is_empty(), ranking.unranked.first()) {
        let is_open = |row: &ItemRow| matches!(row.state, ItemState::ToDo | ItemState::InWork);
        let any = |is: fn(&Examined) -> bool| rows.iter().any(|r| is_open(r) && is(&r.examined));
        let remedy = if any(|examined| matches!(examined, Examined::Waiting)) {
            "Have the case examined first (`pentimento case examine`)"
        } else if !any(|examined| matches!(examined, Examined::Done)) {
            "Have those that failed examined again (`pentimento case examine --failed`)"
        } else {
            "Choose another strategy, or have the case examined again with another model \
             (`pentimento case examine --again`)"
        };
        // The most frequent reason.
        let why = ranking
            .unranked
            .iter()
            .map(|l| l.why)
            .max_by_key(|why| ranking.unranked.iter().filter(|l| l.why == *why).count());
        let (n, why) = (ranking.unranked.len(), why.unwrap_or(first.why));
        return Err(Error::NothingToRank { strategy, n, why, remedy });
    }
    name_duplicates(&mut ranking, &rows);
    if case.is_writable() {
        let ranks: Vec<(ItemId, u32, String)> = ranking
            .ranked
            .iter()
            .enumerate()
            .map(|(i, ranked)| (ItemId(ranked.id), i as u32 + 1, ranked.why.clone()))
            .collect();
        case.write(move |case| case.set_ranks(strategy.as_str(), &ranks))?;
    }
    Ok(ranking)
}

/// All items but the skipped ones.
fn candidates(case: &Case, rows: &[ItemRow], ctx: &TaskCtx<'_>) -> Result<Vec<Candidate>, Error> {
    let mut known: Vec<(ItemId, Option<Signals>)> = Vec::new();
    let mut unreadable = None;
    let total = rows.len() as u64;
    case.each_signals(&mut |id, signals, _embedding| {
        ctx.step(Phase::Reading, known.len() as u64, total)?;
        match serde_json::from_value::<Option<Signals>>(signals) {
            Ok(signals) => known.push((id, signals)),
            Err(error) => unreadable = Some((id, error)),
        }
        Ok(())
    })?;
    if let Some((id, error)) = unreadable {
        return Err(Error::Signals { item: id.0, what: error.to_string() });
    }
    // Both are in the order of item numbers.
    let mut known = known.into_iter().peekable();
    let candidates = rows.iter().filter_map(|row| {
        let signals = known.next_if(|(id, _)| *id == row.id).and_then(|(_, signals)| signals);
        (row.state != ItemState::Skipped).then(|| Candidate {
            id: row.id.0,
            is_finished: row.state == ItemState::Done,
            source: row.source.clone(),
            signals,
        })
    });
    Ok(candidates.collect())
}

/// Adds to the reason of each near-duplicate the name of the picture that it is one of.
fn name_duplicates(ranking: &mut Ranking, rows: &[ItemRow]) {
    let by_id: HashMap<i64, &ItemRow> = if ranking.n_duplicates > 0 {
        rows.iter().map(|row| (row.id.0, row)).collect()
    } else {
        HashMap::new()
    };
    for ranked in &mut ranking.ranked {
        if let Some(row) = ranked.duplicate_of.and_then(|id| by_id.get(&id)) {
            let name = row.path.file_name().unwrap_or_default().to_string_lossy();
            ranked.why = format!("{}; but nearly the same picture as {name}", ranked.why);
        }
    }
}
