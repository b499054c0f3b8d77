//! From frames to a video file, by `ffmpeg`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use super::Tools;
use super::child::{GuardedChild, Messages, arguments, file_url, spawn_detached, start};
use super::messages::first_fault;
use crate::base::RgbImage;
use crate::confine::{Reach, ResourceLimits};
use crate::files::part_file;
use crate::media::Error;

/// An encoder that accepts no frame for this long is killed.
const STALL: Duration = Duration::from_mins(1);
/// Encoders look ahead over dozens of large frames.
const MEMORY_BYTES: u64 = 8 << 30;
/// A week: the length of a video is not known before its end.
const CPU_S: u64 = 7 * 24 * 3600;

/// Writes a video of a constant rate: H.264 into `.mp4`, VP9 into `.webm`, 4:2:0 in BT.709. For
/// frames of varying times push for every step of the rate the frame that is shown then.
///
/// The file appears under its name when it is finished; a writer that is dropped before leaves
/// nothing. Odd sides are extended by a row or column.
#[derive(Debug)]
pub struct VideoWriter {
    path: PathBuf,
    part: tempfile::TempPath,
    size: (u32, u32),
    frames: Option<SyncSender<Vec<u8>>>,
    child: GuardedChild,
    messages: Messages,
}

impl VideoWriter {
    /// * `path`: ends in `.mp4` or `.webm`; nothing may be there.
    /// * `size_px`: width and height of every frame.
    /// * `fps`: frames per second, more than 0.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], [`Error::Encode`] for other names, sizes and rates, [`Error::Write`],
    /// [`Error::NoStart`].
    pub fn create(
        path: &Path,
        tools: &Tools,
        size_px: (u32, u32),
        fps: f64,
    ) -> Result<Self, Error> {
        let encode = |what: &str| Error::Encode { what: what.to_owned() };
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let codec: &[&str] = match extension.as_deref() {
            Some("mp4") => &["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-movflags"],
            Some("webm") => &["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1"],
            _ => return Err(encode("a video is written as .mp4 or .webm")),
        };
        let is_mp4 = extension.as_deref() == Some("mp4");
        if size_px.0 == 0 || size_px.1 == 0 || size_px.0.max(size_px.1) > 16_384 {
            return Err(encode("its sides must be 1 to 16384 pixels"));
        }
        if !(fps > 0.0 && fps <= 1000.0) {
            return Err(encode("its rate must be between 0 and 1000 frames per second"));
        }
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: path.to_owned() });
        }
        let write = |source| Error::Write { source, path: path.to_owned() };
        let absolute = std::path::absolute(path).map_err(write)?;
        let folder = absolute.parent().unwrap_or_else(|| Path::new("/"));
        let suffix = if is_mp4 { ".part.mp4" } else { ".part.webm" };
        let part = part_file(folder, suffix).map_err(write)?.into_temp_path();
        let mut args = arguments(["-hide_banner", "-loglevel", "level+error", "-y"]);
        args.extend(arguments(["-f", "rawvideo", "-pix_fmt", "rgb24"]));
        args.extend(arguments(["-s", &format!("{}x{}", size_px.0, size_px.1)]));
        args.extend(arguments(["-framerate", &format!("{fps:.6}"), "-i", "pipe:0", "-an"]));
        args.extend(arguments([
            "-vf",
            "pad=ceil(iw/2)*2:ceil(ih/2)*2,\
             scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        ]));
        args.extend(codec.iter().map(OsString::from));
        if is_mp4 {
            args.extend(arguments(["+faststart"]));
        }
        args.extend(arguments(["-colorspace", "bt709", "-color_primaries", "bt709"]));
        args.extend(arguments(["-color_trc", "bt709", "-color_range", "tv"]));
        args.push(file_url(&part)?);
        let limits = ResourceLimits { memory_bytes: MEMORY_BYTES, cpu_s: CPU_S };
        let reach = Reach::writes(&part).sandboxed(tools.runs_sandboxed);
        let mut child = start(&tools.ffmpeg, &args, limits, reach)?;
        let messages = child.stderr().map_or_else(|| Ok(Messages::default()), Messages::gather)?;
        let (sender, frames) = sync_channel(2);
        if let Some(stdin) = child.stdin() {
            spawn_detached("frames to encode", move || feed(stdin, &frames))?;
        }
        Ok(Self { path: absolute, part, size: size_px, frames: Some(sender), child, messages })
    }

    /// Adds a frame. Waits while the encoder is busy, for a minute at most.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] for a frame of another size, or with the encoder's message when it gave
    /// up; [`Error::Stalled`].
    pub fn push(&mut self, frame: &RgbImage) -> Result<(), Error> {
        if (frame.width_px, frame.height_px) != self.size {
            let what = format!("{frame:?} does not fit into {} x {}", self.size.0, self.size.1);
            return Err(Error::Encode { what });
        }
        let Some(frames) = &self.frames else { return Err(self.gave_up()) };
        let (mut bytes, deadline) = (frame.pixels.clone(), Instant::now() + STALL);
        loop {
            match frames.try_send(bytes) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(_)) => return Err(self.gave_up()),
                Err(TrySendError::Full(back)) => bytes = back,
            }
            if Instant::now() >= deadline {
                self.child.kill();
                return Err(Error::Stalled { secs: STALL.as_secs() });
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Finishes the file and gives it its final name.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] with the encoder's message, [`Error::Exists`] when a file of that name has
    /// appeared meanwhile, [`Error::Write`].
    pub fn finish(mut self) -> Result<(), Error> {
        // The end of its input.
        self.frames = None;
        match self.child.wait_or_kill(Instant::now() + STALL) {
            Some(status) if status.success() => {}
            Some(_) => return Err(self.gave_up()),
            None => return Err(Error::Stalled { secs: STALL.as_secs() }),
        }
        let path = self.path;
        self.part.persist_noclobber(&path).map_err(|e| {
            if e.error.kind() == std::io::ErrorKind::AlreadyExists {
                Error::Exists { path: path.clone() }
            } else {
                Error::Write { source: e.error, path: path.clone() }
            }
        })
    }

    fn gave_up(&self) -> Error {
        let fault = first_fault(&self.messages.text());
        Error::Encode { what: fault.unwrap_or_else(|| "the encoder gave up".to_owned()) }
    }
}

fn feed(mut stdin: ChildStdin, frames: &Receiver<Vec<u8>>) {
    while let Ok(frame) = frames.recv() {
        if stdin.write_all(&frame).is_err() {
            return;
        }
    }
}
