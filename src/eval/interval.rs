//! Confidence intervals of measured rates.

/// Standard deviations on both sides that hold 95 % of a normal distribution.
const Z: f64 = 1.959_964;

/// Wilson's score interval of a share at 95 % (E. B. Wilson, JASA 22, 1927): lower and upper bound.
/// `[0, 1]` when nothing was counted.
pub fn wilson(hits: usize, n: usize) -> [f64; 2] {
    if n == 0 {
        return [0.0, 1.0];
    }
    let (n, p) = (n as f64, hits as f64 / n as f64);
    let center = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    [((center - half) / scale).max(0.0), ((center + half) / scale).min(1.0)]
}

/// 95 % interval of an area under the ROC curve from its normal approximation (Hanley and
/// `McNeil`, Radiology 143, 1982). `[0, 1]` without both classes.
pub fn auc_interval(auc: f64, n_forged: usize, n_real: usize) -> [f64; 2] {
    if n_forged == 0 || n_real == 0 {
        return [0.0, 1.0];
    }
    let (n, m) = (n_forged as f64, n_real as f64);
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let variance = auc * (1.0 - auc)
        + (n - 1.0) * (q1 - auc * auc).max(0.0)
        + (m - 1.0) * (q2 - auc * auc).max(0.0);
    let half = Z * (variance / (n * m)).sqrt();
    [(auc - half).max(0.0), (auc + half).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_values() {
        // 10 of 100: 5.52 % to 17.44 %; 0 of 20: up to 16.11 %.
        let [low, high] = wilson(10, 100);
        assert!((low - 0.0552).abs() < 1e-3 && (high - 0.1744).abs() < 1e-3, "{low} {high}");
        let [low, high] = wilson(0, 20);
        assert!(low == 0.0 && (high - 0.1611).abs() < 1e-3, "{low} {high}");
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }

    #[test]
    fn a_published_example_of_an_area() {
        // Hanley and McNeil's table: area 0.893, 51 abnormal and 58 normal, standard error 0.032.
        let [low, high] = auc_interval(0.893, 51, 58);
        assert!(((high - low) / 2.0 / Z - 0.032).abs() < 0.001, "{low} {high}");
        assert_eq!(auc_interval(f64::NAN, 0, 3), [0.0, 1.0]);
    }
}
