//! Pictures of every format, from bytes to pixels.

#![no_main]

use pentimento::base::Limits;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { side_px: 512, pixels: 1 << 16, ..Limits::default() };
    drop(pentimento::media::decode_still(bytes, &limits));
});
