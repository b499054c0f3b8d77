//! Masks and heat maps as a case stores them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    pentimento::case::fuzz_mask(bytes);
    pentimento::case::fuzz_maps(bytes);
});
