//! The whole net: encoder, head and decoder.

use burn::module::{Module, RunningState};
use burn::tensor::{Device, Tensor};

use super::encoder::{Backbone, Encoder};
use super::head::{Head, HeadForm, Output};
use super::weights::initialized;

/// Encoder, latent, decoder.
#[derive(Module, Debug)]
pub struct Lae {
    /// Features at 1/8 and 1/16 size.
    pub encoder: Encoder,
    /// Everything trained from scratch.
    pub head: Head,
}

impl Lae {
    /// A net with random weights; the stem and the first block of the encoder are frozen only when
    /// ImageNet weights are loaded (`imagenet::load`).
    pub fn new(device: &Device) -> Self {
        Self::on(Backbone::Lite0, device)
    }

    /// As [`Self::new`], with another encoder.
    pub fn on(backbone: Backbone, device: &Device) -> Self {
        initialized(Self {
            encoder: Encoder::new(backbone, device),
            head: Head::new(backbone.channels(), device),
        })
    }

    /// The same net with `n` more residual blocks before the latent. They begin as the identity.
    #[must_use]
    pub fn deepened(self, n: usize, device: &Device) -> Self {
        if n == 0 {
            return self;
        }
        initialized(Self { head: self.head.deepened(n, device), ..self })
    }

    /// The net with running statistics of its own: burn's clones share them, and moving one to
    /// another device would move them for both.
    #[must_use]
    pub(in crate::train) fn with_own_statistics(mut self) -> Self {
        let norm = &mut self.head.norm;
        norm.running_mean = RunningState::new(norm.running_mean.value_sync());
        norm.running_var = RunningState::new(norm.running_var.value_sync());
        self
    }

    /// Everything but the reconstruction, in the given form. `x` is `[n, 3, s, s]`.
    pub fn features(&self, x: Tensor<4>, form: HeadForm) -> Output {
        let (at8, at16) = self.encoder.forward(x);
        self.head.forward(at8, at16, form)
    }

    /// What the normalization of the latent is given, `[n, 64, s / 8, s / 8]`: its statistics can
    /// be estimated anew from that.
    pub(in crate::train) fn before_norm(&self, x: Tensor<4>) -> Tensor<4> {
        let (at8, at16) = self.encoder.forward(x);
        self.head.unnormed(at8, at16)
    }

    /// As [`Self::features`], of the picture and of its mirror image: activations, features and
    /// confidence are the means of both, the second turned back. The latent is the picture's own.
    pub fn features_of_both(&self, x: Tensor<4>, form: HeadForm) -> Output {
        let mirrored = self.features(x.clone().flip([3]), form);
        let own = self.features(x, form);
        let mean = |a: Tensor<3>, b: Tensor<3>| (a + b.flip([2])) * 0.5;
        Output {
            form,
            features: (own.features + mirrored.features.flip([3])) * 0.5,
            real: mean(own.real, mirrored.real),
            forged: mean(own.forged, mirrored.forged),
            confidence: mean(own.confidence, mirrored.confidence),
            latent: own.latent,
        }
    }

    /// The picture from the latent, `[n, 3, s/2, s/2]`, in input units.
    ///
    /// `select`, `[n, 1, cells, cells]`, turns on ForensicTransfer's selection: the share of a
    /// cell that is forged, by which the decoder sees the forged half and by its complement the
    /// real half. Without it the decoder sees both halves as they are.
    pub fn reconstruct(&self, output: &Output, select: Option<Tensor<4>>) -> Tensor<4> {
        self.head.reconstruct(output, select)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::publish::export::{Views, reference};

    #[test]
    fn more_blocks_change_nothing_at_first() {
        let device = Device::flex();
        device.seed(8);
        let net = Lae::new(&device);
        let deep = net.clone().deepened(2, &device);
        assert_eq!(deep.head.deep.len(), 2);
        let input: Vec<f32> = (0..3 * 64 * 64).map(|i| (i % 97) as f32 / 48.0 - 1.0).collect();
        let answer =
            |net: &Lae| reference(net, HeadForm::Conv, Views::One, input.clone(), 64, &device);
        assert!(answer(&net) == answer(&deep), "the blocks are no identity");
    }
}
