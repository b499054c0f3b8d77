//! The two networks as ONNX graphs. Layer numbers are those of the weight files.

use std::collections::BTreeMap;

use super::grid::{CELL_PX, CHANNELS};
use super::weights::Weights;
use crate::bundle::onnx::{Attr, Axis, GraphWriter};
use crate::bundle::{
    Bundle, Card, ChannelOrder, ErrorRates, FileSpec, InputSize, InputSpec, ModelKind, Source,
};
use crate::train::Error;

/// Groups of the normalization over 256 channels.
const GROUPS: usize = 4;

/// `input [1, 3, h, w]`, 0 to 1, to `latent [1, 32, h / 8, w / 8]`.
pub(super) fn encoder(weights: &Weights) -> Result<Bundle, Error> {
    let mut net = Net::new("taef2-encoder", weights);
    let mut x =
        net.g.input("input", &[Axis::Fixed(1), Axis::Fixed(3), Axis::Free("h"), Axis::Free("w")]);
    for layer in 0..=14 {
        x = match layer {
            0 | 14 => net.conv(&x, &layer.to_string(), 1)?,
            2 | 6 | 10 => net.conv(&x, &layer.to_string(), 2)?,
            _ => net.block(&x, layer)?,
        };
    }
    Ok(net.finish(&x, "latent", InputSize::MultipleOf(CELL_PX as u32)))
}

/// `input [1, 3, 11 h, w]` to `picture [1, 3, 8 h, 8 w]`.
///
/// Engines take three channels. The 32 channels of a latent and one of zeros are 3 × 11 rows of
/// planes, so the same numbers in the same order are read as `[1, 33, h, w]`.
pub(super) fn decoder(weights: &Weights) -> Result<Bundle, Error> {
    let mut net = Net::new("taef2-decoder", weights);
    let input =
        net.g.input("input", &[Axis::Fixed(1), Axis::Fixed(3), Axis::Free("h"), Axis::Free("w")]);
    let shape = net.g.ints(&[1, CHANNELS as i64 + 1, -1, 0]);
    let latent = net.g.node("Reshape", &[&input, &shape], &[]);
    // 3 · tanh(x / 3)
    let (third, three) = (net.g.floats(&[1], &[1.0 / 3.0]), net.g.floats(&[1], &[3.0]));
    let x = net.g.node("Mul", &[&latent, &third], &[]);
    let x = net.g.node("Tanh", &[&x], &[]);
    let x = net.g.node("Mul", &[&x, &three], &[]);
    let x = net.conv(&x, "1", 1)?;
    let mut x = net.relu(&x);
    for layer in 3..=19 {
        x = match layer {
            6 | 11 | 16 => net.doubled(&x),
            7 | 12 | 17 | 19 => net.conv(&x, &layer.to_string(), 1)?,
            _ => net.block(&x, layer)?,
        };
    }
    Ok(net.finish(&x, "picture", InputSize::MultipleOf(1)))
}

struct Net<'a> {
    g: GraphWriter,
    weights: &'a Weights,
    name: &'static str,
}

impl<'a> Net<'a> {
    fn new(name: &'static str, weights: &'a Weights) -> Self {
        Self { g: GraphWriter::new(name), weights, name }
    }

    /// A convolution with "same" padding. A first layer with too few filters gets zeros.
    fn conv(&mut self, x: &str, layer: &str, stride: i64) -> Result<String, Error> {
        let (mut shape, mut values) = self.weights.tensor(&format!("{layer}.weight"))?;
        let [_, inputs, side, _] = shape.as_slice() else {
            return Err(Error::malformed(self.name, &format!("shape of layer {layer}")));
        };
        let (inputs, side) = (*inputs, *side);
        if inputs == CHANNELS {
            let each = inputs * side * side;
            let padded = values.chunks(each).flat_map(|filter| {
                filter.iter().copied().chain(std::iter::repeat_n(0.0, side * side))
            });
            values = padded.collect();
            shape[1] += 1;
        }
        let filters = self.g.floats(&shape, &values);
        let bias = self.weights.optional(&format!("{layer}.bias"))?;
        let bias = bias.map(|(shape, values)| self.g.floats(&shape, &values));
        let pad = side as i64 / 2;
        let attributes = [
            ("kernel_shape", Attr::Ints(vec![side as i64; 2])),
            ("strides", Attr::Ints(vec![stride; 2])),
            ("pads", Attr::Ints(vec![pad; 4])),
        ];
        let mut inputs = vec![x, &filters];
        inputs.extend(bias.as_deref());
        Ok(self.g.node("Conv", &inputs, &attributes))
    }

    fn relu(&mut self, x: &str) -> String {
        self.g.node("Relu", &[x], &[])
    }

    /// A residual block; before it, where the weights have one, the pool of the whole picture.
    fn block(&mut self, x: &str, layer: usize) -> Result<String, Error> {
        let mut x = x.to_owned();
        if let Some((_, gains)) = self.weights.optional(&format!("{layer}.pool.1.weight"))? {
            let (_, shifts) = self.weights.tensor(&format!("{layer}.pool.1.bias"))?;
            let wide = self.conv(&x, &format!("{layer}.pool.0"), 1)?;
            let normed = self.group_norm(&wide, &gains, &shifts);
            let active = self.relu(&normed);
            let narrow = self.conv(&active, &format!("{layer}.pool.3"), 1)?;
            x = self.g.node("Add", &[&x, &narrow], &[]);
        }
        let mut y = x.clone();
        for part in [0, 2, 4] {
            y = self.conv(&y, &format!("{layer}.conv.{part}"), 1)?;
            if part < 4 {
                y = self.relu(&y);
            }
        }
        let sum = self.g.node("Add", &[&y, &x], &[]);
        Ok(self.relu(&sum))
    }

    /// Group normalization over the whole picture, written with the operators of set 17.
    fn group_norm(&mut self, x: &str, gains: &[f32], shifts: &[f32]) -> String {
        let original = self.g.node("Shape", &[x], &[]);
        let grouped = self.g.ints(&[1, GROUPS as i64, -1]);
        let flat = self.g.node("Reshape", &[x, &grouped], &[]);
        let ones = self.g.floats(&[GROUPS], &[1.0; GROUPS]);
        let zeros = self.g.floats(&[GROUPS], &[0.0; GROUPS]);
        let epsilon = [("epsilon", Attr::Float(1e-5))];
        let normed = self.g.node("InstanceNormalization", &[&flat, &ones, &zeros], &epsilon);
        let back = self.g.node("Reshape", &[&normed, &original], &[]);
        let shape = [1, gains.len(), 1, 1];
        let (gains, shifts) = (self.g.floats(&shape, gains), self.g.floats(&shape, shifts));
        let scaled = self.g.node("Mul", &[&back, &gains], &[]);
        self.g.node("Add", &[&scaled, &shifts], &[])
    }

    fn doubled(&mut self, x: &str) -> String {
        let scales = self.g.floats(&[4], &[1.0, 1.0, 2.0, 2.0]);
        let attributes = [
            ("mode", Attr::Text("nearest")),
            ("coordinate_transformation_mode", Attr::Text("asymmetric")),
            ("nearest_mode", Attr::Text("floor")),
        ];
        self.g.node("Resize", &[x, "", &scales], &attributes)
    }

    /// The graph with a card that `infer` can load. It is never written to disk.
    fn finish(mut self, x: &str, output: &str, size: InputSize) -> Bundle {
        let axes = [Axis::Fixed(1), Axis::Free("c"), Axis::Free("oh"), Axis::Free("ow")];
        self.g.output(x, output, &axes);
        let source = Source {
            origin: "madebyollin/taesd @5cccb12".to_owned(),
            rebuild: String::new(),
            terms: "MIT".to_owned(),
            commit: String::new(),
            date: String::new(),
            seed: None,
            steps: None,
        };
        let card = Card {
            format: 1,
            name: self.name.to_owned(),
            kind: ModelKind::Lae,
            summary: "part of an autoencoder, for the forger".to_owned(),
            license: "MIT".to_owned(),
            source,
            file: FileSpec { sha256: String::new(), bytes: 0 },
            input: InputSpec {
                name: "input".to_owned(),
                channels: ChannelOrder::Rgb,
                size,
                mean: [0.0; 3],
                std: [255.0; 3],
                crop_scale: None,
                looks: Vec::new(),
            },
            outputs: vec![output.to_owned()],
            correction: None,
            calibration: None,
            thresholds: None,
            scope: None,
            reliability: None,
            concepts: None,
            error_rates: ErrorRates::default(),
            measured: BTreeMap::new(),
        };
        Bundle { card, model: self.g.finish(&[]), folder: std::path::PathBuf::new() }
    }
}
