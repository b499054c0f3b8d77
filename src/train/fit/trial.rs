//! The trial step that a graphics card must pass before a training is given to it.
//!
//! The same weights, the same pictures, the plan's own sizes and terms; whether that fits into the
//! card's memory is seen as well. Drivers hang and panic: the step runs on a thread of its own with
//! a time limit. A thread that hangs cannot be ended and stays behind until the program ends.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::chosen;
use super::plan::FitPlan;
use crate::train::Error;
use crate::train::batch::loader::Batch;
use crate::train::fit::gradient;
use crate::train::fit::loss::{LossNumbers, Losses, Objective};
use crate::train::net::{CELL_PX, Critic, Lae, floats};

/// Largest difference of a loss, or of a weight's gradient, in its own size, that a card may show.
const TOLERANCE: f64 = 0.01;
/// A gradient smaller than this share of the largest is compared with that share of the largest: one
/// that should be 0, as that of a bias before a normalization, is rounding on every device (measured:
/// 1e-6 of the largest).
const FLOOR: f64 = 1e-3;

/// A step to try devices with.
pub(in crate::train) struct Trial {
    model: Lae,
    critic: Option<Critic>,
    objective: Objective,
    batch: Batch,
}

/// What a device made of it.
#[derive(Debug, Clone)]
pub(in crate::train) struct StepResult {
    losses: LossNumbers,
    /// Names of weights and their gradients.
    gradients: Vec<(String, Vec<f32>)>,
}

impl Trial {
    /// A step as large as those of a run.
    pub(in crate::train) fn from_plan(plan: &FitPlan) -> Self {
        let device = Device::flex();
        device.seed(plan.seed);
        let device = device.autodiff();
        let model = Lae::new(&device).map(&mut Widen);
        let critic = (plan.objective.weights.adversarial != 0.0).then(|| Critic::new(&device));
        let batch = batch(plan.input_px, plan.pairs);
        Self { model, critic, objective: plan.objective, batch }
    }

    /// Does the step on a device.
    pub(in crate::train) fn answer(&self, device: &Device) -> Result<StepResult, Error> {
        let device = device.clone().autodiff();
        let model = self.model.clone().with_own_statistics().fork(&device);
        let critic = self.critic.clone().map(|critic| critic.fork(&device));
        let (batch, objective) = (&self.batch, &self.objective);
        let parts = gradient::of_weights_in(
            1,
            (&model, critic.as_ref()),
            objective,
            batch,
            batch,
            &device,
        )?;
        let mut answer = StepResult { losses: LossNumbers::default(), gradients: Vec::new() };
        for part in parts {
            answer.losses = part.numbers;
            answer.read("encoder", &model.encoder, &part.encoder);
            answer.read("head", &model.head, &part.head);
            if let (Some(critic), Some(gradients)) = (&critic, &part.critic) {
                answer.read("critic", critic, gradients);
            }
        }
        Ok(answer)
    }
}

impl StepResult {
    fn read<M: Module>(&mut self, name: &str, module: &M, gradients: &GradientsParams) {
        struct Read<'a> {
            path: Vec<String>,
            gradients: &'a GradientsParams,
            out: &'a mut Vec<(String, Vec<f32>)>,
        }
        impl ModuleVisitor for Read<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if let Some(gradient) = self.gradients.get::<D>(param.id) {
                    self.out.push((self.path.join("."), floats(gradient)));
                }
            }
            fn enter_module(&mut self, name: &str, _container: &str) {
                self.path.push(name.to_owned());
            }
            fn exit_module(&mut self, _name: &str, _container: &str) {
                self.path.pop();
            }
        }
        let path = vec![name.to_owned()];
        module.visit(&mut Read { path, gradients, out: &mut self.gradients });
    }

    /// The largest relative difference from what the processor says.
    fn compared(&self, processor: &Self) -> Result<f64, String> {
        let names = |a: &Self| a.gradients.iter().map(|(n, g)| (n.clone(), g.len())).collect();
        let (own, theirs): (Vec<_>, Vec<_>) = (names(self), names(processor));
        if own != theirs {
            return Err("its step moves other weights than the processor's".to_owned());
        }
        let mut worst = 0.0f64;
        let mut see = |what: &dyn Fn() -> String, off: f64| {
            if off > TOLERANCE || !off.is_finite() {
                let by = if off.is_finite() {
                    format!("by {:.1} %", 100.0 * off)
                } else {
                    "and is not a number".to_owned()
                };
                return Err(format!("{} differs from the processor's {by}", what()));
            }
            worst = worst.max(off);
            Ok(())
        };
        let total = f64::from(processor.losses[0]).abs();
        for (i, (own, theirs)) in self.losses.iter().zip(processor.losses).enumerate() {
            let size = f64::from(theirs).abs().max(FLOOR * total);
            let name = || match i.checked_sub(1).and_then(|i| Losses::NAMES.get(i)) {
                Some(name) => format!("its loss ({name})"),
                None => "its loss".to_owned(),
            };
            see(&name, ratio((f64::from(*own) - f64::from(theirs)).abs(), size))?;
        }
        let largest = processor.gradients.iter().map(|(_, g)| length(g)).fold(0.0, f64::max);
        for ((name, own), (_, theirs)) in self.gradients.iter().zip(&processor.gradients) {
            let apart: Vec<f32> = own.iter().zip(theirs).map(|(a, b)| a - b).collect();
            let size = length(theirs).max(FLOOR * largest);
            see(&|| format!("its gradient of {name}"), ratio(length(&apart), size))?;
        }
        Ok(worst)
    }
}

/// Share of the whole; 0 of nothing is 0.
fn ratio(part: f64, whole: f64) -> f64 {
    if part == 0.0 { 0.0 } else { part / whole }
}

fn length(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
}

/// Asks the processor and a device, the device with `ask`, and compares. The largest relative
/// difference, or why the device cannot be trusted with a training.
pub(in crate::train) fn prove(
    trial: &Arc<Trial>,
    device: &Device,
    limit: Duration,
    ask: impl FnOnce(&Trial, &Device) -> Result<StepResult, Error> + Send + 'static,
) -> Result<f64, String> {
    let on_processor = trial.answer(&Device::flex()).map_err(|e| e.to_string())?;
    let (asked, device) = (Arc::clone(trial), device.clone());
    let answer = within(limit, move || ask(&asked, &device).map_err(|e| e.to_string()))
        .and_then(|answer| answer)
        .map_err(|why| format!("a trial step failed: {why}"))?;
    answer.compared(&on_processor)
}

/// What `work` gives, or why it gave nothing in this time.
pub(in crate::train) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, answer) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("graphics trial".to_owned())
        .spawn(move || {
            // Nobody listens any more when the time was up.
            drop(sender.send(work()));
        })
        .map_err(|e| format!("no thread can be started: {e}"))?;
    match answer.recv_timeout(limit) {
        Ok(done) => Ok(done),
        Err(RecvTimeoutError::Timeout) => {
            Err(format!("no answer within {} seconds", limit.as_secs_f64().ceil()))
        }
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => Err("it ended without an answer".to_owned()),
            Err(panic) => Err(chosen::panic_text(panic.as_ref())),
        },
    }
}

/// Twice the convolutions' first weights: with burn's own a picture fades from layer to layer.
struct Widen;

impl ModuleMapper for Widen {
    fn map_float<const D: usize>(&mut self, weights: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Leaves again, else nothing would be said of them.
        weights.map(|w| if D == 4 { (w * 2.0).detach().require_grad() } else { w })
    }
}

/// Noise with forged squares.
fn batch(px: usize, n_pairs: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let cells = px / CELL_PX;
    let input = (0..2 * n_pairs * 3 * px * px).map(|_| rng.random_range(-1.0..1.0)).collect();
    let is_inside = |i: usize| (cells / 4..cells.div_ceil(2)).contains(&i);
    let mask = (0..cells * cells)
        .map(|i| f32::from(u8::from(is_inside(i / cells) && is_inside(i % cells))))
        .collect::<Vec<_>>()
        .repeat(n_pairs);
    let masks = [vec![0.0; mask.len()], mask].concat();
    Batch { px, input, masks, known: vec![1.0; n_pairs], weights: vec![1.0; n_pairs], n_pairs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::fit::loss::LossWeights;

    const SOON: Duration = Duration::from_mins(5);

    fn trial() -> Arc<Trial> {
        let weights = LossWeights { adversarial: 0.1, ..LossWeights::default() };
        let objective = Objective { weights, ..Objective::default() };
        let plan = FitPlan { pairs: 1, input_px: 64, objective, ..FitPlan::default() };
        Arc::new(Trial::from_plan(&plan))
    }

    fn asked(ask: fn(&Trial, &Device) -> Result<StepResult, Error>) -> Result<f64, String> {
        prove(&trial(), &Device::flex(), SOON, ask)
    }

    fn places(answer: &StepResult, name: &str) -> Vec<usize> {
        let found = |(i, (n, _)): (usize, &(String, Vec<f32>))| n.contains(name).then_some(i);
        answer.gradients.iter().enumerate().filter_map(found).collect()
    }

    #[test]
    fn the_same_device_says_the_same_of_every_weight() {
        assert_eq!(asked(Trial::answer), Ok(0.0));
        let answer = trial().answer(&Device::flex()).unwrap();
        for name in [
            "encoder.stem.weight",
            "encoder.blocks.10.depthwise.weight",
            "head.decoder.last.weight",
            "head.norm.gamma",
            "head.confidence.1.weight",
            "critic.last.weight",
        ] {
            let places = places(&answer, name);
            assert!(!places.is_empty(), "no gradient of {name}");
            let is_alive = |i: usize| answer.gradients[i].1.iter().any(|v| *v != 0.0);
            assert!(places.into_iter().any(is_alive), "nothing is learned by {name}");
        }
    }

    #[test]
    fn a_wrong_gradient_of_a_single_weight_is_seen() {
        let broken = asked(|trial, device| {
            let mut answer = trial.answer(device)?;
            let place = places(&answer, "blocks.7.depthwise.weight")[0];
            for v in &mut answer.gradients[place].1 {
                *v *= 1.02;
            }
            Ok(answer)
        });
        let why = broken.unwrap_err();
        assert!(why.contains("blocks.7.depthwise.weight") && why.contains("2.0 %"), "{why}");
        let lost = asked(|trial, device| {
            let mut answer = trial.answer(device)?;
            answer.gradients.pop();
            Ok(answer)
        });
        assert!(lost.unwrap_err().contains("other weights"), "a gradient that is missing");
    }

    #[test]
    fn what_is_no_number_or_another_loss_is_seen() {
        let nan = asked(|trial, device| {
            let mut answer = trial.answer(device)?;
            answer.gradients[3].1[0] = f32::NAN;
            Ok(answer)
        });
        assert!(nan.unwrap_err().contains("not a number"), "in a gradient");
        let loss = asked(|trial, device| {
            let mut answer = trial.answer(device)?;
            answer.losses[2] *= 1.5;
            Ok(answer)
        });
        assert!(loss.unwrap_err().contains("its loss (latent)"), "a term");
    }

    #[test]
    fn a_driver_that_hangs_panics_or_fails_is_not_waited_for() {
        let trial = trial();
        let flex = Device::flex();
        let (_never, hangs) = sync_channel::<()>(0);
        let hung = prove(&trial, &flex, Duration::from_millis(50), move |_, _| {
            let _hung_up = hangs.recv();
            Err(Error::Panicked("too late".to_owned()))
        });
        assert!(hung.clone().unwrap_err().contains("no answer within"), "{hung:?}");
        let lost = asked(|_, _| panic!("device {}", "lost"));
        assert_eq!(lost, Err("a trial step failed: device lost".to_owned()));
        let refused = asked(|_, _| Err(Error::TooLittle("memory".to_owned())));
        assert!(refused.unwrap_err().contains("memory"), "an error");
    }

    /// The weights of a trial stay where they are.
    #[test]
    fn a_copy_has_running_statistics_of_its_own() {
        let model = &trial().model;
        let copy = model.clone().with_own_statistics();
        let norm = &copy.head.norm;
        norm.running_mean.update(norm.running_mean.value() + 1.0);
        let changed = floats(norm.running_mean.value_sync());
        let before = floats(model.head.norm.running_mean.value_sync());
        assert!(changed.iter().zip(&before).all(|(a, b)| (a - b - 1.0).abs() < 1e-6));
    }
}
