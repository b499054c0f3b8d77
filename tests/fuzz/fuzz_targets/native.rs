//! The data sets of this program.

#![no_main]

use pentimento::dataset::Format;
use pentimento_fuzz::{halves, read_set};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (head, tail) = halves(bytes);
    read_set(
        Format::Pentimento,
        &[("dataset.json", head), ("items.jsonl", tail)],
        &["images/a.png"],
    );
});
