//! Run lengths of COCO, CVAT and Label Studio.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pentimento::dataset::fuzz_run_lengths(bytes));
