//! Animated WebP, which `ffmpeg` 5 cannot decode: by the `image` crate, in a thread.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{AnimationDecoder as _, ImageDecoder as _, Limits as ImageLimits, RgbaImage};

use super::index::Index;
use super::probe::{DeclaredLength, Probe};
use super::pump::DecoderRun;
use super::request::{DecodeRequest, Decoded};
use super::{Pixels, VideoLimits};
use crate::base::{FrameTime, RgbImage};
use crate::media::Error;
use crate::media::container::{webp_canvas, webp_delays};
use crate::media::decode::{check_size, one_line, over_white};

/// The whole file is held in memory.
pub(super) const MAX_BYTES: u64 = 512 << 20;

/// Reads the headers.
pub(super) fn describe(bytes: &[u8], limits: &VideoLimits) -> Result<(Probe, Index), Error> {
    let malformed = || Error::Malformed { format: "WebP", what: "it ends early".to_owned() };
    let mut delays = webp_delays(bytes).filter(|d| !d.is_empty()).ok_or_else(malformed)?;
    let size = webp_canvas(bytes).ok_or_else(malformed)?;
    check_size(size, &limits.of_frame())?;
    let is_cut = delays.len() > limits.max_frames;
    delays.truncate(limits.max_frames);
    // As browsers do it.
    let shown = delays.iter().map(|ms| if *ms <= 10 { 100i64 } else { i64::from(*ms) });
    let mut at_ms = 0i64;
    let frames: Arc<[FrameTime]> = shown
        .clone()
        .enumerate()
        .map(|(index, ms)| {
            let pts = at_ms;
            at_ms = at_ms.saturating_add(ms);
            FrameTime { index, packet: index, pts, t_s: pts as f64 / 1000.0, is_key: index == 0 }
        })
        .collect();
    let duration_s = at_ms as f64 / 1000.0;
    let fps = if duration_s > 0.0 { frames.len() as f64 / duration_s } else { 0.0 };
    let is_variable = shown.clone().min() != shown.max();
    let mut warnings = Vec::new();
    if is_cut {
        let n = limits.max_frames;
        warnings.push(crate::base::Warning(format!(
            "the video has more than {n} frames: the rest is left out"
        )));
    }
    let probe = Probe {
        stream: 0,
        container: "webp".to_owned(),
        codec: "webp".to_owned(),
        pixel_format: "rgba".to_owned(),
        size,
        rotation_deg: 0,
        time_base: (1, 1000),
        rate: None,
        start_s: 0.0,
        color_space: String::new(),
        is_full_range: true,
        has_audio: false,
        declared: DeclaredLength::default(),
        warnings: Vec::new(),
        not_examined: Vec::new(),
        is_restamped: false,
    };
    Ok((
        probe,
        Index {
            frames,
            duration_s,
            fps,
            is_variable,
            is_cut,
            is_restamped: false,
            warnings,
            not_examined: Vec::new(),
            n_repeated: 0,
        },
    ))
}

/// Decodes from the first frame on, since frames build upon each other, and sends the wanted ones.
pub(super) fn start(
    bytes: &Arc<[u8]>,
    frames: &Arc<[FrameTime]>,
    request: &DecodeRequest,
    size: (u32, u32),
) -> Result<DecoderRun, Error> {
    let (bytes, frames, request) = (Arc::clone(bytes), Arc::clone(frames), request.clone());
    DecoderRun::thread(move |sender, is_stopped| {
        // The decoder is made for hostile files; should it panic nevertheless, the file is to blame.
        catch_unwind(AssertUnwindSafe(|| {
            decode(&bytes, &frames, &request, size, (sender, is_stopped))
        }))
        .unwrap_or_else(|_| Some("the decoder failed".to_owned()))
    })
}

/// Decodes and sends frames; returns an error message if something went wrong.
fn decode(
    bytes: &[u8],
    frames: &[FrameTime],
    request: &DecodeRequest,
    size: (u32, u32),
    (sender, is_stopped): (&SyncSender<Decoded>, &AtomicBool),
) -> Option<String> {
    let mut decoder = match WebPDecoder::new(Cursor::new(bytes)) {
        Ok(decoder) => decoder,
        Err(e) => return Some(one_line(&e)),
    };
    // Canvas, frame and the copy that is handed out.
    let pixels =
        u64::from(decoder.dimensions().0).saturating_mul(u64::from(decoder.dimensions().1));
    let mut limits = ImageLimits::no_limits();
    limits.max_alloc = Some(pixels.saturating_mul(16).saturating_add(1 << 20));
    if let Err(e) = decoder.set_limits(limits) {
        return Some(one_line(&e));
    }
    for (frame, time) in decoder.into_frames().zip(frames).take(request.frames.end) {
        // Skipped frames are not sent, so check for a stop here.
        if is_stopped.load(Ordering::Relaxed) {
            return None;
        }
        let frame = match frame {
            Ok(frame) => frame,
            Err(e) => return Some(one_line(&e)),
        };
        let Some(ahead) = time.index.checked_sub(request.frames.start) else { continue };
        if !ahead.is_multiple_of(request.every) {
            continue;
        }
        let image = flat(&frame.into_buffer(), size)?;
        if sender.send(Decoded { time: *time, pixels: Pixels::Rgb(image) }).is_err() {
            return None;
        }
    }
    None
}

/// Laid over white, and of the wanted size.
fn flat(picture: &RgbaImage, (width_px, height_px): (u32, u32)) -> Option<RgbImage> {
    let scaled;
    let picture = if picture.dimensions() == (width_px, height_px) {
        picture
    } else {
        scaled = image::imageops::resize(picture, width_px, height_px, FilterType::Triangle);
        &scaled
    };
    let (quads, _) = picture.as_raw().as_chunks::<4>();
    let opaque = |[r, g, b, a]: &[u8; 4]| [*r, *g, *b].map(|v| over_white(v, *a));
    RgbImage::new(width_px, height_px, quads.iter().flat_map(opaque).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;
    use std::time::{Duration, Instant};

    use image::ExtendedColorType;
    use image::codecs::webp::WebPEncoder;

    use super::*;

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
        WebPEncoder::new_lossless(&mut still)
            .encode(&pixels, 16, 16, ExtendedColorType::Rgb8)
            .unwrap();
        let mut frame = vec![0, 0, 0, 0, 0, 0, 15, 0, 0, 15, 0, 0, 40, 0, 0, 0];
        frame.extend(still.split_at(12).1);
        let mut body = b"WEBP".to_vec();
        body.extend(chunk(*b"VP8X", &[2, 0, 0, 0, 15, 0, 0, 15, 0, 0]));
        body.extend(chunk(*b"ANIM", &[0; 6]));
        body.extend(chunk(*b"ANMF", &frame).repeat(n));
        chunk(*b"RIFF", &body)
    }

    #[test]
    fn a_stopped_decoder_does_not_go_on() {
        let bytes = animation(20);
        let (_, index) = describe(&bytes, &VideoLimits::default()).unwrap();
        assert_eq!(index.frames.len(), 20);
        let request = DecodeRequest { frames: 15..usize::MAX, ..DecodeRequest::default() };
        for (is_stopped, n) in [(false, 5), (true, 0)] {
            let (sender, frames) = sync_channel(20);
            let is_stopped = AtomicBool::new(is_stopped);
            let out = (&sender, &is_stopped);
            assert_eq!(decode(&bytes, &index.frames, &request, (16, 16), out), None);
            drop(sender);
            assert_eq!(frames.iter().count(), n);
        }
    }

    #[test]
    fn a_decoder_hears_that_nobody_wants_frames() {
        let (told, heard) = sync_channel(1);
        let running = DecoderRun::thread(move |_, is_stopped| {
            let begun = Instant::now();
            while !is_stopped.load(Ordering::Relaxed) && begun.elapsed().as_secs() < 20 {
                std::thread::sleep(Duration::from_millis(1));
            }
            told.send(is_stopped.load(Ordering::Relaxed)).ok();
            None
        });
        let running = running.unwrap();
        assert!(heard.recv_timeout(Duration::from_millis(50)).is_err(), "at work");
        drop(running);
        assert_eq!(heard.recv_timeout(Duration::from_secs(10)), Ok(true), "without sending");
    }
}
