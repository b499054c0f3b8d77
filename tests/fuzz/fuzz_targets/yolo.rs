//! Data sets of YOLO, with a picture beside the file.

#![no_main]

use pentimento::dataset::Format;
use pentimento_fuzz::{halves, read_set};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (head, tail) = halves(bytes);
    read_set(
        Format::YoloSeg,
        &[("data.yaml", head), ("labels/train/a.txt", tail), ("train.txt", tail)],
        &["images/train/a.png"],
    );
});
