//! A model server in place of an engine: one that answers rightly, and those that do not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::time::{Duration, Instant};

use pentimento::base::{Cancel, RemoteServer, Tensor};
use pentimento::bundle::Bundle;
use pentimento::infer::{Engine, EngineChoice, EngineOptions, Error, ModelSession, RemoteOptions};

use crate::support::model_server::{Act, Conduct, InferResponse, ModelServer};
use crate::support::{rten, stand_in_detector};

/// A stand-in for the detector.
fn bundle(gain: f32) -> Bundle {
    stand_in_detector(tempfile::tempdir().unwrap().path(), "lae", gain)
}

/// Options that give up early.
fn options(server: &ModelServer) -> EngineOptions {
    let remote = RemoteOptions::new(server.address().parse().unwrap(), false).unwrap();
    EngineOptions {
        engine: EngineChoice::Rten,
        run_limit: Some(Duration::from_secs(2)),
        remote: Some(RemoteOptions { patience: Duration::from_secs(2), ..remote }),
        ..EngineOptions::default()
    }
}

fn or_local(options: EngineOptions) -> EngineOptions {
    let remote = options.remote.map(|remote| RemoteOptions { or_local: true, ..remote });
    EngineOptions { remote, ..options }
}

fn load(options: &EngineOptions, bundle: &Bundle) -> Result<Box<dyn ModelSession>, Error> {
    Engine::start(options).unwrap().load_for_crops(bundle)
}

/// `n` crops that differ.
fn crops(n: usize) -> Tensor {
    let data = (0..n * 3 * 32 * 32).map(|i| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
    Tensor { shape: vec![n, 3, 32, 32], data }
}

/// Why a server is refused before its first run.
fn refusal(conduct: Conduct) -> String {
    let bundle = bundle(1.0);
    let server = ModelServer::start(&bundle, conduct);
    let Err(error) = load(&options(&server), &bundle) else { panic!("it was taken") };
    assert!(error.to_string().contains(&server.address()), "{error}");
    error.to_string()
}

fn shift(mut answer: InferResponse, output: usize, by: f32) -> InferResponse {
    let bytes = &mut answer.raw_outputs[output][..4];
    let value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    bytes.copy_from_slice(&(value + by).to_le_bytes());
    answer
}

#[test]
fn a_server_gives_the_answers_of_the_local_engine_and_is_named() {
    let bundle = bundle(1.0);
    let server = ModelServer::start(&bundle, Conduct::default());
    let mut there = load(&options(&server), &bundle).unwrap();
    let mut here = rten().load(&bundle).unwrap();
    // Of 400 crops a message takes 301.
    for n in [1, 5, 400] {
        assert_eq!(there.run(&crops(n)).unwrap(), here.run(&crops(n)).unwrap(), "{n}");
    }
    assert_eq!(server.n_runs(), 1 + 1 + 1 + 2, "the canary, and five messages less one");
    assert_eq!(server.n_connections(), 1);
    let info = there.engine();
    assert_eq!((info.engine.as_str(), info.provider.as_str()), ("test 0.1", "remote"));
    let RemoteServer { address, name, version, model, model_version, canary_difference } =
        info.remote.clone().unwrap();
    assert_eq!(address, server.address());
    let names = [name, version, model, model_version];
    assert_eq!(names, ["test", "0.1", "lae", "3"]);
    assert!(canary_difference.abs() < 1e-6, "{canary_difference}");
}

#[test]
fn another_model_is_refused_by_the_canary() {
    let bundle = bundle(1.0);
    let server = ModelServer::start(&self::bundle(1.05), Conduct::default());
    let error = load(&options(&server), &bundle).err().unwrap().to_string();
    assert!(error.contains("test 0.1") && error.contains("canary"), "{error}");
    let unnamed =
        RemoteOptions { model: Some("face".to_owned()), ..options(&server).remote.unwrap() };
    let unnamed = EngineOptions { remote: Some(unnamed), ..options(&server) };
    let error = load(&unnamed, &bundle).err().unwrap().to_string();
    assert!(error.contains("unknown model"), "{error}");
}

#[test]
fn answers_that_are_off_by_a_hundredth_are_refused_by_the_canary() {
    for output in 0..3 {
        let off = move |_, answer| Act::Answer(shift(answer, output, 1e-2));
        let message = refusal(Conduct::at_runs(off));
        let name = ["logit", "map", "reconstruction"][output];
        let difference = message.contains("1.00e-2") || message.contains("9.99e-3");
        assert!(message.contains(name) && difference && message.contains("1e-3"), "{message}");
    }
    let bundle = bundle(1.0);
    let near = Conduct::at_runs(|_, answer| Act::Answer(shift(answer, 1, 5e-4)));
    let server = ModelServer::start(&bundle, near);
    let session = load(&options(&server), &bundle).unwrap();
    let difference = session.engine().remote.as_ref().unwrap().canary_difference;
    assert!((4e-4..6e-4).contains(&difference), "{difference}");
}

#[test]
fn a_server_with_other_shapes_types_or_names_is_refused() {
    let metadata = |metadata| refusal(Conduct { metadata, ..Conduct::default() });
    let message = metadata(|model| model.inputs[0].shape = vec![-1, 3, 224, 224]);
    assert!(message.contains("[-1, 3, 224, 224] instead of [-1, 3, 32, 32]"), "{message}");
    let message = metadata(|model| model.outputs[0].datatype = "FP16".to_owned());
    assert!(message.contains("FP16"), "{message}");
    let message = metadata(|model| model.outputs.truncate(1));
    assert!(message.contains("no output"), "{message}");
    let message = refusal(Conduct::at_runs(|_, mut answer| {
        answer.outputs[1].shape = vec![4, 1, 2, 8];
        Act::Answer(answer)
    }));
    assert!(message.contains("[4, 1, 2, 8] instead of [4, 1, 4, 4]"), "{message}");
    let message = refusal(Conduct::at_runs(|_, mut answer| {
        answer.raw_outputs[2].extend([0; 64]);
        Act::Answer(answer)
    }));
    assert!(message.contains("another number of values"), "{message}");
}

#[test]
fn values_that_are_no_numbers_and_answers_without_end_are_refused() {
    let nan = |_, answer| Act::Answer(shift(answer, 0, f32::NAN));
    assert!(refusal(Conduct::at_runs(nan)).contains("NaN"));
    let message = refusal(Conduct::at_runs(|_, mut answer| {
        answer.raw_outputs[2] = vec![0; 64 << 20];
        Act::Answer(answer)
    }));
    assert!(message.contains("too large"), "{message}");
    let message = refusal(Conduct::at_runs(|_, mut answer| {
        answer.model_version = "3\n\u{1b}[2J".repeat(1000);
        answer.outputs[0].name = "\u{202e}logit".to_owned();
        Act::Answer(answer)
    }));
    assert!(message.len() < 600 && !message.contains(['\n', '\u{1b}', '\u{202e}']), "{message}");
}

#[test]
fn a_server_that_never_answers_costs_the_limit_of_a_run() {
    let begun = Instant::now();
    let message = refusal(Conduct::at_runs(|_, _| Act::Silence));
    assert!(message.contains("no answer in 2 s"), "{message}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let bundle = bundle(1.0);
    let silent = |n, answer| if n == 0 { Act::Answer(answer) } else { Act::Silence };
    let server = ModelServer::start(&bundle, Conduct::at_runs(silent));
    let long = EngineOptions { run_limit: None, ..options(&server) };
    let mut session = load(&long, &bundle).unwrap();
    let cancel = Cancel::default();
    session.stop_with(cancel.clone());
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            cancel.cancel();
        });
        let error = session.run(&crops(1)).unwrap_err();
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
    });
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_is_away_for_a_moment_is_waited_for_and_checked_again() {
    let bundle = bundle(1.0);
    for passing in [|| Act::Status(14, "busy"), || Act::Break] {
        let failing =
            move |n, answer| if n == 2 || n == 3 { passing() } else { Act::Answer(answer) };
        let conduct = Conduct { n_unready: 2, ..Conduct::at_runs(failing) };
        let server = ModelServer::start(&bundle, conduct);
        let mut session = load(&options(&server), &bundle).unwrap();
        let here = rten().load(&bundle).unwrap().run(&crops(2)).unwrap();
        for _ in 0..3 {
            assert_eq!(session.run(&crops(2)).unwrap(), here);
        }
        // Canary, run, run that fails, canary that fails, canary, run, run.
        assert_eq!(server.n_runs(), 7);
    }
}

#[test]
fn a_connection_that_breaks_within_a_batch_loses_nothing() {
    let bundle = bundle(1.0);
    let breaking = |n, answer| if n == 2 { Act::Break } else { Act::Answer(answer) };
    let server = ModelServer::start(&bundle, Conduct::at_runs(breaking));
    let mut session = load(&options(&server), &bundle).unwrap();
    let here = rten().load(&bundle).unwrap().run(&crops(900)).unwrap();
    assert_eq!(session.run(&crops(900)).unwrap(), here);
    assert_eq!(server.n_connections(), 2);
}

#[test]
fn a_server_that_stays_away_ends_the_work_or_the_local_engine_stands_in() {
    let bundle = bundle(1.0);
    let gone = |n, answer| if n < 2 { Act::Answer(answer) } else { Act::Status(14, "gone") };
    let server = ModelServer::start(&bundle, Conduct::at_runs(gone));
    let mut session = load(&options(&server), &bundle).unwrap();
    session.run(&crops(1)).unwrap();
    assert!(session.lost().is_none());
    let error = session.run(&crops(1)).unwrap_err().to_string();
    assert!(error.contains("not available for 2 s") && error.contains("gone"), "{error}");
    assert_eq!(session.lost().unwrap().to_string(), error);
    let begun = Instant::now();
    assert_eq!(session.run(&crops(1)).unwrap_err().to_string(), error);
    assert!(begun.elapsed() < Duration::from_millis(100), "nobody waits twice");

    let server = ModelServer::start(&bundle, Conduct::at_runs(gone));
    let mut session = load(&or_local(options(&server)), &bundle).unwrap();
    session.run(&crops(1)).unwrap();
    let here = rten().load(&bundle).unwrap().run(&crops(1)).unwrap();
    assert_eq!(session.run(&crops(1)).unwrap(), here);
    assert!(session.lost().is_none());
    let info = session.engine();
    assert!(info.engine.starts_with("rten ") && info.remote.is_none(), "{info:?}");
    assert!(info.unused_providers[0].reason.contains("gone"), "{info:?}");
}

#[test]
fn nothing_listens_and_the_local_engine_stands_in_only_if_asked_to() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("grpc://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let remote = RemoteOptions::new(address, false).unwrap();
    let remote = Some(RemoteOptions { patience: Duration::from_millis(300), ..remote });
    let away = EngineOptions { engine: EngineChoice::Rten, remote, ..EngineOptions::default() };
    let error = load(&away, &bundle(1.0)).err().unwrap().to_string();
    assert!(error.contains("refused"), "{error}");
    assert!(load(&or_local(away), &bundle(1.0)).is_ok());
}

#[test]
fn a_server_that_changes_is_found_out_at_the_next_check() {
    let bundle = bundle(1.0);
    let turning = |n: usize, answer| Act::Answer(shift(answer, 0, if n > 20 { 1e-2 } else { 0.0 }));
    let server = ModelServer::start(&bundle, Conduct::at_runs(turning));
    let remote = options(&server).remote.unwrap();
    assert_eq!(remote.recheck_calls, 1000, "the manual says so");
    let soon = Some(RemoteOptions { recheck_calls: 20, ..remote });
    let soon = EngineOptions { remote: soon, ..options(&server) };
    let mut session = load(&soon, &bundle).unwrap();
    for _ in 0..20 {
        session.run(&crops(1)).unwrap();
    }
    let error = session.run(&crops(1)).unwrap_err().to_string();
    assert!(error.contains("canary") && error.contains("last 20 answers"), "{error}");
    assert!(session.lost().is_some());
    assert_eq!(server.n_runs(), 22);
}

#[test]
fn another_version_of_the_model_is_checked_before_it_is_used() {
    let bundle = bundle(1.0);
    let updated = move |n, mut answer: InferResponse| {
        if n >= 2 {
            answer.model_version = "4".to_owned();
        }
        Act::Answer(answer)
    };
    let server = ModelServer::start(&bundle, Conduct::at_runs(updated));
    let mut session = load(&options(&server), &bundle).unwrap();
    for version in ["3", "4"] {
        session.run(&crops(1)).unwrap();
        assert_eq!(session.engine().remote.as_ref().unwrap().model_version, version);
    }
    // Canary, run, run by another version, canary, run.
    assert_eq!(server.n_runs(), 5);
}

/// Numbers and throughput of a server of other people: see tests/remote/run.sh.
#[test]
#[ignore = "needs a model server that serves the shipped detector"]
fn real() {
    let address = std::env::var("PENTIMENTO_MODEL_SERVER").unwrap();
    let n: usize = std::env::var("PENTIMENTO_CROPS").unwrap().parse().unwrap();
    let bundle = Bundle::read(&crate::support::root().join("models/lae")).unwrap();
    let remote = RemoteOptions::new(address.parse().unwrap(), false).unwrap();
    let here = EngineOptions {
        library: crate::support::onnxruntime(),
        threads: 1,
        ..EngineOptions::default()
    };
    let there = EngineOptions { remote: Some(remote), ..here.clone() };
    let data = (0..n * 3 * 224 * 224).map(|i| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
    let input = Tensor { shape: vec![n, 3, 224, 224], data };
    let mut answers = Vec::new();
    for (who, options) in [("here", here), ("through the server", there)] {
        let mut session = load(&options, &bundle).unwrap();
        answers.push(session.run(&input).unwrap());
        let begun = Instant::now();
        for _ in 0..100 {
            session.run(&input).unwrap();
        }
        let rate = 100.0 * n as f64 / begun.elapsed().as_secs_f64();
        println!("{who}, by {}: {rate:.1} crops/s in batches of {n}", session.engine().engine);
    }
    let values =
        |outputs: &[Tensor]| outputs.iter().flat_map(|t| t.data.clone()).collect::<Vec<_>>();
    let pairs = values(&answers[0]).into_iter().zip(values(&answers[1]));
    let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("largest difference for {n} crops: {largest:.1e}");
    assert!(largest <= RemoteServer::TOLERANCE, "{largest}");
}
