//! How far likelihood ratios lie from the best ones that their order allows.

use super::{KnownTruth, PavRatio};

/// devPAV: the mean distance, in powers of ten, between the ratios and the best of their order.
///
/// The best ratios are those of isotonic regression; the mean is taken over the span where they are
/// finite. It is 0 for a system that is calibrated as well as its order allows. NaN where no ratio is
/// finite, or a kind is missing; infinite where a ratio of 0 or infinity becomes a finite one.
///
/// P. Vergeer et al., "Measuring calibration of likelihood-ratio systems: a comparison of four metrics,
/// including a new metric devPAV", Forensic Science International 321, 2021.
pub fn dev_pav(ratios: &KnownTruth) -> f64 {
    if !ratios.is_usable() {
        return f64::NAN;
    }
    let best = PavRatio::fit(ratios);
    let mut all: Vec<f64> = ratios.forged.iter().chain(&ratios.real).copied().collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    let distance = |ratio: f64| {
        let best = best.log10_ratio(ratio);
        best.is_finite().then_some((ratio, best - ratio))
    };
    let points: Vec<(f64, f64)> = all.into_iter().filter_map(distance).collect();
    match points.as_slice() {
        [] => f64::NAN,
        [(_, distance)] => distance.abs(),
        [first, .., last] => {
            if points.iter().any(|(_, distance)| distance.is_infinite()) {
                return f64::INFINITY;
            }
            let areas = points.windows(2).map(|pair| match pair {
                [(x, from), (next, to)] => (next - x) * mean_size(*from, *to),
                _ => 0.0,
            });
            areas.sum::<f64>() / (last.0 - first.0)
        }
    }
}

/// The mean absolute value of a straight line from one value to another.
fn mean_size(from: f64, to: f64) -> f64 {
    let sum = from.abs() + to.abs();
    if from * to >= 0.0 { 0.5 * sum } else { 0.5 * (from * from + to * to) / sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_that_crosses_zero_has_two_triangles() {
        assert!((mean_size(1.0, 3.0) - 2.0).abs() < 1e-12);
        // Triangles of 1/4 · 1 / 2 and 3/4 · 3 / 2.
        assert!((mean_size(-1.0, 3.0) - 1.25).abs() < 1e-12);
        assert_eq!(mean_size(0.0, 0.0), 0.0);
    }

    #[test]
    fn ratios_that_are_right_lie_on_the_line_and_scaled_ones_do_not() {
        // Two of three forged at 10^0.30103, one of three at the inverse: exactly what they say.
        let right = 2f64.log10();
        let set =
            KnownTruth { forged: vec![right, right, -right], real: vec![right, -right, -right] };
        assert!(dev_pav(&set) < 1e-12, "{}", dev_pav(&set));
        // Ten times too sure: at both ends the distance is 9 · right, and it is 0 in the middle.
        let sure = dev_pav(&set.map(|v| 10.0 * v));
        assert!((sure - 0.5 * 9.0 * right).abs() < 1e-9, "{sure}");
    }

    #[test]
    fn sets_without_a_finite_best_ratio_have_no_distance() {
        let apart = KnownTruth { forged: vec![1.0, 2.0], real: vec![-1.0] };
        assert!(dev_pav(&apart).is_nan(), "only ratios of 0 and infinity");
        assert!(dev_pav(&KnownTruth::default()).is_nan());
        let endless =
            KnownTruth { forged: vec![f64::INFINITY, 0.0], real: vec![f64::INFINITY, 0.0] };
        assert_eq!(dev_pav(&endless), f64::INFINITY);
        let one = KnownTruth { forged: vec![1.5], real: vec![1.5] };
        assert!((dev_pav(&one) - 1.5).abs() < 1e-12, "it says 10^1.5 and is worth 1");
    }
}
