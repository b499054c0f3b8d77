//! The order of each strategy, before near-duplicates and quotas.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::signals::Signals;
use super::strategy::QueueStrategy;

/// The order of a strategy; candidates are named by their indices.
#[derive(Debug, Default)]
pub(super) struct ScoredOrder {
    /// The first to be looked at first, each with its reason.
    pub(super) ranked: Vec<(usize, String)>,
    /// Candidates that the strategy has no value for, with the reason.
    pub(super) unranked: Vec<(usize, &'static str)>,
}

const NO_FACE: &str = "no face of it was examined, or a scan elsewhere examined it";
const OTHER_MODEL: &str = "another model examined it than most: have it examined again \
                           (`pentimento case examine --again`)";
const NO_CONCEPTS: &str =
    "the model that examined it does not tell what excites it, or its card names no concepts";
const NO_BLURRED_COPY: &str = "its blurred copy was not examined";

/// Orders the candidates that are not finished. `seed` is that of [`QueueStrategy::Random`].
pub(super) fn scored_order(
    candidates: &[Candidate],
    strategy: QueueStrategy,
    seed: u64,
) -> ScoredOrder {
    let model = main_model(candidates);
    let mut order = ScoredOrder::default();
    let mut scored: Vec<(usize, f64, String)> = Vec::new();
    for (i, candidate) in candidates.iter().enumerate().filter(|(_, c)| !c.is_finished) {
        let score = match (&candidate.signals, strategy) {
            (_, QueueStrategy::Random) => {
                Ok((random_key(seed, candidate.id), "in random order".to_owned()))
            }
            (None, _) => Err(NO_FACE),
            (Some(s), QueueStrategy::Concept) if Some(&*s.model) != model => Err(OTHER_MODEL),
            (Some(s), QueueStrategy::Concept) => concept_score(s).ok_or(NO_CONCEPTS),
            (Some(s), QueueStrategy::Uncertainty) => Ok(uncertainty_score(s)),
            (Some(s), QueueStrategy::BlurConsistency) => blur_score(s).ok_or(NO_BLURRED_COPY),
            (Some(s), QueueStrategy::Score) => {
                Ok((f64::from(s.score), format!("score {:.2}", s.score)))
            }
        };
        match score {
            Ok((value, why)) => scored.push((i, value, why)),
            Err(why) => order.unranked.push((i, why)),
        }
    }
    let id = |i: usize| candidates.get(i).map(|candidate| candidate.id);
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(id(a.0).cmp(&id(b.0))));
    order.ranked = scored.into_iter().map(|(i, _, why)| (i, why)).collect();
    order
}

/// The model that examined most candidates; of equals the first by its hash.
fn main_model(candidates: &[Candidate]) -> Option<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for signals in candidates.iter().filter_map(|c| c.signals.as_ref()) {
        *counts.entry(&signals.model).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map(|(model, _)| model)
}

/// Depends on the seed and the item alone, so that new items do not reorder the others (`SplitMix64`).
fn random_key(seed: u64, id: i64) -> f64 {
    let mut z = seed.wrapping_add((id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ z >> 31) >> 11) as f64
}

fn concept_score(signals: &Signals) -> Option<(f64, String)> {
    let chief = signals.concepts.first()?;
    let why = format!(
        "shows {:.1} times as much as usual of what the detector learned forgeries by (channel {})",
        chief.times, chief.channel
    );
    Some((f64::from(chief.times), why))
}

fn uncertainty_score(signals: &Signals) -> (f64, String) {
    let Signals { score, middle, .. } = signals;
    let distance = (score - middle).abs();
    let why = format!("score {score:.2}, {distance:.2} from the middle of the thresholds");
    (-f64::from(distance), why)
}

/// Changes of score and heat map have equal weight.
fn blur_score(signals: &Signals) -> Option<(f64, String)> {
    let copy = signals.blurred?;
    let step = copy.score - signals.score;
    let verb = if step < 0.0 { "falls" } else { "rises" };
    let why = format!(
        "under a slight blur its score {verb} from {:.2} to {:.2}, and {:.0} % of the marked area \
         is the same",
        signals.score,
        copy.score,
        100.0 * copy.iou
    );
    Some((f64::from(f32::midpoint(step.abs(), 1.0 - copy.iou)), why))
}
