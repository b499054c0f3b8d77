//! TensorFlow Lite, as far as it is read.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::faces::fuzz_tflite(bytes));
