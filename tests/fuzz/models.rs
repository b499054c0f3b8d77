//! Models: cards, graphs, networks of other tools, and what a process that runs a model answers.

use pentimento::bundle::Card;

use crate::Target;

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("card", |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if let Ok(card) = toml::from_str::<Card>(text) {
            drop((card.clip_rates(), card.clip_thresholds(), toml::to_string_pretty(&card)));
        }
    }),
    ("onnx", pentimento::infer::fuzz_graph),
    ("tflite", pentimento::faces::fuzz_tflite),
    ("model_replies", pentimento::infer::fuzz_replies),
];
