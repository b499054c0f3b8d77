//! What a file says about itself: all containers and blocks.

#![no_main]

use pentimento::metadata::{contradictions, location, metadata_of_bytes, summary};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(metadata) = metadata_of_bytes(bytes) {
        drop((summary(&metadata, &[]), contradictions(&metadata, &[]), location(&metadata.fields)));
    }
});
