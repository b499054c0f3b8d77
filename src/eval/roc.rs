//! Detection: how well scores tell forgeries from reals.

/// A score and the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Higher is more suspicious.
    pub score: f32,
    /// Whether it is a forgery.
    pub forged: bool,
}

/// Figures of one set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectionScores {
    pub n_real: usize,
    /// Number of forgeries.
    pub n_forged: usize,
    /// Area under the ROC curve: probability that a random forgery scores above a random real,
    /// ties counting half.
    pub auc: f64,
    /// Average precision: precision at each forgery's rank, averaged (no interpolation).
    pub ap: f64,
    /// Equal error rate: false-positive rate at the ROC point where it is nearest to the
    /// false-negative rate.
    pub eer: f64,
    /// Mean of the true-positive and true-negative rates at the upper threshold.
    pub balanced_accuracy: f64,
    /// Share of reals at or above the upper threshold.
    pub false_positive_rate: f64,
    /// Share of forgeries at or above the upper threshold.
    pub detection_rate: f64,
    /// Share of forgeries below the lower threshold.
    pub miss_rate: f64,
}

/// Area under the ROC curve by the rank sum (Mann-Whitney); NaN without both classes.
pub fn roc_auc(scored: &[Scored]) -> f64 {
    let mut sorted: Vec<&Scored> = scored.iter().collect();
    sorted.sort_by(|a, b| a.score.total_cmp(&b.score));
    let (mut rank_sum, mut start) = (0.0, 0);
    while start < sorted.len() {
        let ties = sorted[start..]
            .iter()
            .take_while(|s| s.score.total_cmp(&sorted[start].score).is_eq())
            .count();
        let mean_rank = f64::midpoint((start + 1) as f64, (start + ties) as f64);
        let forged = sorted[start..start + ties].iter().filter(|s| s.forged).count();
        rank_sum += mean_rank * forged as f64;
        start += ties;
    }
    let n_forged = scored.iter().filter(|s| s.forged).count() as f64;
    let n_real = scored.len() as f64 - n_forged;
    (rank_sum - n_forged * (n_forged + 1.0) / 2.0) / (n_forged * n_real)
}

/// All detection figures at two thresholds: at or above `upper` is called forged, below `lower`
/// traceless. NaN where a class is missing.
pub fn detection(scored: &[Scored], upper: f32, lower: f32) -> DetectionScores {
    let n_forged = scored.iter().filter(|s| s.forged).count();
    let n_real = scored.len() - n_forged;
    let share_from = |forged: bool, threshold: f32| {
        let of = scored.iter().filter(|s| s.forged == forged);
        let hit = of.clone().filter(|s| s.score >= threshold).count();
        hit as f64 / of.count() as f64
    };
    let (detected, false_alarms) = (share_from(true, upper), share_from(false, upper));
    DetectionScores {
        n_real,
        n_forged,
        auc: roc_auc(scored),
        ap: average_precision(scored),
        eer: equal_error_rate(scored),
        balanced_accuracy: f64::midpoint(detected, 1.0 - false_alarms),
        false_positive_rate: false_alarms,
        detection_rate: detected,
        miss_rate: 1.0 - share_from(true, lower),
    }
}

fn descending(scored: &[Scored]) -> Vec<Scored> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    sorted
}

fn average_precision(scored: &[Scored]) -> f64 {
    let n_forged = scored.iter().filter(|s| s.forged).count();
    let sorted = descending(scored);
    let (mut sum, mut above, mut above_forged, mut i) = (0.0, 0, 0, 0);
    while i < sorted.len() {
        let ties =
            sorted[i..].iter().take_while(|s| s.score.total_cmp(&sorted[i].score).is_eq()).count();
        let forged = sorted[i..i + ties].iter().filter(|s| s.forged).count();
        above += ties;
        above_forged += forged;
        sum += f64::from(above_forged as u32) / f64::from(above as u32) * forged as f64;
        i += ties;
    }
    sum / n_forged as f64
}

fn equal_error_rate(scored: &[Scored]) -> f64 {
    let n_forged = scored.iter().filter(|s| s.forged).count() as f64;
    let n_real = scored.len() as f64 - n_forged;
    if n_forged == 0.0 || n_real == 0.0 {
        return f64::NAN;
    }
    let sorted = descending(scored);
    let (mut false_positives, mut misses, mut i) = (0.0, n_forged, 0);
    let (mut best_gap, mut eer) = (misses / n_forged, 0.0);
    while i < sorted.len() {
        let ties =
            sorted[i..].iter().take_while(|s| s.score.total_cmp(&sorted[i].score).is_eq()).count();
        let forged = sorted[i..i + ties].iter().filter(|s| s.forged).count();
        misses -= forged as f64;
        false_positives += (ties - forged) as f64;
        let (fpr, fnr): (f64, f64) = (false_positives / n_real, misses / n_forged);
        if (fpr - fnr).abs() < best_gap {
            best_gap = (fpr - fnr).abs();
            eer = fpr;
        }
        i += ties;
    }
    eer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(forged: &[f32], real: &[f32]) -> Vec<Scored> {
        let of = |scores: &[f32], forged| {
            scores.iter().map(move |s| Scored { score: *s, forged }).collect::<Vec<_>>()
        };
        [of(forged, true), of(real, false)].concat()
    }

    #[test]
    fn a_score_that_is_no_number_does_not_hang() {
        let odd = scored(&[f32::NAN, 0.4], &[0.1, f32::NAN]);
        assert!(detection(&odd, 0.5, 0.5).auc <= 1.0, "an answer of some kind");
    }

    #[test]
    fn perfect_reversed_and_tied_scores() {
        let perfect = detection(&scored(&[0.9, 0.8], &[0.1, 0.2]), 0.5, 0.5);
        assert_eq!((perfect.auc, perfect.ap, perfect.eer), (1.0, 1.0, 0.0));
        assert_eq!((perfect.balanced_accuracy, perfect.false_positive_rate), (1.0, 0.0));
        assert_eq!(roc_auc(&scored(&[0.1], &[0.9])), 0.0);
        assert_eq!(roc_auc(&scored(&[0.5, 0.5], &[0.5])), 0.5);
    }

    #[test]
    fn a_worked_example() {
        // Ranks from the top: F R F R. AUC: pairs won 3 of 4. AP: (1/1 + 2/3) / 2.
        let figures = detection(&scored(&[0.9, 0.6], &[0.7, 0.2]), 0.65, 0.65);
        assert!((figures.auc - 0.75).abs() < 1e-9, "{figures:?}");
        assert!((figures.ap - 5.0 / 6.0).abs() < 1e-9, "{figures:?}");
        assert!((figures.eer - 0.5).abs() < 1e-9, "{figures:?}");
        assert!((figures.balanced_accuracy - 0.5).abs() < 1e-9, "{figures:?}");
        assert_eq!((figures.detection_rate, figures.miss_rate), (0.5, 0.5), "{figures:?}");
    }
}
