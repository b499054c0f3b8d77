//! The program itself as the decoder of still pictures, in a process of its own.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pentimento::base::{Limits, TaskCtx};
use pentimento::media::video::{Video, VideoLimits};
use pentimento::media::{self, StillDecoder, StillFormat};

use crate::support::portrait;

/// An animation of four pictures of 16 x 16 pixels, each over the one before.
fn animation() -> Vec<u8> {
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let mut chunk = name.to_vec();
        chunk.extend((body.len() as u32).to_le_bytes());
        chunk.extend(body);
        chunk.extend(vec![0; body.len() % 2]);
        chunk
    };
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[2, 0, 0, 0, 15, 0, 0, 15, 0, 0]));
    body.extend(chunk(b"ANIM", &[0; 6]));
    for i in 0..4u8 {
        let mut still = Vec::new();
        image::codecs::webp::WebPEncoder::new_lossless(&mut still)
            .encode(&[40 * i; 16 * 16 * 3], 16, 16, image::ExtendedColorType::Rgb8)
            .unwrap();
        let mut frame = vec![0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 40, 0, 0, 0];
        frame.extend(&still[12..]);
        body.extend(chunk(b"ANMF", &frame));
    }
    chunk(b"RIFF", &body)
}

#[test]
fn frames_of_an_animation_are_the_same_whether_a_child_decodes_them_or_not() {
    let bytes = animation();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.webp");
    std::fs::write(&path, &bytes).unwrap();
    let ctx = TaskCtx::silent();
    let video = Video::open(&path, &VideoLimits::default(), &ctx).unwrap();
    let mut expected = Vec::new();
    for index in [1usize, 3] {
        expected.extend(u32::try_from(index).unwrap().to_le_bytes());
        expected.extend(video.frame_at(index, None, &ctx).unwrap().pixels);
    }
    expected.extend([255; 4]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args(["decode-animation", "100000", "1", "99", "2", "16", "16"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = output.stdout.strip_prefix(b"pentimento-still 1\n").unwrap();
    assert!(output.status.success() && printed == expected, "{} bytes", printed.len());
}

fn decoder() -> StillDecoder {
    StillDecoder::new(PathBuf::from(env!("CARGO_BIN_EXE_pentimento")))
}

#[test]
fn a_picture_is_the_same_whether_a_child_decodes_it_or_not() {
    let bytes = std::fs::read(portrait()).unwrap();
    let (limits, ctx) = (Limits::default(), TaskCtx::silent());
    let here = media::decode_still(&bytes, &limits).unwrap();
    let decoder = decoder();
    let there = decoder.decode(&bytes, here.format, here.sha256.clone(), &limits, &ctx).unwrap();
    assert_eq!(there.frame.image, here.frame.image);
    assert_eq!((&there.sha256, there.format), (&here.sha256, here.format));
    assert_eq!((there.warnings, there.not_examined), (here.warnings, here.not_examined));
    assert_eq!(there.frame.jpeg_quality, here.frame.jpeg_quality);
}

#[test]
fn a_refusal_is_the_same_as_well() {
    let whole = std::fs::read(portrait()).unwrap();
    let small = Limits { side_px: 10, ..Limits::default() };
    let lean = Limits { alloc_bytes: 1000, ..Limits::default() };
    for (bytes, limits) in [
        (&whole[..whole.len() / 2], Limits::default()),
        (&whole[..40], Limits::default()),
        (&whole[..], small),
        (&whole[..], lean),
    ] {
        let left_out = |still: Result<media::Still, media::Error>| {
            still.map(|s| s.not_examined).map_err(|e| e.to_string())
        };
        let here = left_out(media::decode_still(bytes, &limits));
        let sha256 = String::new();
        let ctx = TaskCtx::silent();
        let there = decoder().decode(bytes, StillFormat::Png, sha256, &limits, &ctx);
        assert_eq!(left_out(there), here);
    }
}
