//! Tests of `start.rs`.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use image::ExtendedColorType;
use image::codecs::webp::WebPEncoder;

use super::*;
use crate::media::video::webp::describe;

fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((body.len() as u32).to_le_bytes());
    chunk.extend(body);
    chunk.extend(vec![0; body.len() % 2]);
    chunk
}

/// An animation of 16 x 16 pixels.
fn animation(n: usize) -> Vec<u8> {
    let mut still = Vec::new();
    let pixels = [90; 16 * 16 * 3];
    WebPEncoder::new_lossless(&mut still).encode(&pixels, 16, 16, ExtendedColorType::Rgb8).unwrap();
    let mut frame = vec![0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 40, 0, 0, 0];
    frame.extend(still.split_at(12).1);
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(*b"VP8X", &[2, 0, 0, 0, 15, 0, 0, 15, 0, 0]));
    body.extend(chunk(*b"ANIM", &[0; 6]));
    body.extend(chunk(*b"ANMF", &frame).repeat(n));
    chunk(*b"RIFF", &body)
}

fn file(n: usize) -> (Arc<[u8]>, Arc<[FrameTime]>) {
    let bytes = animation(n);
    let (_, index) = describe(&bytes, &VideoLimits::default()).unwrap();
    assert_eq!(index.frames.len(), n);
    (bytes.into(), index.frames)
}

#[test]
fn wanted_frames_come_and_a_stopped_decoder_does_not_go_on() {
    let (bytes, frames) = file(20);
    let webp = WebpFile { bytes: &bytes, frames: &frames };
    let request = DecodeRequest { frames: 15..usize::MAX, every: 2, ..DecodeRequest::default() };
    // No program is named in tests of the library: a thread decodes.
    let run = start(webp, &request, (16, 16), 60, &VideoLimits::default()).unwrap();
    let found: Vec<usize> = run.frames.iter().map(|frame| frame.time.index).collect();
    assert_eq!(found, [15, 17, 19]);
    let wanted = WantedFrames { frames: 15..usize::MAX, every: 1, size: (16, 16) };
    let mut seen = Vec::new();
    let message = decode_frames(&bytes, &wanted, |number, image| {
        seen.push((number, image.is_some()));
        number < 3
    });
    assert_eq!((message, seen.last()), (None, Some(&(3, false))), "asked at skipped frames, too");
}

/// What a script that stands in for the program sends, and how it ends. It knows shell words only:
/// the sandbox lets it start no program.
#[cfg(unix)]
fn by_script(text: &str) -> (Vec<Decoded>, Vec<String>, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script");
    let text = format!("#!/bin/sh\necho '{READY}'\n[ $1 = {ANIMATION} ] || exit 0\n{text}\n");
    std::fs::write(&path, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    let (bytes, frames) = file(20);
    let webp = WebpFile { bytes: &bytes, frames: &frames };
    let decoder = StillDecoder::new(path);
    let wanted = WantedFrames { frames: 15..20, every: 1, size: (2, 1) };
    // Another test's fork may hold the script open for writing for a moment.
    for _ in 0..50 {
        match by_child(&decoder, webp, wanted.clone(), 60, &VideoLimits::default()) {
            Err(Error::NoStart { source }) if source.to_string().contains("busy") => {
                std::thread::sleep(Duration::from_millis(20));
            }
            run => {
                let mut run = run.unwrap();
                let frames = run.frames.iter().collect();
                let how = run.end();
                let faults = run.faults().into_iter().map(|fault| fault.what).collect();
                return (frames, faults, how);
            }
        }
    }
    panic!("the script stayed busy");
}

#[cfg(unix)]
#[test]
fn frames_of_a_child_are_what_it_says_until_it_dies() {
    let frame = r"printf '\017\000\000\000abcdef'; ";
    let (frames, faults, how) = by_script(&format!(r"{frame} printf '\377\377\377\377torn'"));
    let [Decoded { time, pixels: Pixels::Rgb(image) }] = frames.as_slice() else {
        panic!("{frames:?}")
    };
    assert_eq!((time.index, image.pixels.as_slice()), (15, &b"abcdef"[..]));
    assert_eq!((faults, how), (vec!["torn".to_owned()], None));
    let (frames, faults, how) = by_script(&format!(r"{frame} exit 3"));
    assert_eq!((frames.len(), faults), (1, vec!["the decoder broke off".to_owned()]));
    assert_eq!(how, None, "it ended by itself, without the mark of the end");
    let strange = r"printf '\200\000\000\000abcdef'; ";
    assert_eq!(by_script(strange).0, Vec::new(), "a frame that the file does not have");
}

#[test]
fn a_decoder_hears_that_nobody_wants_frames() {
    let (sender, heard) = sync_channel(1);
    let running = DecoderRun::thread(move |_, is_stopped| {
        let begun = Instant::now();
        while !is_stopped.load(Ordering::Relaxed) && begun.elapsed().as_secs() < 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
        sender.send(is_stopped.load(Ordering::Relaxed)).ok();
        None
    });
    let running = running.unwrap();
    assert!(heard.recv_timeout(Duration::from_millis(50)).is_err(), "at work");
    drop(running);
    assert_eq!(heard.recv_timeout(Duration::from_secs(10)), Ok(true), "without sending");
}
