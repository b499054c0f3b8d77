//! What decoder programs print.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::media::video::fuzz_messages(bytes));
