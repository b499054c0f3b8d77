//! From a trained net to `model.onnx`.
//!
//! The shipped file looks twice: at the face and at its mirror image ([`Views::Both`]). Activations are
//! averaged before anything is read from them, so score and map still say the same.
//!
//! A parity test holds this against the burn forward pass.

use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use crate::bundle::onnx::{Attr, Axis, GraphWriter};
use crate::bundle::{ChannelOrder, InputSize, InputSpec};
use crate::train::net::{
    CELL_PX, Decoder, GAIN, HALF, Head, HeadForm, INPUT_PX, Lae, MbConv, floats, pooled_cells,
};

/// Side of the square cut out, in units of the longer side of the face box: the middle of what
/// training shows.
pub const CROP_SCALE: f32 = 1.3;

/// Names of the outputs, in their order.
pub const OUTPUTS: [&str; 5] = ["logit", "map", "reconstruction", "reliability", "embedding"];

/// What the net looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Views {
    /// The face: what training and its validation see, and the rows of experiments.
    One,
    /// The face and its mirror image, as the shipped file does.
    Both,
}

/// How the net is fed.
pub fn input_spec() -> InputSpec {
    InputSpec {
        name: "input".to_owned(),
        channels: ChannelOrder::Rgb,
        size: InputSize::SquarePx(INPUT_PX as u32),
        mean: [127.5; 3],
        std: [127.5; 3],
        crop_scale: Some(CROP_SCALE),
        looks: Vec::new(),
    }
}

/// Writes the net as ONNX. `metadata` goes into the file's metadata properties.
pub fn to_onnx(model: &Lae, metadata: &[(&str, String)]) -> Vec<u8> {
    to_onnx_at(model, Views::Both, INPUT_PX, metadata)
}

/// As [`to_onnx`], for other views and inputs of another side, a multiple of 16.
pub fn to_onnx_at(model: &Lae, views: Views, px: usize, metadata: &[(&str, String)]) -> Vec<u8> {
    let cells = px / CELL_PX;
    let mut g = GraphWriter::new("lae");
    let n = Axis::Free("n");
    let square =
        |c: usize, side: usize| [n.clone(), Axis::Fixed(c), Axis::Fixed(side), Axis::Fixed(side)];
    let input = g.input("input", &square(3, px));
    let seen = match views {
        Views::One => input,
        Views::Both => {
            let mirrored = mirrored(&mut g, &input, px);
            g.node("Concat", &[&input, &mirrored], &[("axis", Attr::Int(0))])
        }
    };

    let stem = conv(&mut g, &model.encoder.stem, &seen);
    let mut x = relu(&mut g, &stem);
    let mut at8 = x.clone();
    let mut channels = model.encoder.stem.weight.dims()[0];
    let tap8 = model.encoder.tap8();
    for (i, block) in model.encoder.blocks.iter().enumerate() {
        x = mb_conv(&mut g, block, &x, &mut channels);
        if i == tap8 {
            at8.clone_from(&x);
        }
    }

    let head = &model.head;
    let (lateral8, lateral16) =
        (conv(&mut g, &head.lateral8, &at8), conv(&mut g, &head.lateral16, &x));
    let up = doubled(&mut g, &lateral16);
    let sum = g.node("Add", &[&lateral8, &up], &[]);
    let fused = relu(&mut g, &sum);
    let spread = conv(&mut g, &head.spread, &fused);
    let mut spread = relu(&mut g, &spread);
    let mut width = head.spread.weight.dims()[0];
    for block in &head.deep {
        let sum = mb_conv(&mut g, block, &spread, &mut width);
        spread = relu(&mut g, &sum);
    }
    let (weights, bias) = folded_latent(head);
    let normed = conv_with(&mut g, &head.latent, &spread, &weights, Some(&bias));
    let latent = relu(&mut g, &normed);
    let mean = |g: &mut GraphWriter, x: &str, channels: usize| match views {
        Views::One => x.to_owned(),
        Views::Both => mean_of_both(g, x, [channels, cells]),
    };

    // GAIN · (A_1 - A_0) is one 1×1 convolution with constant weights.
    let weights: Vec<f32> =
        (0..2 * HALF).map(|c| (if c < HALF { -GAIN } else { GAIN }) as f32 / HALF as f32).collect();
    let weights = g.floats(&[1, 2 * HALF, 1, 1], &weights);
    let map_logits =
        g.node("Conv", &[&latent, &weights], &[("kernel_shape", Attr::Ints(vec![1, 1]))]);
    let map_logits = mean(&mut g, &map_logits, 1);
    let map = g.node("Sigmoid", &[&map_logits], &[]);
    let shape = g.ints(&[0, -1]);
    let flat = g.node("Reshape", &[&map_logits, &shape], &[]);
    let k = g.ints(&[pooled_cells(cells * cells) as i64]);
    let top = g.node_first_of_two("TopK", &[&flat, &k], &[("axis", Attr::Int(1))]);
    let logit =
        g.node("ReduceMean", &[&top], &[("axes", Attr::Ints(vec![1])), ("keepdims", Attr::Int(0))]);
    let own_latent = match views {
        Views::One => latent,
        Views::Both => half(&mut g, &latent, 0, [2 * HALF, cells]),
    };
    let reconstruction = decoder(&mut g, &head.decoder, &own_latent);
    let [first, second] = &head.confidence;
    let confidence = conv(&mut g, first, &spread);
    let confidence = relu(&mut g, &confidence);
    let confidence = conv(&mut g, second, &confidence);
    let confidence = mean(&mut g, &confidence, 1);
    let reliability = g.node("Sigmoid", &[&confidence], &[]);
    let peaks = [("axes", Attr::Ints(vec![2, 3])), ("keepdims", Attr::Int(0))];
    let channels = head.spread.weight.dims()[0];
    let features = mean(&mut g, &spread, channels);
    let embedding = g.node("ReduceMax", &[&features], &peaks);

    g.output(&logit, "logit", std::slice::from_ref(&n));
    g.output(&map, "map", &square(1, cells));
    g.output(&reconstruction, "reconstruction", &square(3, px / 2));
    g.output(&reliability, "reliability", &square(1, cells));
    g.output(&embedding, "embedding", &[n.clone(), Axis::Fixed(channels)]);
    g.finish(metadata)
}

/// What the burn forward pass gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// `[n]`.
    pub logits: Vec<f32>,
    /// Heat maps, `[n, cells, cells]`.
    pub maps: Vec<f32>,
    /// `[n, 3, px / 2, px / 2]`.
    pub reconstruction: Vec<f32>,
    /// `[n, cells, cells]`.
    pub reliability: Vec<f32>,
    /// Peaks of the last features, `[n, 64]`.
    pub embedding: Vec<f32>,
}

/// The burn forward pass with the outputs of the ONNX file of these views, for parity tests and
/// validation. `input` is `[n, 3, px, px]`.
pub fn reference(
    model: &Lae,
    form: HeadForm,
    views: Views,
    input: Vec<f32>,
    px: usize,
    device: &Device,
) -> Reference {
    let n = input.len() / (3 * px * px);
    let data = burn::tensor::TensorData::new(input, [n, 3, px, px]);
    let input = Tensor::from_data(data, device);
    let output = match views {
        Views::One => model.features(input, form),
        Views::Both => model.features_of_both(input, form),
    };
    let [_, channels, h, w] = output.features.dims();
    let flat = output.features.clone().reshape([n, channels, h * w]);
    Reference {
        embedding: floats(flat.max_dim(2)),
        logits: floats(output.image_logits()),
        maps: floats(output.map()),
        reconstruction: floats(model.reconstruct(&output, None)),
        reliability: floats(burn::tensor::activation::sigmoid(output.confidence)),
    }
}

/// Left and right exchanged; the last of four axes has this length.
fn mirrored(g: &mut GraphWriter, x: &str, width: usize) -> String {
    let backwards: Vec<i64> = (0..width as i64).rev().collect();
    let columns = g.ints(&backwards);
    g.node("Gather", &[x, &columns], &[("axis", Attr::Int(3))])
}

/// The first (0) or the second (1) half of a batch `[2 n, channels, cells, cells]`.
fn half(g: &mut GraphWriter, x: &str, which: i64, [channels, cells]: [usize; 2]) -> String {
    let square = [channels as i64, cells as i64, cells as i64];
    let apart = g.ints(&[&[2, -1], square.as_slice()].concat());
    let apart = g.node("Reshape", &[x, &apart], &[]);
    let index = g.ints(&[which]);
    let half = g.node("Gather", &[&apart, &index], &[("axis", Attr::Int(0))]);
    let shape = g.ints(&[&[-1], square.as_slice()].concat());
    g.node("Reshape", &[&half, &shape], &[])
}

/// The mean of what was seen in pictures and in their mirror images, the second turned back.
fn mean_of_both(g: &mut GraphWriter, x: &str, shape: [usize; 2]) -> String {
    let (own, other) = (half(g, x, 0, shape), half(g, x, 1, shape));
    let back = mirrored(g, &other, shape[1]);
    let sum = g.node("Add", &[&own, &back], &[]);
    let weight = g.floats(&[1], &[0.5]);
    g.node("Mul", &[&sum, &weight], &[])
}

fn relu(g: &mut GraphWriter, x: &str) -> String {
    g.node("Relu", &[x], &[])
}

fn doubled(g: &mut GraphWriter, x: &str) -> String {
    let scales = g.floats(&[4], &[1.0, 1.0, 2.0, 2.0]);
    let attributes = [
        ("mode", Attr::Text("nearest")),
        ("coordinate_transformation_mode", Attr::Text("asymmetric")),
        ("nearest_mode", Attr::Text("floor")),
    ];
    g.node("Resize", &[x, "", &scales], &attributes)
}

fn conv(g: &mut GraphWriter, layer: &Conv2d, x: &str) -> String {
    let bias = layer.bias.as_ref().map(|b| floats(b.val()));
    conv_with(g, layer, x, &floats(layer.weight.val()), bias.as_deref())
}

fn conv_with(
    g: &mut GraphWriter,
    layer: &Conv2d,
    x: &str,
    weights: &[f32],
    bias: Option<&[f32]>,
) -> String {
    let weights = g.floats(&layer.weight.dims(), weights);
    let bias = bias.map(|b| g.floats(&[b.len()], b));
    let pads = match layer.padding {
        PaddingConfig2d::Explicit(top, left, bottom, right) => [top, left, bottom, right],
        PaddingConfig2d::Same | PaddingConfig2d::Valid => [0; 4],
    };
    let ints = |v: &[usize]| Attr::Ints(v.iter().map(|i| *i as i64).collect());
    let attributes = [
        ("kernel_shape", ints(&layer.kernel_size)),
        ("strides", ints(&layer.stride)),
        ("pads", ints(&pads)),
        ("group", Attr::Int(layer.groups as i64)),
    ];
    let mut inputs = vec![x, &weights];
    if let Some(bias) = &bias {
        inputs.push(bias);
    }
    g.node("Conv", &inputs, &attributes)
}

fn mb_conv(g: &mut GraphWriter, block: &MbConv, x: &str, channels: &mut usize) -> String {
    let mut wide = x.to_owned();
    if let Some(expand) = &block.expand {
        let expanded = conv(g, expand, x);
        wide = relu(g, &expanded);
    }
    let spread = conv(g, &block.depthwise, &wide);
    let spread = relu(g, &spread);
    let out = conv(g, &block.project, &spread);
    let to = block.project.weight.dims()[0];
    let keeps_shape = block.depthwise.stride == [1, 1] && *channels == to;
    *channels = to;
    if keeps_shape { g.node("Add", &[&out, x], &[]) } else { out }
}

/// Weights and biases of the latent's 1×1 convolution with its batch normalization folded in.
pub(in crate::train) fn folded_latent(head: &Head) -> (Vec<f32>, Vec<f32>) {
    let (layer, norm) = (&head.latent, &head.norm);
    let mut weights = floats(layer.weight.val());
    let own = layer.bias.as_ref().map_or_else(|| vec![0.0; 2 * HALF], |b| floats(b.val()));
    let (gamma, beta) = (floats(norm.gamma.val()), floats(norm.beta.val()));
    let mean = floats(norm.running_mean.value_sync());
    let var = floats(norm.running_var.value_sync());
    let per_output = weights.len() / (2 * HALF);
    let mut bias = Vec::with_capacity(2 * HALF);
    for (o, filter) in weights.chunks_exact_mut(per_output).enumerate() {
        let scale = gamma[o] / (var[o] + norm.epsilon as f32).sqrt();
        for w in filter {
            *w *= scale;
        }
        bias.push((own[o] - mean[o]) * scale + beta[o]);
    }
    (weights, bias)
}

fn decoder(g: &mut GraphWriter, layers: &Decoder, latent: &str) -> String {
    let mut x = latent.to_owned();
    for layer in [&layers.first, &layers.second] {
        let out = conv(g, layer, &x);
        let out = relu(g, &out);
        x = doubled(g, &out);
    }
    conv(g, &layers.last, &x)
}
