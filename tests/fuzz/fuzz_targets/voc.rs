//! Data sets of Pascal VOC, with a picture beside the file.

#![no_main]

use pentimento::dataset::Format;
use pentimento_fuzz::{halves, read_set};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (head, tail) = halves(bytes);
    read_set(
        Format::VocPng,
        &[
            ("labelmap.txt", head),
            ("ImageSets/Segmentation/train.txt", tail),
            ("SegmentationClass/a.png", tail),
        ],
        &["JPEGImages/a.png"],
    );
});
