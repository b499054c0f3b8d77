//! A bundle of somebody else whose graph never ends.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use pentimento::base::{Cancel, Tensor};
use pentimento::bundle::{Bundle, InputSize};
use pentimento::infer::{Engine, EngineChoice, EngineOptions, Error, Provider};

use crate::support::{onnxruntime, skip, stand_in_card};

pub(super) const SIDE_PX: usize = 8;
pub(super) const FLOAT: u64 = 1;
pub(super) const INT64: u64 = 7;
const BOOL: u64 = 9;
/// `AttributeProto.AttributeType.GRAPH`
const GRAPH: u64 = 5;

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A number of a protobuf message.
pub(super) fn number(tag: u64, value: u64) -> Vec<u8> {
    [varint(tag << 3), varint(value)].concat()
}

/// A text, message or list of bytes of a protobuf message.
pub(super) fn part(tag: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [varint(tag << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

pub(super) fn node(
    operator: &str,
    inputs: &[&str],
    outputs: &[&str],
    attributes: &[Vec<u8>],
) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|name| part(1, name));
    let outputs = outputs.iter().flat_map(|name| part(2, name));
    let attributes = attributes.iter().flat_map(|attribute| part(5, attribute));
    let node = inputs.chain(outputs).chain(part(4, operator)).chain(attributes).collect::<Vec<_>>();
    part(1, node)
}

pub(super) fn value(name: &str, kind: u64, axes: &[u64]) -> Vec<u8> {
    let axes: Vec<u8> = axes.iter().flat_map(|n| part(1, number(1, *n))).collect();
    let tensor = [number(1, kind), part(2, axes)].concat();
    [part(1, name), part(2, part(1, tensor))].concat()
}

fn weight(name: &str, kind: u64, raw: &[u8]) -> Vec<u8> {
    part(5, [number(2, kind), part(8, name), part(9, raw)].concat())
}

/// Adds 1 to its input as often as a whole number can say.
fn endless() -> Bundle {
    let shape = [1, 3, SIDE_PX as u64, SIDE_PX as u64];
    let body = [
        node("Identity", &["go"], &["goes"], &[]),
        node("Add", &["x", "one"], &["y"], &[]),
        part(2, "body"),
        weight("one", FLOAT, &1f32.to_le_bytes()),
        part(11, value("i", INT64, &[])),
        part(11, value("go", BOOL, &[])),
        part(11, value("x", FLOAT, &shape)),
        part(12, value("goes", BOOL, &[])),
        part(12, value("y", FLOAT, &shape)),
    ]
    .concat();
    let attribute = [part(1, "body"), part(6, body), number(20, GRAPH)].concat();
    let graph = [
        node("Loop", &["times", "true", "input"], &["logit"], &[attribute]),
        part(2, "endless"),
        weight("times", INT64, &i64::MAX.to_le_bytes()),
        weight("true", BOOL, &[1]),
        part(11, value("input", FLOAT, &shape)),
        part(12, value("logit", FLOAT, &shape)),
    ]
    .concat();
    let model = [number(1, 9), part(7, graph), part(8, number(2, 17))].concat();
    let mut card = stand_in_card("endless", SIDE_PX as u32);
    card.input.size = InputSize::SquarePx(SIDE_PX as u32);
    card.outputs = vec!["logit".to_owned()];
    Bundle { card, model, folder: PathBuf::new() }
}

pub(super) fn input() -> Tensor {
    Tensor::new(vec![1, 3, SIDE_PX, SIDE_PX], vec![0.5; 3 * SIDE_PX * SIDE_PX]).unwrap()
}

/// ONNX Runtime on the processor, which stops a run after this time.
fn ort(run_limit: Duration) -> Option<Engine> {
    let Some(library) = onnxruntime() else {
        skip("ONNX Runtime is not installed in third_party/onnxruntime");
        return None;
    };
    let options = EngineOptions {
        engine: EngineChoice::Ort,
        provider: Some(Provider::Cpu),
        library: Some(library),
        run_limit: Some(run_limit),
        ..EngineOptions::default()
    };
    Some(Engine::start(&options).unwrap())
}

#[test]
fn onnx_runtime_stops_an_endless_graph_at_the_limit() {
    let limit = Duration::from_secs(1);
    let Some(engine) = ort(limit) else { return };
    let mut session = engine.load(&endless()).unwrap();
    for _ in 0..2 {
        let begun = Instant::now();
        let error = session.run(&input()).unwrap_err();
        let took = begun.elapsed();
        assert!(error.to_string().contains("more than 1 s"), "{error}");
        assert!(took >= limit && took < limit + Duration::from_millis(500), "{took:?}");
    }
}

#[test]
fn cancelling_ends_an_endless_graph_at_once() {
    let Some(engine) = ort(Duration::from_mins(1)) else { return };
    let mut session = engine.load(&endless()).unwrap();
    let cancel = Cancel::default();
    session.stop_with(cancel.clone());
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            cancel.cancel();
            Instant::now()
        });
        let error = session.run(&input()).unwrap_err();
        assert!(matches!(error, Error::Cancelled(_)), "{error}");
        asked.join().unwrap()
    });
    let took = asked.elapsed();
    println!("stopped {} ms after it was asked to", took.as_millis());
    assert!(took < Duration::from_millis(200), "{took:?}");
}

/// It cannot be stopped, so it does not begin.
#[test]
fn the_built_in_engine_refuses_graphs_that_may_not_end() {
    let options = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    let engine = Engine::start(&options).unwrap();
    let begun = Instant::now();
    let Err(error) = engine.load(&endless()) else { panic!("it was loaded") };
    assert!(matches!(error, Error::Model { .. }), "{error}");
    assert!(error.to_string().contains("\"Loop\", which may run without end"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

/// Weights of another file would let a bundle read files of the person who tries it.
#[test]
fn a_model_that_names_another_file_is_refused_by_both_engines() {
    let mut bundle = endless();
    let outside = [number(2, FLOAT), part(8, "w"), part(13, part(1, "location")), number(14, 1)];
    let graph = [
        node("Add", &["input", "w"], &["logit"], &[]),
        part(2, "outside"),
        part(5, outside.concat()),
        part(11, value("input", FLOAT, &[1, 3, 8, 8])),
        part(12, value("logit", FLOAT, &[1, 3, 8, 8])),
    ];
    bundle.model = [number(1, 9), part(7, graph.concat()), part(8, number(2, 17))].concat();
    let rten = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    let engines = [Engine::start(&rten).ok(), ort(Duration::from_mins(1))];
    for engine in engines.into_iter().flatten() {
        let Err(error) = engine.load(&bundle) else { panic!("it was loaded") };
        assert!(error.to_string().contains("another file"), "{error}");
    }
}
