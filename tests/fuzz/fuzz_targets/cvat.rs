//! Data sets of CVAT, with a picture beside the file.

#![no_main]

use pentimento::dataset::Format;
use pentimento_fuzz::read_set;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    read_set(Format::Cvat, &[("annotations.xml", bytes)], &["images/a.png", "a.png"]);
});
