//! What the topics share: skipping aloud, and a stand-in for the detector.

pub(crate) mod clips;
pub(crate) mod fake_clip;
pub(crate) mod fake_examiner;
pub(crate) mod gate;
#[cfg(feature = "remote")]
pub(crate) mod model_server;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use pentimento::base::RgbImage;
use pentimento::bundle::onnx::{Attr, Axis, GraphWriter};
use pentimento::bundle::{
    Bundle, Calibration, Card, ChannelOrder, ErrorKind, ErrorRates, FileSpec, InputSize, InputSpec,
    Measure, ModelKind, ReliabilityFacts, Scope, ScopeLimit, Source, Thresholds,
};
use pentimento::infer::{Engine, EngineChoice, EngineOptions};
use pentimento::media;

/// Says that something could not be tested here. With `PENTIMENTO_REQUIRE_ALL=1` that is a failure.
pub(crate) fn skip(what: &str) {
    let must = std::env::var_os("PENTIMENTO_REQUIRE_ALL").is_some_and(|v| v == "1");
    assert!(!must, "cannot be skipped: {what}");
    say_skipped(what);
}

/// Says the same of what not every machine can have. The line goes past the test harness, which hides
/// what tests that pass print.
pub(crate) fn say_skipped(what: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {what}").ok();
}

/// A path of the data that lie beside the project, in `../shared`. They are not in the repository:
/// where they are absent the test says so and returns `None`.
pub(crate) fn shared(inner: &str) -> Option<PathBuf> {
    let path = shared_path(inner);
    if !path.exists() {
        skip(&format!("there is no shared/{inner} beside the project"));
        return None;
    }
    Some(path)
}

/// The same path, whether it exists or not.
pub(crate) fn shared_path(inner: &str) -> PathBuf {
    root().join("../shared").join(inner)
}

/// The root of the source tree.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of an ONNX Runtime library: that of the variable, else what `tests/run.sh` installed.
pub(crate) fn onnxruntime() -> Option<PathBuf> {
    let named = std::env::var_os("PENTIMENTO_ONNXRUNTIME").map(PathBuf::from);
    named.or_else(|| Some(root().join("third_party/onnxruntime")).filter(|folder| folder.is_dir()))
}

/// The Python with the packages of `tests/roundtrip.txt`.
pub(crate) fn python() -> Option<PathBuf> {
    let named = std::env::var_os("PENTIMENTO_PYTHON").map(PathBuf::from);
    let path = named.unwrap_or_else(|| root().join("third_party/python/bin/python"));
    path.is_file().then_some(path)
}

/// The engine in Rust, which every machine has.
pub(crate) fn rten() -> Engine {
    let options = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    Engine::start(&options).unwrap()
}

/// The shipped portrait: one face.
pub(crate) fn portrait() -> PathBuf {
    root().join("assets/samples/astronaut.png")
}

/// A picture without a face: a soft gradient.
pub(crate) fn no_face(path: &Path, width: u32, height: u32) {
    let pixels = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [x * 255 / width, y * 255 / height, 90]))
        .map(|v| v as u8)
        .collect();
    media::write_png(path, &RgbImage::new(width, height, pixels).unwrap()).unwrap();
}

/// Writes the bundle `name` into `models`: a detector whose logit is the mean brightness of its
/// input (0 is middle grey, times `gain`), whose map is high in the lower half, and whose
/// reconstruction is its input at half the size. With `yunet` linked beside it, `models` is a
/// complete store.
pub(crate) fn stand_in_detector(models: &Path, name: &str, gain: f32) -> Bundle {
    write_stand_in(models, name, gain, None)
}

/// The same with the output `reliability`: 0.9 in the left half of the map and 0.3 in the right
/// one. The card calls cells below 0.5 untrusted and faces below 300 px small: there 40 % of the
/// forgeries were missed.
pub(crate) fn stand_in_with_doubts(models: &Path, name: &str, gain: f32) -> Bundle {
    write_stand_in(models, name, gain, Some([0.9, 0.9, 0.3, 0.3]))
}

fn write_stand_in(models: &Path, name: &str, gain: f32, sure: Option<[f32; 4]>) -> Bundle {
    let side = 32usize;
    let n = || Axis::Free("n");
    let mut graph = GraphWriter::new("stand-in");
    let input = graph.input("input", &[n(), Axis::Fixed(3), Axis::Fixed(side), Axis::Fixed(side)]);
    let axes = [("axes", Attr::Ints(vec![1, 2, 3])), ("keepdims", Attr::Int(0))];
    let mean = graph.node("ReduceMean", &[&input], &axes);
    let gain = graph.floats(&[1], &[gain]);
    let logit = graph.node("Mul", &[&mean, &gain], &[]);
    graph.output(&logit, "logit", &[n()]);
    // A convolution of zero weights leaves its bias: 0.1 everywhere. The lower half gets 0.8 more.
    let zeros = graph.floats(&[1, 3, 8, 8], &[0.0; 192]);
    let low = graph.floats(&[1], &[0.1]);
    let strides = [("strides", Attr::Ints(vec![8, 8])), ("kernel_shape", Attr::Ints(vec![8, 8]))];
    let flat = graph.node("Conv", &[&input, &zeros, &low], &strides);
    let lower: Vec<f32> = (0..16).map(|i| if i < 8 { 0.0 } else { 0.8 }).collect();
    let lower = graph.floats(&[1, 1, 4, 4], &lower);
    let map = graph.node("Add", &[&flat, &lower], &[]);
    graph.output(&map, "map", &[n(), Axis::Fixed(1), Axis::Fixed(4), Axis::Fixed(4)]);
    let pool = [("kernel_shape", Attr::Ints(vec![2, 2])), ("strides", Attr::Ints(vec![2, 2]))];
    let half = graph.node("AveragePool", &[&input], &pool);
    let (three, half_side) = (Axis::Fixed(3), Axis::Fixed(side / 2));
    graph.output(&half, "reconstruction", &[n(), three, half_side.clone(), half_side]);
    let mut card = stand_in_card(name, side as u32);
    if let Some(row) = sure {
        let rows = graph.floats(&[1, 1, 4, 4], &row.repeat(4));
        let nothing = graph.floats(&[1], &[0.0]);
        let flat = graph.node("Conv", &[&input, &zeros, &nothing], &strides);
        let sure = graph.node("Add", &[&flat, &rows], &[]);
        graph.output(&sure, "reliability", &[n(), Axis::Fixed(1), Axis::Fixed(4), Axis::Fixed(4)]);
        card.outputs.push("reliability".to_owned());
        card.reliability = Some(ReliabilityFacts {
            threshold: 0.5,
            right_below: 0.6,
            right_above: 0.95,
            share_below: 0.2,
        });
        let limit = ScopeLimit {
            measure: Measure::FacePx,
            error: ErrorKind::Misses,
            limit: 300.0,
            rate_within: 0.1,
            rate_beyond: 0.4,
            n_within: 300,
            n_beyond: 100,
        };
        card.scope = Some(Scope { rise: 0.1, limits: vec![limit] });
    }
    Bundle::write(&models.join(name), card, graph.finish(&[])).unwrap()
}

/// The card of a stand-in for the detector; its thresholds are 0.2 and 0.8.
pub(crate) fn stand_in_card(name: &str, side_px: u32) -> Card {
    Card {
        format: 1,
        name: name.to_owned(),
        kind: ModelKind::Lae,
        summary: "A stand-in for tests".to_owned(),
        license: "MIT OR Apache-2.0".to_owned(),
        source: Source {
            origin: "made by a test".to_owned(),
            rebuild: "none".to_owned(),
            terms: "none".to_owned(),
            commit: String::new(),
            date: String::new(),
            seed: None,
            steps: None,
        },
        file: FileSpec { sha256: String::new(), bytes: 0 },
        input: InputSpec {
            name: "input".to_owned(),
            channels: ChannelOrder::Rgb,
            size: InputSize::SquarePx(side_px),
            mean: [128.0; 3],
            std: [64.0; 3],
            crop_scale: Some(1.4),
            looks: Vec::new(),
        },
        outputs: ["logit", "map", "reconstruction"].map(str::to_owned).to_vec(),
        correction: None,
        calibration: Some(Calibration { scale: 1.0, offset: 0.0 }),
        thresholds: Some(Thresholds {
            traces_found: 0.8,
            no_trace_found: 0.2,
            false_positive_rate: 0.051,
            miss_rate: 0.12,
            map: 0.5,
        }),
        scope: None,
        reliability: None,
        concepts: None,
        error_rates: ErrorRates::default(),
        measured: std::collections::BTreeMap::new(),
    }
}

/// A store with the shipped face finder and a stand-in called `lae`.
pub(crate) fn stand_in_store(models: &Path, gain: f32) {
    let (from, to) = (root().join("models/yunet"), models.join("yunet"));
    std::fs::create_dir_all(&to).unwrap();
    for file in ["card.toml", "model.onnx"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
    stand_in_detector(models, "lae", gain);
}
