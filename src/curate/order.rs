//! The order of each strategy, before repetitions and quotas.
//!
//! * **In**: candidates. **Out**: their numbers, the first to be looked at first, each with its
//!   reason in words; and those that the strategy cannot judge, with why.
//! * **Not here**: repetitions and quotas ([`super::rank`]), the core-set ([`super::diversity`]).

use std::collections::BTreeMap;

use super::{Candidate, Signals, Strategy, diversity};
use crate::base::{Cancelled, TaskCtx};

/// What a strategy makes of the candidates, by their indices.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The first first, with the reason.
    pub(super) ranked: Vec<(usize, String)>,
    /// Those it cannot judge.
    pub(super) left_out: Vec<(usize, &'static str)>,
}

/// Said of pictures without [`Signals`].
const NO_FACE: &str = "no face of it was examined";
const OTHER_MODEL: &str = "another model examined it than most: have it examined again \
                           (`pentimento case examine --again`)";
const NO_CONCEPTS: &str =
    "the model that examined it does not tell what excites it, or its card names no concepts";
const NO_EMBEDDING: &str = "the model that examined it does not tell what excites it";
const NO_MARGIN: &str = "the model that examined it has no calibration";
const NO_COPY: &str = "its blurred copy was not examined";

/// Orders those that are not finished.
pub(super) fn order(
    candidates: &[Candidate],
    strategy: Strategy,
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Order, Cancelled> {
    let model = main_model(candidates);
    let mut order = Order::default();
    let mut judged: Vec<(usize, f64, String)> = Vec::new();
    let mut open = Vec::new();
    let areas = match strategy {
        Strategy::MapVersusScore => Some(Places::of(candidates)),
        _ => None,
    };
    for (i, candidate) in candidates.iter().enumerate().filter(|(_, c)| !c.is_finished) {
        let said = match (&candidate.signals, strategy) {
            (_, Strategy::Random) => Ok((lot(seed, candidate.id), "drawn by lot".to_owned())),
            (None, _) => Err(NO_FACE),
            (Some(s), Strategy::Concept | Strategy::Diversity) if Some(&*s.model) != model => {
                Err(OTHER_MODEL)
            }
            (Some(_), Strategy::Diversity) if candidate.embedding.is_empty() => Err(NO_EMBEDDING),
            (Some(_), Strategy::Diversity) => {
                open.push(i);
                continue;
            }
            (Some(s), Strategy::Concept) => concept(s).ok_or(NO_CONCEPTS),
            (Some(s), Strategy::Uncertainty) => Ok(uncertainty(s)),
            (Some(s), Strategy::Margin) => margin(s).ok_or(NO_MARGIN),
            (Some(s), Strategy::BlurConsistency) => blur(s).ok_or(NO_COPY),
            (Some(s), Strategy::MapVersusScore) => {
                Ok(areas.as_ref().map_or_else(|| (0.0, String::new()), |a| a.judge(s)))
            }
            (Some(s), Strategy::Score) => Ok((f64::from(s.score), format!("score {:.2}", s.score))),
        };
        match said {
            Ok((value, why)) => judged.push((i, value, why)),
            Err(why) => order.left_out.push((i, why)),
        }
    }
    if strategy == Strategy::Diversity {
        let finished: Vec<usize> = (0..candidates.len())
            .filter(|i| {
                let c = &candidates[*i];
                let is_of_model = c.signals.as_ref().map(|s| &*s.model) == model;
                c.is_finished && is_of_model && !c.embedding.is_empty()
            })
            .collect();
        order.ranked = diversity::order(candidates, &open, &finished, ctx)?;
        return Ok(order);
    }
    let by_id = |i: usize| candidates[i].id;
    judged.sort_by(|a, b| b.1.total_cmp(&a.1).then(by_id(a.0).cmp(&by_id(b.0))));
    order.ranked = judged.into_iter().map(|(i, _, why)| (i, why)).collect();
    Ok(order)
}

/// The model that examined most; of equals the first by its hash.
fn main_model(candidates: &[Candidate]) -> Option<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for signals in candidates.iter().filter_map(|c| c.signals.as_ref()) {
        *counts.entry(&signals.model).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map(|(model, _)| model)
}

/// The same for one picture and seed whatever else is in the case (`SplitMix64`).
fn lot(seed: u64, id: i64) -> f64 {
    let mut z = seed.wrapping_add((id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ z >> 31) >> 11) as f64
}

fn concept(signals: &Signals) -> Option<(f64, String)> {
    let chief = signals.concepts.first()?;
    let why = format!(
        "excites channel {}, the model's chief concept, {:.1} times its mean",
        chief.channel, chief.times
    );
    Some((f64::from(chief.times), why))
}

fn uncertainty(signals: &Signals) -> (f64, String) {
    let Signals { score, middle, .. } = signals;
    let apart = (score - middle).abs();
    let why = format!("score {score:.2}, {apart:.2} from the middle of the thresholds");
    (-f64::from(apart), why)
}

fn margin(signals: &Signals) -> Option<(f64, String)> {
    let margin = signals.margin?;
    let (more, less) = if margin > 0.0 { ("forged", "real") } else { ("real", "forged") };
    let why = format!("its {more} half exceeds the {less} one by {:.2} logits", margin.abs());
    Some((-f64::from(margin.abs()), why))
}

/// Score and map weigh alike.
fn blur(signals: &Signals) -> Option<(f64, String)> {
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

/// Which share of all pictures lies below one, by score and by marked area. Areas of pictures on
/// which nothing is marked are told apart by the map's peak.
struct Places {
    scores: Vec<f32>,
    areas: Vec<(f32, f32)>,
}

impl Places {
    fn of(candidates: &[Candidate]) -> Self {
        let all = || candidates.iter().filter_map(|c| c.signals.as_ref());
        let mut scores: Vec<f32> = all().map(|s| s.score).collect();
        scores.sort_by(f32::total_cmp);
        let mut areas: Vec<(f32, f32)> = all().map(|s| (s.map_area, s.map_peak)).collect();
        areas.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self { scores, areas }
    }

    fn judge(&self, signals: &Signals) -> (f64, String) {
        let n = self.scores.len().max(1) as f64;
        // The middle of those that are equal.
        let middle = |below: usize, up_to: usize| (below + up_to) as f64 / 2.0 / n;
        let by_score = middle(
            self.scores.partition_point(|s| *s < signals.score),
            self.scores.partition_point(|s| *s <= signals.score),
        );
        let own = (signals.map_area, signals.map_peak);
        let by_area = middle(
            self.areas.partition_point(|a| *a < own),
            self.areas.partition_point(|a| *a <= own),
        );
        let why = format!(
            "its score of {:.2} is above {:.0} % of the pictures, its marked area of {:.1} % of the \
             map above {:.0} %",
            signals.score,
            100.0 * by_score,
            100.0 * signals.map_area,
            100.0 * by_area
        );
        ((by_score - by_area).abs(), why)
    }
}
