//! Fusion of the encoder's two scales, the latent with its two halves, and what is read from it.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::{Decoder, GAIN, HALF, MbConv, doubled, lean, pooled_cells};

/// Width of the fused features.
const FUSED: usize = 64;
/// Widening inside a residual block on the fused features.
const EXPANSION: usize = 4;
/// Width of the confidence head.
const CONFIDENCE: usize = 16;

/// Form of the local interpretation.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum HeadForm {
    /// Convolutional latent, the map is the difference of its halves.
    #[default]
    Conv,
    /// Latent vector by global average pooling, the map is a class activation map.
    Cam,
}

impl HeadForm {
    /// The word used in arguments and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Fusion of the two scales, the latent and the decoder.
#[derive(Module, Debug)]
pub struct Head {
    /// 1×1 on the 1/8 features.
    pub lateral8: Conv2d,
    /// 1×1 on the 1/16 features.
    pub lateral16: Conv2d,
    /// 3×3 depthwise over the fused features.
    pub spread: Conv2d,
    /// Residual blocks on those features, none in the nets up to November 2026.
    pub deep: Vec<MbConv>,
    /// 1×1 to the latent.
    pub latent: Conv2d,
    /// Before the latent's ReLU, so that neither half dies.
    pub norm: BatchNorm,
    /// From the latent back to the picture.
    pub decoder: Decoder,
    /// Confidence head: which cells of the map to trust (the idea is that of `TruFor`, CVPR 2023).
    pub confidence: [Conv2d; 2],
}

/// What a forward pass gives. Maps are `[n, cells, cells]`.
#[derive(Debug, Clone)]
pub struct Output {
    /// Which form made it.
    pub form: HeadForm,
    /// Fused features after the depthwise convolution, `[n, 64, cells, cells]`.
    pub features: Tensor<4>,
    /// `A_0`, activation of the real half; at least 0 in the convolutional form.
    pub real: Tensor<3>,
    /// `A_1`, activation of the forged half.
    pub forged: Tensor<3>,
    /// Logit of the probability that the map gives to the truth at a cell. Its gradient ends at the
    /// confidence head.
    pub confidence: Tensor<3>,
    /// What the decoder starts from, `[n, 64, cells, cells]`.
    pub latent: Tensor<4>,
}

impl Head {
    pub(super) fn new([channels8, channels16]: [usize; 2], device: &Device) -> Self {
        let conv1 = |from, to| Conv2dConfig::new([from, to], [1, 1]).init(device);
        Self {
            lateral8: conv1(channels8, FUSED),
            lateral16: conv1(channels16, FUSED),
            spread: Conv2dConfig::new([FUSED, FUSED], [3, 3])
                .with_groups(FUSED)
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device),
            deep: Vec::new(),
            latent: conv1(FUSED, 2 * HALF),
            norm: BatchNormConfig::new(2 * HALF).init(device),
            decoder: Decoder::new(2 * HALF, device),
            confidence: [conv1(FUSED, CONFIDENCE), conv1(CONFIDENCE, 1)],
        }
    }

    /// Features to what the normalization of the latent is given.
    fn before_norm(&self, features: Tensor<4>) -> Tensor<4> {
        lean::forward(&self.latent, features, false)
    }

    /// As [`Self::before_norm`], from the encoder's features.
    pub(super) fn unnormed(&self, at8: Tensor<4>, at16: Tensor<4>) -> Tensor<4> {
        self.before_norm(self.features(at8, at16))
    }

    fn features(&self, at8: Tensor<4>, at16: Tensor<4>) -> Tensor<4> {
        let fused = relu(
            lean::forward(&self.lateral8, at8, false)
                + doubled(lean::forward(&self.lateral16, at16, false)),
        );
        let spread = lean::forward(&self.spread, fused, true);
        self.deep.iter().fold(spread, |x, block| relu(block.forward(x)))
    }

    /// The same with `n` more residual blocks.
    pub(super) fn deepened(mut self, n: usize, device: &Device) -> Self {
        let more = (0..n).map(|_| MbConv::residual(FUSED, EXPANSION, device));
        self.deep.extend(more);
        self
    }

    pub(super) fn forward(&self, at8: Tensor<4>, at16: Tensor<4>, form: HeadForm) -> Output {
        let features = self.features(at8, at16);
        let latent = self.norm.forward(self.before_norm(features.clone()));
        let latent = match form {
            HeadForm::Conv => relu(latent),
            HeadForm::Cam => latent,
        };
        // What a half says at a cell: its activations, each with the sign of its picture-wide mean
        // in the CAM form (constant in the backward pass).
        let signed = match form {
            HeadForm::Conv => latent.clone(),
            HeadForm::Cam => {
                latent.clone() * latent.clone().mean_dim(2).mean_dim(3).sign().detach()
            }
        };
        let [n, _, h, w] = latent.dims();
        let mean = |from: usize| {
            signed.clone().slice([0..n, from..from + HALF]).mean_dim(1).reshape([n, h, w])
        };
        let (real, forged) = (mean(0), mean(HALF));
        let [first, second] = &self.confidence;
        let confidence = second.forward(relu(first.forward(features.clone().detach())));
        Output { form, features, real, forged, confidence: confidence.reshape([n, h, w]), latent }
    }

    pub(super) fn reconstruct(&self, output: &Output, select: Option<Tensor<4>>) -> Tensor<4> {
        let latent = output.latent.clone();
        let [n, c, _, _] = latent.dims();
        let seen = match select {
            None => latent,
            Some(share) => {
                let rest = share.clone().neg() + 1.0;
                let half = |from: usize, to: usize| latent.clone().slice([0..n, from..to]);
                Tensor::cat(vec![half(0, HALF) * rest, half(HALF, c) * share], 1)
            }
        };
        self.decoder.forward(seen)
    }
}

impl Output {
    /// Logit of "forged" per cell, convolutional form.
    pub fn map_logits(&self) -> Tensor<3> {
        (self.forged.clone() - self.real.clone()) * GAIN
    }

    /// The heat map, `0..=1`: probabilities in the convolutional form; in the CAM form the
    /// relative map ([`Self::relative_map`]) scaled by the picture's probability, since a
    /// relative map alone always reaches 1 somewhere.
    pub fn map(&self) -> Tensor<3> {
        match self.form {
            HeadForm::Conv => sigmoid(self.map_logits()),
            HeadForm::Cam => {
                let n = self.forged.dims()[0];
                self.relative_map() * sigmoid(self.image_logits()).reshape([n, 1, 1])
            }
        }
    }

    /// `relu(M) / max(relu(M))` of the forged half's activation map; the maximum is a constant in
    /// the backward pass.
    pub fn relative_map(&self) -> Tensor<3> {
        let [n, h, w] = self.forged.dims();
        let positive = relu(self.forged.clone());
        let max = positive.clone().reshape([n, h * w]).max_dim(1).detach();
        positive / (max.reshape([n, 1, 1]) + 1e-4)
    }

    /// `a_0` and `a_1`, each `[n]`: `A_0` and `A_1` averaged over the most suspicious tenth of the
    /// cells, in the CAM form over all.
    pub fn pooled(&self) -> (Tensor<1>, Tensor<1>) {
        let [n, h, w] = self.real.dims();
        let flat = |t: &Tensor<3>| t.clone().reshape([n, h * w]);
        let (real, forged) = (flat(&self.real), flat(&self.forged));
        if self.form == HeadForm::Cam {
            return (real.mean_dim(1).reshape([n]), forged.mean_dim(1).reshape([n]));
        }
        let top = pooled_cells(h * w);
        let (_, cells) = (forged.clone() - real.clone()).topk_with_indices(top, 1);
        let mean = |t: Tensor<2>| t.gather(1, cells.clone()).mean_dim(1).reshape([n]);
        (mean(real), mean(forged))
    }

    /// Logit of "holds a forgery" per picture, `[n]`.
    pub fn image_logits(&self) -> Tensor<1> {
        let (real, forged) = self.pooled();
        (forged - real) * GAIN
    }
}
