//! Clips: animated WebP, further recordings, and what decoder programs print.

use pentimento::base::TaskCtx;
use pentimento::media::video::{self, DecodeRequest, Video, VideoLimits};

use crate::Target;
use crate::folders::{folder, write};

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("webp_clip", webp_clip),
    ("recordings", video::fuzz_further),
    ("decoder_messages", video::fuzz_messages),
];

/// From a file to frames.
fn webp_clip(bytes: &[u8]) {
    // Only this kind is decoded here; others would start a program.
    if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"WEBP") {
        return;
    }
    let folder = folder();
    let path = folder.path().join("clip.webp");
    write(&path, bytes);
    let limits =
        VideoLimits { side_px: 512, pixels: 1 << 16, max_frames: 50, ..VideoLimits::default() };
    let ctx = TaskCtx::silent();
    let Ok(video) = Video::open(&path, &limits, &ctx) else { return };
    let Ok(mut frames) = video.decode(&DecodeRequest::default()) else { return };
    while let Ok(Some(_)) = frames.next(&ctx) {}
}
