//! From logits to probabilities and from probabilities to words, both on held-out data.

use super::Scored;
use super::newton::{Labeled, NewtonFit};
use crate::bundle::{Calibration, Thresholds};

/// Platt scaling: the slope and offset that minimize the cross-entropy of
/// `sigmoid(scale · logit + offset)`, by Newton's method, with Platt's smoothed targets.
///
/// `scored` holds raw logits of held-out people. Both classes count alike, however many there are.
pub fn fit_platt(scored: &[Scored]) -> Calibration {
    let n_forged = scored.iter().filter(|s| s.forged).count() as f64;
    let n_real = scored.len() as f64 - n_forged;
    let (high, low) = ((n_forged + 1.0) / (n_forged + 2.0), 1.0 / (n_real + 2.0));
    let fit = NewtonFit {
        start: (1.0, 0.0),
        ridge: 1e-3,
        least_curvature: 1e-9,
        longest_step: 1.0,
        max_steps: 50,
        tolerance: 1e-9,
    };
    let line = fit.fit(|| {
        scored.iter().map(|s| {
            let (target, weight) =
                if s.forged { (high, 0.5 / n_forged) } else { (low, 0.5 / n_real) };
            Labeled { x: f64::from(s.score), target, weight }
        })
    });
    Calibration { scale: line.slope.max(1e-3) as f32, offset: line.offset as f32 }
}

/// Thresholds on calibrated scores for stated error rates.
///
/// "Traces found" begins where at most `false_positive_rate` of the
/// held-out reals lie at or above, "no trace found" below the score that at most `miss_rate` of
/// the forgeries fall under. When the classes overlap so little that the order would be reversed,
/// both meet at the upper one.
pub fn thresholds_at(
    scored: &[Scored],
    false_positive_rate: f64,
    miss_rate: f64,
    map: f32,
) -> Thresholds {
    let sorted = |forged: bool| {
        let mut v: Vec<f32> =
            scored.iter().filter(|s| s.forged == forged).map(|s| s.score).collect();
        v.sort_by(f32::total_cmp);
        v
    };
    let (reals, forgeries) = (sorted(false), sorted(true));
    let allowed = (reals.len() as f64 * false_positive_rate).floor() as usize;
    // Just above the first real that may no longer count as a trace.
    let upper = reals
        .len()
        .checked_sub(allowed + 1)
        .and_then(|i| reals.get(i))
        .map_or(0.5, |v| (v + 1e-4).min(1.0));
    let missed = (forgeries.len() as f64 * miss_rate).floor() as usize;
    let lower = forgeries.get(missed).copied().unwrap_or(upper).min(upper);
    let share = |v: &[f32], hit: &dyn Fn(f32) -> bool| {
        v.iter().filter(|s| hit(**s)).count() as f32 / v.len().max(1) as f32
    };
    Thresholds {
        traces_found: upper,
        no_trace_found: lower,
        false_positive_rate: share(&reals, &|s| s >= upper),
        miss_rate: share(&forgeries, &|s| s < lower),
        map,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platt_recovers_a_known_sigmoid() {
        // Labels drawn from sigmoid(2 x - 1) on a grid, deterministically by counting.
        let mut scored = Vec::new();
        for i in -30..=30 {
            let x = i as f32 / 10.0;
            let p = 1.0 / (1.0 + (-(2.0 * x - 1.0)).exp());
            let n = (p * 40.0).round() as usize;
            scored.extend((0..40).map(|j| Scored { score: x, forged: j < n }));
        }
        let fitted = fit_platt(&scored);
        assert!((fitted.scale - 2.0).abs() < 0.2, "{fitted:?}");
        // The classes count alike here, which moves the offset by the log of their ratio.
        let n_forged = scored.iter().filter(|s| s.forged).count() as f32;
        let shift = ((scored.len() as f32 - n_forged) / n_forged).ln();
        assert!((fitted.offset - (-1.0 + shift)).abs() < 0.2, "{fitted:?} {shift}");
    }

    #[test]
    fn thresholds_keep_their_promises() {
        let scored: Vec<Scored> = (0..100)
            .flat_map(|i| {
                let v = i as f32 / 100.0;
                [
                    Scored { score: v * 0.6, forged: false },
                    Scored { score: 0.4 + v * 0.6, forged: true },
                ]
            })
            .collect();
        let t = thresholds_at(&scored, 0.05, 0.05, 0.5);
        assert!(t.false_positive_rate <= 0.05 && t.miss_rate <= 0.05, "{t:?}");
        assert!(t.no_trace_found < t.traces_found, "{t:?}");
    }
}
