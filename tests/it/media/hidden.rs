//! Clips that hold more of every frame than players show.

use std::path::Path;

use pentimento::media::video::Video;

use crate::support::clips::{H264, clip, ffmpeg, has_encoder, has_ffmpeg, open};
use crate::support::skip;

fn not_examined(video: &Video) -> String {
    video.not_examined().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A copy of a clip without decoding it.
fn copied(from: &Path, name: &str, options: &str) -> Video {
    let to = from.with_file_name(name);
    ffmpeg(&format!("-i @ -c copy {options} @"), &[from, &to]).unwrap();
    open(&to)
}

#[test]
fn what_a_stream_cuts_off_its_frames_is_reported() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let whole = clip(folder.path(), "a.mp4", &format!("-vf scale=320:240 {H264}"));
    assert_eq!(not_examined(&open(&whole)), "");
    for name in ["b.mp4", "b.mkv", "b.ts"] {
        let cut = copied(&whole, name, "-bsf:v h264_metadata=crop_bottom=120");
        assert_eq!((cut.info().width_px, cut.info().height_px), (320, 120), "{name}");
        let left_out = not_examined(&cut);
        assert!(
            left_out.contains("320 x 240") && left_out.contains("320 x 120"),
            "{name}: {left_out}"
        );
    }
}

#[test]
fn frames_of_a_gif_animation_beyond_its_screen_are_reported() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), "a.gif", "");
    assert_eq!(not_examined(&open(&path)), "");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8..10].copy_from_slice(&40u16.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    assert!(not_examined(&open(&path)).contains("outside the screen"), "{:?}", open(&path));
}
