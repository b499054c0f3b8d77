//! Widths of the blur without a generator, and figures of those that were chosen.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::form::Game;

/// Widths that were chosen, `[reals, forgeries]`, in pixels; 0 when nothing was blurred.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BlurWidths {
    pub mean: [f32; 2],
    /// 95th percentile. At `sigma_max` the game has collapsed into blurring everything.
    pub p95: [f32; 2],
}

pub(super) fn blur_widths(sigma: &[f32]) -> BlurWidths {
    let (reals, forged) = sigma.split_at(sigma.len() / 2);
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len().max(1) as f32;
    let p95 = |part: &[f32]| {
        let mut sorted = part.to_vec();
        let at = (sorted.len() * 95 / 100).min(sorted.len().saturating_sub(1));
        if sorted.is_empty() { 0.0 } else { *sorted.select_nth_unstable_by(at, f32::total_cmp).1 }
    };
    BlurWidths { mean: [mean(reals), mean(forged)], p95: [p95(reals), p95(forged)] }
}

/// `dL/dsigma`: what the channels of a pixel say together.
pub(super) fn slope_of_widths(gradient: &[f32], slope: &[f32], px: usize) -> Vec<f32> {
    let plane = px * px;
    let mut out = vec![0.0; gradient.len() / 3];
    for (i, out) in out.chunks_mut(plane).enumerate() {
        for channel in 0..3 {
            let at = (i * 3 + channel) * plane;
            for ((o, g), s) in
                out.iter_mut().zip(&gradient[at..at + plane]).zip(&slope[at..at + plane])
            {
                *o += g * s;
            }
        }
    }
    out
}

/// What reals (first half) and their forgeries say together of widths that both share.
pub(super) fn of_both_partners(mut uphill: Vec<f32>) -> Vec<f32> {
    let forged = uphill.split_off(uphill.len() / 2);
    uphill.iter_mut().zip(forged).for_each(|(real, forged)| *real += forged);
    uphill
}

/// One step up the gradient, of the size of half the start, then back into the allowed range.
pub(super) fn climbed(game: &Game, start: &[f32], uphill: &[f32], px: usize) -> Vec<f32> {
    let max = game.sigma_max as f32;
    let mut sigma = start.to_vec();
    for (sigma, uphill) in sigma.chunks_mut(px * px).zip(uphill.chunks(px * px)) {
        let square: f32 = uphill.iter().map(|g| g * g).sum::<f32>() / uphill.len() as f32;
        let scale = 0.5 * game.sigma_mean as f32 / square.sqrt().max(1e-20);
        for (s, g) in sigma.iter_mut().zip(uphill) {
            *s = (*s + scale * g).clamp(0.0, max);
        }
    }
    sigma
}

/// Smooth random fields: a uniform level per picture times a coarse random grid, bilinear
/// between its knots; all scaled so that the batch has the mean asked for, cut at the largest
/// width or not.
pub(super) fn random_widths(
    game: &Game,
    seed: u64,
    (n, px): (usize, usize),
    step: u64,
) -> Vec<f32> {
    const KNOTS: usize = 7;
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0062_6c75_7200);
    rng.set_stream(step);
    let mut sigma = Vec::with_capacity(n * px * px);
    for _ in 0..n {
        let level = rng.random_range(0.0..1.0f32);
        let grid: [f32; KNOTS * KNOTS] = std::array::from_fn(|_| rng.random_range(0.5..1.5));
        let along = |i: usize| {
            let at = (i as f32 + 0.5) / px as f32 * (KNOTS - 1) as f32;
            (at as usize, at.fract())
        };
        for y in 0..px {
            let (row, ty) = along(y);
            for x in 0..px {
                let (column, tx) = along(x);
                let knot = |r: usize, c: usize| grid[r * KNOTS + c];
                let top = knot(row, column) * (1.0 - tx) + knot(row, column + 1) * tx;
                let low = knot(row + 1, column) * (1.0 - tx) + knot(row + 1, column + 1) * tx;
                let field = top * (1.0 - ty) + low * ty;
                sigma.push(level * field);
            }
        }
    }
    let (max, wanted) = (game.sigma_max as f32, game.sigma_mean as f32);
    let mean_at = |scale: f32| {
        sigma.iter().map(|s| f64::from((s * scale).min(max))).sum::<f64>() / sigma.len() as f64
    };
    let (mut low, mut high) = (0.0, 100.0 * max);
    for _ in 0..24 {
        let middle = f32::midpoint(low, high);
        if mean_at(middle) < f64::from(wanted) { low = middle } else { high = middle }
    }
    sigma.iter().map(|s| (s * low).min(max)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::game::GameForm;

    #[test]
    fn random_widths_have_the_mean_they_are_matched_to() {
        for wanted in [0.0, 0.4, 0.8] {
            let game = Game { form: GameForm::RandomBlur, sigma_mean: wanted, ..Game::default() };
            let sigma = random_widths(&game, 1, (40, 16), 3);
            let mean = sigma.iter().sum::<f32>() / sigma.len() as f32;
            assert!((f64::from(mean) - wanted).abs() < 0.01, "{mean} for {wanted}");
        }
        let game = Game { form: GameForm::RandomBlur, sigma_mean: 0.4, ..Game::default() };
        let sigma = random_widths(&game, 1, (200, 16), 3);
        assert!(sigma.iter().all(|s| (0.0..=1.0).contains(s)), "out of range");
        assert_ne!(sigma, random_widths(&game, 1, (200, 16), 4), "another step, another blur");
    }
}
