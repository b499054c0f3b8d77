//! Whether scores are probabilities: log loss, expected calibration error, and isotonic regression
//! as the control of Platt scaling.
//!
//! The cards keep Platt scaling: two numbers, strictly rising, so that it changes no ranking and
//! no two different logits become one score. Isotonic regression fits any rising shape, but makes
//! steps: pictures of different logits tie, and thresholds between steps mean nothing. The trainer
//! measures both, so that a card on which Platt's shape does not fit would show it.

use super::Scored;

/// Probabilities nearer to 0 or 1 than this count as this near.
const EDGE: f64 = 1e-4;
/// Bins of the calibration error, with equally many scores each.
const N_BINS: usize = 15;

/// Mean cross-entropy in nats of scores taken as probabilities; ln 2 for a coin.
pub fn log_loss(scored: &[Scored]) -> f64 {
    let loss = |s: &Scored| {
        let p = f64::from(s.score).clamp(EDGE, 1.0 - EDGE);
        -(if s.forged { p } else { 1.0 - p }).ln()
    };
    scored.iter().map(loss).sum::<f64>() / scored.len() as f64
}

/// Expected calibration error, 0 for perfect scores.
///
/// Mean distance between score and share of forgeries over 15 bins of equally many scores
/// (M. Pakdaman Naeini et al., AAAI 2015; equal-mass bins as in Nguyen and O'Connor, 2015).
pub fn calibration_error(scored: &[Scored]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.score.total_cmp(&b.score));
    let n_bins = N_BINS.min(sorted.len());
    let edge = |i: usize| i * sorted.len() / n_bins.max(1);
    let gap = |i: usize| {
        let bin = &sorted[edge(i)..edge(i + 1)];
        let sum: f64 = bin.iter().map(|s| f64::from(s.score) - f64::from(u8::from(s.forged))).sum();
        sum.abs()
    };
    (0..n_bins).map(gap).sum::<f64>() / sorted.len() as f64
}

/// Isotonic regression by pooling adjacent violators: the rising step function nearest to the
/// labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// From which logit on, and which probability.
    steps: Vec<(f32, f32)>,
}

impl Isotonic {
    /// Fits logits of held-out pictures.
    pub fn fit(scored: &[Scored]) -> Self {
        let mut sorted = scored.to_vec();
        sorted.sort_by(|a, b| a.score.total_cmp(&b.score));
        // First logit, sum of labels, number.
        let mut blocks: Vec<(f32, f64, f64)> = Vec::new();
        for s in sorted {
            let label = f64::from(u8::from(s.forged));
            match blocks.last_mut() {
                Some(last) if last.0 == s.score => {
                    last.1 += label;
                    last.2 += 1.0;
                }
                _ => blocks.push((s.score, label, 1.0)),
            }
            while let [.., before, last] = blocks.as_mut_slice()
                && before.1 * last.2 >= last.1 * before.2
            {
                before.1 += last.1;
                before.2 += last.2;
                blocks.pop();
            }
        }
        Self { steps: blocks.into_iter().map(|(x, sum, n)| (x, (sum / n) as f32)).collect() }
    }

    /// The probability of a logit; that of the first step below all of them.
    pub fn apply(&self, logit: f32) -> f32 {
        let after = self.steps.partition_point(|(x, _)| *x <= logit);
        self.steps.get(after.saturating_sub(1)).map_or(0.5, |(_, p)| *p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(pairs: &[(f32, bool)]) -> Vec<Scored> {
        pairs.iter().map(|(score, forged)| Scored { score: *score, forged: *forged }).collect()
    }

    #[test]
    fn losses_of_known_forecasts() {
        let coin = scored(&[(0.5, true), (0.5, false)]);
        assert!((log_loss(&coin) - std::f64::consts::LN_2).abs() < 1e-9);
        assert!(log_loss(&scored(&[(1.0, false)])) < 10.0, "bounded");
        // Always 0.9, right in half of the cases: off by 0.4.
        let sure: Vec<Scored> =
            (0..100).map(|i| Scored { score: 0.9, forged: i % 2 == 0 }).collect();
        assert!((calibration_error(&sure) - 0.4).abs() < 0.06, "{}", calibration_error(&sure));
        let honest: Vec<Scored> = (0..3000)
            .map(|i| {
                let p = (i % 10) as f32 / 10.0 + 0.05;
                Scored { score: p, forged: (i / 10 * 7 % 100) as f32 / 100.0 < p }
            })
            .collect();
        assert!(calibration_error(&honest) < 0.06, "{}", calibration_error(&honest));
    }

    #[test]
    fn isotonic_rises_and_pools_what_falls() {
        let fitted = Isotonic::fit(&scored(&[
            (-2.0, false),
            (-1.0, true),
            (0.0, false),
            (1.0, true),
            (1.0, true),
            (2.0, true),
        ]));
        let at = [-9.0, -2.0, -1.0, 0.5, 1.0, 9.0].map(|x| fitted.apply(x));
        assert_eq!(at, [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]);
        assert_eq!(Isotonic::fit(&[]).apply(3.0), 0.5, "nothing to go by");
    }
}
