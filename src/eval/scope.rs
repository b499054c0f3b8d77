//! Where a model's error was seen to rise as pictures get worse.
//!
//! * **In**: calibrated scores of pictures spoiled more and less, with their measured quality, and
//!   those of unspoiled ones. **Out**: limits for the card.
//! * **Not here**: spoiling and running (`train`), heeding the limits (`detect`).
//!
//! Pictures are put into bins by one measure, worst first. A bin is bad when its error rate lies
//! at least the stated rise above that of unspoiled pictures, and the lower end of its 95 %
//! interval above it too. The limit is the inner edge of the last of the bad bins that begin at
//! the worst end: beyond it error was seen to rise everywhere.

use super::{Scored, wilson};
use crate::base::Quality;
use crate::bundle::{ErrorKind, Measure, ScopeLimit, Thresholds};

/// Fewest pictures of a bin.
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

/// The value beyond which `error` was seen to rise, `None` when it was not.
pub fn find_limit(
    measure: Measure,
    error: ErrorKind,
    spoiled: &[Graded],
    unspoiled: &[Graded],
    thresholds: &Thresholds,
    rise: f64,
) -> Option<f32> {
    let (base_hits, base_n) = errors(error, unspoiled.iter(), thresholds);
    if base_n == 0 {
        return None;
    }
    let base = base_hits as f64 / base_n as f64;
    let mut graded: Vec<(f32, &Graded)> = spoiled
        .iter()
        .filter(|g| concerns(error, g))
        .filter_map(|g| Some((measure.of(&g.quality)?, g)))
        .collect();
    let worst_first = |v: f32| if measure.is_low_bad() { v } else { -v };
    graded.sort_by(|a, b| worst_first(a.0).total_cmp(&worst_first(b.0)));
    let n_bins = (graded.len() / MIN_IN_BIN).min(MAX_BINS);
    let edge = |i: usize| i * graded.len() / n_bins;
    let mut limit = None;
    for bin in 0..n_bins {
        let members = &graded[edge(bin)..edge(bin + 1)];
        let (hits, n) = errors(error, members.iter().map(|(_, g)| *g), thresholds);
        if (hits as f64 / n as f64) < base + rise || wilson(hits, n)[0] <= base {
            break;
        }
        let last = members.last().map(|(v, _)| *v)?;
        let next = graded.get(edge(bin + 1)).map_or(last, |(v, _)| *v);
        limit = Some(readable(measure, f32::midpoint(last, next)));
    }
    limit
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
    let measured = graded.iter().filter(|g| measure.of(&g.quality).is_some());
    let (beyond, within): (Vec<&Graded>, Vec<&Graded>) =
        measured.partition(|g| unrated.is_beyond(&g.quality));
    let rate = |side: &[&Graded]| {
        let (hits, n) = errors(error, side.iter().copied(), thresholds);
        (n > 0).then(|| (hits as f32 / n as f32, n as u32))
    };
    let ((rate_beyond, n_beyond), (rate_within, n_within)) = (rate(&beyond)?, rate(&within)?);
    (rate_beyond > rate_within).then_some(ScopeLimit {
        rate_within,
        rate_beyond,
        n_within,
        n_beyond,
        ..unrated
    })
}

const fn concerns(error: ErrorKind, graded: &Graded) -> bool {
    match error {
        ErrorKind::Misses => graded.scored.forged,
        ErrorKind::FalseAlarms => !graded.scored.forged,
    }
}

/// Errors, and pictures on which this error could be made.
fn errors<'a>(
    error: ErrorKind,
    graded: impl Iterator<Item = &'a Graded>,
    thresholds: &Thresholds,
) -> (usize, usize) {
    graded.filter(|g| concerns(error, g)).fold((0, 0), |(hits, n), g| {
        let wrong = match error {
            ErrorKind::Misses => g.scored.score < thresholds.no_trace_found,
            ErrorKind::FalseAlarms => g.scored.score >= thresholds.traces_found,
        };
        (hits + usize::from(wrong), n + 1)
    })
}

/// Whole pixels and qualities, hundredths of the rest.
fn readable(measure: Measure, value: f32) -> f32 {
    match measure {
        Measure::FacePx | Measure::JpegQuality => value.round(),
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
        let quality = Quality { face_px, blur: 0.3, blockiness: 0.1, noise: 1.0, jpeg: None };
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
        let find = |spoiled: &[Graded], error| {
            find_limit(Measure::FacePx, error, spoiled, &plain(), &THRESHOLDS, 0.1)
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
    fn high_values_of_blur_are_the_bad_ones() {
        let blurred = |i: u32| {
            let blur = i as f32 / 400.0;
            let mut g = graded(200.0, if blur > 0.6 { 0.95 } else { 0.1 }, false);
            g.quality.blur = blur;
            g
        };
        let spoiled: Vec<Graded> = (0..400).map(blurred).collect();
        let plain: Vec<Graded> = (0..100).map(|_| graded(200.0, 0.1, false)).collect();
        let (measure, error) = (Measure::Blur, ErrorKind::FalseAlarms);
        let limit = find_limit(measure, error, &spoiled, &plain, &THRESHOLDS, 0.1).unwrap();
        assert!((0.5..=0.7).contains(&limit), "{limit}");
    }
}
