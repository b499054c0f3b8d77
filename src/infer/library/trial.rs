//! Tries a library out: in child processes, against the built-in engine.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::base::{Cancel, EngineInfo, Tensor};
use crate::bundle::{Bundle, InputSize};
use crate::infer::apart::{ApartEngine, ModelProgram};
use crate::infer::options::{EngineOptions, ProbeOptions, resolve_threads};
use crate::infer::probe::{ProbeReport, TOLERANCE, difference, run_probe};
use crate::infer::{Error, ModelSession as _, Provider};

/// Runs of each engine behind a first one, in turns.
const N_RUNS: usize = 5;
/// Side of the input of a model that takes any.
const FREE_SIDE_PX: u32 = 320;

/// A library beside the built-in engine, on the processor.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct LibraryTrial {
    /// Median time of one face in the built-in engine.
    pub built_in_ms: f32,
    /// Median time of one face in the library.
    pub library_ms: f32,
    /// Largest difference of an output, absolute below 1 and relative above.
    pub difference: f32,
}

/// What became of the provider that a package brings.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ProviderTrial {
    /// Name of the provider.
    pub provider: String,
    /// Time of one gigaflop of convolutions on it and on the processor; `None` when it does not work.
    pub work_ms: Option<(f32, f32)>,
    /// Why it is not used.
    pub why_not: Option<String>,
}

/// Runs the detector in both engines, each in a child process of `program`.
///
/// # Errors
///
/// The library does not start, does not run the model, or its answers differ by more than [`TOLERANCE`].
pub(super) fn try_library(
    program: &Path,
    library: &Path,
    bundle: &Bundle,
    cancel: &Cancel,
) -> Result<LibraryTrial, Error> {
    let options = EngineOptions { model_program: Some(program.to_owned()), ..Default::default() };
    let refuse = |reason: String| Error::Library { reason, path: library.to_owned() };
    // A library may not run first and be judged then: where it does not start confined, it does not start.
    let runner = ModelProgram::named_in(&options)
        .map(ModelProgram::confined_only)
        .ok_or_else(|| refuse("there is no program to try it with".to_owned()))?;
    let load = |library| {
        let engine = ApartEngine {
            library,
            provider: Provider::Cpu,
            n_threads: resolve_threads(0),
            run_limit: None,
        };
        let info = EngineInfo {
            engine: String::new(),
            provider: Provider::Cpu.to_string(),
            unused_providers: Vec::new(),
            remote: None,
        };
        runner.load(bundle, engine, info, cancel)
    };
    let (mut built_in, mut tried) = (load(None)?, load(Some(library))?);
    for session in [&mut built_in, &mut tried] {
        session.stop_with(cancel.clone());
    }
    let input = input(bundle);
    let (expected, found) = (built_in.run(&input)?, tried.run(&input)?);
    let difference = difference(&expected, &found);
    if difference > TOLERANCE {
        return Err(refuse(format!(
            "its answers differ from those of the built-in engine by {difference:e}, allowed are {TOLERANCE:e}"
        )));
    }
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..N_RUNS {
        for (session, times) in [&mut built_in, &mut tried].into_iter().zip(&mut times) {
            let start = Instant::now();
            session.run(&input)?;
            times.push(start.elapsed().as_secs_f32() * 1e3);
        }
    }
    let [built_in_ms, library_ms] = times.map(median);
    Ok(LibraryTrial { built_in_ms, library_ms, difference })
}

/// Tests a provider with the library in its folder.
pub(super) fn try_provider(program: &Path, library: PathBuf, provider: Provider) -> ProviderTrial {
    let arguments = [provider.as_str().into(), library.into_os_string()];
    let tested = run_probe(program, &arguments, ProbeOptions::default().limit)
        .and_then(|line| ProbeReport::parse(&line));
    let (work_ms, why_not) = match tested {
        Ok(report) => (Some((report.work_ms, report.cpu_work_ms)), report.slowness()),
        Err(why) => (None, Some(why)),
    };
    ProviderTrial { provider: provider.to_string(), work_ms, why_not }
}

/// A gentle pattern in the range of what the card's mean and deviation make of pixels.
fn input(bundle: &Bundle) -> Tensor {
    let side = match bundle.card.input.size {
        InputSize::SquarePx(side) => side,
        InputSize::MultipleOf(step) => FREE_SIDE_PX.next_multiple_of(step.max(1)),
    } as usize;
    let n = 3 * side * side;
    let data = (0..n).map(|i| ((i % 251) as f32 * 0.1).sin()).collect();
    Tensor { shape: vec![1, 3, side, side], data }
}

fn median(mut times: Vec<f32>) -> f32 {
    times.sort_by(f32::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::base::skip_test;
    use crate::confine::safeguards;

    /// A program that fails wherever it runs, and writes a file where it may.
    fn program(folder: &Path) -> (PathBuf, PathBuf) {
        let (program, mark) = (folder.join("program"), folder.join("ran-open"));
        let script = format!("#!/bin/sh\n: > '{}'\nexit 1\n", mark.display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        (program, mark)
    }

    #[test]
    fn a_library_on_trial_never_runs_without_confinement() {
        if safeguards().iter().any(|part| !part.is_in_force) {
            return skip_test("this kernel cannot shut files and system calls to a process");
        }
        let folder = tempfile::tempdir().unwrap();
        let (program, mark) = program(folder.path());
        let card = crate::bundle::test_card();
        let bundle = Bundle::write(&folder.path().join("bundle"), card, vec![1, 2, 3]).unwrap();
        let library = folder.path().join("library.so");
        try_library(&program, &library, &bundle, &Cancel::default()).unwrap_err();
        assert!(!mark.exists(), "it was started again without confinement");
        // A model of somebody else may be: the mark shows that it was.
        let options = EngineOptions { model_program: Some(program), ..EngineOptions::default() };
        let engine =
            ApartEngine { library: None, provider: Provider::Cpu, n_threads: 1, run_limit: None };
        let usual = ModelProgram::named_in(&options).unwrap();
        let loaded = usual.load(&bundle, engine, EngineInfo::default(), &Cancel::default());
        assert!(loaded.is_err() && mark.exists(), "else this test shows nothing");
    }
}
