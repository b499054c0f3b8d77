//! Starts the child, hands it the bytes and reads its answer.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::child::limit_arguments;
use super::reply::StillReply;
use super::{READY, STILL};
use crate::base::{Limits, TaskCtx};
use crate::confine::{Reach, ResourceLimits};
use crate::media::video::child::{GuardedChild, ReadFrom, run, spawn_detached, start};
use crate::media::{Error, Still, StillFormat};

/// A picture is decoded in no more than this, on a busy machine as well.
const TIME: Duration = Duration::from_mins(2);
/// The program itself, its libraries and its stacks.
const PROGRAM_BYTES: u64 = 1 << 30;
/// Most bytes of the lines before the pixels.
const MAX_LINES_BYTES: usize = 1 << 20;

/// The program that decodes, once it was named.
static DECODER: OnceLock<StillDecoder> = OnceLock::new();

/// The program that decodes still pictures in a child process.
#[derive(Debug)]
pub struct StillDecoder {
    program: PathBuf,
    /// It does not start with files and system calls shut to it: its libraries lie elsewhere.
    runs_open: AtomicBool,
    /// Whether it has started at least once.
    is_settled: AtomicBool,
}

impl StillDecoder {
    /// This program, or one that knows the same hidden command.
    pub const fn new(program: PathBuf) -> Self {
        Self { program, runs_open: AtomicBool::new(false), is_settled: AtomicBool::new(false) }
    }

    /// Whether files and system calls are shut to it, as far as the system can do so.
    pub fn runs_sandboxed(&self) -> bool {
        !self.runs_open.load(Ordering::Relaxed)
    }

    /// Decodes a picture.
    ///
    /// # Errors
    ///
    /// Those of [`decode_still`](crate::media::decode_still), [`Error::Stopped`] when the child
    /// died, [`Error::Stalled`], [`Error::Cancelled`], [`Error::NoStart`].
    pub fn decode(
        &self,
        bytes: &[u8],
        format: StillFormat,
        sha256: String,
        limits: &Limits,
        ctx: &TaskCtx<'_>,
    ) -> Result<Still, Error> {
        let Output { reply, pixels, how, .. } = self.ask(bytes, limits, ctx)?;
        match reply {
            Some(StillReply::Decoded(head)) if pixels.len() == head.n_bytes(limits)? => {
                head.still(pixels, format, sha256).ok_or(Error::Stopped { how })
            }
            Some(StillReply::Failed(failure)) => Err(failure.error(format, limits)),
            Some(StillReply::Decoded(_)) | None => Err(Error::Stopped { how }),
        }
    }

    /// Finds out whether it starts in the sandbox, if that is not known.
    ///
    /// # Errors
    ///
    /// [`Error::Stalled`], [`Error::Cancelled`], [`Error::NoStart`].
    pub(in crate::media) fn settle(&self, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        if !self.is_settled.load(Ordering::Relaxed) {
            // It says that it is ready before it finds that there is no picture.
            self.ask(&[], &Limits::default(), ctx)?;
        }
        Ok(())
    }

    /// Sends bytes; to a child without a sandbox where it does not start in it.
    fn ask(&self, bytes: &[u8], limits: &Limits, ctx: &TaskCtx<'_>) -> Result<Output, Error> {
        let sandboxed = self.runs_sandboxed();
        let mut end = self.try_once(bytes, limits, sandboxed, ctx)?;
        if sandboxed && !end.is_ready {
            let open = self.try_once(bytes, limits, false, ctx)?;
            if open.is_ready {
                self.runs_open.store(true, Ordering::Relaxed);
                tracing::warn!(
                    "pictures are decoded without a sandbox: the program does not start in it"
                );
                end = open;
            }
        }
        if end.is_ready {
            self.is_settled.store(true, Ordering::Relaxed);
        }
        Ok(end)
    }

    /// Starts a child that gets `input`.
    pub(in crate::media) fn start_child(
        &self,
        command: &str,
        arguments: impl IntoIterator<Item = OsString>,
        resources: ResourceLimits,
        input: impl AsRef<[u8]> + Send + 'static,
        is_sandboxed: bool,
    ) -> Result<GuardedChild, Error> {
        let args: Vec<OsString> = std::iter::once(command.into()).chain(arguments).collect();
        let reach = Reach::nothing().fed().sandboxed(is_sandboxed);
        let mut child = start(&self.program, &args, resources, reach)?;
        if let Some(mut stdin) = child.stdin() {
            // Fails where the child has died, which its end tells.
            spawn_detached("picture to decode", move || drop(stdin.write_all(input.as_ref())))?;
        }
        Ok(child)
    }

    fn try_once(
        &self,
        bytes: &[u8],
        limits: &Limits,
        sandboxed: bool,
        ctx: &TaskCtx<'_>,
    ) -> Result<Output, Error> {
        // The file, the pixels as stored, as RGB and turned.
        let pixels = limits.pixels.saturating_mul(6);
        let file = (bytes.len() as u64).saturating_mul(3);
        let memory_bytes = [pixels, file, PROGRAM_BYTES]
            .iter()
            .fold(limits.alloc_bytes, |sum, part| sum.saturating_add(*part));
        let resources = ResourceLimits { memory_bytes, cpu_s: TIME.as_secs() };
        let arguments = limit_arguments(limits);
        let child = self.start_child(STILL, arguments, resources, bytes.to_vec(), sandboxed)?;
        let mut output = Output::default();
        let end = run(child, ReadFrom::Output, TIME, ctx, |piece| output.take(piece, limits))?;
        output.how = end.status.map_or_else(|| "killed".to_owned(), |status| status.to_string());
        Ok(output)
    }
}

/// What the child has said so far.
#[derive(Debug, Default)]
struct Output {
    is_ready: bool,
    reply: Option<StillReply>,
    /// Bytes of the line that is not whole yet.
    line: Vec<u8>,
    pixels: Vec<u8>,
    n_pixel_bytes: usize,
    how: String,
}

impl Output {
    /// Takes in a piece of its output; false when it says what no program of ours says.
    fn take(&mut self, piece: &[u8], limits: &Limits) -> bool {
        let mut rest = piece;
        while self.reply.is_none() {
            let Some(at) = rest.iter().position(|byte| *byte == b'\n') else {
                self.line.extend_from_slice(rest);
                return self.line.len() <= MAX_LINES_BYTES;
            };
            let (head, tail) = rest.split_at(at);
            self.line.extend_from_slice(head);
            rest = tail.get(1..).unwrap_or_default();
            if !self.take_line(limits) {
                return false;
            }
        }
        self.pixels.extend_from_slice(rest);
        self.pixels.len() <= self.n_pixel_bytes
    }

    fn take_line(&mut self, limits: &Limits) -> bool {
        let line = std::mem::take(&mut self.line);
        if line.len() > MAX_LINES_BYTES {
            return false;
        }
        if !self.is_ready {
            self.is_ready = line == READY.as_bytes();
            return self.is_ready;
        }
        self.reply = serde_json::from_slice(&line).ok();
        match &self.reply {
            Some(StillReply::Decoded(head)) => {
                self.n_pixel_bytes = head.n_bytes(limits).unwrap_or(0);
                self.pixels.reserve_exact(self.n_pixel_bytes);
                true
            }
            Some(StillReply::Failed(_)) => true,
            None => false,
        }
    }
}

/// From now on still pictures are decoded by a child process of this program. To be called once, by
/// a program that knows the hidden command.
pub fn decode_stills_apart() {
    match std::env::current_exe() {
        Ok(program) => drop(DECODER.set(StillDecoder::new(program))),
        Err(error) => tracing::warn!(%error, "pictures are decoded in this process"),
    }
}

/// The program that decodes still pictures, if one was named.
pub fn still_decoder() -> Option<&'static StillDecoder> {
    DECODER.get()
}

/// Decodes by the program named, if there is one.
pub(in crate::media) fn decode(
    bytes: &[u8],
    format: StillFormat,
    sha256: &str,
    limits: &Limits,
    ctx: &TaskCtx<'_>,
) -> Option<Result<Still, Error>> {
    let decoder = still_decoder()?;
    Some(decoder.decode(bytes, format, sha256.to_owned(), limits, ctx))
}

/// Entry for `tests/fuzz`: what a decoder that a picture has taken over may answer.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    let limits = Limits { side_px: 512, pixels: 1 << 16, ..Limits::default() };
    let mut output = Output::default();
    let is_one_of_ours = bytes.chunks(1000).all(|piece| output.take(piece, &limits));
    let Output { reply: Some(StillReply::Decoded(head)), pixels, .. } = output else { return };
    if is_one_of_ours && head.n_bytes(&limits).is_ok_and(|n| n == pixels.len()) {
        drop(head.still(pixels, StillFormat::Png, String::new()));
    }
}

#[cfg(test)]
#[cfg(unix)]
#[path = "parent_tests.rs"]
mod tests;
