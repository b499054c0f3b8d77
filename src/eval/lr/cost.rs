//! The cost of a set of likelihood ratios.

use super::{KnownTruth, PavRatio};

/// The log-likelihood-ratio cost: 0 for a system that is always right and sure, 1 for one that always
/// answers "neither". NaN where a kind is missing.
///
/// N. Brümmer and J. du Preez, "Application-independent evaluation of speaker detection", 2006.
pub fn cllr(ratios: &KnownTruth) -> f64 {
    let mean = |values: &[f64], sign: f64| {
        let bits = values.iter().map(|v| one_and_power_of_ten(sign * v).log2());
        bits.sum::<f64>() / values.len() as f64
    };
    f64::midpoint(mean(&ratios.forged, -1.0), mean(&ratios.real, 1.0))
}

/// The cost that is left when the ratios are calibrated as well as their order allows: what the system
/// cannot tell apart. The rest, `cllr - cllr_min`, is lost by bad calibration.
pub fn cllr_min(ratios: &KnownTruth) -> f64 {
    let best = PavRatio::fit(ratios);
    cllr(&ratios.map(|v| best.log10_ratio(v)))
}

/// The empirical cross-entropy in bits: what is left to learn about a picture after its ratio, for somebody
/// whose odds on "forged" were 10 to this power before. At odds of 1 it is [`cllr`].
///
/// D. Ramos et al., "Information-theoretical assessment of the performance of likelihood ratio computation
/// methods", Journal of Forensic Sciences 58, 2013.
pub fn cross_entropy(ratios: &KnownTruth, log10_prior_odds: f64) -> f64 {
    let prior = 1.0 / one_and_power_of_ten(-log10_prior_odds);
    let mean = |values: &[f64], sign: f64| {
        let bits =
            values.iter().map(|v| one_and_power_of_ten(sign * (v + log10_prior_odds)).log2());
        bits.sum::<f64>() / values.len() as f64
    };
    prior * mean(&ratios.forged, -1.0) + (1.0 - prior) * mean(&ratios.real, 1.0)
}

fn one_and_power_of_ten(exponent: f64) -> f64 {
    1.0 + 10f64.powf(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(forged: &[f64], real: &[f64]) -> KnownTruth {
        KnownTruth { forged: forged.to_vec(), real: real.to_vec() }
    }

    #[test]
    fn silence_costs_one_certainty_costs_nothing_and_misleading_costs_more() {
        assert!((cllr(&set(&[0.0, 0.0], &[0.0])) - 1.0).abs() < 1e-12, "neither");
        assert!(cllr(&set(&[f64::INFINITY], &[f64::NEG_INFINITY])) < 1e-12, "right and sure");
        // By hand: log2(1 + 1/10) and log2(1 + 1/100), halved.
        let by_hand = f64::midpoint(1.1f64.log2(), 1.01f64.log2());
        assert!((cllr(&set(&[1.0], &[-2.0])) - by_hand).abs() < 1e-12);
        assert!(cllr(&set(&[-2.0], &[2.0])) > 6.0, "wrong and sure");
        assert!(cllr(&set(&[], &[1.0])).is_nan(), "a kind is missing");
    }

    #[test]
    fn at_even_odds_the_entropy_is_the_cost_and_silence_leaves_that_of_the_prior() {
        let mixed = set(&[-1.0, 2.0, 0.5], &[-2.0, 1.0]);
        assert!((cross_entropy(&mixed, 0.0) - cllr(&mixed)).abs() < 1e-12);
        // By hand: the entropy of odds of 1 to 10.
        let p: f64 = 1.0 / 11.0;
        let of_prior = -p * p.log2() - (1.0 - p) * (1.0 - p).log2();
        let silent = set(&[0.0], &[0.0; 3]);
        assert!((cross_entropy(&silent, -1.0) - of_prior).abs() < 1e-12);
        assert!((cross_entropy(&silent, 1.0) - of_prior).abs() < 1e-12, "symmetric");
        let good = set(&[2.0], &[-2.0]);
        assert!(cross_entropy(&good, -1.0) < of_prior && cross_entropy(&good, 1.0) < of_prior);
    }

    #[test]
    fn a_good_order_with_a_bad_scale_costs_nothing_at_its_best() {
        let shifted = set(&[5.0, 6.0], &[3.0, 4.0]);
        assert!(cllr(&shifted) > 1.0 && cllr_min(&shifted) < 1e-12);
        let mixed = set(&[-1.0, 2.0], &[-2.0, 1.0]);
        assert!(cllr_min(&mixed) <= cllr(&mixed) && cllr_min(&mixed) > 0.1);
    }
}
