//! One run of `ffmpeg` over a part of a video: frames from one pipe, their times from the other.
//!
//! `ffmpeg` writes the line about a frame before the frame, so the n-th line belongs to the n-th
//! frame. The thread that reads the lines never blocks; only pixels are held back when the receiver
//! is slow.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::Read as _;
use std::process::{ChildStderr, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::child::{GuardedChild, Messages, arguments, read_some, spawn_detached, start};
use super::damage::SIZE_CHANGES;
use super::index::rescale;
use super::layout::Layout;
use super::messages::{DecoderMessage, LineSplitter, parse};
use super::probe::{Probe, Source};
use super::request::{Decoded, PixelKind};
use super::tools::STRICT_VP9;
use crate::base::FrameTime;
use crate::confine::ResourceLimits;
use crate::media::Error;

/// Frames that may wait in the channel.
const QUEUE: usize = 3;
/// Most error messages kept.
const MAX_FAULTS: usize = 1000;
/// Longest delay of the line about a frame.
const LINE_LATE: Duration = Duration::from_secs(10);

/// Which part of a video to decode, and how.
#[derive(Debug, Clone)]
pub(super) struct DecodeJob {
    /// Seconds of the container at which a key frame is sought; `None`: from the start.
    pub(super) seek_s: Option<f64>,
    /// Frames before this time stamp are decoded and dropped.
    pub(super) from_pts: Option<i64>,
    /// Every n-th frame of the others is kept, the first included.
    pub(super) every: usize,
    pub(super) kind: PixelKind,
    pub(super) layout: Layout,
    /// Times run on where the clock of the file starts anew.
    pub(super) is_restamped: bool,
    /// Seconds of processor time.
    pub(super) cpu_s: u64,
}

impl DecodeJob {
    fn args(&self, source: &Source, probe: &Probe) -> Result<Vec<OsString>, Error> {
        let (stream, (num, den)) = (probe.stream, probe.time_base);
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(16);
        let mut args = source.guards();
        args.extend(arguments(["-loglevel", "repeat+level+info", "-nostdin", "-nostats"]));
        if !self.is_restamped {
            args.push("-copyts".into());
        }
        args.extend(arguments(["-threads", &n_threads.to_string(), "-filter_threads", "2"]));
        if let Some(at_s) = self.seek_s {
            // Frames are chosen by their exact time below, not by the rounded one here.
            args.extend(arguments(["-noaccurate_seek", "-ss", &format!("{at_s:.6}")]));
        }
        // Check sums are compared where the stream has some.
        args.extend(arguments(["-err_detect", "crccheck"]));
        if probe.codec == "vp9" && source.tools.has_strict_vp9 {
            args.extend(arguments([&format!("-c:{stream}"), STRICT_VP9]));
        }
        args.extend(source.input()?);
        args.extend(arguments(["-map", &format!("0:{stream}"), "-an", "-sn", "-dn"]));
        let filters = self.choice() + &self.layout.filters();
        args.extend(arguments(["-vf", &filters, "-fps_mode", "passthrough"]));
        // Else the writer of raw video counts in whole frames and complains of irregular times.
        args.extend(arguments(["-enc_time_base", &format!("{num}/{den}")]));
        args.extend(arguments(["-f", "rawvideo", "pipe:1"]));
        Ok(args)
    }

    /// The filter that drops frames before they are scaled. Variable 0 counts those since the
    /// first.
    fn choice(&self) -> String {
        let every = self.every.max(1);
        let kept = if every == 1 {
            "1".to_owned()
        } else {
            format!("st(0,ld(0)+1);not(mod(ld(0)-1,{every}))")
        };
        match self.from_pts {
            None if every == 1 => String::new(),
            None => format!("select='{kept}',"),
            Some(pts) => format!("select='if(lt(pts,{pts}),0,{kept})',"),
        }
    }
}

/// An error message, and the time stamp of the frame before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) after_pts: Option<i64>,
    pub(super) what: String,
}

/// Frame times and error messages read from standard error.
#[derive(Debug, Default)]
struct MessageLog {
    state: Mutex<PumpState>,
    changed: Condvar,
}

/// The time stamp of a frame, if it has a valid one.
#[derive(Debug, Clone, Copy)]
struct Stamp(Option<i64>);

#[derive(Debug, Default)]
struct PumpState {
    /// Times of frames that were not yet read from the other pipe.
    frames: VecDeque<Stamp>,
    faults: Vec<Fault>,
    last_pts: Option<i64>,
    is_done: bool,
}

impl MessageLog {
    fn fault(&self, what: String) {
        let after_pts = self.state.lock().last_pts;
        self.fault_after(after_pts, what);
    }

    fn fault_after(&self, after_pts: Option<i64>, what: String) {
        let mut state = self.state.lock();
        // The first message about a frame is the most telling.
        if state.faults.len() < MAX_FAULTS
            && state.faults.last().is_none_or(|f| f.after_pts != after_pts)
        {
            state.faults.push(Fault { after_pts, what });
        }
    }

    /// The time of the next frame; `None` when there is no line about it.
    fn next_frame(&self) -> Option<Stamp> {
        let mut state = self.state.lock();
        let is_pending = |state: &mut PumpState| state.frames.is_empty() && !state.is_done;
        self.changed.wait_while_for(&mut state, is_pending, LINE_LATE);
        state.frames.pop_front()
    }

    fn read(&self, mut stderr: ChildStderr, time_base: (u32, u32)) {
        let (mut chunk, mut lines, mut base) =
            (vec![0; 16 << 10], LineSplitter::default(), time_base);
        while let Some(n) = read_some(&mut stderr, &mut chunk) {
            lines.push(chunk.get(..n).unwrap_or_default(), |line| match parse(line) {
                DecoderMessage::Frame { pts, .. } => {
                    let pts = pts.and_then(|pts| rescale(pts, base, time_base));
                    let mut state = self.state.lock();
                    state.last_pts = pts.or(state.last_pts);
                    state.frames.push_back(Stamp(pts));
                    drop(state);
                    self.changed.notify_all();
                }
                DecoderMessage::TimeBase(num, den) => {
                    base = (num, den);
                    // The filters are made anew when the pictures change.
                    if self.state.lock().last_pts.is_some() {
                        self.fault(SIZE_CHANGES.to_owned());
                    }
                }
                DecoderMessage::Fault(what) => self.fault(what),
                DecoderMessage::Other => {}
            });
        }
        self.state.lock().is_done = true;
        self.changed.notify_all();
    }
}

/// A running decoder.
#[derive(Debug)]
pub(super) struct DecoderRun {
    pub(super) frames: Receiver<Decoded>,
    /// `None` when the decoder is a thread of this program.
    child: Option<GuardedChild>,
    log: Arc<MessageLog>,
    /// Stops a decoder thread; a child process is killed.
    _stop: StopOnDrop,
}

/// Tells a decoder thread to stop when dropped: it may decode for long without sending.
#[derive(Debug, Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl DecoderRun {
    pub(super) fn start(
        job: &DecodeJob,
        source: &Source,
        probe: &Probe,
        index: &Arc<[FrameTime]>,
    ) -> Result<Self, Error> {
        let limits = ResourceLimits { memory_bytes: source.limits.memory_bytes, cpu_s: job.cpu_s };
        let args = job.args(source, probe)?;
        let mut child = start(&source.tools.ffmpeg, &args, limits, source.reach())?;
        let log = Arc::new(MessageLog::default());
        if let Some(stderr) = child.stderr() {
            let (log, time_base) = (Arc::clone(&log), probe.time_base);
            spawn_detached("frame times", move || log.read(stderr, time_base))?;
        }
        let (sender, frames) = sync_channel(QUEUE);
        if let Some(stdout) = child.stdout() {
            widen(&stdout);
            let reader = Reader {
                log: Arc::clone(&log),
                index: Arc::clone(index),
                layout: job.layout,
                kind: job.kind,
            };
            spawn_detached("frame pixels", move || reader.read(stdout, &sender))?;
        }
        Ok(Self { frames, child: Some(child), log, _stop: StopOnDrop::default() })
    }

    /// A thread of ours; `work` sends frames and returns a complaint if it could not go on. It ends
    /// soon after it is asked to stop.
    pub(super) fn thread(
        work: impl FnOnce(&SyncSender<Decoded>, &AtomicBool) -> Option<String> + Send + 'static,
    ) -> Result<Self, Error> {
        let (log, (sender, frames)) = (Arc::new(MessageLog::default()), sync_channel(QUEUE));
        let (sink, stop) = (Arc::clone(&log), StopOnDrop::default());
        let is_stopped = Arc::clone(&stop.0);
        spawn_detached("frames", move || {
            if let Some(what) = work(&sender, &is_stopped) {
                sink.fault(what);
            }
        })?;
        Ok(Self { frames, child: None, log, _stop: stop })
    }

    /// A child process of ours; `read` sends frames from its output and returns a complaint if it
    /// could not go on.
    pub(super) fn child(
        mut child: GuardedChild,
        read: impl FnOnce(ChildStdout, &SyncSender<Decoded>) -> Option<String> + Send + 'static,
    ) -> Result<Self, Error> {
        let (log, (sender, frames)) = (Arc::new(MessageLog::default()), sync_channel(QUEUE));
        if let Some(stderr) = child.stderr() {
            // Nothing is written there; a full pipe would stop the child.
            Messages::gather(stderr)?;
        }
        let sink = Arc::clone(&log);
        match child.stdout() {
            Some(stdout) => {
                widen(&stdout);
                spawn_detached("frame pixels", move || {
                    if let Some(what) = read(stdout, &sender) {
                        sink.fault(what);
                    }
                    sink.state.lock().is_done = true;
                    sink.changed.notify_all();
                })?;
            }
            None => log.state.lock().is_done = true,
        }
        Ok(Self { frames, child: Some(child), log, _stop: StopOnDrop::default() })
    }

    /// Whether there are error messages from before the first frame, since the last call of
    /// [`Self::faults`]. The decoder works ahead: others may be about unwanted frames.
    pub(super) fn has_early_faults(&self) -> bool {
        self.log.state.lock().faults.iter().any(|fault| fault.after_pts.is_none())
    }

    /// Error messages since the last call.
    pub(super) fn faults(&self) -> Vec<Fault> {
        std::mem::take(&mut self.log.state.lock().faults)
    }

    /// After the last frame: waits for the child and its last messages. Returns how it ended if it
    /// did not end by itself.
    pub(super) fn end(&mut self) -> Option<String> {
        let child = self.child.as_mut()?;
        let status = child.wait_or_kill(Instant::now() + Duration::from_secs(2));
        let is_reading = |state: &mut PumpState| !state.is_done;
        let mut state = self.log.state.lock();
        self.log.changed.wait_while_for(&mut state, is_reading, Duration::from_secs(1));
        match status {
            None => Some("it did not end".to_owned()),
            Some(status) if status.code().is_none() => Some(status.to_string()),
            Some(_) => None,
        }
    }
}

/// Reads pixels.
struct Reader {
    log: Arc<MessageLog>,
    index: Arc<[FrameTime]>,
    layout: Layout,
    kind: PixelKind,
}

impl Reader {
    fn read(&self, mut stdout: ChildStdout, frames: &SyncSender<Decoded>) {
        let n_bytes = self.layout.n_bytes();
        let mut last_pts = None;
        loop {
            let mut bytes = Vec::with_capacity(n_bytes);
            let got = (&mut stdout).take(n_bytes as u64).read_to_end(&mut bytes);
            if got.is_err() || bytes.len() < n_bytes {
                return;
            }
            let Some(Stamp(pts)) = self.log.next_frame() else { return };
            let found = pts.and_then(|pts| self.index.binary_search_by_key(&pts, |f| f.pts).ok());
            let Some(time) = found.and_then(|i| self.index.get(i).copied()) else {
                let what = "a frame with a time that the file does not list".to_owned();
                self.log.fault_after(last_pts, what);
                continue;
            };
            last_pts = Some(time.pts);
            let Some(pixels) = self.layout.pixels(bytes) else { return };
            let pixels = match self.kind {
                PixelKind::Native => pixels,
                PixelKind::Rgb => super::Pixels::Rgb(pixels.into_rgb()),
            };
            if frames.send(Decoded { time, pixels }).is_err() {
                return;
            }
        }
    }
}

/// The system's pipe holds 64 KiB; a frame is megabytes, and every refill is a switch of programs.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the size of a pipe has no safe wrapper in std")]
fn widen(stdout: &ChildStdout) {
    use std::os::fd::AsRawFd as _;
    // The default limit for unprivileged users.
    const BYTES: libc::c_int = 1 << 20;
    // SAFETY: fcntl on a descriptor that is open as long as `stdout` is borrowed, with a number.
    let size = unsafe { libc::fcntl(stdout.as_raw_fd(), libc::F_SETPIPE_SZ, BYTES) };
    tracing::trace!(size, "the pipe of a decoder");
}

#[cfg(not(target_os = "linux"))]
fn widen(_stdout: &ChildStdout) {}
