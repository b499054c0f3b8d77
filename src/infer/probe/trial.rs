//! Runs the test of a provider inside the child process.
//!
//! Two small networks run on the provider and on the CPU. A provider passes when it runs at least one
//! node and every value is within the tolerance. It is worth using when it is also faster on one
//! gigaflop of convolutions: a software adapter passes, but is slower.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use super::report::ProbeReport;
use super::{nets, process};
use crate::base::Tensor;
use crate::infer::model_io::catch_panic;
use crate::infer::onnxruntime::LoadedModel;
use crate::infer::options::resolve_threads;
use crate::infer::provider::Provider;
use crate::infer::runtime;

/// Runs the hidden command `probe-provider PROVIDER LIBRARY`: tests the provider and prints a report.
///
/// Call [`disarm_telemetry`](crate::infer::disarm_telemetry) before. Returns the exit code: 0 when a
/// report was printed, whatever it says; 1 for invalid arguments or when printing failed.
pub fn probe_child_main(args: &[OsString]) -> u8 {
    let [provider, library] = args else { return 1 };
    let Some(provider) = provider.to_str().and_then(|text| text.parse::<Provider>().ok()) else {
        return 1;
    };
    let report = catch_panic(|| measure(provider, Path::new(library)))
        .unwrap_or_else(|failure| ProbeReport::empty(provider, Some(failure)));
    let print = || -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "\n{}{}", process::MARK, serde_json::to_string(&report)?)?;
        stdout.flush()
    };
    u8::from(print().is_err())
}

fn measure(provider: Provider, library: &Path) -> Result<ProbeReport, String> {
    let runtime = runtime::start(library).map_err(|e| e.to_string())?;
    let n_threads = resolve_threads(0);
    let load = |provider, model: &[u8]| LoadedModel::new(runtime, provider, model, n_threads);
    let mut report = ProbeReport::empty(provider, None);

    let (model, input) = (nets::many_operators(), nets::small_input());
    let outputs = ["pixels".to_owned(), "summary".to_owned()];
    let expected = load(Provider::Cpu, &model)?.run(("input", &input), &outputs)?;
    let start = Instant::now();
    let mut tested = load(provider, &model)?;
    for run in 0..2 {
        let found = tested.run(("input", &input), &outputs)?;
        if run == 0 {
            report.first_ms = millis_since(start);
        }
        report.difference = report.difference.max(difference(&expected, &found));
    }
    report.nodes = tested.assignment()?;

    let (model, input) = (nets::much_work(), nets::large_input());
    let (expected, cpu_work_ms) = best_time(load(Provider::Cpu, &model)?, &input)?;
    let (found, work_ms) = best_time(load(provider, &model)?, &input)?;
    (report.work_ms, report.cpu_work_ms) = (work_ms, cpu_work_ms);
    report.difference = report.difference.max(difference(&expected, &found));
    Ok(report)
}

/// The outputs, and the best time in milliseconds of a few runs after a warm-up.
fn best_time(mut network: LoadedModel, input: &Tensor) -> Result<(Vec<Tensor>, f32), String> {
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

/// Largest `|a - b| / max(1, |a|)`; [`f32::MAX`] when shapes differ or a value is not finite (JSON
/// has no infinity).
pub(in crate::infer) fn difference(expected: &[Tensor], found: &[Tensor]) -> f32 {
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

    #[test]
    fn differences_are_relative_above_one_and_nan_is_infinite() {
        let t = |data: &[f32]| vec![Tensor { shape: vec![data.len()], data: data.to_vec() }];
        assert_eq!(difference(&t(&[100.0, 0.0]), &t(&[101.0, 0.005])), 0.01);
        assert_eq!(difference(&t(&[1.0]), &t(&[f32::NAN])), f32::MAX);
        assert_eq!(difference(&t(&[1.0]), &t(&[1.0, 1.0])), f32::MAX);
    }

    #[test]
    fn invalid_arguments_exit_with_one() {
        assert_eq!(probe_child_main(&[]), 1);
        assert_eq!(probe_child_main(&["gpu".into(), "x".into()]), 1);
    }
}
