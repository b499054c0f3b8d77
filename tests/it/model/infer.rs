//! The engines: they agree with each other, and what cannot be had is said in a sentence.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use pentimento::base::Tensor;
use pentimento::bundle::{Bundle, InputSize};
use pentimento::infer::{self, Engine, EngineChoice, EngineOptions, Error, ProbeOptions, Provider};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::{onnxruntime, rten, skip};

/// Largest difference between the engines: absolute below 1, relative above.
const TOLERANCE: f32 = 1e-4;

/// Options that never touch the user's cache folder and try providers through our program.
fn options(cache: &Path) -> EngineOptions {
    EngineOptions {
        probe: ProbeOptions {
            program: Some(PathBuf::from(env!("CARGO_BIN_EXE_pentimento"))),
            cache: Some(cache.to_owned()),
            ..ProbeOptions::default()
        },
        ..EngineOptions::default()
    }
}

/// ONNX Runtime on the CPU, if there is a library.
fn ort() -> Option<Engine> {
    let options = EngineOptions {
        engine: EngineChoice::Ort,
        provider: Some(Provider::Cpu),
        library: onnxruntime(),
        ..EngineOptions::default()
    };
    match Engine::start(&options) {
        Ok(engine) => Some(engine),
        Err(error) => {
            skip(&format!("ONNX Runtime: {error}"));
            None
        }
    }
}

/// The shipped bundles.
fn bundles() -> Vec<Bundle> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(models).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("card.toml").is_file());
    folders.sort();
    let bundles: Vec<Bundle> = folders.iter().map(|f| Bundle::read(f).unwrap()).collect();
    assert!(!bundles.is_empty(), "no bundle is shipped");
    bundles
}

fn yunet() -> Bundle {
    bundles().into_iter().find(|b| b.card.name == "yunet").unwrap()
}

/// Noise over the range of pixel values, normalized as the card says; not square where that fits.
fn noise(bundle: &Bundle, seed: u32) -> Tensor {
    let input = &bundle.card.input;
    let (height, width) = match input.size {
        InputSize::SquarePx(side) => (side as usize, side as usize),
        InputSize::MultipleOf(step) => (5 * step as usize, 3 * step as usize),
    };
    let mut rng = StdRng::seed_from_u64(u64::from(seed));
    let data = (0..3 * height * width)
        .map(|i| {
            let (channel, pixel) = (i / (height * width), f32::from(rng.random::<u8>()));
            (pixel - input.mean[channel]) / input.std[channel]
        })
        .collect();
    Tensor::new(vec![1, 3, height, width], data).unwrap()
}

/// Largest `|a - b| / max(1, |a|)`.
fn difference(expected: &[Tensor], found: &[Tensor]) -> f32 {
    assert_eq!(expected.len(), found.len(), "as many outputs");
    let mut worst = 0.0f32;
    for (a, b) in expected.iter().zip(found) {
        assert_eq!(a.shape, b.shape, "the same shapes");
        for (a, b) in a.data.iter().zip(&b.data) {
            worst = worst.max((a - b).abs() / a.abs().max(1.0));
        }
    }
    worst
}

#[test]
fn both_engines_agree_on_every_shipped_bundle() {
    let Some(ort) = ort() else { return };
    let rten = rten();
    for bundle in bundles() {
        let name = &bundle.card.name;
        let (mut a, mut b) = (ort.load(&bundle).unwrap(), rten.load(&bundle).unwrap());
        assert!(a.engine().engine.starts_with("onnxruntime 1."), "{:?}", a.engine());
        assert!(b.engine().engine.starts_with("rten "), "{:?}", b.engine());
        let mut previous: Option<Vec<Tensor>> = None;
        for seed in [1, 2] {
            let input = noise(&bundle, seed);
            let (x, y) = (a.run(&input).unwrap(), b.run(&input).unwrap());
            assert_eq!(x.len(), bundle.card.outputs.len(), "{name}");
            let worst = difference(&x, &y);
            println!("{name}, noise {seed}: the engines differ by {worst:e}");
            assert!(worst <= TOLERANCE, "{name}: {worst:e}");
            // The comparison would also hold for outputs that do not depend on the input.
            if let Some(previous) = &previous {
                assert!(difference(previous, &x) > TOLERANCE, "{name} ignores its input");
            }
            previous = Some(x);
        }
    }
}

#[test]
fn the_cpu_gets_all_nodes_and_is_shown() {
    let Some(ort) = ort() else { return };
    let session = ort.load(&yunet()).unwrap();
    // The name would be `cpu+…` or an error if another provider had got nodes.
    assert_eq!(session.engine().provider, "cpu");
    assert_eq!(ort.info().unused_providers, vec![], "asked for by name: nothing fell out");
}

#[test]
fn the_same_input_gives_the_same_output() {
    let engines = [Some(rten()), ort()];
    for engine in engines.into_iter().flatten() {
        let mut session = engine.load(&yunet()).unwrap();
        let input = noise(&yunet(), 3);
        assert_eq!(session.run(&input).unwrap(), session.run(&input).unwrap());
    }
}

#[test]
fn inputs_that_do_not_fit_are_errors_in_both_engines() {
    let engines = [Some(rten()), ort()];
    for engine in engines.into_iter().flatten() {
        let mut session = engine.load(&yunet()).unwrap();
        let mut refused = |shape: &[usize], value: f32| {
            let n_values = shape.iter().product();
            let input = Tensor { shape: shape.to_vec(), data: vec![value; n_values] };
            let error = session.run(&input).unwrap_err();
            assert!(matches!(error, Error::Input { .. }), "{error}");
            error.to_string()
        };
        let text = refused(&[1, 3, 33, 64], 0.0);
        assert!(text.contains("yunet") && text.contains("[1, 3, 33, 64]"), "{text}");
        refused(&[1, 1, 64, 64], 0.0);
        refused(&[3, 64, 64], 0.0);
        refused(&[1, 3, 0, 64], 0.0);
        refused(&[1, 3, 64, 64], f32::NAN);
        assert!(session.run(&noise(&yunet(), 1)).is_ok(), "the session survives refusals");
    }
}

#[test]
fn models_that_are_not_what_their_card_says_are_errors_in_both_engines() {
    let engines = [Some(rten()), ort()];
    for engine in engines.into_iter().flatten() {
        let refused = |bundle: &Bundle| match engine.load(bundle) {
            Err(error @ Error::Model { .. }) => error.to_string(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("loaded"),
        };
        let mut bundle = yunet();
        bundle.card.outputs.push("absent".to_owned());
        assert!(refused(&bundle).contains("\"absent\""), "a missing output is named");
        let mut bundle = yunet();
        bundle.card.input.name = "other".to_owned();
        assert!(refused(&bundle).contains("\"other\""), "a missing input is named");
        let mut bundle = yunet();
        for (i, byte) in bundle.model.iter_mut().enumerate() {
            *byte = (i % 251) as u8;
        }
        refused(&bundle);
        bundle.model.clear();
        refused(&bundle);
    }
}

#[test]
fn models_cut_anywhere_are_refused_without_a_panic() {
    let engines = [Some(rten()), ort()];
    let whole = yunet();
    for engine in engines.into_iter().flatten() {
        let mut n_refused = 0;
        for eighth in 0..8 {
            let mut bundle = whole.clone();
            bundle.model.truncate(whole.model.len() * eighth / 8 + 1);
            // A cut between two weights may still be a model; then it must run or refuse.
            let ran = engine.load(&bundle).and_then(|mut session| session.run(&noise(&whole, 1)));
            if let Err(error) = ran {
                // The engine's panics are caught and become errors of this text.
                assert!(!error.to_string().contains("panicked"), "{eighth}/8: {error}");
                n_refused += 1;
            }
        }
        assert!(n_refused >= 7, "only {n_refused} of 8 were refused: was anything cut off?");
    }
}

#[test]
fn engines_are_shared_between_threads() {
    let engine = ort().unwrap_or_else(rten);
    let bundle = yunet();
    let input = noise(&bundle, 4);
    let expected = engine.load(&bundle).unwrap().run(&input).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (engine, bundle, input, expected) = (engine.clone(), &bundle, &input, &expected);
            scope.spawn(move || {
                let found = engine.load(bundle).unwrap().run(input).unwrap();
                assert!(
                    difference(expected, &found) <= TOLERANCE,
                    "another thread, another answer"
                );
            });
        }
    });
}

#[test]
fn a_forced_provider_that_cannot_be_had_is_an_error_with_a_remedy() {
    let cache = tempfile::tempdir().unwrap();
    let start = |engine, provider| {
        let provider = Some(provider);
        Engine::start(&EngineOptions { engine, provider, ..options(cache.path()) })
    };
    let text = start(EngineChoice::Rten, Provider::Cuda).unwrap_err().to_string();
    assert!(text.contains("cuda") && text.contains("choose the engine ONNX Runtime"), "{text}");
    if ort().is_none() {
        return;
    }
    let foreign = if cfg!(windows) { Provider::CoreMl } else { Provider::DirectMl };
    let error = start(EngineChoice::Auto, foreign).unwrap_err();
    assert!(matches!(error, Error::Provider { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(foreign.as_str()) && text.contains("exists only under"), "{text}");
    // No test machine of ours has the package with TensorRT.
    let text = start(EngineChoice::Auto, Provider::TensorRt).unwrap_err().to_string();
    assert!(text.contains("tensorrt") && text.contains("onnxruntime-gpu"), "{text}");
}

#[test]
fn a_library_that_is_none_is_reported_and_rten_serves() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("libonnxruntime.so");
    std::fs::write(&file, "no library").unwrap();
    for library in [file, folder.path().join("absent")] {
        let library = Some(library);
        let wish = EngineOptions { library, ..options(folder.path()) };
        let info = Engine::start(&wish).unwrap().info();
        assert!(info.engine.starts_with("rten "), "{info:?}");
        let [unused] = info.unused_providers.as_slice() else { panic!("{info:?}") };
        assert_eq!(unused.provider, "onnxruntime");
        assert!(unused.reason.contains("ONNX Runtime library"), "{}", unused.reason);
        let forced = EngineOptions { engine: EngineChoice::Ort, ..wish };
        let text = Engine::start(&forced).unwrap_err().to_string();
        assert!(text.contains(folder.path().to_str().unwrap()), "names the file: {text}");
    }
}

/// A folder with the library and a file that passes for the WebGPU plugin, so that the provider
/// is tried. `None` when that cannot be had in this process.
#[cfg(target_os = "linux")]
fn with_sham_plugin(folder: &Path) -> Option<PathBuf> {
    let file = onnxruntime().and_then(|folder| {
        let entries = std::fs::read_dir(&folder).ok()?;
        let mut files = entries.flatten().map(|entry| entry.path());
        files.find(|f| f.to_string_lossy().contains("libonnxruntime.so"))
    });
    let Some(file) = file else {
        skip("no ONNX Runtime library to copy");
        return None;
    };
    std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    std::fs::write(folder.join("libonnxruntime_providers_webgpu.so"), "no plugin").unwrap();
    Some(folder.join(file.file_name().unwrap()))
}

/// What `doctor` and every start do, in a process of its own: this test process is bound to the
/// library it loaded first.
#[cfg(target_os = "linux")]
fn start_elsewhere(library: &Path, cache: &Path, program: &Path) -> (String, Duration) {
    let start = std::time::Instant::now();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["model::infer::child_that_starts_an_engine", "--exact", "--nocapture", "--ignored"])
        .env("PENTIMENTO_TEST_LIBRARY", library)
        .env("PENTIMENTO_TEST_CACHE", cache)
        .env("PENTIMENTO_TEST_PROGRAM", program)
        .output()
        .unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), start.elapsed())
}

#[test]
#[ignore = "not a test: run by the ones that need a process of their own"]
fn child_that_starts_an_engine() {
    let library = std::env::var_os("PENTIMENTO_TEST_LIBRARY");
    let library = library.expect("the test that starts it names the library");
    let path = |name: &str| PathBuf::from(std::env::var_os(name).unwrap_or_default());
    let engine = Engine::start(&EngineOptions {
        library: Some(PathBuf::from(library)),
        probe: ProbeOptions {
            program: Some(path("PENTIMENTO_TEST_PROGRAM")),
            limit: Duration::from_secs(1),
            cache: Some(path("PENTIMENTO_TEST_CACHE")),
        },
        ..EngineOptions::default()
    });
    println!("{engine:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_probe_that_hangs_is_killed_and_not_started_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = with_sham_plugin(folder.path()) else { return };
    // Writes its process id, then hangs.
    let program = folder.path().join("hangs");
    let trace = folder.path().join("pid");
    let script = format!("#!/bin/sh\necho $$ >> {}\nexec sleep 600\n", trace.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();

    let (text, took) = start_elsewhere(&library, folder.path(), &program);
    assert!(text.contains("did not answer within 1 s and was stopped"), "{text}");
    assert!(text.contains("provider: \"cpu\""), "the CPU serves: {text}");
    assert!(took < Duration::from_mins(1), "took {took:?}");
    let pid = std::fs::read_to_string(&trace).unwrap();
    let alive = Path::new("/proc").join(pid.trim()).exists();
    assert!(!alive, "the hanging child {pid} still runs");

    let (again, _) = start_elsewhere(&library, folder.path(), &program);
    assert!(again.contains("did not answer within 1 s"), "the verdict was kept: {again}");
    let n_starts = std::fs::read_to_string(&trace).unwrap().lines().count();
    assert_eq!(n_starts, 1, "a kept verdict starts no child");
}

#[test]
#[cfg(target_os = "linux")]
fn a_broken_plugin_falls_out_with_the_loader_s_words() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = with_sham_plugin(folder.path()) else { return };
    let program = Path::new(env!("CARGO_BIN_EXE_pentimento"));
    let (text, _) = start_elsewhere(&library, folder.path(), program);
    assert!(text.contains("provider: \"cpu\""), "{text}");
    assert!(text.contains("libonnxruntime_providers_webgpu.so"), "{text}");
}

#[test]
fn the_probe_child_answers_for_the_cpu() {
    let Some(engine) = ort() else { return };
    let cache = tempfile::tempdir().unwrap();
    let diagnosis = infer::diagnose(&options(cache.path()));
    let used = diagnosis.libraries.iter().find(|l| l.is_used).unwrap();
    assert_eq!(used.version.as_deref(), Some(engine.info().engine.as_str()));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .arg("probe-provider")
        .arg("cpu")
        .arg(used.path.canonicalize().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|l| l.strip_prefix("pentimento-probe ")).unwrap();
    let answer: serde_json::Value = serde_json::from_str(line).unwrap();
    let nodes = answer["nodes"].as_object().unwrap();
    assert!(nodes.len() == 1 && nodes["CPUExecutionProvider"].as_u64() > Some(5), "{line}");
    assert_eq!(answer["difference"].as_f64(), Some(0.0), "{line}");
}

#[test]
fn the_diagnosis_names_what_is_missing_and_the_command_that_mends_it() {
    let cache = tempfile::tempdir().unwrap();
    let absent = cache.path().join("absent");
    let diagnosis =
        infer::diagnose(&EngineOptions { library: Some(absent.clone()), ..options(cache.path()) });
    assert_eq!(diagnosis.looked_in, [absent]);
    assert!(diagnosis.libraries.is_empty() && diagnosis.providers.is_empty(), "{diagnosis:?}");
    let remedy = diagnosis.library_remedy.unwrap();
    let names_both = ["pentimento setup engine", "onnxruntime/1.28.0"].map(|w| remedy.contains(w));
    assert_eq!(names_both, [true, true], "{remedy}");
    assert!(diagnosis.chosen.unwrap().engine.starts_with("rten "), "rten serves");
    if ort().is_none() {
        return;
    }
    let diagnosis = infer::diagnose(&options(cache.path()));
    let cpu = diagnosis.providers.last().unwrap();
    assert!(cpu.provider == Provider::Cpu && cpu.is_usable, "{cpu:?}");
    assert_eq!(diagnosis.library_remedy, None);
    for finding in diagnosis.providers.iter().filter(|f| !f.is_usable) {
        assert!(finding.remedy.is_some() && !finding.detail.is_empty(), "{finding:?}");
    }
}

/// Scales the weights of convolutions so that random ones keep the spread of their input (burn's
/// own start shrinks it layer by layer until only the biases are left).
#[cfg(feature = "train")]
struct KeepSpread;

#[cfg(feature = "train")]
impl burn::module::ModuleMapper for KeepSpread {
    fn map_float<const D: usize>(
        &mut self,
        param: burn::module::Param<burn::tensor::Tensor<D>>,
    ) -> burn::module::Param<burn::tensor::Tensor<D>> {
        param.map(|weights| if D == 4 { weights * 2.0 } else { weights })
    }
}

/// The trainer's net with random weights and uneven normalization, as the trainer computes it and
/// as both engines compute its export.
#[cfg(feature = "train")]
#[test]
fn engines_compute_what_the_trainer_computes() {
    use burn::module::{Module as _, Param, RunningState};
    use burn::tensor::{Device, Distribution, Tensor as Burn};
    use pentimento::train::net;
    use pentimento::train::publish::export;

    let device = Device::flex();
    device.seed(5);
    let mut model = net::Lae::new(&device).map(&mut KeepSpread);
    let uneven =
        |low, high| Burn::<1>::random([2 * net::HALF], Distribution::Uniform(low, high), &device);
    let norm = &mut model.head.norm;
    norm.running_mean = RunningState::new(uneven(-0.1, 0.1));
    norm.running_var = RunningState::new(uneven(0.1, 0.5));
    norm.gamma = Param::from_tensor(uneven(0.5, 2.0));
    norm.beta = Param::from_tensor(uneven(-0.5, 0.5));

    for views in [export::Views::One, export::Views::Both] {
        let mut bundle = yunet();
        bundle.card.name = "export".to_owned();
        bundle.card.input = export::input_spec();
        bundle.card.outputs = export::OUTPUTS.map(str::to_owned).to_vec();
        bundle.model = export::to_onnx_at(&model, views, net::INPUT_PX, &[]);

        // The third picture is the mirror image of the first.
        let (a, b) = (noise(&bundle, 7), noise(&bundle, 8));
        let mut c = a.data.clone();
        c.chunks_exact_mut(net::INPUT_PX).for_each(<[f32]>::reverse);
        let mut shape = a.shape.clone();
        shape[0] = 3;
        let batch = Tensor::new(shape, [a.data, b.data, c].concat()).unwrap();
        let (form, data) = (net::HeadForm::Conv, batch.data.clone());
        let written = export::reference(&model, form, views, data, net::INPUT_PX, &device);
        let export::Reference { logits: logit, maps: map, .. } = written;
        assert!((logit[0] - logit[1]).abs() > 0.01, "the net sees no difference: {logit:?}");
        let is_even = (logit[0] - logit[2]).abs() < 1e-4;
        assert_eq!(is_even, views == export::Views::Both, "a picture and its mirror: {logit:?}");
        let spread = |op: fn(f32, f32) -> f32| map.iter().copied().reduce(op).unwrap();
        assert!(spread(f32::max) - spread(f32::min) > 0.3, "the map is flat");
        let cells = net::MAP_CELLS * net::MAP_CELLS;
        let mut turned = map[2 * cells..].to_vec();
        turned.chunks_exact_mut(net::MAP_CELLS).for_each(<[f32]>::reverse);
        let turn = map[..cells].iter().zip(&turned).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert_eq!(turn < 1e-4, views == export::Views::Both, "the map does not turn: {turn}");
        let channels = written.embedding.len() / 3;
        let first = &written.embedding[..channels];
        assert!(first != &written.embedding[channels..2 * channels], "nothing tells them apart");
        assert!(first.iter().any(|v| *v > 0.1), "nothing excites it: {first:?}");
        let expected = [
            Tensor::new(vec![3], logit).unwrap(),
            Tensor::new(vec![3, 1, net::MAP_CELLS, net::MAP_CELLS], map).unwrap(),
            Tensor::new(
                vec![3, 3, net::RECONSTRUCTION_PX, net::RECONSTRUCTION_PX],
                written.reconstruction,
            )
            .unwrap(),
            Tensor::new(vec![3, 1, net::MAP_CELLS, net::MAP_CELLS], written.reliability).unwrap(),
            Tensor::new(vec![3, channels], written.embedding).unwrap(),
        ];
        for engine in [Some(rten()), ort()].into_iter().flatten() {
            let found = engine.load(&bundle).unwrap().run(&batch).unwrap();
            let (worst, name) = (difference(&expected, &found), engine.info().engine);
            println!("{name}, {views:?}: differs from the trainer by {worst:e}");
            assert!(worst <= TOLERANCE, "{name}, {views:?}: {worst:e}");
        }
    }
}
