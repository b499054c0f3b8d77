//! The adversaries of a run: they change copies of a batch and learn from the loss.

use std::path::{Path, PathBuf};

use burn::module::Module as _;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};

use super::blur;
use super::form::{Game, GameForm};
use super::generator::Generator;
use super::widths::{
    BlurWidths, blur_widths, climbed, of_both_partners, random_widths, slope_of_widths,
};
use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::fit::adamw;
use crate::train::fit::gradient::input_gradient;
use crate::train::fit::loss::Objective;
use crate::train::net::{Lae, floats};

/// The changed copies of a batch.
#[derive(Debug)]
pub struct Attack {
    /// As [`Batch::input`].
    pub input: Vec<f32>,
    /// They say whether the game is healthy.
    pub widths: BlurWidths,
}

pub(super) struct Opponent {
    pub(super) net: Generator,
    pub(super) optim: ModuleOptimizer,
}

impl Opponent {
    /// Climbs the detector's loss: `uphill` is its slope in the widths, whose shape it has. Steps
    /// at `rate`; the mean squared logit costs `logit_penalty`.
    pub(super) fn climb(
        &mut self,
        (width, logits): (Tensor<4>, Tensor<4>),
        uphill: Vec<f32>,
        rate: f64,
        logit_penalty: f64,
    ) {
        let data = TensorData::new(uphill, width.dims());
        let uphill: Tensor<4> = Tensor::from_data(data, &width.device());
        // Its gradient in the weights is that of minus the detector's loss, by the chain rule.
        let surrogate =
            (width * uphill).sum().neg() + (logits.clone() * logits).mean() * logit_penalty;
        let gradients = GradientsParams::from_grads(surrogate.backward(), &self.net);
        self.net = self.optim.step(rate, self.net.clone(), gradients);
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
pub(in crate::train) struct Opponents {
    pub(super) game: Game,
    pub(super) seed: u64,
    /// No generator, one for both classes, or one for reals and one for forgeries.
    pub(super) players: Vec<Opponent>,
    /// Where they are, with gradients.
    pub(super) device: Device,
    pub(super) detector: Device,
}

impl Opponents {
    pub(in crate::train) fn new(game: Game, seed: u64, device: &Device) -> Self {
        let nets = match game.form {
            GameForm::OneGenerator | GameForm::SharedGenerator => vec![Generator::new(device)],
            GameForm::TwoGenerators => vec![Generator::new(device), Generator::new(device)],
            GameForm::BudgetedGenerator => vec![Generator::fine(device)],
            _ => Vec::new(),
        };
        let players = nets.into_iter().map(|net| Opponent { net, optim: fresh() }).collect();
        Self { game, seed, players, device: device.clone(), detector: device.clone() }
    }

    /// Changes a copy of `batch` against `model`, and lets the generators learn with `factor`
    /// times their rate. `None` when there is no game.
    pub(in crate::train) fn attack(
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
        let of_widths = |sigma: &[f32], input| Attack { input, widths: blur_widths(sigma) };
        let attack = match form {
            GameForm::None => return Ok(None),
            GameForm::RandomBlur => {
                let sigma = random_widths(&self.game, self.seed, (n, px), step);
                of_widths(&sigma, blurred(&sigma).pictures)
            }
            GameForm::GradientBlur => {
                let start = vec![sigma_mean as f32; n * px * px];
                let first = blurred(&start);
                let gradient =
                    input_gradient(model, objective, batch, &first.pictures, &self.detector)?;
                let sigma =
                    climbed(&self.game, &start, &slope_of_widths(&gradient, &first.slope, px), px);
                of_widths(&sigma, blurred(&sigma).pictures)
            }
            GameForm::Additive => {
                let gradient =
                    input_gradient(model, objective, batch, &batch.input, &self.detector)?;
                let moved =
                    |(v, g): (&f32, &f32)| (v + self.game.epsilon * sign(*g)).clamp(-1.0, 1.0);
                let input = batch.input.iter().zip(&gradient).map(moved).collect();
                Attack { input, widths: BlurWidths::default() }
            }
            GameForm::OneGenerator | GameForm::TwoGenerators | GameForm::SharedGenerator => {
                self.generated(model, objective, batch, factor)?
            }
            GameForm::BudgetedUniform => self.uniform(batch, step),
            GameForm::BudgetedRandom => self.random(batch, step, 0),
            GameForm::BudgetedWorst => self.worst(model, objective, batch, step),
            GameForm::BudgetedGenerator => self.chosen(model, objective, batch, step, factor)?,
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
        let Game { kernel, sigma_max, rate, logit_penalty, .. } = self.game;
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
            uphill = of_both_partners(uphill);
        }
        for (i, (player, widths)) in self.players.iter_mut().zip(widths).enumerate() {
            let own = uphill[i * share * px * px..(i + 1) * share * px * px].to_vec();
            player.climb(widths, own, rate * factor, logit_penalty);
        }
        Ok(Attack { input: blurred.pictures, widths: blur_widths(&sigma) })
    }

    /// Against a detector on another device. The players stay on the processor, where the blur is
    /// as well; burn's graphics backend cannot differentiate their bilinear enlargement.
    pub(in crate::train) fn against(self, detector: &Device) -> Self {
        Self { detector: detector.clone(), ..self }
    }

    pub(in crate::train) fn save(&self, folder: &Path) -> Result<(), Error> {
        for (i, player) in self.players.iter().enumerate() {
            let [net, optim] = record_files(folder, i);
            player.net.clone().save_file(&net).map_err(Error::unwritten(&net))?;
            player.optim.save(&optim).map_err(Error::unwritten(&optim))?;
        }
        Ok(())
    }

    pub(in crate::train) fn restore(&mut self, folder: &Path) -> Result<(), Error> {
        for (i, player) in self.players.iter_mut().enumerate() {
            let [net, optim] = record_files(folder, i);
            player.net = player
                .net
                .clone()
                .try_load_file(&net)
                .map_err(|e| Error::malformed_file(&net, &e))?;
            player.optim = fresh().load(&optim).map_err(|e| Error::malformed_file(&optim, &e))?;
        }
        Ok(())
    }
}

/// Files of a generator and of its optimizer in a checkpoint.
fn record_files(folder: &Path, i: usize) -> [PathBuf; 2] {
    [format!("generator{i}.bpk"), format!("generator{i}.optim.bpk")].map(|name| folder.join(name))
}

fn sign(v: f32) -> f32 {
    if v == 0.0 { 0.0 } else { v.signum() }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::train::game::{Kernel, SIGMA_MIN};
    use crate::train::net::{HeadForm, INPUT_PX};

    /// Two pairs at a size that a test can afford.
    pub(in crate::train::game) fn batch(px: usize) -> Batch {
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
    pub(in crate::train::game) fn lively(device: &Device) -> Lae {
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
        let out = crate::train::publish::export::reference(
            model,
            HeadForm::Conv,
            crate::train::publish::export::Views::One,
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
        for form in [
            GameForm::OneGenerator,
            GameForm::TwoGenerators,
            GameForm::SharedGenerator,
            GameForm::BudgetedGenerator,
        ] {
            let game = Game { form, rate: 0.02, logit_penalty: 0.0, ..Game::default() };
            let mut opponents = Opponents::new(game, 1, &device.clone().autodiff());
            let objective = Objective::default();
            let losses: Vec<f32> = (0..12)
                .map(|_| {
                    // Random levels are those of one step.
                    let attack = opponents.attack(&model, &objective, &batch, 0, 1.0);
                    image_loss(&model.valid(), &batch, &attack.unwrap().unwrap().input)
                })
                .collect();
            // A generator whose output has saturated stands a little below its highest.
            let highest = losses[1..].iter().copied().fold(f32::MIN, f32::max);
            assert!(highest > losses[0], "{form:?}: {losses:?}");
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
