//! Makes the `yunet` bundle again from the wheel that its authors publish.
//!
//! The shared library in the wheel is a container of numbers to us: every array of weights is a
//! named ELF symbol. The graph follows W. Wu, H. Peng, S. Yu, "YuNet: A Tiny Millisecond-level Face
//! Detector", Machine Intelligence Research 20, 2023. Unlike the authors' graph, the four heads of
//! a level are stacked into one of 16 channels, which gives the same numbers with fewer nodes.

use std::collections::BTreeMap;
use std::path::Path;

use object::read::elf::ElfFile64;
use object::{Endianness, Object as _, ObjectSection as _, ObjectSymbol as _};

use super::{Error, Wheel, malformed, write_license};
use crate::bundle::onnx::{Attr, Axis, GraphWriter};
use crate::bundle::{
    Bundle, Card, ChannelOrder, ErrorRates, FileSpec, InputSize, InputSpec, ModelKind, Source,
};

const WHEEL_SHA256: &str = "fd03270a672da75b89809a2c999d5728ef19c6e701408a4d0bc9c00480c864a0";
const LIBRARY: &str = "yuface/libfacedetection.so";
const LIBRARY_SHA256: &str = "7fc3c140b563f449ce7cb5bd102ece650681e5bfeffc87efe79272be1932c4f4";
const LICENSE: &str = "yuface-2023.5.1.dist-info/LICENSE";

/// Writes the bundle `yunet` into the folder `out`, from the wheel of PyPI `yuface` 2023.5.1.
///
/// Deterministic: the same wheel and program version give the same bytes.
///
/// # Errors
///
/// [`Error::Io`] and [`Error::Bundle`] when files cannot be read or written, [`Error::Malformed`]
/// when the wheel is another one than expected.
pub fn rebuild_yunet(wheel: &Path, out: &Path) -> Result<Bundle, Error> {
    let wheel = Wheel::open(wheel, WHEEL_SHA256)?;
    let library = wheel.unzip_checked(LIBRARY, LIBRARY_SHA256)?;
    let model = Network { weights: read_weights(&library)?, graph: GraphWriter::new("yunet") }
        .build()?
        .finish(&[("origin", "PyPI yuface 2023.5.1".to_owned())]);
    let bundle = Bundle::write(out, card(), model)?;
    write_license(out, &wheel.unzip(LICENSE)?)?;
    Ok(bundle)
}

/// The arrays of 32-bit floats of the library by the names of their symbols.
fn read_weights(library: &[u8]) -> Result<BTreeMap<String, Vec<f32>>, Error> {
    let elf = ElfFile64::<Endianness>::parse(library)
        .map_err(|e| malformed(format!("{LIBRARY} is no ELF file: {e}")))?;
    let mut weights = BTreeMap::new();
    for symbol in elf.dynamic_symbols() {
        let Ok(name) = symbol.name() else { continue };
        if !name.ends_with("_weight") && !name.ends_with("_bias") {
            continue;
        }
        let bytes = symbol
            .section_index()
            .and_then(|index| elf.section_by_index(index).ok())
            .and_then(|section| section.data_range(symbol.address(), symbol.size()).ok()?)
            .ok_or_else(|| malformed(format!("the symbol {name} has no data")))?;
        let (words, _) = bytes.as_chunks();
        weights.insert(name.to_owned(), words.iter().map(|b| f32::from_le_bytes(*b)).collect());
    }
    Ok(weights)
}

/// The graph under construction and the weights to put in.
struct Network {
    weights: BTreeMap<String, Vec<f32>>,
    graph: GraphWriter,
}

impl Network {
    fn build(mut self) -> Result<GraphWriter, Error> {
        let free = [Axis::Free("n"), Axis::Fixed(3), Axis::Free("h"), Axis::Free("w")];
        let input = self.graph.input("input", &free);
        let head = self.first_conv(&input)?;
        let head = self.unit(&head, "backbone__model0_dp")?;
        let mut value = self.halve(&head);
        for stage in [1, 2] {
            value = self.stage(&value, stage)?;
        }
        value = self.halve(&value);
        let fine = self.stage(&value, 3)?;
        value = self.halve(&fine);
        let middle = self.stage(&value, 4)?;
        value = self.halve(&middle);
        let coarse = self.stage(&value, 5)?;

        let coarse = self.unit(&coarse, "neck__lateral_convs__2")?;
        let middle = self.add_upsampled(&middle, &coarse);
        let middle = self.unit(&middle, "neck__lateral_convs__1")?;
        let fine = self.add_upsampled(&fine, &middle);
        let fine = self.unit(&fine, "neck__lateral_convs__0")?;

        let levels = [(fine, "h8", "w8"), (middle, "h16", "w16"), (coarse, "h32", "w32")];
        for (level, (value, h, w)) in levels.iter().enumerate() {
            let parts = ["cls", "obj", "bbox", "kps"]
                .map(|part| format!("bbox_head__multi_level_{part}__{level}"));
            let out = self.separable(value, &parts)?;
            let axes = [Axis::Free("n"), Axis::Fixed(16), Axis::Free(h), Axis::Free(w)];
            self.graph.output(&out, crate::faces::decode::OUTPUTS[level], &axes);
        }
        Ok(self.graph)
    }

    /// 3 to 16 channels at half the size. Stored as `[16][32]`, of which 27 are used, in the order
    /// row, column, channel.
    fn first_conv(&mut self, input: &str) -> Result<String, Error> {
        let stored = self.take("backbone__model0_pw_weight")?;
        let mut weight = Vec::with_capacity(16 * 27);
        for filter in stored.chunks_exact(32) {
            for channel in 0..3 {
                weight.extend((0..9).map(|tap| filter[tap * 3 + channel]));
            }
        }
        let bias = self.take("backbone__model0_pw_bias")?;
        if weight.len() != 16 * 27 || bias.len() != 16 {
            return Err(malformed("the first convolution has another size than expected"));
        }
        let weight = self.graph.floats(&[16, 3, 3, 3], &weight);
        let bias = self.graph.floats(&[16], &bias);
        let attributes = [
            ("kernel_shape", Attr::Ints(vec![3, 3])),
            ("pads", Attr::Ints(vec![1; 4])),
            ("strides", Attr::Ints(vec![2, 2])),
        ];
        let out = self.graph.node("Conv", &[input, &weight, &bias], &attributes);
        Ok(self.graph.node("Relu", &[&out], &[]))
    }

    fn stage(&mut self, input: &str, number: usize) -> Result<String, Error> {
        let first = self.unit(input, &format!("backbone__model{number}_dp1"))?;
        self.unit(&first, &format!("backbone__model{number}_dp2"))
    }

    fn unit(&mut self, input: &str, name: &str) -> Result<String, Error> {
        let out = self.separable(input, &[name.to_owned()])?;
        Ok(self.graph.node("Relu", &[&out], &[]))
    }

    /// A 1 × 1 convolution, then a depthwise 3 × 3; several of one input are stacked.
    /// Stored as `[out][in]` and `[9][channel]`.
    fn separable(&mut self, input: &str, names: &[String]) -> Result<String, Error> {
        let (mut point, mut point_bias) = (Vec::new(), Vec::new());
        let (mut depth, mut depth_bias) = (Vec::new(), Vec::new());
        for name in names {
            let taps = self.take(&format!("{name}_dw_weight"))?;
            let bias = self.take(&format!("{name}_dw_bias"))?;
            let n = bias.len();
            if taps.len() != 9 * n {
                return Err(malformed(format!("{name} has another size than expected")));
            }
            depth.extend(
                (0..n)
                    .flat_map(|c| (0..9).map(move |tap| (c, tap)))
                    .map(|(c, tap)| taps[tap * n + c]),
            );
            depth_bias.extend(bias);
            point.extend(self.take(&format!("{name}_pw_weight"))?);
            point_bias.extend(self.take(&format!("{name}_pw_bias"))?);
        }
        let n = point_bias.len();
        let group = i64::try_from(n).unwrap_or(i64::MAX);
        if n == 0 || n != depth_bias.len() || point.len() % n != 0 {
            return Err(malformed(format!("{names:?} do not fit together")));
        }
        let weight = self.graph.floats(&[n, point.len() / n, 1, 1], &point);
        let bias = self.graph.floats(&[n], &point_bias);
        let kernel = [("kernel_shape", Attr::Ints(vec![1, 1]))];
        let out = self.graph.node("Conv", &[input, &weight, &bias], &kernel);
        let weight = self.graph.floats(&[n, 1, 3, 3], &depth);
        let bias = self.graph.floats(&[n], &depth_bias);
        let attributes = [
            ("kernel_shape", Attr::Ints(vec![3, 3])),
            ("pads", Attr::Ints(vec![1; 4])),
            ("group", Attr::Int(group)),
        ];
        Ok(self.graph.node("Conv", &[&out, &weight, &bias], &attributes))
    }

    fn halve(&mut self, input: &str) -> String {
        let attributes =
            [("kernel_shape", Attr::Ints(vec![2, 2])), ("strides", Attr::Ints(vec![2, 2]))];
        self.graph.node("MaxPool", &[input], &attributes)
    }

    /// `fine` plus `coarse` at twice its size, each cell repeated.
    fn add_upsampled(&mut self, fine: &str, coarse: &str) -> String {
        let scales = self.graph.floats(&[4], &[1.0, 1.0, 2.0, 2.0]);
        let attributes = [
            ("mode", Attr::Text("nearest")),
            ("coordinate_transformation_mode", Attr::Text("asymmetric")),
            ("nearest_mode", Attr::Text("floor")),
        ];
        let large = self.graph.node("Resize", &[coarse, "", &scales], &attributes);
        self.graph.node("Add", &[fine, &large], &[])
    }

    fn take(&mut self, name: &str) -> Result<Vec<f32>, Error> {
        self.weights.remove(name).ok_or_else(|| malformed(format!("the wheel has no {name}")))
    }
}

fn card() -> Card {
    Card {
        format: 1,
        name: "yunet".into(),
        kind: ModelKind::FaceFinder,
        summary: "YuNet finds faces and five landmarks in pictures of any size".into(),
        license: "BSD-3-Clause".into(),
        source: Source {
            origin: "PyPI yuface 2023.5.1 by the authors of YuNet (Shiqi Yu and others, \
                     https://github.com/ShiqiYu/libfacedetection.pip): the weights in its \
                     libfacedetection.so, put into an ONNX graph"
                .into(),
            rebuild: "pip download --no-deps --only-binary=:all: --platform manylinux2014_x86_64 \
                      --python-version 3.11 --implementation cp --abi cp311 -d /tmp yuface==2023.5.1 \
                      && cargo run --release --features train -- rebuild yunet --wheel \
                      /tmp/yuface-2023.5.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
                .into(),
            terms: "Weights: 3-clause BSD, see LICENSE beside this card. The authors trained them \
                    on WIDER FACE, whose pictures have terms of their own (research)"
                .into(),
            commit: String::new(),
            date: String::new(),
            seed: None,
            steps: None,
        },
        file: FileSpec { sha256: String::new(), bytes: 0 },
        input: InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Bgr,
            size: InputSize::MultipleOf(32),
            mean: [0.0; 3],
            std: [1.0; 3],
            crop_scale: None,
            looks: Vec::new(),
        },
        outputs: crate::faces::decode::OUTPUTS.map(str::to_owned).to_vec(),
        correction: None,
        calibration: None,
        thresholds: None,
        scope: None,
        reliability: None,
        concepts: None,
        error_rates: ErrorRates::default(),
        measured: BTreeMap::new(),
    }
}
