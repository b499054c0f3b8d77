//! Data sets of COCO, with a picture beside the file.

#![no_main]

use pentimento::dataset::Format;
use pentimento_fuzz::read_set;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read_set(
        Format::CocoRle,
        &[("annotations/instances_train.json", bytes)],
        &["train/a.png", "a.png", "images/a.png"],
    );
});
