//! The normalization that changed copies of a batch go through, where they have one of their own.
//!
//! Clean pictures and pictures that an adversary changed have other statistics; with one normalization
//! for both, the finished net fits neither (Xie et al., "Adversarial Examples Improve Image
//! Recognition", CVPR 2020). The weights of the normalization are apart as well.

use burn::module::{Module, Param, RunningState};
use burn::nn::BatchNorm;

use crate::train::net::{Head, Lae};

/// What the optimizer of the head moves.
#[derive(Module, Debug)]
pub(super) struct HeadAndNorm {
    pub(super) head: Head,
    pub(super) copies_norm: Option<BatchNorm>,
}

/// A normalization that begins as another, with weights and statistics of its own.
pub(super) fn apart(norm: &BatchNorm) -> BatchNorm {
    BatchNorm {
        gamma: Param::from_tensor(norm.gamma.val().detach()),
        beta: Param::from_tensor(norm.beta.val().detach()),
        running_mean: RunningState::new(norm.running_mean.value_sync()),
        running_var: RunningState::new(norm.running_var.value_sync()),
        ..norm.clone()
    }
}

/// A net as changed copies go through it.
pub(super) fn for_copies(model: &Lae, copies_norm: Option<&BatchNorm>) -> Lae {
    let mut model = model.clone();
    if let Some(norm) = copies_norm {
        model.head.norm = norm.clone();
    }
    model
}
