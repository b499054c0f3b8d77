//! Ranking a case.
//!
//! * **In**: a case. **Out**: ranks with reasons in it.
//! * **Not here**: how ranks come about ([`super::rank`]), showing them.

use std::collections::HashMap;

use super::{Candidate, Error, Quotas, Ranking, Signals, Strategy, rank_candidates};
use crate::base::{Phase, TaskCtx};
use crate::case::{Access, Case, Examined, ItemId, ItemRow, ItemState};

/// Ranks what is to be done in a case, and keeps the ranks in it; finished items count as seen, and
/// items put aside are left alone.
///
/// A case that is open for reading only is ranked without keeping that. The case is read in pieces,
/// and changed at the end, in one transaction.
///
/// # Errors
///
/// [`Error::NothingToRank`] when there are items and the strategy can judge none, [`Error::Case`],
/// [`Error::Cancelled`]: then the ranks are as they were.
pub fn rank(
    case: &mut Case,
    strategy: Strategy,
    quotas: Quotas,
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Ranking, Error> {
    let rows = case.rows()?;
    let candidates = candidates(case, &rows, ctx)?;
    let mut ranking = rank_candidates(&candidates, strategy, quotas, seed, ctx)?;
    drop(candidates);
    if let (true, Some(first)) = (ranking.ranked.is_empty(), ranking.left_out.first()) {
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
        // Of several reasons that of the model says more than that of pictures without a face.
        let why = ranking
            .left_out
            .iter()
            .map(|l| l.why)
            .max_by_key(|why| ranking.left_out.iter().filter(|l| l.why == *why).count());
        let (n, why) = (ranking.left_out.len(), why.unwrap_or(first.why));
        return Err(Error::NothingToRank { strategy, n, why, remedy });
    }
    name_repeated(&mut ranking, &rows);
    if matches!(case.access(), Access::Write) {
        let places: Vec<(ItemId, u32, String)> = ranking
            .ranked
            .iter()
            .enumerate()
            .map(|(i, ranked)| (ItemId(ranked.id), i as u32 + 1, ranked.why.clone()))
            .collect();
        case.set_ranks(strategy.as_str(), &places)?;
    }
    Ok(ranking)
}

/// What ranking sees of a case.
fn candidates(case: &Case, rows: &[ItemRow], ctx: &TaskCtx<'_>) -> Result<Vec<Candidate>, Error> {
    let mut known: Vec<(ItemId, Option<Signals>, Vec<f32>)> = Vec::new();
    let mut unreadable = None;
    let total = rows.len() as u64;
    case.each_signals(&mut |id, signals, embedding| {
        ctx.step(Phase::Reading, known.len() as u64, total)?;
        match serde_json::from_value::<Option<Signals>>(signals) {
            Ok(signals) => known.push((id, signals, embedding)),
            Err(error) => unreadable = Some((id, error)),
        }
        Ok(())
    })?;
    if let Some((id, error)) = unreadable {
        return Err(Error::Signals { item: id.0, what: error.to_string() });
    }
    // Both come by the number of the item.
    let mut known = known.into_iter().peekable();
    let mut of = |row: &ItemRow| {
        let own = known.next_if(|(id, ..)| *id == row.id);
        let (signals, embedding) = own.map_or((None, Vec::new()), |(_, s, e)| (s, e));
        Candidate {
            id: row.id.0,
            is_finished: row.state == ItemState::Done,
            source: row.source.clone(),
            signals,
            embedding,
        }
    };
    let all: Vec<Candidate> = rows.iter().map(&mut of).collect();
    let is_aside = |i: usize| rows.get(i).is_some_and(|row| row.state == ItemState::Skipped);
    Ok(all.into_iter().enumerate().filter(|(i, _)| !is_aside(*i)).map(|(_, c)| c).collect())
}

/// Says in words which picture each repetition repeats.
fn name_repeated(ranking: &mut Ranking, rows: &[ItemRow]) {
    let by_id: HashMap<i64, &ItemRow> = if ranking.n_repeats > 0 {
        rows.iter().map(|row| (row.id.0, row)).collect()
    } else {
        HashMap::new()
    };
    for ranked in &mut ranking.ranked {
        let repeated = ranked.repeats.and_then(|id| by_id.get(&id));
        if let Some(row) = repeated {
            let name = row.path.file_name().unwrap_or_default().to_string_lossy();
            ranked.why = format!("{}; but nearly the same picture as {name}", ranked.why);
        }
    }
}
