//! The trial of an execution provider: two small networks, computed by the provider and the CPU.
//!
//! * **In**: a provider and a library, as arguments of a child process. **Out**: one marked line of
//!   JSON on standard output: who got the nodes, how far the numbers are apart, how long it took.
//! * **Not here**: starting the child (`child`), choosing (`providers`).
//!
//! A provider passes when it got at least one node and every value of every run is within
//! [`TOLERANCE`] × max(1, |value of the CPU|). It is worth using when it is also the faster one on
//! a gigaflop of convolutions: a software adapter passes, but is not worth it.

mod nets;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::base::Tensor;

use super::check::guarded;
use super::onnxruntime::{Assignment, Loaded};
use super::{Provider, child, providers, runtime, threads};

/// How far a provider may be from the CPU, absolute below 1 and relative above: single precision
/// summed in another order stays below a tenth of it, half precision or a broken driver does not.
pub(super) const TOLERANCE: f32 = 1e-3;

/// What the child found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Name of the provider tried.
    provider: String,
    /// Why it could not be tried, if so.
    failure: Option<String>,
    /// Nodes of the network with many operators, by execution provider.
    pub(super) nodes: Assignment,
    /// Largest difference to the CPU, see [`TOLERANCE`].
    pub(super) difference: f32,
    /// From loading the first network to its first answer: drivers compile shaders meanwhile.
    pub(super) first_ms: f32,
    /// The network with much work, by the provider.
    pub(super) work_ms: f32,
    /// The network with much work, by the CPU.
    pub(super) cpu_work_ms: f32,
}

impl Answer {
    fn empty(provider: Provider, failure: Option<String>) -> Self {
        Self {
            provider: provider.to_string(),
            failure,
            nodes: Assignment::new(),
            difference: 0.0,
            first_ms: 0.0,
            work_ms: 0.0,
            cpu_work_ms: 0.0,
        }
    }

    /// Why a provider that passed is better not used unless asked for.
    pub(super) fn slowness(&self) -> Option<String> {
        let is_gpu = self.provider != Provider::Cpu.as_str();
        (is_gpu && self.work_ms > self.cpu_work_ms).then(|| {
            format!(
                "it is slower than the CPU here ({:.0} ms against {:.0} ms)",
                self.work_ms, self.cpu_work_ms
            )
        })
    }
}

/// Whether an answer lets a provider be used; the reason if not.
pub(super) fn judge(line: &str) -> Result<Answer, String> {
    let answer: Answer = serde_json::from_str(line)
        .map_err(|e| format!("trying it out gave an answer that cannot be read: {e}"))?;
    if let Some(failure) = answer.failure {
        return Err(failure);
    }
    let provider: Provider = answer.provider.parse().map_err(|e| format!("{e}"))?;
    providers::describe(provider, &answer.nodes)?;
    if answer.difference.is_nan() || answer.difference > TOLERANCE {
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
    let answer = guarded(|| try_provider(provider, Path::new(library)))
        .unwrap_or_else(|failure| Answer::empty(provider, Some(failure)));
    let print = || -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "\n{}{}", child::MARK, serde_json::to_string(&answer)?)?;
        stdout.flush()
    };
    u8::from(print().is_err())
}

fn try_provider(provider: Provider, library: &Path) -> Result<Answer, String> {
    let runtime = runtime::start(library).map_err(|e| e.to_string())?;
    let n_threads = threads::resolve(0);
    let load = |provider, model: &[u8]| Loaded::new(runtime, provider, model, n_threads);
    let mut answer = Answer::empty(provider, None);

    let (model, input) = (nets::many_operators(), nets::small_input());
    let outputs = ["pixels".to_owned(), "summary".to_owned()];
    let expected = load(Provider::Cpu, &model)?.run(("input", &input), &outputs)?;
    let start = Instant::now();
    let mut tried = load(provider, &model)?;
    for run in 0..2 {
        let found = tried.run(("input", &input), &outputs)?;
        if run == 0 {
            answer.first_ms = millis_since(start);
        }
        answer.difference = answer.difference.max(difference(&expected, &found));
    }
    answer.nodes = tried.assignment()?;

    let (model, input) = (nets::much_work(), nets::large_input());
    let (expected, cpu_work_ms) = time(load(Provider::Cpu, &model)?, &input)?;
    let (found, work_ms) = time(load(provider, &model)?, &input)?;
    (answer.work_ms, answer.cpu_work_ms) = (work_ms, cpu_work_ms);
    answer.difference = answer.difference.max(difference(&expected, &found));
    Ok(answer)
}

/// The outputs and the best time of a few runs after a first one that does not count.
fn time(mut network: Loaded, input: &Tensor) -> Result<(Vec<Tensor>, f32), String> {
    const N_RUNS: usize = 3;
    const ENOUGH_MS: f32 = 2000.0;
    let outputs = ["work".to_owned()];
    let start = Instant::now();
    let mut found = network.run(("input", input), &outputs)?;
    let mut best_ms = f32::MAX;
    for run in 0..N_RUNS {
        if run > 0 && millis_since(start) > ENOUGH_MS {
            break;
        }
        let start = Instant::now();
        found = network.run(("input", input), &outputs)?;
        best_ms = best_ms.min(millis_since(start));
    }
    Ok((found, best_ms))
}

fn millis_since(start: Instant) -> f32 {
    start.elapsed().as_secs_f32() * 1e3
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            nodes: [("CUDAExecutionProvider".to_owned(), 3)].into(),
            difference: 1e-5,
            work_ms: 2.0,
            cpu_work_ms: 30.0,
            ..Answer::empty(Provider::Cuda, None)
        }
    }

    #[test]
    fn a_provider_slower_than_the_cpu_is_told_apart() {
        assert_eq!(answer().slowness(), None);
        let slow = Answer { work_ms: 900.0, ..answer() };
        assert!(slow.slowness().unwrap().contains("900 ms against 30 ms"), "with figures");
        let cpu = Answer { provider: "cpu".to_owned(), ..slow };
        assert_eq!(cpu.slowness(), None, "the CPU is not compared with itself");
    }

    fn judged(answer: &Answer) -> Result<Answer, String> {
        judge(&serde_json::to_string(answer).unwrap())
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
        assert!(judge("{}").is_err(), "not an answer");
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
