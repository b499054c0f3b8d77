//! Likelihood ratios by isotonic regression: the best that the order of the scores allows.

use super::KnownTruth;

/// Pools adjacent violators. Both kinds count alike, however many there are; equal scores share one
/// ratio. Ratios of 0 and infinity are possible at the ends.
#[derive(Debug, Clone, PartialEq)]
pub struct PavRatio {
    /// Highest score of a step, and its log10 ratio.
    steps: Vec<(f64, f64)>,
}

/// Scores from one place to the next, with the share of each kind that lies there.
#[derive(Debug, Clone, Copy)]
struct PavBlock {
    last: f64,
    forged: f64,
    real: f64,
}

impl PavRatio {
    /// Fits scores of known truth. Scores that are no number are left out.
    pub fn fit(scores: &KnownTruth) -> Self {
        let weigh = |values: &[f64], is_forged: bool| {
            let share = 1.0 / values.len() as f64;
            let block = move |v: &f64| PavBlock {
                last: *v,
                forged: if is_forged { share } else { 0.0 },
                real: if is_forged { 0.0 } else { share },
            };
            values.iter().filter(|v| !v.is_nan()).map(block).collect::<Vec<_>>()
        };
        let mut sorted = weigh(&scores.forged, true);
        sorted.extend(weigh(&scores.real, false));
        sorted.sort_by(|a, b| a.last.total_cmp(&b.last));
        let mut blocks: Vec<PavBlock> = Vec::new();
        for next in sorted {
            match blocks.last_mut() {
                Some(last) if last.last == next.last => last.merge(next),
                _ => blocks.push(next),
            }
        }
        let mut pooled: Vec<PavBlock> = Vec::new();
        for next in blocks {
            pooled.push(next);
            while let [.., before, last] = pooled.as_mut_slice()
                && before.forged * last.real >= last.forged * before.real
            {
                before.merge(*last);
                pooled.pop();
            }
        }
        let step = |b: &PavBlock| (b.last, (b.forged / b.real).log10());
        Self { steps: pooled.iter().map(step).collect() }
    }

    /// The log10 ratio of a score: that of its step, of the next higher step between two, of the
    /// last one above all. 0 without any score.
    pub fn log10_ratio(&self, score: f64) -> f64 {
        let at = self.steps.partition_point(|(last, _)| *last < score);
        self.steps.get(at).or_else(|| self.steps.last()).map_or(0.0, |(_, ratio)| *ratio)
    }
}

impl PavBlock {
    fn merge(&mut self, other: Self) {
        self.last = other.last;
        self.forged += other.forged;
        self.real += other.real;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_is_pooled_and_equal_scores_share_a_ratio() {
        let scores =
            KnownTruth { forged: vec![0.0, 2.0, 2.0, 3.0], real: vec![-1.0, 1.0, 2.0, 2.0] };
        let fitted = PavRatio::fit(&scores);
        assert_eq!(fitted.log10_ratio(-1.0), f64::NEG_INFINITY, "only real faces");
        assert_eq!(fitted.log10_ratio(3.0), f64::INFINITY, "only forgeries");
        // 0 and 1 are out of order: one of four each. 2 is twice of four each.
        assert!(fitted.log10_ratio(0.0).abs() < 1e-12 && fitted.log10_ratio(2.0).abs() < 1e-12);
        assert_eq!(PavRatio::fit(&KnownTruth::default()).log10_ratio(1.0), 0.0);
    }

    #[test]
    fn kinds_count_alike_however_many_there_are() {
        let scores = KnownTruth { forged: vec![1.0; 3], real: vec![1.0; 300] };
        assert!(PavRatio::fit(&scores).log10_ratio(1.0).abs() < 1e-12);
    }
}
