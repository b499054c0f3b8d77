//! Pictures and recordings within the files of clips, and damage that decoders hide.

use std::path::{Path, PathBuf};

use pentimento::base::{RgbImage, TaskCtx};
use pentimento::media::encode_jpeg;
use pentimento::media::video::{DecodeRequest, Video};

use crate::support::clips::{H264, N, clip, ffmpeg, has_encoder, has_ffmpeg, open};
use crate::support::skip;

fn not_examined(video: &Video) -> String {
    video.not_examined().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn joined(to: &Path, parts: &[&[u8]]) -> PathBuf {
    std::fs::write(to, parts.concat()).unwrap();
    to.to_owned()
}

/// What codecs are needed for, and how a file of the kind is made.
const KINDS: [(&str, &str, &str); 4] = [
    ("flv", "flv", "-c:v flv -q:v 3"),
    ("wmv", "wmv2", "-c:v wmv2 -b:v 600k"),
    ("mkv", "mpeg4", "-c:v mpeg4 -q:v 3"),
    ("avi", "mpeg4", "-c:v mpeg4 -q:v 3"),
];

#[test]
fn a_picture_or_a_recording_joined_to_a_clip_is_reported() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let picture = encode_jpeg(&RgbImage::filled(640, 480, [90, 120, 60]), 90).unwrap();
    for (extension, encoder, options) in KINDS.into_iter().filter(|(_, e, _)| has_encoder(e)) {
        let path = clip(folder.path(), &format!("once.{extension}"), options);
        assert_eq!(not_examined(&open(&path)), "", "{extension}");
        let once = std::fs::read(&path).unwrap();
        let with = folder.path().join(format!("joined.{extension}"));
        let found = not_examined(&open(&joined(&with, &[&once, &picture])));
        assert!(found.contains("a JPEG picture of 640 x 480 pixels"), "{encoder}: {found}");
        let video = open(&joined(&with, &[&once, &once]));
        let found = not_examined(&video);
        if matches!(extension, "mkv" | "avi") {
            assert_eq!(video.frames().len() + video.n_unlisted(), 2 * N, "it is read on");
        } else {
            let at = format!("from byte {} on", once.len());
            assert!(found.contains(&at) && found.contains("a "), "{extension}: {found}");
            assert!(found.contains("the first recording only"), "{extension}: {found}");
        }
    }
}

#[test]
fn a_recording_hidden_in_a_box_is_reported() {
    if !has_ffmpeg() || !has_encoder("libx264") {
        return skip("ffmpeg with libx264 is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let shown = std::fs::read(clip(folder.path(), "shown.mp4", H264)).unwrap();
    let hidden = std::fs::read(clip(folder.path(), "hidden.mp4", H264)).unwrap();
    for name in [&b"free"[..], b"skip", b"uuid", b"mdat"] {
        let length = (hidden.len() as u32 + 8 + 16).to_be_bytes();
        let with =
            joined(&folder.path().join("with.mp4"), &[&shown, &length, name, &[7; 16], &hidden]);
        let found = not_examined(&open(&with));
        let place = format!("an MP4 video (in the box {}", String::from_utf8_lossy(name));
        assert!(found.contains(&place), "{found}");
        assert_eq!(found.matches("not examined").count(), 1, "{found}");
    }
}

#[test]
fn transparency_is_reported() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let open_pixels = clip(folder.path(), "a.mov", "-c:v qtrle -pix_fmt argb");
    let found = not_examined(&open(&open_pixels));
    assert!(found.contains("colors under transparent pixels"), "{found}");
    let opaque = clip(folder.path(), "b.mov", "-c:v qtrle -pix_fmt rgb24");
    assert_eq!(not_examined(&open(&opaque)), "");
    if has_encoder("libvpx-vp9") {
        let layered = "-c:v libvpx-vp9 -pix_fmt yuva420p -b:v 200k -deadline realtime";
        let found = not_examined(&open(&clip(folder.path(), "a.webm", layered)));
        assert!(found.contains("the transparency of the video"), "{found}");
    }
}

/// Overwrites some bytes within the packets of the middle frames.
fn damaged(path: &Path) -> PathBuf {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    for (i, byte) in bytes[middle..middle + 24].iter_mut().enumerate() {
        *byte = (i * 151 + 7) as u8;
    }
    let to = path.with_file_name(format!("damaged-{}", path.file_name().unwrap().display()));
    std::fs::write(&to, bytes).unwrap();
    to
}

fn n_damaged(path: &Path) -> usize {
    let video = open(path);
    let mut stream = video.decode(&DecodeRequest::default()).unwrap();
    while stream.next(&TaskCtx::silent()).unwrap().is_some() {}
    stream.damage().len()
}

#[test]
fn damage_is_found_where_a_decoder_can_be_made_to_look_for_it() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let noise = "-vf noise=alls=60:allf=t";
    let vp9 = format!("{noise} -c:v libvpx-vp9 -pix_fmt yuv420p -b:v 2M -deadline realtime");
    let hevc = format!(
        "{noise} -c:v libx265 -pix_fmt yuv420p -preset ultrafast -x265-params log-level=none:hash=1"
    );
    for (encoder, name, options) in [("libvpx-vp9", "a.webm", vp9), ("libx265", "a.mkv", hevc)] {
        if !has_encoder(encoder) {
            skip(&format!("ffmpeg has no {encoder}"));
            continue;
        }
        let whole = clip(folder.path(), name, &options);
        assert_eq!(n_damaged(&whole), 0, "{encoder}");
        assert!(n_damaged(&damaged(&whole)) > 0, "{encoder}");
    }
}

#[test]
fn codecs_that_hide_damage_say_so() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let has_warning = |path: &Path| {
        open(path).warnings().iter().any(|warning| warning.0.contains("may not show"))
    };
    assert!(has_warning(&clip(folder.path(), "a.avi", "-c:v mjpeg -pix_fmt yuvj420p")));
    assert!(!has_warning(&clip(folder.path(), "b.avi", "-c:v mpeg4 -q:v 3")));
}

#[test]
fn packets_that_were_damaged_on_their_way_are_damage() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let options = "-c:v mpeg2video -pix_fmt yuv420p -q:v 2 -f mpegts";
    let path = clip(folder.path(), "a.ts", options);
    let mut bytes = std::fs::read(&path).unwrap();
    // A packet of the video in the middle gets the mark of a transport error.
    let is_video = |at: &usize| bytes[at + 1] & 0x1F == 1 && bytes[at + 2] == 0;
    let at = (bytes.len() / 376 * 188..).step_by(188).find(is_video).unwrap();
    bytes[at + 1] |= 0x80;
    let marked = folder.path().join("marked.ts");
    std::fs::write(&marked, bytes).unwrap();
    assert_eq!(n_damaged(&path), 0);
    assert!(n_damaged(&marked) > 0, "the decoder alone does not notice it");
}

#[test]
fn an_attached_picture_is_reported_once() {
    if !has_ffmpeg() {
        return skip("ffmpeg is not here");
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = clip(folder.path(), "plain.mp4", "-c:v mpeg4 -q:v 3");
    let cover = folder.path().join("cover.jpg");
    std::fs::write(&cover, encode_jpeg(&RgbImage::filled(640, 480, [9, 80, 9]), 90).unwrap())
        .unwrap();
    let with = folder.path().join("with.mp4");
    let options = "-i @ -i @ -map 0 -map 1 -c copy -disposition:v:1 attached_pic @";
    if ffmpeg(options, &[&plain, &cover, &with]).is_err() {
        return skip("ffmpeg attaches no picture");
    }
    let found = not_examined(&open(&with));
    assert!(found.contains("1 cover picture"), "{found}");
    assert_eq!(found.matches("not examined").count(), 1, "{found}");
}
