//! Finds the picture quality below which a model's error rises.
//!
//! Pictures are put into bins by one measure, worst first. A bin is bad when its error lies at
//! least the stated rise above that of undegraded pictures, and the lower end of its 95 % interval
//! above it too. The limit is the inner edge of the last of the bad bins that begin at the worst
//! end: beyond it error was seen to rise everywhere.

use super::{Scored, auc_interval, roc_auc, wilson};
use crate::base::Quality;
use crate::bundle::{ErrorKind, Measure, ScopeLimit, Thresholds};

/// Fewest pictures of a bin on which the error could be made.
const MIN_IN_BIN: usize = 40;
/// Most bins of a measure.
const MAX_BINS: usize = 12;

/// A calibrated score with the quality of its picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Graded {
    /// Measured of the picture.
    pub quality: Quality,
    /// Calibrated score and truth.
    pub scored: Scored,
}

/// Pictures alike in one measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    pub worst: f32,
    pub best: f32,
    /// The error on them.
    pub error: ErrorRate,
}

/// Number of errors and of cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorRate {
    /// Share of the pictures, or of the pairs of a real and a forged one.
    pub rate: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Pictures on which it could be made.
    pub n: usize,
}

/// Errors on these pictures; `None` where it could not be made.
pub fn error_rate(
    error: ErrorKind,
    graded: &[Graded],
    thresholds: &Thresholds,
) -> Option<ErrorRate> {
    let of_class = |forged: bool| graded.iter().filter(move |g| g.scored.forged == forged);
    let share = |forged: bool, is_wrong: &dyn Fn(f32) -> bool| {
        let n = of_class(forged).count();
        let hits = of_class(forged).filter(|g| is_wrong(g.scored.score)).count();
        let rate = hits as f64 / n as f64;
        (n > 0).then(|| ErrorRate { rate, low: wilson(hits, n)[0], n })
    };
    match error {
        ErrorKind::Misses => share(true, &|score| score < thresholds.no_trace_found),
        ErrorKind::FalseAlarms => share(false, &|score| score >= thresholds.traces_found),
        ErrorKind::Misordered => {
            let scored: Vec<Scored> = graded.iter().map(|g| g.scored).collect();
            let (n_forged, n_real) = (of_class(true).count(), of_class(false).count());
            let auc = roc_auc(&scored);
            let [_, high] = auc_interval(auc, n_forged, n_real);
            let n = n_forged.min(n_real);
            (n > 0).then_some(ErrorRate { rate: 1.0 - auc, low: 1.0 - high, n })
        }
    }
}

/// The error in bins of equally many pictures, worst first; none when there are too few.
pub fn bins(
    measure: Measure,
    error: ErrorKind,
    graded: &[Graded],
    thresholds: &Thresholds,
) -> Vec<Bin> {
    let concerns = |g: &&Graded| match error {
        ErrorKind::Misses => g.scored.forged,
        ErrorKind::FalseAlarms => !g.scored.forged,
        ErrorKind::Misordered => true,
    };
    let measured = graded.iter().filter(concerns);
    let mut measured: Vec<(f32, Graded)> =
        measured.filter_map(|g| Some((measure.value(&g.quality)?, *g))).collect();
    let worst_first = |v: f32| if measure.is_low_bad() { v } else { -v };
    measured.sort_by(|a, b| worst_first(a.0).total_cmp(&worst_first(b.0)));
    // Two classes need twice as many.
    let least = if error == ErrorKind::Misordered { 2 * MIN_IN_BIN } else { MIN_IN_BIN };
    let n_bins = (measured.len() / least).min(MAX_BINS);
    let edge = |i: usize| i * measured.len() / n_bins.max(1);
    let bin = |i: usize| {
        let members = &measured[edge(i)..edge(i + 1)];
        let graded: Vec<Graded> = members.iter().map(|(_, g)| *g).collect();
        let error = error_rate(error, &graded, thresholds)?;
        Some(Bin { worst: members.first()?.0, best: members.last()?.0, error })
    };
    (0..n_bins).filter_map(bin).collect()
}

/// The value beyond which `error` was seen to rise, `None` when it was not.
pub fn find_limit(
    measure: Measure,
    error: ErrorKind,
    degraded: &[Graded],
    undegraded: &[Graded],
    thresholds: &Thresholds,
    rise: f64,
) -> Option<f32> {
    let base = error_rate(error, undegraded, thresholds)?.rate;
    let bins = bins(measure, error, degraded, thresholds);
    let is_bad = |bin: &&Bin| bin.error.rate >= base + rise && bin.error.low > base;
    let n_bad = bins.iter().take_while(is_bad).count();
    let last = bins.get(n_bad.checked_sub(1)?)?.best;
    let next = bins.get(n_bad).map_or(last, |bin| bin.worst);
    Some(readable(measure, f32::midpoint(last, next)))
}

/// The limit with the error rates on both sides of it, from other pictures than chose it. `None`
/// when they do not bear it out: nothing beyond, or no more errors there.
pub fn rated(
    (measure, error, limit): (Measure, ErrorKind, f32),
    graded: &[Graded],
    thresholds: &Thresholds,
) -> Option<ScopeLimit> {
    let unrated = ScopeLimit {
        measure,
        error,
        limit,
        rate_within: 0.0,
        rate_beyond: 0.0,
        n_within: 0,
        n_beyond: 0,
    };
    let measured = graded.iter().filter(|g| measure.value(&g.quality).is_some());
    let (beyond, within): (Vec<Graded>, Vec<Graded>) =
        measured.partition(|g| unrated.is_beyond(&g.quality));
    let beyond = error_rate(error, &beyond, thresholds)?;
    let within = error_rate(error, &within, thresholds)?;
    (beyond.rate > within.rate).then_some(ScopeLimit {
        rate_within: within.rate as f32,
        rate_beyond: beyond.rate as f32,
        n_within: within.n as u32,
        n_beyond: beyond.n as u32,
        ..unrated
    })
}

/// Whole pixels and qualities, hundredths of the rest.
fn readable(measure: Measure, value: f32) -> f32 {
    match measure {
        Measure::FacePx | Measure::JpegQuality | Measure::Shades => value.round(),
        Measure::Noise | Measure::Color => (value * 10.0).round() / 10.0,
        Measure::Blur | Measure::Blockiness => (value * 100.0).round() / 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLDS: Thresholds = Thresholds {
        traces_found: 0.8,
        no_trace_found: 0.3,
        false_positive_rate: 0.05,
        miss_rate: 0.1,
        map: 0.5,
    };

    fn graded(face_px: f32, score: f32, forged: bool) -> Graded {
        let quality = Quality {
            face_px,
            blur: 0.3,
            blockiness: 0.1,
            noise: 1.0,
            color: 30.0,
            shades: 90.0,
            jpeg: None,
        };
        Graded { quality, scored: Scored { score, forged } }
    }

    /// Forgeries of faces from 20 to 219 px; those below `missed_below` px are missed, of the
    /// others one in ten.
    fn forgeries(missed_below: f32) -> Vec<Graded> {
        (0..800)
            .map(|i| {
                let px = 20.0 + (i % 200) as f32;
                let missed = px < missed_below || i % 10 == 3;
                graded(px, if missed { 0.1 } else { 0.9 }, true)
            })
            .collect()
    }

    fn plain() -> Vec<Graded> {
        (0..200).map(|i| graded(300.0, if i % 10 == 0 { 0.1 } else { 0.9 }, true)).collect()
    }

    #[test]
    fn the_limit_lies_where_misses_begin() {
        let find = |degraded: &[Graded], error| {
            find_limit(Measure::FacePx, error, degraded, &plain(), &THRESHOLDS, 0.1)
        };
        let limit = find(&forgeries(80.0), ErrorKind::Misses).unwrap();
        // Bins are a twelfth of 800 pictures wide, here about 17 px.
        assert!((62.0..=98.0).contains(&limit), "{limit}");
        assert_eq!(find(&forgeries(0.0), ErrorKind::Misses), None, "no rise, no limit");
        assert_eq!(find(&forgeries(80.0), ErrorKind::FalseAlarms), None, "no reals were seen");
        assert_eq!(find(&forgeries(80.0)[..30], ErrorKind::Misses), None, "too few to say");
    }

    #[test]
    fn a_rise_that_does_not_begin_at_the_worst_end_is_no_limit() {
        let mut odd = forgeries(0.0);
        for g in odd.iter_mut().filter(|g| (100.0..150.0).contains(&g.quality.face_px)) {
            g.scored.score = 0.1;
        }
        let found =
            find_limit(Measure::FacePx, ErrorKind::Misses, &odd, &plain(), &THRESHOLDS, 0.1);
        assert_eq!(found, None);
    }

    #[test]
    fn rates_are_those_of_both_sides_and_must_bear_the_limit_out() {
        let chosen = (Measure::FacePx, ErrorKind::Misses, 80.0);
        let limit = rated(chosen, &forgeries(80.0), &THRESHOLDS).unwrap();
        assert_eq!(limit.rate_beyond, 1.0);
        assert!((0.05..0.2).contains(&limit.rate_within), "{limit:?}");
        assert_eq!((limit.n_beyond, limit.n_within), (240, 560));
        let none_beyond = (Measure::FacePx, ErrorKind::Misses, 10.0);
        assert_eq!(rated(none_beyond, &forgeries(80.0), &THRESHOLDS), None);
        let all_well: Vec<Graded> = (0..100).map(|i| graded(i as f32, 0.9, true)).collect();
        assert_eq!(rated(chosen, &all_well, &THRESHOLDS), None);
    }

    #[test]
    fn scores_that_no_longer_tell_the_classes_apart_are_misordered() {
        // Below 80 px reals and forgeries score alike, in the middle: nobody is wrong outright.
        let both = |px_below: f32| -> Vec<Graded> {
            (0..1600)
                .map(|i| {
                    let (px, forged) = (20.0 + (i / 8 % 200) as f32, i % 2 == 0);
                    let apart = if px < px_below { 0.0 } else { 0.1 };
                    let wobble = (i * 7919 % 100) as f32 / 1000.0;
                    graded(px, 0.5 + if forged { apart } else { -apart } + wobble, forged)
                })
                .collect()
        };
        let find = |error, graded: &[Graded]| {
            find_limit(Measure::FacePx, error, graded, &both(0.0), &THRESHOLDS, 0.1)
        };
        assert_eq!(find(ErrorKind::Misses, &both(80.0)), None);
        let limit = find(ErrorKind::Misordered, &both(80.0)).unwrap();
        assert!((60.0..=100.0).contains(&limit), "{limit}");
        let rated =
            rated((Measure::FacePx, ErrorKind::Misordered, limit), &both(80.0), &THRESHOLDS);
        let rated = rated.unwrap();
        assert!(rated.rate_beyond > 0.4 && rated.rate_within < 0.1, "{rated:?}");
        assert_eq!(find(ErrorKind::Misordered, &both(0.0)), None);
    }

    #[test]
    fn high_values_of_blur_are_the_bad_ones() {
        let blurred = |i: u32| {
            let blur = i as f32 / 400.0;
            let mut g = graded(200.0, if blur > 0.6 { 0.95 } else { 0.1 }, false);
            g.quality.blur = blur;
            g
        };
        let degraded: Vec<Graded> = (0..400).map(blurred).collect();
        let plain: Vec<Graded> = (0..100).map(|_| graded(200.0, 0.1, false)).collect();
        let (measure, error) = (Measure::Blur, ErrorKind::FalseAlarms);
        let limit = find_limit(measure, error, &degraded, &plain, &THRESHOLDS, 0.1).unwrap();
        assert!((0.5..=0.7).contains(&limit), "{limit}");
    }
}
