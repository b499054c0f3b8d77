#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::dataset::fuzz_run_lengths(bytes));
