//! The adversarial game: copies of a batch, changed so as to mislead the detector.
//!
//! * **In**: the detector as it stands, a batch. **Out**: [`Attack`]: the changed pictures, and
//!   figures that tell whether the game is healthy. The generators learn on the way.
//! * **Not here**: the detector's own step, which sees clean and changed copies 1:1 (`train::learner`).
//!
//! Source: Wang, Guo, Zuo, "Deepfake Forensics via an Adversarial Game", IEEE TIP 31, 2022.
//! Generators predict a Gaussian width per pixel and climb the detector's cross-entropy; with two
//! of them, one for reals and one for forgeries, neither class alone is ever blurred. The
//! gradient-only forms (blur, additive) are the paper's too. Random blur is the control. Deviations
//!: a small generator, the width as such instead of its inverse square, and
//! a leash on the generators' logits. The mask of a forgery does not change when it is blurred, so LAE's
//! locality holds on blurred copies as well: the join of the two papers.
//!
//! One form is ours, [`GameForm::SharedGenerator`]. In the paper's forms reals are blurred by a field of
//! their own; where the trace of a forgery is a region that differs from its surroundings, a generator
//! may then teach the detector that such regions mean nothing. Here, a generator looks at the forgery
//! and blurs both partners alike: what it wipes out is the trace, what it adds tells them not apart.

pub mod blur;
mod generator;

pub use blur::Kernel;
pub use generator::{Generator, SIGMA_MIN};

use std::path::Path;

use burn::module::Module as _;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::export::floats;
use super::gradient::input_gradient;
use super::loader::Batch;
use super::loss::Objective;
use super::net::Lae;
use super::{Error, adamw};

/// What changes the copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GameForm {
    /// No copies.
    #[default]
    None,
    /// Control: smooth random widths with the mean [`Game::sigma_mean`].
    RandomBlur,
    /// A uniform width, moved one step up the gradient of the loss.
    GradientBlur,
    /// One signed step of [`Game::epsilon`] up the gradient of the loss (FGSM).
    Additive,
    /// One generator for both classes.
    OneGenerator,
    /// A generator for reals, another for forgeries.
    TwoGenerators,
    /// One generator that looks at the forgery; its widths blur the real partner too. Not in the paper.
    SharedGenerator,
}

impl GameForm {
    /// All forms.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::RandomBlur,
        Self::GradientBlur,
        Self::Additive,
        Self::OneGenerator,
        Self::TwoGenerators,
        Self::SharedGenerator,
    ];

    /// The word used in arguments and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::RandomBlur => "random-blur",
            Self::GradientBlur => "gradient-blur",
            Self::Additive => "additive",
            Self::OneGenerator => "one-generator",
            Self::TwoGenerators => "two-generators",
            Self::SharedGenerator => "shared-generator",
        }
    }
}

/// Rules of the game.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Game {
    /// What changes the copies.
    pub form: GameForm,
    /// Window of the blur.
    pub kernel: Kernel,
    /// Largest width in pixels of the input.
    pub sigma_max: f64,
    /// Mean width of random blur, and the start of gradient blur, in pixels; below `sigma_max`.
    pub sigma_mean: f64,
    /// Learning rate of the generators at its peak.
    pub rate: f64,
    /// Weight of the mean squared logit of a generator: it keeps one that has run to an end of its
    /// range able to come back when the detector has adapted.
    pub leash: f64,
    /// Size of the additive step, in input units (2 = black to white).
    pub epsilon: f32,
}

impl Default for Game {
    /// 5 × 5, σ up to 1 (METHOD.md 2.4); ε from the paper's code. There the generators learn four
    /// times as fast as the detector; ours, far smaller, swing at that.
    fn default() -> Self {
        Self {
            form: GameForm::None,
            kernel: Kernel::Five,
            sigma_max: 1.0,
            sigma_mean: 0.5,
            rate: 1e-3,
            leash: 3e-4,
            epsilon: 1.0 / 255.0,
        }
    }
}

/// The changed copies of a batch.
#[derive(Debug)]
pub struct Attack {
    /// As [`Batch::input`].
    pub input: Vec<f32>,
    /// Is the game healthy?
    pub guard: Guard,
}

/// Widths that were chosen, `[reals, forgeries]`, in pixels; 0 when nothing was blurred.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Guard {
    /// Mean.
    pub mean: [f32; 2],
    /// 95th percentile. At `sigma_max` the game has collapsed into blurring everything.
    pub p95: [f32; 2],
}

struct Opponent {
    net: Generator,
    optim: ModuleOptimizer,
}

impl Opponent {
    fn new(device: &Device) -> Self {
        Self { net: Generator::new(device), optim: fresh() }
    }
}

fn optimizer() -> AdamWConfig {
    AdamWConfig::new().with_weight_decay(5e-4).with_epsilon(1e-12)
}

/// An optimizer without memory.
fn fresh() -> ModuleOptimizer {
    adamw::init(&optimizer())
}

/// The changed copies of one batch, as a game's first step makes them, `[2 · pairs, 3, px, px]`.
///
/// # Errors
///
/// A panic of a training thread, in words.
pub fn copies(
    model: &Lae,
    objective: &Objective,
    game: Game,
    seed: u64,
    batch: &Batch,
) -> Result<Vec<f32>, Error> {
    let mut opponents = Opponents::new(game, seed, &Device::flex().autodiff());
    let attack = opponents.attack(model, objective, batch, 0, 0.0)?;
    Ok(attack.map_or_else(|| batch.input.clone(), |attack| attack.input))
}

/// The adversaries of a run.
pub(super) struct Opponents {
    game: Game,
    seed: u64,
    /// None, one, or reals' and forgeries'.
    players: Vec<Opponent>,
    /// Where they are, with gradients.
    device: Device,
    /// Where the detector is.
    detector: Device,
}

impl Opponents {
    pub(super) fn new(game: Game, seed: u64, device: &Device) -> Self {
        let count = match game.form {
            GameForm::OneGenerator | GameForm::SharedGenerator => 1,
            GameForm::TwoGenerators => 2,
            _ => 0,
        };
        let players = (0..count).map(|_| Opponent::new(device)).collect();
        Self { game, seed, players, device: device.clone(), detector: device.clone() }
    }

    /// Changes a copy of `batch` against `model`, and lets the generators learn with `factor`
    /// times their rate. `None` when there is no game.
    pub(super) fn attack(
        &mut self,
        model: &Lae,
        objective: &Objective,
        batch: &Batch,
        step: u64,
        factor: f64,
    ) -> Result<Option<Attack>, Error> {
        let Game { form, kernel, sigma_mean, .. } = self.game;
        let (px, n) = (batch.px, 2 * batch.n_pairs);
        let blurred = |sigma: &[f32]| blur::blur(&batch.input, sigma, px, kernel);
        let of_widths = |sigma: &[f32], input| Attack { input, guard: guard(sigma) };
        let attack = match form {
            GameForm::None => return Ok(None),
            GameForm::RandomBlur => {
                let sigma = self.random_widths(n, px, step);
                of_widths(&sigma, blurred(&sigma).pictures)
            }
            GameForm::GradientBlur => {
                let start = vec![sigma_mean as f32; n * px * px];
                let first = blurred(&start);
                let gradient =
                    input_gradient(model, objective, batch, &first.pictures, &self.detector)?;
                let sigma = self.climbed(&start, &slope_of_widths(&gradient, &first.slope, px), px);
                of_widths(&sigma, blurred(&sigma).pictures)
            }
            GameForm::Additive => {
                let gradient =
                    input_gradient(model, objective, batch, &batch.input, &self.detector)?;
                let moved =
                    |(v, g): (&f32, &f32)| (v + self.game.epsilon * sign(*g)).clamp(-1.0, 1.0);
                let input = batch.input.iter().zip(&gradient).map(moved).collect();
                Attack { input, guard: Guard::default() }
            }
            GameForm::OneGenerator | GameForm::TwoGenerators | GameForm::SharedGenerator => {
                self.generated(model, objective, batch, factor)?
            }
        };
        Ok(Some(attack))
    }

    /// Generators blur, the detector (frozen) is asked how its loss answers to every pixel, and
    /// the generators climb. The copies are those of before that step, as in the paper's code.
    fn generated(
        &mut self,
        model: &Lae,
        objective: &Objective,
        batch: &Batch,
        factor: f64,
    ) -> Result<Attack, Error> {
        let Game { kernel, sigma_max, rate, leash, .. } = self.game;
        let (px, n) = (batch.px, 2 * batch.n_pairs);
        let data = TensorData::new(batch.input.clone(), [n, 3, px, px]);
        let input: Tensor<4> = Tensor::from_data(data, &self.device);
        let is_shared = self.game.form == GameForm::SharedGenerator;
        // Where the pictures begin that the only player looks at: at the forgeries, or at all.
        let (share, first) =
            if is_shared { (n / 2, n / 2) } else { (n / self.players.len().max(1), 0) };
        let widths: Vec<(Tensor<4>, Tensor<4>)> = self
            .players
            .iter()
            .enumerate()
            .map(|(i, player)| {
                let own = input.clone().narrow(0, first + i * share, share);
                player.net.forward(own, sigma_max)
            })
            .collect();
        let mut sigma: Vec<f32> = widths.iter().flat_map(|(w, _)| floats(w.clone())).collect();
        if is_shared {
            sigma.extend_from_within(..);
        }
        let blurred = blur::blur(&batch.input, &sigma, px, kernel);
        let gradient = input_gradient(model, objective, batch, &blurred.pictures, &self.detector)?;
        let mut uphill = slope_of_widths(&gradient, &blurred.slope, px);
        if is_shared {
            let forged = uphill.split_off(uphill.len() / 2);
            uphill.iter_mut().zip(forged).for_each(|(real, forged)| *real += forged);
        }
        for (i, (player, (width, logits))) in self.players.iter_mut().zip(widths).enumerate() {
            let own = uphill[i * share * px * px..(i + 1) * share * px * px].to_vec();
            let uphill: Tensor<4> =
                Tensor::from_data(TensorData::new(own, [share, 1, px, px]), &self.device);
            // Its gradient in the weights is that of minus the detector's loss, by the chain rule.
            let surrogate = (width * uphill).sum().neg() + (logits.clone() * logits).mean() * leash;
            let gradients = GradientsParams::from_grads(surrogate.backward(), &player.net);
            player.net = player.optim.step(rate * factor, player.net.clone(), gradients);
        }
        Ok(Attack { input: blurred.pictures, guard: guard(&sigma) })
    }

    /// One step up the gradient, of the size of half the start, then back into the allowed range.
    fn climbed(&self, start: &[f32], uphill: &[f32], px: usize) -> Vec<f32> {
        let max = self.game.sigma_max as f32;
        let mut sigma = start.to_vec();
        for (sigma, uphill) in sigma.chunks_mut(px * px).zip(uphill.chunks(px * px)) {
            let square: f32 = uphill.iter().map(|g| g * g).sum::<f32>() / uphill.len() as f32;
            let scale = 0.5 * self.game.sigma_mean as f32 / square.sqrt().max(1e-20);
            for (s, g) in sigma.iter_mut().zip(uphill) {
                *s = (*s + scale * g).clamp(0.0, max);
            }
        }
        sigma
    }

    /// Smooth random fields: a uniform level per picture times a coarse random grid, bilinear
    /// between its knots; all scaled so that the batch has the mean asked for, cut at the largest
    /// width or not.
    fn random_widths(&self, n: usize, px: usize, step: u64) -> Vec<f32> {
        const KNOTS: usize = 7;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x0062_6c75_7200);
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
        let (max, wanted) = (self.game.sigma_max as f32, self.game.sigma_mean as f32);
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

    /// Against a detector on another device. The players stay on the processor, where the blur is as
    /// well; burn's graphics backend cannot differentiate their bilinear enlargement.
    pub(super) fn against(self, detector: &Device) -> Self {
        Self { detector: detector.clone(), ..self }
    }

    pub(super) fn save(&self, folder: &Path) -> Result<(), Error> {
        for (i, player) in self.players.iter().enumerate() {
            let record = |e: burn::store::RecordError| Error::malformed_file(folder, &e);
            player
                .net
                .clone()
                .save_file(folder.join(format!("generator{i}.bpk")))
                .map_err(record)?;
            player.optim.save(folder.join(format!("generator{i}.optim.bpk"))).map_err(record)?;
        }
        Ok(())
    }

    pub(super) fn restore(&mut self, folder: &Path) -> Result<(), Error> {
        for (i, player) in self.players.iter_mut().enumerate() {
            let record = |e: burn::store::RecordError| Error::malformed_file(folder, &e);
            player.net = player
                .net
                .clone()
                .try_load_file(folder.join(format!("generator{i}.bpk")))
                .map_err(record)?;
            player.optim =
                fresh().load(folder.join(format!("generator{i}.optim.bpk"))).map_err(record)?;
        }
        Ok(())
    }
}

/// `dL/dsigma`: what the channels of a pixel say together.
fn slope_of_widths(gradient: &[f32], slope: &[f32], px: usize) -> Vec<f32> {
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

fn sign(v: f32) -> f32 {
    if v == 0.0 { 0.0 } else { v.signum() }
}

fn guard(sigma: &[f32]) -> Guard {
    let (reals, forged) = sigma.split_at(sigma.len() / 2);
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len().max(1) as f32;
    let p95 = |part: &[f32]| {
        let mut sorted = part.to_vec();
        let at = (sorted.len() * 95 / 100).min(sorted.len().saturating_sub(1));
        if sorted.is_empty() { 0.0 } else { *sorted.select_nth_unstable_by(at, f32::total_cmp).1 }
    };
    Guard { mean: [mean(reals), mean(forged)], p95: [p95(reals), p95(forged)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::net::{HeadForm, INPUT_PX};

    /// Two pairs at a size that a test can afford.
    fn batch(px: usize) -> Batch {
        let n = 4;
        let input = (0..n * 3 * px * px)
            .map(|i| (((i * 7919 + i / px) % 211) as f32 / 105.0 - 1.0) * 0.8)
            .collect();
        let cells = px / crate::train::net::CELL_PX;
        Batch {
            px,
            input,
            masks: vec![0.0; n * cells * cells],
            known: vec![1.0; 2],
            weights: vec![1.0; 2],
            n_pairs: 2,
        }
    }

    /// A net that answers to its input: burn's own first weights shrink it layer by layer.
    fn lively(device: &Device) -> Lae {
        struct Widen;
        impl burn::module::ModuleMapper for Widen {
            fn map_float<const D: usize>(
                &mut self,
                weights: burn::module::Param<Tensor<D>>,
            ) -> burn::module::Param<Tensor<D>> {
                weights.map(|w| if D == 4 { w * 2.0 } else { w })
            }
        }
        device.seed(2);
        Lae::new(&device.clone().autodiff()).map(&mut Widen)
    }

    fn image_loss(model: &Lae, batch: &Batch, input: &[f32]) -> f32 {
        let out = crate::train::export::reference(
            model,
            HeadForm::Conv,
            crate::train::export::Views::One,
            input.to_vec(),
            batch.px,
            &Device::flex(),
        );
        let ce = |(i, logit): (usize, &f32)| {
            let sign = if i < batch.n_pairs { 1.0 } else { -1.0 };
            (sign * logit).exp().ln_1p()
        };
        out.logits.iter().enumerate().map(ce).sum::<f32>() / out.logits.len() as f32
    }

    #[test]
    fn the_gradient_of_a_pixel_is_the_finite_difference() {
        let device = Device::flex();
        device.seed(2);
        let model = Lae::new(&device.autodiff());
        let batch = batch(32);
        let objective = Objective::default();
        let gradient =
            input_gradient(&model, &objective, &batch, &batch.input, &Device::flex().autodiff())
                .unwrap();
        let model = model.valid();
        // Along the gradient itself, where the slope is largest.
        let size: f32 = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        let along = |t: f32| {
            let moved: Vec<f32> =
                batch.input.iter().zip(&gradient).map(|(v, g)| v + t * g / size).collect();
            image_loss(&model, &batch, &moved)
        };
        let step = 0.05;
        let difference = (along(step) - along(-step)) / (2.0 * step);
        assert!((difference / size - 1.0).abs() < 0.1, "slope {size}, measured {difference}");
    }

    #[test]
    fn every_attack_but_the_control_raises_the_loss() {
        let device = Device::flex();
        device.seed(2);
        let model = Lae::new(&device.clone().autodiff());
        let batch = batch(64);
        let plain = image_loss(&model.valid(), &batch, &batch.input);
        for form in [GameForm::GradientBlur, GameForm::Additive] {
            let game = Game { form, epsilon: 0.02, ..Game::default() };
            let mut opponents = Opponents::new(game, 1, &device.clone().autodiff());
            let attack =
                opponents.attack(&model, &Objective::default(), &batch, 0, 1.0).unwrap().unwrap();
            let changed = image_loss(&model.valid(), &batch, &attack.input);
            let reference = if form == GameForm::GradientBlur {
                // Against the same blur without the step up the gradient.
                let flat = vec![0.5; 4 * 64 * 64];
                let uniform = blur::blur(&batch.input, &flat, 64, Kernel::Five);
                image_loss(&model.valid(), &batch, &uniform.pictures)
            } else {
                plain
            };
            assert!(changed > reference, "{form:?}: {changed} from {reference}");
        }
    }

    /// The sign of the generators' objective: with the detector standing still, the copies they
    /// make must cost it more and more.
    #[test]
    fn generators_climb_the_loss() {
        let device = Device::flex();
        let model = lively(&device);
        let batch = batch(64);
        for form in [GameForm::OneGenerator, GameForm::TwoGenerators, GameForm::SharedGenerator] {
            let game = Game { form, rate: 0.02, leash: 0.0, ..Game::default() };
            let mut opponents = Opponents::new(game, 1, &device.clone().autodiff());
            let objective = Objective::default();
            let losses: Vec<f32> = (0..12)
                .map(|step| {
                    let attack = opponents.attack(&model, &objective, &batch, step, 1.0);
                    image_loss(&model.valid(), &batch, &attack.unwrap().unwrap().input)
                })
                .collect();
            assert!(losses[11] > losses[0], "{form:?}: {losses:?}");
        }
    }

    #[test]
    fn a_shared_generator_blurs_both_partners_by_what_it_sees_in_the_forgery() {
        let device = Device::flex();
        let model = lively(&device);
        let game = Game { form: GameForm::SharedGenerator, ..Game::default() };
        let mut opponents = Opponents::new(game, 1, &device.autodiff());
        // At a rate of zero the generator stays as it is.
        let mut copies = |batch: &Batch| {
            let attack = opponents.attack(&model, &Objective::default(), batch, 0, 0.0);
            attack.unwrap().unwrap().input
        };
        // A picture that stands on both sides is blurred alike on both.
        let mut twins = batch(64);
        let half = twins.input.len() / 2;
        twins.input.copy_within(..half, half);
        let blurred = copies(&twins);
        assert!(blurred != twins.input, "nothing was blurred");
        assert!(blurred[..half] == blurred[half..], "one partner was blurred in another way");
        // What it looks at is the forgery: another real partner changes nothing there.
        let mut other = twins.clone();
        other.input[..half].iter_mut().for_each(|v| *v = -*v);
        assert!(copies(&other)[half..] == blurred[half..], "it looked at the real partner");
    }

    #[test]
    fn random_widths_have_the_mean_they_are_matched_to() {
        for wanted in [0.0, 0.4, 0.8] {
            let game = Game { form: GameForm::RandomBlur, sigma_mean: wanted, ..Game::default() };
            let sigma = Opponents::new(game, 1, &Device::flex()).random_widths(40, 16, 3);
            let mean = sigma.iter().sum::<f32>() / sigma.len() as f32;
            assert!((f64::from(mean) - wanted).abs() < 0.01, "{mean} for {wanted}");
        }
        let game = Game { form: GameForm::RandomBlur, sigma_mean: 0.4, ..Game::default() };
        let opponents = Opponents::new(game, 1, &Device::flex());
        let sigma = opponents.random_widths(200, 16, 3);
        assert!(sigma.iter().all(|s| (0.0..=1.0).contains(s)), "out of range");
        assert_ne!(sigma, opponents.random_widths(200, 16, 4), "another step, another blur");
    }

    #[test]
    fn a_generator_starts_mild_and_never_stops_answering() {
        let device = Device::flex();
        device.seed(1);
        let input: Tensor<4> = Tensor::zeros([1, 3, INPUT_PX, INPUT_PX], &device);
        let sigma = floats(Generator::new(&device).forward(input, 1.0).0);
        assert_eq!(sigma.len(), INPUT_PX * INPUT_PX);
        assert!(sigma.iter().all(|s| (0.3..0.6).contains(s)), "{:?}", &sigma[..3]);
        let batch = batch(16);
        let narrowest = vec![SIGMA_MIN as f32; 4 * 16 * 16];
        let slope = blur::blur(&batch.input, &narrowest, 16, Kernel::Five).slope;
        let largest = slope.iter().fold(0.0f32, |max, s| max.max(s.abs()));
        assert!(largest > 1e-2, "the loss does not answer at the narrowest width: {largest}");
    }
}
