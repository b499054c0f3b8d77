//! Scores and log odds.

/// The probability of log odds, `0.0..=1.0`.
pub fn sigmoid(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The same with the precision that fits need.
pub fn sigmoid_f64(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_odds_are_a_half_and_extremes_stay_finite() {
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(sigmoid(f32::NEG_INFINITY), 0.0);
        assert_eq!(sigmoid(f32::INFINITY), 1.0);
        assert!((sigmoid(3f32.ln()) - 0.75).abs() < 1e-6, "three to one");
    }
}
