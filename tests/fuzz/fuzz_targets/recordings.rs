//! Recordings behind the first one of a clip.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::media::video::fuzz_further(bytes));
