//! How far a measured rate may be from the true one.

/// Wilson's score interval of a share at 95 % (E. B. Wilson, JASA 22, 1927): lower and upper bound.
/// `[0, 1]` when nothing was counted.
pub fn wilson(hits: usize, n: usize) -> [f64; 2] {
    const Z: f64 = 1.959_964;
    if n == 0 {
        return [0.0, 1.0];
    }
    let (n, p) = (n as f64, hits as f64 / n as f64);
    let center = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    [((center - half) / scale).max(0.0), ((center + half) / scale).min(1.0)]
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
}
