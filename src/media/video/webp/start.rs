//! Starts the decoder of an animated WebP file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read as _;
use std::process::ChildStdout;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;

use super::frames::{WantedFrames, decode_frames};
use crate::base::{FrameTime, RgbImage, TaskCtx};
use crate::confine::ResourceLimits;
use crate::media::Error;
use crate::media::apart::{ANIMATION, AT_END, READY, StillDecoder, still_decoder};
use crate::media::video::limits::VideoLimits;
use crate::media::video::pixels::Pixels;
use crate::media::video::pump::DecoderRun;
use crate::media::video::request::{DecodeRequest, Decoded};

/// The program itself, its libraries and its stacks.
const PROGRAM_BYTES: u64 = 1 << 30;
/// Most bytes of the message at the end.
const MAX_MESSAGE_BYTES: u64 = 1024;

/// An animated WebP file and the times of its frames.
#[derive(Debug, Clone, Copy)]
pub(in crate::media::video) struct WebpFile<'a> {
    pub(in crate::media::video) bytes: &'a Arc<[u8]>,
    pub(in crate::media::video) frames: &'a Arc<[FrameTime]>,
}

/// Decodes from the first frame on and sends the wanted ones. `cpu_s`: seconds of processor time of
/// a child process.
pub(in crate::media::video) fn start(
    file: WebpFile<'_>,
    request: &DecodeRequest,
    size: (u32, u32),
    cpu_s: u64,
    limits: &VideoLimits,
) -> Result<DecoderRun, Error> {
    let wanted = WantedFrames { frames: request.frames.clone(), every: request.every, size };
    let frames = Arc::clone(file.frames);
    if let Some(decoder) = still_decoder() {
        return by_child(decoder, file, wanted, cpu_s, limits);
    }
    let bytes = Arc::clone(file.bytes);
    DecoderRun::thread(move |sender, is_stopped| {
        decode_frames(&bytes, &wanted, |number, image| {
            // Skipped frames are not sent, so check for a stop here.
            !is_stopped.load(Ordering::Relaxed)
                && image.is_none_or(|image| send(sender, &frames, number, image))
        })
    })
}

/// The same by a program that knows the hidden command.
pub(in crate::media::video) fn by_child(
    decoder: &StillDecoder,
    file: WebpFile<'_>,
    wanted: WantedFrames,
    cpu_s: u64,
    limits: &VideoLimits,
) -> Result<DecoderRun, Error> {
    let held = (file.bytes.len() as u64).saturating_mul(3);
    let memory_bytes = limits.memory_bytes.saturating_add(held).saturating_add(PROGRAM_BYTES);
    let resources = ResourceLimits { memory_bytes, cpu_s };
    decoder.settle(&TaskCtx::silent())?;
    let mut args = vec![limits.file_bytes.to_string().into()];
    args.extend(wanted.arguments());
    let input = Arc::clone(file.bytes);
    let is_sandboxed = decoder.runs_sandboxed();
    let child = decoder.start_child(ANIMATION, args, resources, input, is_sandboxed)?;
    let frames = Arc::clone(file.frames);
    DecoderRun::child(child, move |stdout, sender| read(stdout, &wanted, &frames, sender))
}

/// Frames come as their numbers and pixels, behind them a mark and the message of the decoder.
/// Returns what is wrong; a child that died has not sent the mark, and its end tells why.
fn read(
    mut stdout: ChildStdout,
    wanted: &WantedFrames,
    frames: &[FrameTime],
    sender: &SyncSender<Decoded>,
) -> Option<String> {
    let mut ready = vec![0; READY.len().saturating_add(1)];
    let strange = || Some("the decoder broke off".to_owned());
    if stdout.read_exact(&mut ready).is_err() || ready.strip_suffix(b"\n") != Some(READY.as_bytes())
    {
        return strange();
    }
    loop {
        let mut number = [0; 4];
        if stdout.read_exact(&mut number).is_err() {
            return strange();
        }
        let number = u32::from_le_bytes(number);
        if number == AT_END {
            let mut message = String::new();
            let read = stdout.take(MAX_MESSAGE_BYTES).read_to_string(&mut message);
            return if read.is_err() { strange() } else { Some(message).filter(|m| !m.is_empty()) };
        }
        let mut pixels = Vec::new();
        let n_bytes = wanted.n_bytes();
        let got = (&mut stdout).take(n_bytes as u64).read_to_end(&mut pixels);
        let image = RgbImage::new(wanted.size.0, wanted.size.1, pixels).filter(|_| got.is_ok());
        let Some(image) = image else { return strange() };
        if !send(sender, frames, number as usize, image) {
            return None;
        }
    }
}

/// False when nobody wants more.
fn send(
    sender: &SyncSender<Decoded>,
    frames: &[FrameTime],
    number: usize,
    image: RgbImage,
) -> bool {
    // The file has frames that are not listed only where their number is limited.
    let Some(time) = frames.get(number).copied() else { return false };
    sender.send(Decoded { time, pixels: Pixels::Rgb(image) }).is_ok()
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
