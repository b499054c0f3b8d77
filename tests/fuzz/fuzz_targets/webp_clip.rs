//! Animated WebP, from a file to frames.

#![no_main]

use pentimento::base::TaskCtx;
use pentimento::media::video::{DecodeRequest, Video, VideoLimits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Only this one is decoded here; others would start a program.
    if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"WEBP") {
        return;
    }
    let folder = pentimento_fuzz::folder();
    let path = folder.path().join("clip.webp");
    std::fs::write(&path, bytes).expect("it can be written");
    let limits =
        VideoLimits { side_px: 512, pixels: 1 << 16, max_frames: 50, ..VideoLimits::default() };
    let ctx = TaskCtx::silent();
    let Ok(video) = Video::open(&path, &limits, &ctx) else { return };
    let Ok(mut frames) = video.decode(&DecodeRequest::default()) else { return };
    while let Ok(Some(_)) = frames.next(&ctx) {}
});
