//! What a file is, and the containers of pictures.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::media::fuzz::containers(bytes));
