//! Bundles of somebody else in a child process: one operator that takes hours or all memory.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pentimento::base::{Cancel, Tensor};
use pentimento::bundle::{Bundle, InputSize};
use pentimento::infer::{Engine, EngineChoice, EngineOptions, Error, ModelSession, Provider};

use super::endless::{FLOAT, INT64, SIDE_PX, input, node, number, part, value};
use crate::support::{onnxruntime, root, stand_in_card};

/// Spreads the mean of its input over a square and multiplies that with itself: three operators.
fn huge(side: u64) -> Bundle {
    let shape = [1, 3, SIDE_PX as u64, SIDE_PX as u64];
    let sides = [side.to_le_bytes(), side.to_le_bytes()].concat();
    let sides = [number(1, 2), number(2, INT64), part(8, "sides"), part(9, sides)].concat();
    let scalar = [part(1, "keepdims"), number(3, 0), number(20, 2)].concat();
    let graph = [
        node("ReduceMean", &["input"], &["mean"], std::slice::from_ref(&scalar)),
        node("Expand", &["mean", "sides"], &["square"], &[]),
        node("MatMul", &["square", "square"], &["product"], &[]),
        node("ReduceMean", &["product"], &["logit"], &[scalar]),
        part(2, "huge"),
        part(5, sides),
        part(11, value("input", FLOAT, &shape)),
        part(12, value("logit", FLOAT, &[])),
    ]
    .concat();
    let model = [number(1, 9), part(7, graph), part(8, number(2, 17))].concat();
    let mut card = stand_in_card("huge", SIDE_PX as u32);
    card.input.size = InputSize::SquarePx(SIDE_PX as u32);
    card.outputs = vec!["logit".to_owned()];
    Bundle { card, model, folder: PathBuf::new() }
}

/// Options of both engines; ONNX Runtime where it is installed.
fn engines() -> Vec<EngineOptions> {
    let apart = EngineOptions {
        provider: Some(Provider::Cpu),
        threads: 1,
        model_program: Some(env!("CARGO_BIN_EXE_pentimento").into()),
        ..EngineOptions::default()
    };
    let rten = EngineOptions { engine: EngineChoice::Rten, ..apart.clone() };
    let library = onnxruntime();
    let ort = EngineOptions { engine: EngineChoice::Ort, library: library.clone(), ..apart };
    if library.is_some() { vec![rten, ort] } else { vec![rten] }
}

/// How long after it was asked to a run ends. It is asked after a second.
fn stop(session: &mut dyn ModelSession) -> Duration {
    let cancel = Cancel::default();
    session.stop_with(cancel.clone());
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(1));
            cancel.cancel();
            Instant::now()
        });
        let error = session.run(&input()).unwrap_err();
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
        asked.join().unwrap()
    });
    asked.elapsed()
}

#[test]
fn one_operator_that_takes_minutes_is_stopped_at_once_and_the_next_run_begins_anew() {
    for options in engines() {
        let engine = Engine::start(&options).unwrap();
        let mut small = engine.load(&huge(8)).unwrap();
        let found = small.run(&input()).unwrap();
        assert_eq!(found[0].data, [8.0 * 0.25], "the mean of the products");
        let mut session = engine.load(&huge(12_000)).unwrap();
        for _ in 0..2 {
            let took = stop(&mut *session);
            println!("{:?}: {} ms after it was asked to", options.engine, took.as_millis());
            assert!(took < Duration::from_millis(200), "{took:?}");
        }
        let mut limited = options;
        limited.run_limit = Some(Duration::from_secs(1));
        let mut session = Engine::start(&limited).unwrap().load(&huge(12_000)).unwrap();
        let begun = Instant::now();
        let error = session.run(&input()).unwrap_err();
        assert!(error.to_string().contains("more than 1 s"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_operator_that_takes_all_memory_is_stopped() {
    for mut options in engines() {
        options.model_bytes = Some(1 << 30);
        let mut session = Engine::start(&options).unwrap().load(&huge(60_000)).unwrap();
        let error = session.run(&input()).unwrap_err();
        // The system may have killed it before.
        let message = error.to_string();
        let is_told = message.contains("more than 1024 MiB") || message.contains("broke off");
        assert!(is_told, "{message}");
        println!("{:?}: {message}", options.engine);
    }
}

#[test]
fn loading_is_stopped_as_well() {
    for options in engines() {
        let cancel = Cancel::default();
        cancel.cancel();
        let engine = Engine::start(&options).unwrap();
        let begun = Instant::now();
        let Err(error) = engine.loading_until(cancel).load(&huge(8)) else { panic!("loaded") };
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
        assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_child_gives_the_same_numbers_and_refuses_with_the_same_words() {
    let mut bundle = Bundle::read(&root().join("models/lae")).unwrap();
    bundle.card.summary.push('!');
    let InputSize::SquarePx(side) = bundle.card.input.size else { panic!("a square") };
    let n = 2 * 3 * (side * side) as usize;
    let data = (0..n).map(|i| (i * 7919 % 256) as f32 / 255.0).collect();
    let tensor = Tensor::new(vec![2, 3, side as usize, side as usize], data).unwrap();
    for options in engines() {
        let here = EngineOptions { model_program: None, ..options.clone() };
        let [mut here, mut apart] =
            [here, options].map(|options| Engine::start(&options).unwrap().load(&bundle).unwrap());
        assert_eq!(here.engine(), apart.engine());
        for _ in 0..2 {
            let (expected, found) = (here.run(&tensor).unwrap(), apart.run(&tensor).unwrap());
            assert_eq!(found.len(), expected.len());
            assert!(found == expected, "the same values");
        }
    }
    let broken = Bundle { model: b"no model".to_vec(), ..bundle };
    for options in engines() {
        let here = EngineOptions { model_program: None, ..options.clone() };
        let [here, apart] = [here, options].map(|options| {
            let loaded = Engine::start(&options).unwrap().load(&broken);
            loaded.map(|_session| ()).unwrap_err().to_string()
        });
        assert_eq!(apart, here);
    }
}

/// Stands for the program that runs models, when a model has taken it over. It knows shell words
/// only: it may start no program.
#[cfg(target_os = "linux")]
const TURNED: &str = r#"#!/bin/sh
FIRST
echo '"Started"'
did=
read word < "SECRET" && did="$did read:$word"
read word < /etc/passwd && did="$did passwd"
echo stolen > "FOLDER/written" && did="$did wrote"
echo "{\"Failed\":{\"Model\":\"it did:$did.\"}}"
"#;

/// What it did, and whether the engine says that such programs are confined.
#[cfg(target_os = "linux")]
fn turned(first: &str) -> (String, bool) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let [program, secret] = ["program", "secret"].map(|name| folder.path().join(name));
    std::fs::write(&secret, "precious\n").unwrap();
    let text = TURNED.replace("FIRST", first).replace("SECRET", secret.to_str().unwrap());
    std::fs::write(&program, text.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let options = EngineOptions {
        engine: EngineChoice::Rten,
        model_program: Some(program),
        ..EngineOptions::default()
    };
    let engine = Engine::start(&options).unwrap();
    let load = || engine.load(&huge(8)).map(|_session| ()).unwrap_err().to_string();
    // Another test's fork may hold the script open for writing for a moment.
    let turned_reply = (0..50).map(|_| load()).find(|message| !message.contains("busy")).unwrap();
    let is_confined = engine.confines_foreign().unwrap().unwrap();
    (turned_reply, is_confined)
}

#[cfg(target_os = "linux")]
#[test]
fn a_model_that_takes_its_engine_over_reads_and_writes_nothing() {
    use pentimento::confine::safeguards;
    if safeguards().iter().any(|part| !part.is_in_force) || !PathBuf::from("/bin/sh").is_file() {
        return crate::support::skip("this kernel lacks Landlock or seccomp, or there is no shell");
    }
    let (turned_reply, is_confined) = turned("");
    assert!(turned_reply.contains("it did:.") && is_confined, "{turned_reply}");
    // An engine that does not start so runs without, and the doctor says it.
    let (message, is_confined) = turned("read word < \"SECRET\" || exit 3");
    assert!(message.contains("it did: read:precious passwd wrote."), "{message}");
    assert!(!is_confined);
}
