//! The graph of a model.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::infer::fuzz_graph(bytes));
