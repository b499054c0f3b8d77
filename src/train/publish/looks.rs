//! Which further looks at a face are worth their price, on validation people.
//!
//! Every pair is looked at in four squares; the logits of any of them can then be averaged.
//! Plain pairs count, and the native ones made small, blurred and compressed: there tighter squares
//! help. Each forgery method counts the same, seen or not.

use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use crate::base::{Phase, TaskCtx, Tensor};
use crate::bundle::InputSpec;
use crate::detect::Detector;
use crate::eval::{Scored, roc_auc};
use crate::train::Error;
use crate::train::data::Photo;
use crate::train::forge::Method;
use crate::train::net::INPUT_PX;
use crate::train::publish::measure::{self, Sources};
use crate::train::publish::measured::{Axis, Condition};

/// Tighter squares that are tried, in multiples of the face.
const TRIED: [f32; 3] = [1.15, 1.0, 0.85];
/// A further look must bring this much AUC, or it is not worth twice the time.
const GAIN: f64 = 0.003;
/// Another stream of pairs than those that are measured.
const SEED: u64 = 0x5eed_0a15;
/// Pairs made at a time.
const CHUNK: u64 = 8;

/// The looks of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub enum Looks {
    /// Known ones, beside the card's own.
    These(Vec<f32>),
    /// Chosen on validation people.
    Chosen,
}

/// What was tried, and what it reached.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::train) struct Tried {
    /// Looks beside the card's own.
    pub looks: Vec<f32>,
    /// Mean of the groups' AUC.
    pub auc: f64,
    /// Mean AUC of all methods, by [`GROUPS`].
    pub by_group: [f64; GROUPS.len()],
}

/// Pairs as they are, and the native ones made worse.
const GROUPS: [&str; 4] = ["plain", "small", "blurred", "compressed"];

const fn group_of(condition: Condition) -> Option<usize> {
    match condition {
        Condition::Swept(Axis::Size) => Some(1),
        Condition::Swept(Axis::Blur) => Some(2),
        Condition::Swept(Axis::Compression) => Some(3),
        Condition::Swept(_) | Condition::Degraded(_) => None,
        Condition::Varied | Condition::Native | Condition::Coded { .. } => Some(0),
    }
}

struct Looked {
    method: Method,
    group: usize,
    /// By look, the card's own first.
    real: Vec<f32>,
    forged: Vec<f32>,
}

/// Measures every choice of looks. `detector` has none of its own.
///
/// # Errors
///
/// As [`measure::measure`].
pub(in crate::train) fn try_looks(
    detector: &mut Detector,
    photos: &[Photo],
    pairs_per_method: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<Tried>, Error> {
    let spec = InputSpec { looks: TRIED.to_vec(), ..detector.card().input.clone() };
    let total = pairs_per_method * Method::ALL.len() as u64;
    let sources = Sources::from_photos(photos);
    let make = |i: u64| {
        let method = Method::ALL[(i / pairs_per_method) as usize % Method::ALL.len()];
        measure::questions(&sources, &spec, method, (SEED, i), false)
    };
    let mut looked = Vec::new();
    for first in (0..total).step_by(CHUNK as usize) {
        ctx.step(Phase::Evaluating, first, total)?;
        let last = (first + CHUNK).min(total);
        let made: Vec<_> = (first..last).into_par_iter().map(make).collect::<Result<_, _>>()?;
        for question in made.into_iter().flatten() {
            let Some(group) = group_of(question.condition) else { continue };
            let [real, forged] = question.inputs;
            looked.push(Looked {
                method: question.method,
                group,
                real: logits(detector, real)?,
                forged: logits(detector, forged)?,
            });
        }
    }
    Ok(subsets().into_iter().map(|which| tried(&looked, &which)).collect())
}

/// The fewest looks whose AUC no further look raises by enough.
pub(in crate::train) fn best(tried: &[Tried]) -> Vec<f32> {
    let value = |t: &Tried| t.auc - GAIN * t.looks.len() as f64;
    let best = tried.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
    best.map(|t| t.looks.clone()).unwrap_or_default()
}

/// Writes `looks.csv`: what was tried.
pub(super) fn write_csv(tried: &[Tried], folder: &Path) -> Result<(), Error> {
    let mut text = format!("looks,auc,{}\n", GROUPS.join(","));
    for Tried { looks, auc, by_group } in tried {
        let looks: Vec<String> = looks.iter().map(ToString::to_string).collect();
        let by_group = by_group.map(|auc| format!("{auc:.4}")).join(",");
        // Writing into a String cannot fail.
        writeln!(text, "{},{auc:.4},{by_group}", looks.join(" ")).ok();
    }
    let path = folder.join("looks.csv");
    std::fs::create_dir_all(folder).map_err(Error::io("the bundle", folder))?;
    std::fs::write(&path, text).map_err(Error::io("the table of the looks", &path))
}

fn logits(detector: &mut Detector, data: Vec<f32>) -> Result<Vec<f32>, Error> {
    let n = data.len() / (3 * INPUT_PX * INPUT_PX);
    let shape = vec![n, 3, INPUT_PX, INPUT_PX];
    let raws = detector.raw_batch(&Tensor { shape, data })?;
    Ok(raws.into_iter().map(|raw| raw.logit).collect())
}

/// Every choice of the tried looks, by index, none first.
fn subsets() -> Vec<Vec<usize>> {
    (0..1usize << TRIED.len())
        .map(|bits| (0..TRIED.len()).filter(|i| bits >> i & 1 == 1).collect())
        .collect()
}

fn tried(looked: &[Looked], which: &[usize]) -> Tried {
    let mean = |by_look: &[f32]| {
        let first = by_look.first().copied().unwrap_or(f32::NAN);
        let others: f32 = which.iter().filter_map(|i| by_look.get(i + 1)).sum();
        (first + others) / (1 + which.len()) as f32
    };
    let auc = |group: usize| {
        let of_method = |method: Method| {
            let of = looked.iter().filter(|l| l.method == method && l.group == group);
            let scored: Vec<Scored> = of
                .flat_map(|l| [(mean(&l.real), false), (mean(&l.forged), true)])
                .map(|(score, forged)| Scored { score, forged })
                .collect();
            roc_auc(&scored)
        };
        let all: Vec<f64> =
            Method::ALL.map(of_method).into_iter().filter(|v| !v.is_nan()).collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    let by_group: [f64; GROUPS.len()] = std::array::from_fn(auc);
    let there: Vec<f64> = by_group.iter().copied().filter(|v| !v.is_nan()).collect();
    let auc = there.iter().sum::<f64>() / there.len() as f64;
    Tried { looks: which.iter().map(|i| TRIED[*i]).collect(), auc, by_group }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(real: [f32; 4], forged: [f32; 4]) -> Looked {
        let [real, forged] = [real, forged].map(|v| v.to_vec());
        Looked { method: Method::PersonSwap, group: 0, real, forged }
    }

    #[test]
    fn a_look_that_tells_them_apart_is_taken_and_one_that_adds_nothing_is_not() {
        // The card's own look says nothing; the second tried one is right, the others are noise.
        let pairs = [
            looked([0.1, 0.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0]),
            looked([-0.1, 0.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0]),
        ];
        let all: Vec<Tried> = subsets().iter().map(|which| tried(&pairs, which)).collect();
        assert_eq!(all.len(), 8);
        assert_eq!((all[0].looks.len(), all[0].auc), (0, 0.5));
        assert_eq!(best(&all), [TRIED[1]]);
        assert!(all[0].by_group[1].is_nan(), "no small face");
        assert_eq!(best(&[]), Vec::<f32>::new());
    }
}
