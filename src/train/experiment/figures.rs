//! Figures over the answers of rows, and how sure a difference of two rows is.
//!
//! Intervals are paired bootstrap percentiles (B. Efron) over people: the groups of the test photos
//! are drawn with replacement, each with all its pairs, the same draw for all sets, rows and seeds,
//! so what the rows share cancels. They cover the choice of test people; how much a training's seed
//! matters is the spread over seeds.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::record::{Answers, Record};
use crate::eval::roc_auc;

/// Draws of a bootstrap; unit tests, which are built without optimization, make do with fewer.
const DRAWS: usize = if cfg!(test) { 200 } else { 1000 };
/// Seed of the draws: the same lines give the same intervals.
const BOOTSTRAP_SEED: u64 = 0xb007;

/// Arithmetic mean; NaN for an empty slice.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// What is read off the answers of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Area under the ROC curve.
    Auc,
    /// Share of pairs whose forgery scores above its own real partner; equal scores count half.
    Paired,
    /// Share of pictures on the right side of the record's threshold.
    Accuracy,
    /// Share of the real partners below the threshold.
    RealAccuracy,
    /// Mean intersection over union.
    Iou,
    /// Mean F1 of the cells.
    F1,
    /// Mean area under the ROC curve of the cells.
    PixelAuc,
    /// Mean share of cells marked on real partners.
    FalseArea,
}

impl Figure {
    fn value(self, record: &Record, answers: &Answers, indices: &[usize]) -> f64 {
        let mean_of_some = |values: &[Option<f32>]| {
            let picked = indices.iter().filter_map(|i| values.get(*i).copied().flatten());
            mean(&picked.map(f64::from).collect::<Vec<f64>>())
        };
        let mean_of = |values: &[f32], value: &dyn Fn(f32) -> f64| {
            let picked = indices.iter().filter_map(|i| values.get(*i));
            mean(&picked.map(|v| value(*v)).collect::<Vec<f64>>())
        };
        let below = |values: &[f32]| {
            mean_of(values, &|score| f64::from(u8::from(score < record.threshold)))
        };
        match self {
            Self::Auc => roc_auc(&answers.scored(indices)),
            Self::Paired => {
                let pairs = answers.real.iter().zip(&answers.forged).collect::<Vec<_>>();
                let picked = indices.iter().filter_map(|i| pairs.get(*i));
                let above = |(real, forged): &(&f32, &f32)| {
                    f64::midpoint(
                        f64::from(u8::from(forged > real)),
                        f64::from(u8::from(forged >= real)),
                    )
                };
                mean(&picked.map(above).collect::<Vec<f64>>())
            }
            Self::Accuracy => f64::midpoint(below(&answers.real), 1.0 - below(&answers.forged)),
            Self::RealAccuracy => below(&answers.real),
            Self::Iou => mean_of_some(&answers.iou),
            Self::F1 => mean_of_some(&answers.f1),
            Self::PixelAuc => mean_of_some(&answers.pixel_auc),
            Self::FalseArea => mean_of(&answers.false_area, &f64::from),
        }
    }
}

/// A figure averaged over some columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    pub figure: Figure,
    /// Over which columns; those that a record lacks are left out.
    pub columns: Vec<String>,
}

impl Measure {
    /// A measure over columns.
    pub fn new(figure: Figure, columns: &[String]) -> Self {
        Self { figure, columns: columns.to_vec() }
    }

    /// Its value for one record; NaN when the record has none of the columns.
    pub fn value(&self, record: &Record) -> f64 {
        self.on(record, &mut |answers| (0..answers.n()).collect())
    }

    /// Its value over the pairs that `draw` picks of each column.
    fn on(&self, record: &Record, draw: &mut dyn FnMut(&Answers) -> Vec<usize>) -> f64 {
        let values: Vec<f64> = self
            .columns
            .iter()
            .filter_map(|name| record.columns.get(name))
            .map(|answers| self.figure.value(record, answers, &draw(answers)))
            .collect();
        mean(&values)
    }

    /// Number of pairs over all columns.
    pub fn n(&self, record: &Record) -> usize {
        self.columns.iter().filter_map(|c| record.columns.get(c)).map(Answers::n).sum()
    }
}

/// A weighted sum of measures of rows, averaged over the seeds that all of the rows have.
#[derive(Debug, Clone)]
pub struct Contrast<'a> {
    terms: Vec<(f64, &'a str, Measure)>,
}

impl<'a> Contrast<'a> {
    /// `measure` of `row` minus that of `other`.
    pub fn difference(row: &'a str, other: &'a str, measure: &Measure) -> Self {
        Self { terms: vec![(1.0, row, measure.clone()), (-1.0, other, measure.clone())] }
    }

    /// `measure` of `row` alone.
    pub fn value(row: &'a str, measure: &Measure) -> Self {
        Self { terms: vec![(1.0, row, measure.clone())] }
    }

    /// `self` plus `factor` times `other`.
    #[must_use]
    pub fn plus(mut self, factor: f64, other: Self) -> Self {
        self.terms.extend(other.terms.into_iter().map(|(f, row, m)| (f * factor, row, m)));
        self
    }

    /// Value and interval; `None` when no seed has all the rows, or a figure is not a number.
    pub fn over(&self, records: &[Record]) -> Option<Interval> {
        let find = |row: &str, seed: u64| records.iter().find(|r| r.row == row && r.seed == seed);
        let mut seeds: Vec<u64> = records.iter().map(|r| r.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let runs: Vec<Vec<(f64, &Record, &Measure)>> = seeds
            .iter()
            .filter_map(|seed| {
                self.terms.iter().map(|(f, row, m)| Some((*f, find(row, *seed)?, m))).collect()
            })
            .collect();
        let value = |run: &[(f64, &Record, &Measure)],
                     draw: &mut dyn FnMut(&Answers) -> Vec<usize>| {
            run.iter()
                .map(|(factor, record, measure)| factor * measure.on(record, draw))
                .sum::<f64>()
        };
        let each: Vec<f64> =
            runs.iter().map(|run| value(run, &mut |answers| (0..answers.n()).collect())).collect();
        let mean = mean(&each);
        if !mean.is_finite() {
            return None;
        }
        let groups: Vec<u32> = {
            let columns = runs.iter().flatten().flat_map(|(_, record, measure)| {
                measure.columns.iter().filter_map(|name| record.columns.get(name))
            });
            let all: BTreeSet<u32> = columns.flat_map(Answers::all_groups).collect();
            all.into_iter().collect()
        };
        let mut rng = ChaCha8Rng::seed_from_u64(BOOTSTRAP_SEED);
        let mut draws: Vec<f64> = (0..DRAWS)
            .map(|_| {
                // The same people for every set, quality, row and seed.
                let mut times: BTreeMap<u32, usize> = BTreeMap::new();
                for _ in 0..groups.len() {
                    *times.entry(groups[rng.random_range(0..groups.len())]).or_default() += 1;
                }
                let mut draw = |answers: &Answers| -> Vec<usize> {
                    let often = |i| times.get(&answers.group(i)).copied().unwrap_or(0);
                    (0..answers.n()).flat_map(|i| std::iter::repeat_n(i, often(i))).collect()
                };
                runs.iter().map(|run| value(run, &mut draw)).sum::<f64>() / runs.len() as f64
            })
            .filter(|v| v.is_finite())
            .collect();
        draws.sort_by(f64::total_cmp);
        let at = |q: f64| draws.get(((draws.len() as f64 - 1.0) * q).round() as usize).copied();
        Some(Interval { mean, low: at(0.025)?, high: at(0.975)?, each })
    }
}

/// A difference, its 95 % interval, and its value for every seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Mean over seeds.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Per seed.
    pub each: Vec<f64>,
}

/// Mean and extremes of values over seeds.
pub fn spread(values: &[f64]) -> Option<(f64, f64, f64)> {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let low = finite.iter().copied().min_by(f64::total_cmp)?;
    let high = finite.iter().copied().max_by(f64::total_cmp)?;
    Some((mean(&finite), low, high))
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::planted;
    use super::*;

    fn record(row: &str, seed: u64, shift: f32) -> Record {
        let noise = |i: usize, k: u32| ((i as u32 * 2_654_435 + k * 97) % 1000) as f32 / 500.0;
        let answers = Answers {
            real: (0..200).map(|i| noise(i, 1)).collect(),
            forged: (0..200).map(|i| noise(i, 2) + shift).collect(),
            iou: vec![Some(shift / 4.0); 200],
            ..Answers::default()
        };
        let mut record = Record { threshold: 1.0, ..planted(row, seed) };
        record.columns.insert("swap-seen".to_owned(), answers);
        record
    }

    #[test]
    fn a_clear_difference_is_sure_and_none_is_not() {
        let measure = Measure::new(Figure::Auc, &["swap-seen".to_owned(), "absent".to_owned()]);
        let records =
            [record("a", 1, 1.0), record("b", 1, 0.2), record("a", 2, 1.2), record("c", 1, 0.2)];
        let clear = Contrast::difference("a", "b", &measure).over(&records).unwrap();
        assert_eq!(clear.each.len(), 1, "only seed 1 has both");
        assert!(clear.low > 0.1 && clear.low < clear.mean && clear.mean < clear.high, "{clear:?}");
        let none = Contrast::difference("b", "c", &measure).over(&records).unwrap();
        assert_eq!((none.low, none.high), (0.0, 0.0), "the same answers to the same pairs");
        assert_eq!(clear, Contrast::difference("a", "b", &measure).over(&records).unwrap());
        assert!(Contrast::difference("a", "z", &measure).over(&records).is_none(), "no such row");
    }

    #[test]
    fn figures_are_those_of_their_definitions() {
        let record = record("a", 1, 1.0);
        let of = |figure| Measure::new(figure, &["swap-seen".to_owned()]).value(&record);
        let (real, forged) =
            (&record.columns["swap-seen"].real, &record.columns["swap-seen"].forged);
        let below = |v: &[f32]| v.iter().filter(|s| **s < 1.0).count() as f64 / 200.0;
        assert!((of(Figure::RealAccuracy) - below(real)).abs() < 1e-12, "reals");
        let both = f64::midpoint(below(real), 1.0 - below(forged));
        assert!((of(Figure::Accuracy) - both).abs() < 1e-12, "both classes");
        assert!((of(Figure::Iou) - 0.25).abs() < 1e-9, "mean IoU");
        let above = real.iter().zip(forged).filter(|(r, f)| f > r).count() as f64;
        let equal = real.iter().zip(forged).filter(|(r, f)| f == r).count() as f64;
        assert!((of(Figure::Paired) - (above + equal / 2.0) / 200.0).abs() < 1e-12, "pairs");
        assert!(of(Figure::PixelAuc).is_nan(), "nothing was located");
    }

    #[test]
    fn contrasts_add_up() {
        let measure = Measure::new(Figure::Iou, &["swap-seen".to_owned()]);
        let records = [record("none", 1, 0.4), record("some", 1, 1.0), record("all", 1, 1.6)];
        // some - none - half of (all - none) = 0.15 - 0.15
        let half = Contrast::difference("some", "none", &measure)
            .plus(-0.5, Contrast::difference("all", "none", &measure));
        assert!(half.over(&records).unwrap().mean.abs() < 1e-7, "half of the gain");
    }
}
