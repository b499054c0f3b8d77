//! The trial of an execution provider: a small network, computed twice by the provider and once by
//! the CPU.
//!
//! * **In**: a provider and a library, as arguments of a child process. **Out**: one marked line of
//!   JSON on standard output: who got the nodes, how far the numbers are apart, how long it took.
//! * **Not here**: starting the child (`child`), choosing (`providers`).
//!
//! A provider passes when it got at least one node and every value is within
//! [`TOLERANCE`] × max(1, |value of the CPU|), at both runs. The network has the operators of the
//! shipped models: convolutions, pooling, resizing, reshaping, activations.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::base::Tensor;
use crate::bundle::onnx::{Attr, Axis, GraphWriter};

use super::check::guarded;
use super::onnxruntime::{Assignment, Loaded};
use super::{Provider, child, providers, runtime};

/// How far a provider may be from the CPU, absolute below 1 and relative above: single precision
/// summed in another order stays below a tenth of it, half precision or a broken driver does not.
pub(super) const TOLERANCE: f32 = 1e-3;

/// What the child found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Why it could not be tried, if so.
    failure: Option<String>,
    /// Nodes of the probe network by execution provider.
    pub(super) nodes: Assignment,
    /// Largest difference to the CPU, see [`TOLERANCE`].
    pub(super) difference: f32,
    /// From loading the network to its first answer.
    pub(super) first_ms: f32,
    /// A second run.
    pub(super) run_ms: f32,
    /// Name of the provider tried.
    provider: String,
}

/// Whether an answer lets a provider be used; the reason if not.
pub(super) fn judge(line: String) -> Result<Answer, String> {
    let answer: Answer = serde_json::from_str(&line)
        .map_err(|e| format!("trying it out gave an answer that cannot be read: {e}"))?;
    if let Some(failure) = answer.failure {
        return Err(failure);
    }
    let provider: Provider = answer.provider.parse().map_err(|e| format!("{e}"))?;
    providers::describe(provider, &answer.nodes)?;
    // Written so that NaN fails.
    if !(answer.difference <= TOLERANCE) {
        return Err(format!(
            "it computes wrong numbers (off by {:e}, allowed {TOLERANCE:e})",
            answer.difference
        ));
    }
    Ok(answer)
}

/// What the hidden subcommand `probe-provider PROVIDER LIBRARY` runs: tries the provider and
/// prints the answer.
///
/// Call [`disarm_telemetry`](super::disarm_telemetry) before. Returns the exit code: 0 when an
/// answer was printed, even if it says that the provider is of no use; 1 when the arguments are
/// not understood or nothing could be printed.
pub fn probe_child_main(args: &[OsString]) -> u8 {
    let [provider, library] = args else { return 1 };
    let Some(provider) = provider.to_str().and_then(|text| text.parse::<Provider>().ok()) else {
        return 1;
    };
    let answer = guarded(|| try_provider(provider, Path::new(library))).unwrap_or_else(|failure| {
        Answer {
            failure: Some(failure),
            nodes: Assignment::new(),
            difference: 0.0,
            first_ms: 0.0,
            run_ms: 0.0,
            provider: provider.to_string(),
        }
    });
    let print = || -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "\n{}{}", child::MARK, serde_json::to_string(&answer)?)?;
        stdout.flush()
    };
    u8::from(print().is_err())
}

fn try_provider(provider: Provider, library: &Path) -> Result<Answer, String> {
    let runtime = runtime::start(library).map_err(|e| e.to_string())?;
    let model = probe_model();
    let input = probe_input();
    let feed = ("input", &input);
    let outputs = ["pixels".to_owned(), "summary".to_owned()];
    let expected = Loaded::new(runtime, Provider::Cpu, &model, 1)?.run(feed, &outputs)?;
    let start = Instant::now();
    let mut tried = Loaded::new(runtime, provider, &model, 1)?;
    let first = tried.run(feed, &outputs)?;
    let first_ms = start.elapsed().as_secs_f32() * 1e3;
    let start = Instant::now();
    let second = tried.run(feed, &outputs)?;
    Ok(Answer {
        failure: None,
        nodes: tried.assignment()?,
        difference: difference(&expected, &first).max(difference(&expected, &second)),
        first_ms,
        run_ms: start.elapsed().as_secs_f32() * 1e3,
        provider: provider.to_string(),
    })
}

/// Largest `|a - b| / max(1, |a|)`; [`f32::MAX`] when shapes differ or a value is no number (JSON
/// has no infinity).
fn difference(expected: &[Tensor], found: &[Tensor]) -> f32 {
    let same_shapes = expected.len() == found.len()
        && expected.iter().zip(found).all(|(a, b)| a.shape == b.shape);
    if !same_shapes {
        return f32::MAX;
    }
    let pairs = expected.iter().zip(found).flat_map(|(a, b)| a.data.iter().zip(&b.data));
    pairs
        .map(|(a, b)| (a - b).abs() / a.abs().max(1.0))
        .fold(0.0, |worst: f32, d| if d.is_finite() { worst.max(d) } else { f32::MAX })
}

/// Numbers that look random and are the same everywhere, `-1.0..1.0`.
fn noise(n_values: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..n_values)
        .map(|_| {
            // Numerical Recipes' linear congruential generator; the upper bits are good enough.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

fn probe_input() -> Tensor {
    Tensor { shape: vec![1, 3, 32, 32], data: noise(3 * 32 * 32, 1) }
}

/// `input [1, 3, 32, 32]` to `pixels [1, 8, 32, 32]` and `summary [1, 8]`.
fn probe_model() -> Vec<u8> {
    let mut g = GraphWriter::new("probe");
    let axes = |shape: &[usize]| shape.iter().map(|n| Axis::Fixed(*n)).collect::<Vec<_>>();
    let pads = || ("pads", Attr::Ints(vec![1; 4]));
    let kernel = |side| ("kernel_shape", Attr::Ints(vec![side; 2]));
    let strides = || ("strides", Attr::Ints(vec![2; 2]));

    let input = g.input("input", &axes(&[1, 3, 32, 32]));
    let (weights, bias) = (g.floats(&[8, 3, 3, 3], &noise(216, 2)), g.floats(&[8], &noise(8, 3)));
    let x = g.node("Conv", &[&input, &weights, &bias], &[kernel(3), pads(), strides()]);
    let x = g.node("Relu", &[&x], &[]);
    let weights = g.floats(&[8, 1, 3, 3], &noise(72, 4));
    let x = g.node("Conv", &[&x, &weights], &[kernel(3), pads(), ("group", Attr::Int(8))]);
    let (low, high) = (g.floats(&[], &[-2.0]), g.floats(&[], &[6.0]));
    let fine = g.node("Clip", &[&x, &low, &high], &[]);
    let coarse = g.node("MaxPool", &[&fine], &[kernel(2), strides()]);
    let scales = g.floats(&[4], &[1.0, 1.0, 2.0, 2.0]);
    let linear = [
        ("mode", Attr::Text("linear")),
        ("coordinate_transformation_mode", Attr::Text("half_pixel")),
    ];
    let nearest = [
        ("mode", Attr::Text("nearest")),
        ("coordinate_transformation_mode", Attr::Text("asymmetric")),
        ("nearest_mode", Attr::Text("floor")),
    ];
    let coarse = g.node("Resize", &[&coarse, "", &scales], &linear);
    let both = g.node("Concat", &[&fine, &coarse], &[("axis", Attr::Int(1))]);
    let weights = g.floats(&[8, 16, 1, 1], &noise(128, 5));
    let mixed = g.node("Conv", &[&both, &weights], &[kernel(1)]);
    let mixed = g.node("Add", &[&mixed, &fine], &[]);
    let large = g.node("Resize", &[&mixed, "", &scales], &nearest);
    let pixels = g.node("Sigmoid", &[&large], &[]);
    g.output(&pixels, "pixels", &axes(&[1, 8, 32, 32]));
    let mean = g.node("GlobalAveragePool", &[&mixed], &[]);
    let shape = g.ints(&[1, 8]);
    let flat = g.node("Reshape", &[&mean, &shape], &[]);
    g.output(&flat, "summary", &axes(&[1, 8]));
    g.finish(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            failure: None,
            nodes: [("CUDAExecutionProvider".to_owned(), 3)].into(),
            difference: 1e-5,
            first_ms: 1.0,
            run_ms: 1.0,
            provider: "cuda".into(),
        }
    }

    fn judged(answer: &Answer) -> Result<Answer, String> {
        judge(serde_json::to_string(answer).unwrap())
    }

    #[test]
    fn only_the_provider_that_got_nodes_and_agrees_passes() {
        assert_eq!(judged(&answer()), Ok(answer()));
        let idle = Answer { nodes: [("CPUExecutionProvider".to_owned(), 3)].into(), ..answer() };
        assert!(judged(&idle).unwrap_err().contains("none of the 3 nodes"), "idle");
        let wrong = judged(&Answer { difference: 0.5, ..answer() }).unwrap_err();
        assert!(wrong.contains("wrong numbers"), "{wrong}");
        let failed = Answer { failure: Some("no device".to_owned()), ..answer() };
        assert_eq!(judged(&failed), Err("no device".to_owned()));
        assert!(judge("{}".to_owned()).is_err(), "not an answer");
    }

    #[test]
    fn differences_are_relative_above_one_and_nan_is_infinite() {
        let t = |data: &[f32]| vec![Tensor { shape: vec![data.len()], data: data.to_vec() }];
        assert_eq!(difference(&t(&[100.0, 0.0]), &t(&[101.0, 0.005])), 0.01);
        assert_eq!(difference(&t(&[1.0]), &t(&[f32::NAN])), f32::MAX);
        assert_eq!(difference(&t(&[1.0]), &t(&[1.0, 1.0])), f32::MAX);
    }

    #[test]
    fn arguments_that_are_not_understood_exit_with_one() {
        assert_eq!(probe_child_main(&[]), 1);
        assert_eq!(probe_child_main(&["gpu".into(), "x".into()]), 1);
    }
}
