//! Weights between those of a run and those it set out from.
//!
//! A run on new kinds of forgery loses some of what it could; the mean of its weights and the
//! earlier ones often keeps both ("`WiSE-FT`": Wortsman et al., "Robust fine-tuning of zero-shot
//! models", CVPR 2022). The normalization is estimated anew from batches of the run.

use std::collections::VecDeque;
use std::path::Path;

use burn::module::{Module as _, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::learner;
use super::plan::{Blend, FitPlan};
use super::run::Fitted;
use crate::train::Error;
use crate::train::batch::Batches;
use crate::train::fit::average::{self, Average};
use crate::train::net::{Lae, floats};

/// The net of a finished run, blended. `batches` are those of the run.
///
/// # Errors
///
/// A folder without a checkpoint, or with that of a larger net; batches as they may fail.
pub fn blended(
    fitted: Fitted,
    plan: &FitPlan,
    blend: &Blend,
    batches: &mut dyn Batches,
) -> Result<Fitted, Error> {
    if !(0.0..=1.0).contains(&blend.share) {
        return Err(Error::malformed("the share of other weights", &"it must be from 0 to 1"));
    }
    let model = mean(fitted.model, plan, &blend.with, blend.share)?;
    let mut settling = Average::new(&model, 0.0);
    let first = plan.steps.saturating_sub(average::BATCHES);
    batches.begin(first..plan.steps)?;
    for step in first..plan.steps {
        settling.remember(&batches.batch(step)?);
    }
    Ok(Fitted { model: settling.settled(), ..fitted })
}

fn mean(model: Lae, plan: &FitPlan, folder: &Path, share: f64) -> Result<Lae, Error> {
    let device = Device::flex().autodiff();
    let fresh = Lae::on(plan.recipe.backbone, &device).deepened(plan.recipe.blocks, &device);
    let other = learner::started(fresh, folder, false)?.valid().to_device(&Device::flex());
    let mut weights = Weights(VecDeque::new());
    other.visit(&mut weights);
    Ok(model.map(&mut Toward { weights: weights.0, share: share as f32 }))
}

/// Every weight, flat, in the order of the net's layers.
struct Weights(VecDeque<Vec<f32>>);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push_back(floats(param.val()));
    }
}

struct Toward {
    weights: VecDeque<Vec<f32>>,
    share: f32,
}

impl ModuleMapper for Toward {
    fn map_float<const D: usize>(&mut self, own: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(other) = self.weights.pop_front() else { return own };
        own.map(|own| {
            let (shape, device) = (own.dims(), own.device());
            let mut values = floats(own);
            for (v, o) in values.iter_mut().zip(&other) {
                *v += self.share * (o - *v);
            }
            Tensor::from_data(TensorData::new(values, shape), &device)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_none_is_the_net_itself_and_a_share_of_one_the_other() {
        let device = Device::flex().autodiff();
        let plan = FitPlan::default();
        let net = |seed: u64| {
            device.seed(seed);
            Lae::on(plan.recipe.backbone, &device).valid().to_device(&Device::flex())
        };
        let (own, other) = (net(1), net(2));
        let folder = tempfile::tempdir().unwrap();
        learner::keep(&other, 7, folder.path()).unwrap();
        let values: Vec<f32> = (0..3 * 64 * 64).map(|i| (i as f32 * 0.37).sin()).collect();
        let map = |net: &Lae| {
            let data = TensorData::new(values.clone(), [1, 3, 64, 64]);
            floats(net.before_norm(Tensor::from_data(data, &Device::flex())))
        };
        let at = |share: f64| map(&mean(own.clone(), &plan, folder.path(), share).unwrap());
        let distance =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let (none, half, all) = (at(0.0), at(0.5), at(1.0));
        assert_eq!(distance(&none, &map(&own)), 0.0);
        assert!(distance(&all, &map(&other)) < 1e-4, "{}", distance(&all, &map(&other)));
        let moved = distance(&none, &all);
        assert!(distance(&half, &none) > 0.05 * moved && distance(&half, &all) > 0.05 * moved);
    }
}
