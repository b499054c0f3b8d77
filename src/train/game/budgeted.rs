//! The game under a budget: every pair is blurred by a random level, both partners alike, and the
//! adversary may only choose where.
//!
//! In the paper's forms a generator also chooses how much, and a detector then learns the level
//! instead of the trace: blurred means forged, or real. Here the level says nothing. The code of
//! the paper has a similar switch, a fixed norm of the kernel per sample.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use burn::module::Module as _;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};

use super::blur;
use super::form::Game;
use super::generator::Generator;
use super::opponents::{Attack, Opponents};
use super::widths::{blur_widths, of_both_partners, slope_of_widths};
use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::fit::gradient::input_gradient;
use crate::train::fit::loss::Objective;
use crate::train::net::{Lae, floats};

/// Random patterns of which the worst for the detector is taken.
const DRAWS: u64 = 3;
/// Part of a generator's pattern that is everywhere, so that its mean is never 0.
const FLOOR: f64 = 0.05;

/// One level a pair, in pixels: uniform, with the mean [`Game::sigma_mean`].
fn levels(game: &Game, seed: u64, n_pairs: usize, step: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6c65_7665_6c00);
    rng.set_stream(step);
    (0..n_pairs).map(|_| 2.0 * game.sigma_mean as f32 * rng.random::<f32>()).collect()
}

/// A smooth random pattern of mean 1: a random grid of 3 to 14 knots a side, each between 0.1 and
/// 10 times the middle, bilinear between them.
fn random_pattern(rng: &mut ChaCha8Rng, px: usize) -> Vec<f32> {
    let knots: usize = rng.random_range(3..=14);
    let grid: Vec<f32> =
        (0..(knots + 1) * (knots + 1)).map(|_| 10.0f32.powf(rng.random_range(-1.0..1.0))).collect();
    let along = |i: usize| {
        let at = (i as f32 + 0.5) / px as f32 * (knots - 1) as f32;
        (at as usize, at.fract())
    };
    let mut pattern = Vec::with_capacity(px * px);
    for y in 0..px {
        let (row, ty) = along(y);
        for x in 0..px {
            let (column, tx) = along(x);
            let knot = |r: usize, c: usize| grid[r * (knots + 1) + c];
            let top = knot(row, column) * (1.0 - tx) + knot(row, column + 1) * tx;
            let low = knot(row + 1, column) * (1.0 - tx) + knot(row + 1, column + 1) * tx;
            pattern.push(top * (1.0 - ty) + low * ty);
        }
    }
    let mean = pattern.iter().sum::<f32>() / pattern.len() as f32;
    pattern.iter().map(|p| p / mean).collect()
}

/// Widths of both partners of every pair, reals first: the level times the pattern, cut at the
/// largest width.
fn widths(game: &Game, levels: &[f32], patterns: &[f32], px: usize) -> Vec<f32> {
    let max = game.sigma_max as f32;
    let of_pairs = patterns.chunks(px * px).zip(levels);
    let mut sigma: Vec<f32> =
        of_pairs.flat_map(|(p, level)| p.iter().map(move |p| (p * level).min(max))).collect();
    sigma.extend_from_within(..);
    sigma
}

impl Opponents {
    /// The same level everywhere in a pair.
    pub(super) fn uniform(&self, batch: &Batch, step: u64) -> Attack {
        let levels = levels(&self.game, self.seed, batch.n_pairs, step);
        let flat = vec![1.0; batch.n_pairs * batch.px * batch.px];
        self.blurred(batch, &widths(&self.game, &levels, &flat, batch.px))
    }

    /// A random pattern for every pair, number `draw` of a step.
    pub(super) fn random(&self, batch: &Batch, step: u64, draw: u64) -> Attack {
        let levels = levels(&self.game, self.seed, batch.n_pairs, step);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x7061_7474_6572 ^ (draw << 56));
        rng.set_stream(step);
        let patterns: Vec<f32> =
            (0..batch.n_pairs).flat_map(|_| random_pattern(&mut rng, batch.px)).collect();
        self.blurred(batch, &widths(&self.game, &levels, &patterns, batch.px))
    }

    /// For every pair the one of three random patterns that costs the detector most.
    pub(super) fn worst(
        &self,
        model: &Lae,
        objective: &Objective,
        batch: &Batch,
        step: u64,
    ) -> Attack {
        let draws: Vec<Attack> = (0..DRAWS).map(|draw| self.random(batch, step, draw)).collect();
        let losses: Vec<Vec<f32>> = draws
            .iter()
            .map(|draw| losses_of_pairs(model, objective, batch, &draw.input, &self.detector))
            .collect();
        let n = batch.n_pairs;
        let plane = 3 * batch.px * batch.px;
        let worst = |pair: usize| {
            let cost = |draw: &usize| losses[*draw][pair];
            (0..draws.len()).max_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0)
        };
        let chosen: Vec<usize> = (0..n).map(worst).collect();
        let picture = |i: usize| &draws[chosen[i % n]].input[i * plane..][..plane];
        let input = (0..2 * n).flat_map(picture).copied().collect();
        Attack { input, widths: draws[0].widths }
    }

    /// A generator looks at the forgery and chooses where; it climbs the detector's loss on both
    /// partners.
    pub(super) fn chosen(
        &mut self,
        model: &Lae,
        objective: &Objective,
        batch: &Batch,
        step: u64,
        factor: f64,
    ) -> Result<Attack, Error> {
        let Game { kernel, sigma_max, rate, logit_penalty, .. } = self.game;
        let (px, n) = (batch.px, batch.n_pairs);
        let levels = levels(&self.game, self.seed, n, step);
        let forged = batch.input[n * 3 * px * px..].to_vec();
        let forged: Tensor<4> =
            Tensor::from_data(TensorData::new(forged, [n, 3, px, px]), &self.device);
        let level: Tensor<4> =
            Tensor::from_data(TensorData::new(levels, [n, 1, 1, 1]), &self.device);
        let Some(player) = self.players.first_mut() else { return Ok(self.uniform(batch, step)) };
        let logits = player.net.logits(forged);
        let pattern = Generator::enlarged(sigmoid(logits.clone()) + FLOOR, px);
        let mean = pattern.clone().mean_dim(2).mean_dim(3);
        let width = (pattern / mean * level).clamp_max(sigma_max);
        let mut sigma = floats(width.clone());
        sigma.extend_from_within(..);
        let blurred = blur::blur(&batch.input, &sigma, px, kernel);
        let gradient = input_gradient(model, objective, batch, &blurred.pictures, &self.detector)?;
        let uphill = of_both_partners(slope_of_widths(&gradient, &blurred.slope, px));
        player.climb((width, logits), uphill, rate * factor, logit_penalty);
        Ok(Attack { input: blurred.pictures, widths: blur_widths(&sigma) })
    }

    fn blurred(&self, batch: &Batch, sigma: &[f32]) -> Attack {
        let input = blur::blur(&batch.input, sigma, batch.px, self.game.kernel).pictures;
        Attack { input, widths: blur_widths(sigma) }
    }
}

/// Cross-entropy of the image score, the sum over both partners of every pair, the net in
/// evaluation mode. `device` is that of the net, with gradients or without.
fn losses_of_pairs(
    model: &Lae,
    objective: &Objective,
    batch: &Batch,
    input: &[f32],
    device: &Device,
) -> Vec<f32> {
    let n = batch.n_pairs;
    let data = TensorData::new(input.to_vec(), [2 * n, 3, batch.px, batch.px]);
    let input = Tensor::from_data(data, &device.clone().inner());
    let logits = floats(model.valid().features(input, objective.form).image_logits());
    let loss = |logit: f32| logit.max(0.0) + (-logit.abs()).exp().ln_1p();
    (0..n).map(|i| loss(logits[i]) + loss(-logits[n + i])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::game::{GameForm, Kernel};

    fn game() -> Game {
        Game { kernel: Kernel::Seven, sigma_mean: 0.5, sigma_max: 2.0, ..Game::default() }
    }

    #[test]
    fn levels_are_those_of_the_step_and_have_the_mean_asked_for() {
        let drawn = levels(&game(), 3, 4000, 7);
        let mean = drawn.iter().sum::<f32>() / 4000.0;
        assert!(
            (mean - 0.5).abs() < 0.02 && drawn.iter().all(|l| (0.0..=1.0).contains(l)),
            "{mean}"
        );
        assert_eq!(drawn, levels(&game(), 3, 4000, 7));
        assert_ne!(drawn, levels(&game(), 3, 4000, 8));
    }

    #[test]
    fn patterns_have_the_mean_one_and_are_not_flat() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..20 {
            let pattern = random_pattern(&mut rng, 32);
            let mean = pattern.iter().sum::<f32>() / pattern.len() as f32;
            assert!((mean - 1.0).abs() < 1e-3, "{mean}");
            let most = pattern.iter().copied().fold(0.0, f32::max);
            assert!(most > 1.2, "{most}");
        }
    }

    #[test]
    fn both_partners_get_the_same_widths_and_no_form_more_than_the_budget() {
        use crate::train::game::opponents::tests::{batch, lively};
        let device = Device::flex();
        let model = lively(&device);
        let mut twins = batch(64);
        let half = twins.input.len() / 2;
        twins.input.copy_within(..half, half);
        for form in [
            GameForm::BudgetedUniform,
            GameForm::BudgetedRandom,
            GameForm::BudgetedWorst,
            GameForm::BudgetedGenerator,
        ] {
            let game = Game { form, ..game() };
            let mut opponents = Opponents::new(game, 5, &device.clone().autodiff());
            let objective = Objective::default();
            let attack = opponents.attack(&model, &objective, &twins, 0, 1.0).unwrap().unwrap();
            assert!(attack.input[..half] == attack.input[half..], "{form:?}");
            assert!(attack.input != twins.input, "{form:?} blurred nothing");
            let budget = levels(&game, 5, twins.n_pairs, 0).iter().sum::<f32>() / 2.0;
            let mean = attack.widths.mean[0];
            assert!(mean <= budget + 1e-3 && mean > 0.6 * budget, "{form:?}: {mean} of {budget}");
        }
    }

    #[test]
    fn the_worst_draw_costs_at_least_as_much_as_each() {
        use crate::train::game::opponents::tests::{batch, lively};
        let device = Device::flex();
        let model = lively(&device);
        let batch = batch(64);
        let game = Game { form: GameForm::BudgetedWorst, ..game() };
        let opponents = Opponents::new(game, 5, &device.clone().autodiff());
        let objective = Objective::default();
        let cost = |attack: &Attack| {
            losses_of_pairs(&model, &objective, &batch, &attack.input, &device.clone().autodiff())
        };
        let worst = cost(&opponents.worst(&model, &objective, &batch, 4));
        for draw in 0..DRAWS {
            let each = cost(&opponents.random(&batch, 4, draw));
            for (worst, each) in worst.iter().zip(&each) {
                assert!(worst >= &(each - 1e-5), "{worst} and {each}");
            }
        }
    }
}
