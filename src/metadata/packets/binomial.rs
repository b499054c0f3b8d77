//! How likely chance is.

/// The logarithm of the probability of at least `k` hits in `n` tries that hit with the probability `p`,
/// in units of e; `p` between 0 and 1.
pub(super) fn ln_tail(n: usize, k: usize, p: f64) -> f64 {
    if k == 0 {
        return 0.0;
    }
    let p = p.clamp(1e-9, 1.0 - 1e-9);
    let (ln_p, ln_q) = (p.ln(), (1.0 - p).ln());
    // The logarithm of each term; the largest is taken out so that none is too small.
    let mut ln_choose = 0.0;
    let mut terms = Vec::with_capacity(n.saturating_add(1));
    for i in 0..=n {
        if i > 0 {
            ln_choose += ((n.saturating_sub(i).saturating_add(1)) as f64).ln() - (i as f64).ln();
        }
        if i >= k {
            terms.push(ln_choose + i as f64 * ln_p + (n.saturating_sub(i)) as f64 * ln_q);
        }
    }
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + terms.iter().map(|term| (term - most).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        // Of ten throws of a coin: at least eight heads 56 of 1024, ten heads one of 1024.
        assert!((ln_tail(10, 8, 0.5).exp() - 56.0 / 1024.0).abs() < 1e-12);
        assert!((ln_tail(10, 10, 0.5).exp() - 1.0 / 1024.0).abs() < 1e-12);
        assert!((ln_tail(3, 1, 0.1).exp() - 0.271).abs() < 1e-12);
        assert_eq!(ln_tail(10, 0, 0.5), 0.0);
    }
}
