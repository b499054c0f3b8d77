//! Data sets of Datumaro, with a picture beside the file.

#![no_main]

use pentimento::dataset::Format;
use pentimento_fuzz::read_set;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read_set(
        Format::Datumaro,
        &[("annotations/train.json", bytes)],
        &["images/train/a.png", "images/a.png"],
    );
});
