//! Frames of a part of a video in the order of showing.
//!
//! * **In**: a [`Video`] and a [`DecodeRequest`]. **Out**: [`Decoded`] frames, each with its place
//!   in the index, and [`Damage`].
//! * **Not here**: pipes and processes (`pump`).

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::child::POLL;
use super::layout::Layout;
use super::pump::{Run, Running};
use super::seek::{seek_s, starts};
use super::{Pixels, Video, webp};
use crate::base::{Cancelled, Damage, FrameTime, TaskCtx};
use crate::media::Error;

/// Damage that is told one by one; it is said that there was more.
const MAX_DAMAGE: usize = 500;
/// A megapixel frame takes less than this to decode.
const SLOWEST_FRAME_S: f64 = 0.5;

/// In what form frames are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PixelKind {
    /// RGB.
    #[default]
    Rgb,
    /// Planes as decoded where the stream is 8-bit 4:2:0, else RGB.
    Native,
}

/// Which frames, in what form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeRequest {
    /// Indices of frames; cut to those that are there.
    pub frames: Range<usize>,
    /// 1 all, 2 every other one …, counted from `frames.start`. Behind a frame that could not be
    /// decoded the grid shifts; the time of a frame is always its own.
    pub every: usize,
    /// The form.
    pub pixels: PixelKind,
    /// Scaled down in the decoder so that the longest side is at most this.
    pub max_side_px: Option<u32>,
}

impl Default for DecodeRequest {
    /// Every frame as RGB in full size.
    fn default() -> Self {
        Self { frames: 0..usize::MAX, every: 1, pixels: PixelKind::Rgb, max_side_px: None }
    }
}

/// A decoded frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Which one.
    pub time: FrameTime,
    /// As a player shows it.
    pub pixels: Pixels,
}

/// Frames as they come out of the decoder. Dropping it ends the decoder.
#[derive(Debug)]
pub struct FrameStream {
    video: Video,
    request: DecodeRequest,
    layout: Layout,
    /// Exactly the first frame or nothing.
    is_exact: bool,
    /// Where to begin, the next try first.
    starts: std::vec::IntoIter<Option<usize>>,
    n_tries: usize,
    running: Option<Running>,
    /// Whether the decoder began in the middle.
    is_sought: bool,
    last: Option<usize>,
    is_over: bool,
    /// Why it ended before its time.
    early: Option<String>,
    /// Complaints about frames that were not yet taken.
    pending: Vec<(usize, String)>,
    damage: Vec<Damage>,
}

impl FrameStream {
    pub(super) fn new(
        video: &Video,
        request: &DecodeRequest,
        is_exact: bool,
    ) -> Result<Self, Error> {
        let n = video.frames().len();
        let mut request = request.clone();
        request.every = request.every.max(1);
        request.frames.end = request.frames.end.min(n);
        request.frames.start = request.frames.start.min(request.frames.end);
        let first = request.frames.start;
        let mut starts = starts(video.frames(), first, video.inner.is_seekable);
        // What was necessary the last time will be so again.
        let known = video.inner.late_tries.load(Ordering::Relaxed);
        starts.drain(..known.min(starts.len() - 1));
        let mut stream = Self {
            layout: Layout::new(&video.inner.probe, request.max_side_px),
            video: video.clone(),
            is_over: request.frames.is_empty(),
            request,
            is_exact,
            starts: starts.into_iter(),
            n_tries: known,
            running: None,
            is_sought: false,
            last: None,
            early: None,
            pending: Vec::new(),
            damage: Vec::new(),
        };
        if !stream.is_over {
            stream.try_next()?;
        }
        Ok(stream)
    }

    /// Starts the decoder at the next place to begin at; false when there is none.
    fn try_next(&mut self) -> Result<bool, Error> {
        let Some(start) = self.starts.next() else { return Ok(false) };
        // The one before is killed before another starts.
        self.running = None;
        self.n_tries += 1;
        let (video, first) = (&self.video, self.request.frames.start);
        let inner = &video.inner;
        if let Some(bytes) = &inner.webp {
            self.running =
                Some(webp::start(bytes, video.frames(), &self.request, self.layout.size())?);
            return Ok(true);
        }
        let probe = &inner.probe;
        let seek_s =
            start.and_then(|key| seek_s(video.frames(), key, probe.time_base, probe.start_s));
        let run = Run {
            seek_s,
            from_pts: if first == 0 { None } else { video.frames().get(first).map(|f| f.pts) },
            every: self.request.every,
            kind: self.request.pixels,
            layout: self.layout,
            cpu_s: 60 + self.work(start, self.request.frames.end).as_secs(),
        };
        self.is_sought = seek_s.is_some();
        self.running = Some(Running::start(&run, &inner.source, probe, video.frames())?);
        Ok(true)
    }

    /// The time that decoding from a key frame up to a frame may take.
    fn work(&self, start: Option<usize>, until: usize) -> Duration {
        let (w, h) = self.video.inner.probe.size;
        let megapixels = f64::from(w) * f64::from(h) / 1e6;
        let n = until.saturating_sub(start.unwrap_or(0)) as f64;
        Duration::from_secs_f64(n * (megapixels + 0.05) * SLOWEST_FRAME_S)
    }

    /// The next frame, `None` at the end. Waits for the decoder and looks at the stop switch every
    /// 20 ms. Frames that are missing because of damage are left out; see [`Self::damage`].
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`]; before the first frame also [`Error::Stalled`], [`Error::Stopped`] and
    /// [`Error::Undecodable`], which behind it are damage that ends the stream. After an error the
    /// stream is at its end.
    pub fn next(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<Decoded>, Error> {
        let result = self.wait(ctx);
        if !matches!(result, Ok(Some(_))) {
            self.is_over = true;
            self.running = None;
        }
        result
    }

    /// What could not be decoded so far, in the order of showing; whole after `None`. Of every
    /// frame one complaint, of a clip at most 500.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Why the decoder broke off behind the first frame, in a sentence; `None` after a normal end.
    /// What follows is then missing, whole as the file may be.
    pub fn ended_early(&self) -> Option<&str> {
        self.early.as_deref()
    }

    fn wait(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<Decoded>, Error> {
        let stall = self.video.inner.source.limits.stall_time;
        let mut begun = Instant::now();
        loop {
            if ctx.cancel.is_cancelled() {
                return Err(Cancelled.into());
            }
            if self.is_complete() {
                return Ok(None);
            }
            let Some(running) = self.running.as_ref().filter(|_| !self.is_over) else {
                return Ok(None);
            };
            match running.frames.recv_timeout(POLL) {
                Ok(frame) => {
                    let is_wrong = self.is_late(&frame) || self.is_doubtful();
                    if is_wrong && self.is_worth_a_try() && self.try_next()? {
                        begun = Instant::now();
                    } else if let Some(frame) = self.accept(frame) {
                        return Ok(Some(frame));
                    } else if self.is_over {
                        return Ok(None);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let lead = if self.last.is_none() {
                        self.work(None, self.request.frames.start)
                    } else {
                        Duration::ZERO
                    };
                    if begun.elapsed() >= stall.saturating_add(lead) {
                        let error = Error::Stalled { secs: begun.elapsed().as_secs() };
                        return self.broken(error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let how = self.running.as_mut().and_then(Running::end);
                    if self.last.is_none() && self.try_next()? {
                        begun = Instant::now();
                        continue;
                    }
                    return self.end(how);
                }
            }
        }
    }

    /// Whether nothing more is wanted of a decoder that would go on.
    fn is_complete(&self) -> bool {
        let end = self.request.frames.end;
        let goes_on = end < self.video.frames().len() || self.video.inner.is_cut;
        goes_on && self.last.is_some_and(|last| last.saturating_add(self.request.every) >= end)
    }

    /// Whether the first frame is not the one asked for.
    fn is_late(&self, frame: &Decoded) -> bool {
        self.last.is_none() && frame.time.index > self.request.frames.start
    }

    /// Whether another start may help. From the start of the file only for one exact frame: it may
    /// take minutes.
    fn is_worth_a_try(&self) -> bool {
        match self.starts.as_slice() {
            [] => false,
            [None] => self.is_exact,
            _ => true,
        }
    }

    /// Whether the decoder complained on its way from a key frame to the first frame wanted. Then
    /// the frame may have the right time and wrong pixels: some files hold parameters in their
    /// first packet that later key frames need and do not repeat. Where it complains even on its
    /// way from the start of the file, complaints tell nothing.
    fn is_doubtful(&self) -> bool {
        let complains_always = self.video.inner.complains_always.load(Ordering::Relaxed);
        self.last.is_none() && self.is_sought && !complains_always && self.has_complained()
    }

    /// Whether the decoder complained before the first frame wanted.
    fn has_complained(&self) -> bool {
        self.running.as_ref().is_some_and(Running::has_early_faults)
    }

    /// Takes a frame if it is wanted; ends the stream behind its range.
    fn accept(&mut self, frame: Decoded) -> Option<Decoded> {
        let index = frame.time.index;
        if self.last.is_some_and(|last| index <= last) || index < self.request.frames.start {
            return None;
        }
        if self.last.is_none() {
            self.learn(index);
        }
        self.hear();
        self.missing_before(index.min(self.request.frames.end));
        self.tell_before(index);
        if index >= self.request.frames.end {
            self.is_over = true;
            return None;
        }
        self.last = Some(index);
        Some(frame)
    }

    /// Remembers for later seeks how the first frame of this one came.
    fn learn(&self, index: usize) {
        let (inner, has_complained) = (&self.video.inner, self.has_complained());
        if has_complained && !self.is_sought {
            inner.complains_always.store(true, Ordering::Relaxed);
        }
        // A start that was taken in spite of complaints is no better than those before it.
        if !has_complained && index == self.request.frames.start {
            inner.late_tries.store(self.n_tries - 1, Ordering::Relaxed);
        }
    }

    /// Notes the frames between the last one and this one, if they should have come.
    fn missing_before(&mut self, index: usize) {
        let expected =
            self.last.map_or(self.request.frames.start, |last| last + self.request.every);
        if index > expected {
            let n = index - expected;
            let what = if n == 1 {
                "a frame could not be decoded".to_owned()
            } else {
                format!("{n} frames could not be decoded")
            };
            self.pending.push((expected, what));
        }
    }

    /// Takes over what the decoder complained about.
    fn hear(&mut self) {
        let faults = self.running.as_ref().map(Running::faults).unwrap_or_default();
        for fault in faults {
            let frame = match fault.after_pts {
                Some(pts) => {
                    let frames = self.video.frames();
                    frames.partition_point(|f| f.pts <= pts).saturating_sub(1)
                }
                // After a seek decoders miss what came before: nothing is wrong with the file.
                None if self.is_sought => continue,
                None => self.request.frames.start,
            };
            if frame < self.request.frames.end {
                self.pending.push((frame, fault.what));
            }
        }
    }

    /// Tells what happened before a frame, and keeps the rest for later: decoders work ahead.
    fn tell_before(&mut self, index: usize) {
        if self.pending.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_by_key(|(frame, _)| *frame);
        let later = pending.split_off(pending.partition_point(|(frame, _)| *frame < index));
        for (frame, what) in pending {
            self.damaged(frame, what);
        }
        self.pending = later;
    }

    fn damaged(&mut self, frame: usize, what: String) {
        let frame = frame.min(self.video.frames().len().saturating_sub(1));
        if self.damage.len() >= MAX_DAMAGE || self.damage.last().is_some_and(|d| d.frame == frame) {
            return;
        }
        let what = if self.damage.len() + 1 == MAX_DAMAGE {
            "the stream is damaged in more places than are listed".to_owned()
        } else {
            what
        };
        let t_s = self.video.frames().get(frame).map_or(0.0, |f| f.t_s);
        self.damage.push(Damage { frame, t_s, what });
    }

    /// The decoder has ended. `how`: not by itself.
    fn end(&mut self, how: Option<String>) -> Result<Option<Decoded>, Error> {
        self.hear();
        self.tell_before(self.last.map_or(0, |last| last + 1));
        if let Some(how) = how {
            return self.broken(Error::Stopped { how });
        }
        if self.last.is_none() && self.request.frames.start == 0 {
            self.tell_before(usize::MAX);
            let what = self.damage.first().map_or("it gives no frame", |d| &d.what).to_owned();
            return Err(Error::Undecodable { what });
        }
        self.missing_before(self.request.frames.end);
        self.tell_before(usize::MAX);
        Ok(None)
    }

    /// The decoder broke off: an error before the first frame, damage behind it.
    fn broken(&mut self, error: Error) -> Result<Option<Decoded>, Error> {
        let Some(last) = self.last else { return Err(error) };
        self.damaged(last + 1, error.to_string());
        self.early = Some(error.to_string());
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::base::skip_test;
    use crate::media::video::{Tools, VideoLimits};

    /// The decoder complains of the first packets wherever it begins: no reason to step back.
    #[test]
    fn a_stream_cut_in_the_middle_is_not_decoded_from_its_start_every_time() {
        let Ok(tools) = Tools::find() else { return skip_test("ffmpeg is not here") };
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.ts");
        let source = "-v error -f lavfi -i testsrc2=s=160x96:r=25:d=8 -pix_fmt yuv420p -bf 3 -g 25";
        let made = Command::new(&tools.ffmpeg)
            .args(source.split(' '))
            .args(["-c:v", "libx264", "-preset", "ultrafast"])
            .arg(&whole)
            .status()
            .unwrap();
        if !made.success() {
            return skip_test("ffmpeg has no libx264");
        }
        let bytes = std::fs::read(&whole).unwrap();
        let cut = folder.path().join("cut.ts");
        std::fs::write(&cut, &bytes[188 * 40..]).unwrap();
        let open =
            |path: &Path| Video::open(path, &VideoLimits::default(), &TaskCtx::silent()).unwrap();
        let video = open(&cut);
        let n = video.frames().len();
        let mut starts = Vec::new();
        for index in [n - 20, n / 2, n - 60, n - 1, n / 2 + 3] {
            let request = DecodeRequest { frames: index..index + 1, ..DecodeRequest::default() };
            let mut stream = FrameStream::new(&video, &request, true).unwrap();
            let frame = stream.next(&TaskCtx::silent()).unwrap().unwrap();
            assert_eq!(frame.time.index, index);
            starts.push(stream.is_sought);
        }
        println!("sought: {starts:?}, late tries {:?}", video.inner.late_tries);
        assert_eq!(starts[1..], [true; 4], "not from the start of the file");
    }
}
