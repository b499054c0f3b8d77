//! The unseen generator of the attribute task: a small learned autoencoder that paints a face anew.
//!
//! Forgeries made this way are for measuring only; no detector is trained on them. The picture goes
//! through twenty channels at a quarter of its size and comes back by bilinear doubling and
//! convolutions, so what is left behind is the residue of a learned decoder, which no seen generator
//! leaves. The edit itself: each channel of the latent is scaled by a random factor near one.
//!
//! The weights are compiled in (`models/resynthesis`, made by [`train`] with its default plan), so
//! that every measurement, wherever it runs, meets the same generator.

use std::path::Path;
use std::sync::OnceLock;

use burn::module::{Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, ElementConversion as _, Tensor, TensorData};
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::Error;
use super::data::{self, Photo};
use super::forge::{Picture, Plane};
use super::net::floats;
use crate::base::{Phase, TaskCtx};

/// The shipped weights: [`LAYERS`] in order, each its filters and then its biases, 32-bit floats,
/// little-endian.
const WEIGHTS: &[u8] = include_bytes!("../../models/resynthesis/weights.f32");

/// Input and output channels and stride of every 3×3 convolution.
const LAYERS: [(usize, usize, usize); 6] =
    [(3, 24, 2), (24, 48, 2), (48, LATENT, 1), (LATENT, 48, 1), (48, 24, 1), (24, 3, 1)];
/// Channels of the latent, at a quarter of the picture's size: 48 values become 20.
const LATENT: usize = 20;
/// The latent's channels are scaled by factors from `1 - EDIT` to `1 + EDIT`.
const EDIT: f32 = 0.08;
/// Weight of the gradient term of the loss.
const GRADIENT_WEIGHT: f32 = 1.0;

/// Everything that decides the weights, next to the photos.
#[derive(Debug, Clone, PartialEq)]
pub struct PaintPlan {
    /// Decides first weights and patches.
    pub seed: u64,
    /// Optimizer steps.
    pub steps: u64,
    /// Patches a step.
    pub patches: usize,
    /// Side of a patch in pixels, cut at the photo's own scale; a multiple of four.
    pub patch_px: usize,
    /// Learning rate at its peak; half a cosine brings it to zero.
    pub rate: f64,
}

impl Default for PaintPlan {
    fn default() -> Self {
        Self { seed: 1, steps: 800, patches: 8, patch_px: 128, rate: 3e-3 }
    }
}

#[derive(Module, Debug)]
struct Net {
    layers: Vec<Conv2d>,
}

impl Net {
    /// `[n, 3, 4h, 4w]` to the same shape; `gains` scale the latent's channels.
    fn forward(&self, x: Tensor<4>, gains: Option<&Tensor<4>>) -> Tensor<4> {
        let mut x = x;
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            match i {
                // The latent is linear, so that no channel can die.
                2 => {
                    if let Some(gains) = gains {
                        x = x * gains.clone();
                    }
                }
                3 | 4 => x = doubled(relu(x)),
                5 => {}
                _ => x = relu(x),
            }
        }
        x
    }

    fn from_values(values: &[f32], device: &Device) -> Option<Self> {
        let mut rest = values;
        let mut layers = Vec::new();
        for (from, to, stride) in LAYERS {
            let (filters, after) = rest.split_at_checked(from * to * 9)?;
            let (bias, after) = after.split_at_checked(to)?;
            rest = after;
            let tensor =
                |values: &[f32], shape: &[usize]| TensorData::new(values.to_vec(), shape.to_vec());
            let mut layer = Conv2dConfig::new([from, to], [3, 3])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device);
            let filters = Tensor::<4>::from_data(tensor(filters, &[to, from, 3, 3]), device);
            layer.weight = Param::from_tensor(filters);
            let bias = Tensor::<1>::from_data(tensor(bias, &[to]), device);
            layer.bias = Some(Param::from_tensor(bias));
            layers.push(layer);
        }
        rest.is_empty().then_some(Self { layers })
    }

    fn values(&self) -> Vec<f32> {
        let mut out = Vec::new();
        for layer in &self.layers {
            out.extend(floats(layer.weight.val()));
            out.extend(layer.bias.as_ref().map(|b| floats(b.val())).unwrap_or_default());
        }
        out
    }
}

/// A trained painter.
#[derive(Debug)]
pub struct Painter {
    net: Net,
    device: Device,
}

impl Painter {
    /// The shipped one.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the program was built from a damaged weight file.
    pub fn shipped() -> Result<&'static Self, Error> {
        static SHIPPED: OnceLock<Option<Painter>> = OnceLock::new();
        SHIPPED
            .get_or_init(|| Self::from_bytes(WEIGHTS))
            .as_ref()
            .ok_or_else(|| Error::malformed("models/resynthesis/weights.f32", &"wrong length"))
    }

    /// A painter from the bytes of a weight file; `None` when their number is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let values: Vec<f32> =
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let device = Device::flex();
        bytes
            .len()
            .is_multiple_of(4)
            .then(|| Net::from_values(&values, &device))
            .flatten()
            .map(|net| Self { net, device })
    }

    /// The bytes of its weight file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.net.values().iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    /// Paints the whole picture anew, edited a little.
    pub fn repaint(&self, picture: &Picture, rng: &mut impl Rng) -> Picture {
        let gains: Vec<f32> =
            (0..LATENT).map(|_| rng.random_range(1.0 - EDIT..1.0 + EDIT)).collect();
        self.paint(picture, Some(gains))
    }

    fn paint(&self, picture: &Picture, gains: Option<Vec<f32>>) -> Picture {
        let (w, h) = (picture.width(), picture.height());
        let (wide, high) = (w.next_multiple_of(4), h.next_multiple_of(4));
        let input = cut(picture.planes.each_ref(), (0, 0), (wide, high));
        let x = Tensor::from_data(TensorData::new(input, [1, 3, high, wide]), &self.device);
        let gains = gains.map(|gains| {
            Tensor::from_data(TensorData::new(gains, [1, LATENT, 1, 1]), &self.device)
        });
        let painted = floats(self.net.forward(x, gains.as_ref()));
        let planes = std::array::from_fn(|c| {
            let rows = (0..h).flat_map(|y| {
                let start = (c * high + y) * wide;
                painted[start..start + w].iter().map(|v| (v * 127.5 + 127.5).clamp(0.0, 255.0))
            });
            Plane { width: w, height: h, data: rows.collect() }
        });
        Picture { planes }
    }
}

/// Hash of the shipped weights.
pub fn weights_sha256() -> String {
    crate::files::sha256_hex(WEIGHTS)
}

/// Trains a painter on patches of real photos. The same plan and photos give the same weights.
///
/// # Errors
///
/// No photos, or photos that can no longer be decoded; cancellation.
pub fn train(photos: &[Photo], plan: &PaintPlan, ctx: &TaskCtx<'_>) -> Result<Painter, Error> {
    let device = Device::flex().autodiff();
    let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
    let malformed = || Error::malformed("first weights", &"wrong length");
    let mut net = Net::from_values(&first_values(&mut rng), &device).ok_or_else(malformed)?;
    let mut optim = AdamWConfig::new().with_weight_decay(0.0).with_epsilon(1e-8).init();
    let side = plan.patch_px;
    for step in 0..plan.steps {
        ctx.step(Phase::Training, step, plan.steps)?;
        let mut patches = Vec::with_capacity(plan.patches * 3 * side * side);
        for _ in 0..plan.patches {
            let photo = photos
                .choose(&mut rng)
                .ok_or_else(|| Error::TooLittle("no photos to learn painting from".to_owned()))?;
            patches.extend(patch(&data::decode(photo)?.picture, side, &mut rng));
        }
        let x = TensorData::new(patches, [plan.patches, 3, side, side]);
        let x = Tensor::<4>::from_data(x, &device);
        let loss = loss(&net.forward(x.clone(), None), &x);
        if !loss.clone().into_scalar::<f32>().elem::<f32>().is_finite() {
            return Err(Error::Diverged(step));
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        let through = step as f64 / plan.steps.max(1) as f64;
        let rate = plan.rate * 0.5 * (1.0 + (std::f64::consts::PI * through).cos());
        net = optim.step(rate, net, gradients);
    }
    let values = net.values();
    let device = Device::flex();
    let net = Net::from_values(&values, &device).ok_or_else(malformed)?;
    Ok(Painter { net, device })
}

/// Writes the weight file into a folder.
///
/// # Errors
///
/// [`Error::Io`].
pub fn save(painter: &Painter, folder: &Path) -> Result<(), Error> {
    let path = folder.join("weights.f32");
    std::fs::create_dir_all(folder).map_err(Error::io("the folder", folder))?;
    std::fs::write(&path, painter.to_bytes()).map_err(Error::io("the weights", &path))
}

/// L1 of the values, and of the differences between neighbors: the second asks for edges.
fn loss(painted: &Tensor<4>, wanted: &Tensor<4>) -> Tensor<1> {
    let error = painted.clone() - wanted.clone();
    let [n, c, h, w] = error.dims();
    let part = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        error.clone().slice([0..n, 0..c, rows, columns])
    };
    let across = (part(0..h, 1..w) - part(0..h, 0..w - 1)).abs().mean();
    let down = (part(1..h, 0..w) - part(0..h - 1, 0..w)).abs().mean();
    error.abs().mean() + (across + down) * GRADIENT_WEIGHT
}

/// He initialization (uniform), from a source of its own rather than the device's: the device's is
/// shared by all threads.
fn first_values(rng: &mut impl Rng) -> Vec<f32> {
    let mut values = Vec::new();
    for (from, to, _) in LAYERS {
        let limit = (6.0 / (from * 9) as f32).sqrt();
        values.extend((0..from * to * 9).map(|_| rng.random_range(-limit..limit)));
        values.extend(std::iter::repeat_n(0.0, to));
    }
    values
}

/// A patch at a random place, as `[3, side, side]` in -1 to 1. Its color channels change places at
/// random: portraits show few greens and blues.
fn patch(picture: &Picture, side: usize, rng: &mut impl Rng) -> Vec<f32> {
    let start =
        |rng: &mut dyn rand::RngCore, len: usize| rng.random_range(0..=len.saturating_sub(side));
    let at = (start(rng, picture.width()), start(rng, picture.height()));
    let mut planes = picture.planes.each_ref();
    planes.shuffle(rng);
    cut(planes, at, (side, side))
}

/// A part of three planes as `[3, height, width]` in -1 to 1; beyond the edges the last pixel
/// repeats.
fn cut(planes: [&Plane; 3], (left, top): (usize, usize), (wide, high): (usize, usize)) -> Vec<f32> {
    let (w, h) = (planes[0].width, planes[0].height);
    let mut out = Vec::with_capacity(3 * wide * high);
    for plane in planes {
        for y in 0..high {
            let row = (top + y).min(h - 1) * w;
            let values = (0..wide).map(|x| plane.data[row + (left + x).min(w - 1)]);
            out.extend(values.map(|v| (v - 127.5) / 127.5));
        }
    }
    out
}

/// Twice the size, bilinear.
fn doubled(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Bilinear)
        .with_align_corners(false)
        .with_scale_factor([2.0, 2.0]);
    interpolate(x, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rect;
    use crate::media;

    fn textured(width: usize, height: usize) -> Picture {
        let plane = |c: usize| {
            Plane::from_fn(width, height, |p| {
                128.0 + 50.0 * (p.x * 0.11 + c as f32).sin() + 40.0 * (p.y * 0.07).cos()
            })
        };
        Picture { planes: std::array::from_fn(plane) }
    }

    fn difference(a: &Picture, b: &Picture) -> f32 {
        let sum: f32 = a
            .planes
            .iter()
            .zip(&b.planes)
            .map(|(a, b)| a.data.iter().zip(&b.data).map(|(a, b)| (a - b).abs()).sum::<f32>())
            .sum();
        sum / (3 * a.width() * a.height()) as f32
    }

    #[test]
    fn the_shipped_painter_keeps_the_picture_and_leaves_its_hand() {
        let painter = Painter::shipped().unwrap();
        // Sides that four does not divide.
        let picture = textured(93, 101);
        let painted = painter.paint(&picture, None);
        assert_eq!((painted.width(), painted.height()), (93, 101));
        let error = difference(&painted, &picture);
        assert!((0.05..12.0).contains(&error), "mean difference {error} gray levels");
        let edited = painter.repaint(&picture, &mut ChaCha8Rng::seed_from_u64(3));
        assert!(difference(&edited, &painted) > 0.2, "the edit shows");
        let again = painter.repaint(&picture, &mut ChaCha8Rng::seed_from_u64(3));
        assert_eq!(edited, again, "the seed decides");
    }

    #[test]
    fn the_weights_are_those_that_their_card_describes() {
        let card = include_str!("../../models/resynthesis/README.md");
        assert!(card.contains(&weights_sha256()), "another file");
    }

    #[test]
    fn training_descends_and_the_seed_decides() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        media::write_png(&path, &textured(64, 48).to_rgb()).unwrap();
        let face = Rect::new(8.0, 8.0, 32.0, 32.0);
        let photo = Photo { face, ..Photo::unlocated(path, "a.png") };
        let plan = |steps| PaintPlan { steps, patches: 2, patch_px: 16, ..PaintPlan::default() };
        let make =
            |steps| train(std::slice::from_ref(&photo), &plan(steps), &TaskCtx::silent()).unwrap();
        let (first, later) = (make(0), make(25));
        let picture = textured(64, 48);
        let error = |p: &Painter| difference(&p.paint(&picture, None), &picture);
        assert!(error(&later) < 0.7 * error(&first), "{} {}", error(&first), error(&later));
        assert_eq!(later.to_bytes(), make(25).to_bytes());
        let read = Painter::from_bytes(&later.to_bytes()).unwrap();
        assert_eq!(read.paint(&picture, None), later.paint(&picture, None), "weights round-trip");
        assert!(Painter::from_bytes(&later.to_bytes()[4..]).is_none(), "a short file is refused");
        let none = train(&[], &plan(1), &TaskCtx::silent());
        assert!(matches!(none, Err(Error::TooLittle(_))), "{none:?}");
    }
}
