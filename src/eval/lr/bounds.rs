//! How large a likelihood ratio so few pictures of known truth can support.

use super::KnownTruth;

/// Step of the thresholds of [`elub_bounds`], log10.
const ELUB_STEP: f64 = 0.01;
/// Ratios beyond count as this large, log10.
const ELUB_EXTREME: f64 = 9.0;
/// Step of the thresholds of [`invariance_bounds`], log10.
const INVARIANCE_STEP: f64 = 0.001;
const INVARIANCE_EXTREME: f64 = 20.0;
/// Successes and failures that are added to every count (Jeffreys).
const JEFFREYS: f64 = 0.5;

/// Empirical lower and upper bound, log10, in steps of 0.01.
///
/// P. Vergeer et al., "Numerical likelihood
/// ratios outputted by LR systems are often based on extrapolation: when to stop extrapolating?",
/// Science and Justice 56, 2016.
///
/// A ratio is used by somebody who accepts "forged" where it exceeds a threshold. Within the bounds
/// that person does no worse than without the system, even if the next forgery and the next real face
/// both mislead. `[0, 0]` where a kind is missing.
pub fn elub_bounds(ratios: &KnownTruth) -> [f64; 2] {
    if !ratios.is_usable() {
        return [0.0; 2];
    }
    let [forged, real] = sorted(ratios, ELUB_EXTREME);
    let (low, high) = ends(&forged, &real);
    let most = |n: usize| ((n + 1) as f64).log10();
    let first = (low.max(-most(forged.len())) / ELUB_STEP).floor().min(0.0) as i64;
    let last = ((high.min(most(real.len())) / ELUB_STEP).floor() + 1.0).max(0.0) as i64;
    let is_harmful = |k: i64| {
        let at = k as f64 * ELUB_STEP;
        let threshold = 10f64.powf(at);
        // Without the system every ratio is 1.
        let neutral = if threshold < 1.0 { threshold } else { 1.0 };
        let accepted = |values: &[f64]| n_above(values, at) as f64;
        let hit = accepted(&forged) / (forged.len() + 1) as f64;
        let alarm = (accepted(&real) + 1.0) / (real.len() + 1) as f64;
        neutral < 1.0 - hit + threshold * alarm
    };
    let lower = (first..=0).rev().find(|k| is_harmful(*k)).map_or(first, |k| k + 1);
    let upper = (0..=last).find(|k| is_harmful(*k)).map_or(last, |k| k - 1);
    [lower.min(0) as f64 * ELUB_STEP, upper.max(0) as f64 * ELUB_STEP]
}

/// Lower and upper bound, log10, in steps of 0.001, by the invariance of likelihood ratios.
///
/// The ratio of a ratio is that ratio (I. Alberink et al., "A transparent method to determine limit
/// values for likelihood ratio systems", 2025).
///
/// Within the bounds the share of forgeries beyond a threshold is as many times that of real faces as
/// the threshold says. `[0, 0]` where a kind is missing.
pub fn invariance_bounds(ratios: &KnownTruth) -> [f64; 2] {
    if !ratios.is_usable() {
        return [0.0; 2];
    }
    let [forged, real] = sorted(ratios, INVARIANCE_EXTREME);
    let (low, high) = ends(&forged, &real);
    let (start, stop) = (low.min(0.0), high.max(0.0) + INVARIANCE_STEP);
    let n = ((stop - start) / INVARIANCE_STEP).ceil() as usize;
    let at = |k: usize| start + k as f64 * INVARIANCE_STEP;
    // Shares at or above, and below.
    let shares = |values: &[f64], threshold: f64| {
        let above = values.len() - values.partition_point(|v| *v < threshold);
        let share = (above as f64 + JEFFREYS) / (values.len() as f64 + 2.0 * JEFFREYS);
        [share.log10(), (1.0 - share).log10()]
    };
    let is_too_high = |k: &usize| {
        let t = at(*k);
        shares(&forged, t)[0] - shares(&real, t)[0] - t < 0.0
    };
    let is_too_low = |k: &usize| {
        let t = at(*k);
        t - shares(&forged, t)[1] + shares(&real, t)[1] < 0.0
    };
    let upper = match (0..n).find(is_too_high) {
        Some(0) => 0.0,
        Some(k) => at(k - 1),
        None => forged.last().copied().unwrap_or(0.0),
    };
    let lower = match (0..n).rev().find(is_too_low) {
        Some(k) => at(k + 1),
        None => real.first().copied().unwrap_or(0.0),
    };
    [lower.min(0.0), upper.max(0.0)]
}

/// Both kinds in rising order, within the extremes.
fn sorted(ratios: &KnownTruth, extreme: f64) -> [Vec<f64>; 2] {
    [&ratios.forged, &ratios.real].map(|values| {
        let mut values: Vec<f64> = values.iter().map(|v| v.clamp(-extreme, extreme)).collect();
        values.sort_by(f64::total_cmp);
        values
    })
}

/// The lowest and the highest of all.
fn ends(forged: &[f64], real: &[f64]) -> (f64, f64) {
    let low = [forged.first(), real.first()].into_iter().flatten().copied();
    let high = [forged.last(), real.last()].into_iter().flatten().copied();
    (low.fold(f64::INFINITY, f64::min), high.fold(f64::NEG_INFINITY, f64::max))
}

fn n_above(sorted: &[f64], threshold: f64) -> usize {
    sorted.len() - sorted.partition_point(|v| *v <= threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pictures_support_small_ratios_only() {
        let perfect = |n: usize| KnownTruth { forged: vec![6.0; n], real: vec![-6.0; n] };
        let [few, many] = [10, 1000].map(|n| elub_bounds(&perfect(n)));
        // By hand: without the system 1 is lost, with it 1/11 + t/11 at the threshold t.
        assert!((few[1] - 1.0).abs() < 0.011, "{few:?}");
        assert!(many[1] > 2.0 && many[1] <= 1001f64.log10() + ELUB_STEP, "{many:?}");
        assert!((few[0] + few[1]).abs() < 0.03, "symmetric: {few:?}");
        let [few, many] = [10, 1000].map(|n| invariance_bounds(&perfect(n)));
        assert!(few[1] < many[1] && few[0] > many[0] && many[1] < 4.0, "{few:?} {many:?}");
    }

    #[test]
    fn a_system_that_misleads_may_say_nothing() {
        let reversed = KnownTruth { forged: vec![-2.0; 50], real: vec![2.0; 50] };
        assert_eq!(elub_bounds(&reversed), [0.0, 0.0]);
        let [low, high] = invariance_bounds(&reversed);
        assert!(low.abs() < 1e-9 && high.abs() < 1e-9, "{low} {high}");
        assert_eq!(elub_bounds(&KnownTruth::default()), [0.0, 0.0]);
        assert_eq!(invariance_bounds(&KnownTruth::default()), [0.0, 0.0]);
    }
}
