//! What a server may say wrongly, one thing at a time.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use super::super::messages::{InferOutput, TensorContents};
use super::*;
use crate::bundle::{ChannelOrder, InputSize, InputSpec};

fn io() -> ModelIo {
    let input = InputSpec {
        name: "input".to_owned(),
        channels: ChannelOrder::Rgb,
        size: InputSize::SquarePx(2),
        mean: [0.0; 3],
        std: [1.0; 3],
        crop_scale: None,
        looks: Vec::new(),
    };
    ModelIo { name: "lae".to_owned(), input, outputs: vec!["logit".to_owned(), "map".to_owned()] }
}

fn canary() -> Canary {
    let tensor =
        |shape: &[usize]| Tensor { shape: shape.to_vec(), data: vec![0.0; shape.iter().product()] };
    Canary { input: tensor(&[4, 3, 2, 2]), outputs: vec![tensor(&[4]), tensor(&[4, 1, 2, 2])] }
}

fn declared(name: &str, shape: &[i64]) -> TensorMetadata {
    TensorMetadata { name: name.to_owned(), datatype: FLOATS.to_owned(), shape: shape.to_vec() }
}

fn described_rightly() -> ModelMetadata {
    ModelMetadata {
        inputs: vec![declared("input", &[-1, 3, 2, 2])],
        outputs: vec![
            declared("more", &[7]),
            declared("map", &[-1, 1, -1, -1]),
            declared("logit", &[-1]),
        ],
    }
}

#[test]
fn a_model_that_is_described_otherwise_is_refused_by_what_differs() {
    let right = described_rightly();
    assert_eq!(metadata(&right, &io(), &canary()), Ok(()));
    let mut column = described_rightly();
    column.outputs[2].shape = vec![-1, 1];
    assert_eq!(metadata(&column, &io(), &canary()), Ok(()));
    let with_input = |input| ModelMetadata { inputs: vec![input], ..described_rightly() };
    let with_map =
        |map| ModelMetadata { outputs: vec![declared("logit", &[-1]), map], ..described_rightly() };
    let halves = TensorMetadata { datatype: "FP16".to_owned(), ..declared("map", &[-1, 1, 2, 2]) };
    for (wrong, because) in [
        (with_input(declared("image", &[-1, 3, 2, 2])), "\"image\""),
        (with_input(declared("input", &[-1, 3, 4, 4])), "[-1, 3, 4, 4] instead of [-1, 3, 2, 2]"),
        (with_input(declared("input", &[1, 3, 2, 2])), "[1, 3, 2, 2]"),
        (with_input(declared("input", &[-1, 2, 2])), "[-1, 2, 2]"),
        (with_input(declared("input", &[])), "[]"),
        (with_map(declared("mask", &[-1, 1, 2, 2])), "no output \"map\""),
        (with_map(declared("map", &[-1, 1, 2, 3])), "[-1, 1, 2, 3]"),
        (with_map(halves), "\"FP16\""),
        (ModelMetadata::default(), "0 inputs"),
    ] {
        let refused = metadata(&wrong, &io(), &canary()).unwrap_err();
        assert!(refused.contains(because), "{refused}");
    }
}

fn answer() -> InferResponse {
    let output = |name: &str, shape: &[i64]| InferOutput {
        name: name.to_owned(),
        datatype: FLOATS.to_owned(),
        shape: shape.to_vec(),
        contents: None,
    };
    InferResponse {
        model_version: "1".to_owned(),
        outputs: vec![output("map", &[2, 1, 2, 2]), output("logit", &[2])],
        raw_outputs: vec![vec![0; 32], [1.0f32, -2.0].map(f32::to_le_bytes).concat()],
    }
}

#[test]
fn answers_come_in_the_order_of_the_card_raw_or_not() {
    let found = outputs(answer(), 2, &io(), &canary()).unwrap();
    assert_eq!(
        (found[0].data.as_slice(), found[1].shape.as_slice()),
        (&[1.0, -2.0][..], &[2, 1, 2, 2][..])
    );
    let mut listed = answer();
    listed.raw_outputs.clear();
    for (output, n) in listed.outputs.iter_mut().zip([8, 2]) {
        output.contents = Some(TensorContents { fp32: vec![0.5; n] });
    }
    assert_eq!(outputs(listed, 2, &io(), &canary()).unwrap()[0].data, [0.5, 0.5]);
    // MLServer makes a column of a row of numbers.
    let mut column = answer();
    column.outputs[1].shape = vec![2, 1];
    assert_eq!(outputs(column, 2, &io(), &canary()).unwrap()[0].shape, [2]);
}

#[test]
fn a_wrong_answer_is_refused_by_what_is_wrong() {
    type Change = fn(&mut InferResponse);
    let changes: [(Change, &str); 8] = [
        (|a| a.outputs[0].shape = vec![2, 1, 4, 1], "[2, 1, 4, 1]"),
        (|a| a.outputs[0].shape = vec![i64::MAX, 1, 2, 2], "instead of [2, 1, 2, 2]"),
        (|a| a.outputs[1].shape = vec![-2], "[-2]"),
        (|a| a.outputs[1].datatype = "INT64".to_owned(), "INT64"),
        (|a| a.outputs[0].name = "mask".to_owned(), "lacks the output \"map\""),
        (|a| a.raw_outputs[0].truncate(31), "another number of values"),
        (|a| drop(a.raw_outputs.pop()), "more or fewer outputs"),
        (|a| a.raw_outputs[1][..4].copy_from_slice(&f32::NAN.to_le_bytes()), "NaN"),
    ];
    for (change, because) in changes {
        let mut wrong = answer();
        change(&mut wrong);
        let refused = outputs(wrong, 2, &io(), &canary()).unwrap_err();
        assert!(refused.contains(because), "{refused}");
    }
    assert!(outputs(answer(), 3, &io(), &canary()).is_err(), "two items instead of three");
    assert!(outputs(InferResponse::default(), 2, &io(), &canary()).is_err(), "nothing");
}

#[test]
fn what_a_server_says_is_shown_on_one_line_and_in_short() {
    assert_eq!(quoted("a\u{1b}[2J\nb"), "a\\u001b[2J\\u000ab");
    assert_eq!(quoted(&"x".repeat(9999)).len(), MAX_CHARS);
}
