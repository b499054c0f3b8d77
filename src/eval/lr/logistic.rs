//! Likelihood ratios by logistic regression: a straight line from score to log10 ratio.

use std::f64::consts::LN_10;

use super::KnownTruth;
use crate::eval::newton::{Labeled, NewtonFit};

/// Keeps the slope finite where the two kinds do not overlap; too small to move any other fit.
const RIDGE: f64 = 1e-6;
const MAX_STEPS: usize = 100;

/// `log10 ratio = slope · score + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticRatio {
    /// Log10 ratio per unit of score; at least 0.
    pub slope: f64,
    /// The log10 ratio of a score of 0.
    pub offset: f64,
}

impl LogisticRatio {
    /// The line of least cross-entropy, by Newton's method. Both kinds count alike, so that the
    /// odds it gives are likelihood ratios. `None` where a kind is missing or a score is no finite
    /// number.
    pub fn fit(scores: &KnownTruth) -> Option<Self> {
        let all = || scores.forged.iter().chain(&scores.real);
        if !scores.is_usable() || all().any(|v| !v.is_finite()) {
            return None;
        }
        let fit = NewtonFit {
            start: (0.0, 0.0),
            ridge: RIDGE,
            least_curvature: 0.0,
            longest_step: 4.0,
            max_steps: MAX_STEPS,
            tolerance: 1e-12,
        };
        let labeled = |values: &'_ [f64], target| {
            let weight = 0.5 / values.len() as f64;
            values.iter().map(move |x| Labeled { x: *x, target, weight }).collect::<Vec<_>>()
        };
        let labeled = [labeled(&scores.forged, 1.0), labeled(&scores.real, 0.0)].concat();
        let line = fit.fit(|| labeled.iter().copied());
        let (a, b) = (line.slope, line.offset);
        (!line.is_singular && a.is_finite() && b.is_finite() && a >= 0.0)
            .then_some(Self { slope: a / LN_10, offset: b / LN_10 })
    }

    pub fn log10_ratio(self, score: f64) -> f64 {
        self.slope * score + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::super::{cllr, cllr_min};
    use super::*;

    /// Scores of two normal distributions of variance 1 at 1 and -1 have the log ratio 2 · score.
    #[test]
    fn two_normal_distributions_have_the_ratio_of_the_textbook() {
        let quantile = |i: usize| {
            // A logistic approximation would do for any symmetric shape; this one is the normal's
            // own, by bisection of its distribution function.
            let p = (i as f64 + 0.5) / 2000.0;
            let (mut low, mut high) = (-6.0f64, 6.0f64);
            for _ in 0..60 {
                let mid = f64::midpoint(low, high);
                if normal_below(mid) < p { low = mid } else { high = mid }
            }
            low
        };
        let values: Vec<f64> = (0..2000).map(quantile).collect();
        let scores = KnownTruth {
            forged: values.iter().map(|v| v + 1.0).collect(),
            real: values.iter().map(|v| v - 1.0).collect(),
        };
        let fitted = LogisticRatio::fit(&scores).unwrap();
        assert!((fitted.slope * LN_10 - 2.0).abs() < 0.01, "{fitted:?}");
        assert!(fitted.offset.abs() < 1e-6, "{fitted:?}");
        let ratios = scores.map(|v| fitted.log10_ratio(v));
        let (cost, least) = (cllr(&ratios), cllr_min(&ratios));
        assert!(least <= cost && cost - least < 0.02, "well calibrated: {cost} {least}");
    }

    /// The normal distribution function by Simpson's rule.
    fn normal_below(x: f64) -> f64 {
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let n = 400;
        let step = (x + 8.0) / f64::from(n);
        let inner = (1..n).map(|i| {
            let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
            weight * density(-8.0 + step * f64::from(i))
        });
        (density(-8.0) + inner.sum::<f64>() + density(x)) * step / 3.0
    }

    #[test]
    fn kinds_count_alike_however_many_there_are() {
        let few = KnownTruth { forged: vec![0.2, 1.0, 2.0], real: vec![-1.0, 0.1, 0.4] };
        let many = KnownTruth { real: few.real.repeat(50), ..few.clone() };
        let [few, many] = [few, many].map(|scores| LogisticRatio::fit(&scores).unwrap());
        assert!((few.slope - many.slope).abs() < 1e-6, "{few:?} {many:?}");
        assert!((few.offset - many.offset).abs() < 1e-6, "{few:?} {many:?}");
    }

    #[test]
    fn apart_or_missing_kinds_end_and_say_so() {
        let apart = KnownTruth { forged: vec![1.0, 2.0], real: vec![-1.0, -2.0] };
        assert!(LogisticRatio::fit(&apart).is_some_and(|fit| fit.slope.is_finite()));
        let missing = KnownTruth { forged: vec![1.0], real: Vec::new() };
        assert_eq!(LogisticRatio::fit(&missing), None);
        let endless = KnownTruth { forged: vec![f64::INFINITY], real: vec![0.0] };
        assert_eq!(LogisticRatio::fit(&endless), None);
        let reversed = KnownTruth { forged: vec![-1.0, -0.5], real: vec![1.0, 0.5] };
        assert_eq!(LogisticRatio::fit(&reversed), None, "higher scores must mean forged");
    }
}
