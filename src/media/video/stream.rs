//! Frames of a part of a video in the order of showing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::child::POLL;
use super::damage::DamageLog;
use super::file::VideoFile;
use super::layout::Layout;
use super::pump::{DecodeJob, DecoderRun};
use super::request::{DecodeRequest, Decoded};
use super::seek::{seek_s, starts};
use super::webp::{self, WebpFile};
use crate::base::{Cancelled, Damage, TaskCtx};
use crate::media::Error;

/// Longest decoding time of a megapixel frame.
const SLOWEST_FRAME_S: f64 = 0.5;

/// Frames as they come out of the decoder. Dropping it ends the decoder.
#[derive(Debug)]
pub struct FrameStream {
    file: Arc<VideoFile>,
    request: DecodeRequest,
    layout: Layout,
    /// Exactly the first frame or nothing.
    is_exact: bool,
    /// Seek positions left to try, in order.
    starts: std::vec::IntoIter<Option<usize>>,
    n_tries: usize,
    running: Option<DecoderRun>,
    /// Whether the decoder began in the middle.
    did_seek: bool,
    last: Option<usize>,
    is_finished: bool,
    /// Why it ended before its time.
    early: Option<String>,
    damage: DamageLog,
}

impl FrameStream {
    pub(super) fn new(
        file: &Arc<VideoFile>,
        request: &DecodeRequest,
        is_exact: bool,
    ) -> Result<Self, Error> {
        let n = file.frames.len();
        let mut request = request.clone();
        request.every = request.every.max(1);
        request.frames.end = request.frames.end.min(n);
        request.frames.start = request.frames.start.min(request.frames.end);
        let first = request.frames.start;
        let mut starts = starts(&file.frames, first, file.is_seekable);
        // Skip the starts that failed last time.
        let known = file.late_tries.load(Ordering::Relaxed);
        starts.drain(..known.min(starts.len().saturating_sub(1)));
        let mut stream = Self {
            layout: Layout::new(&file.probe, request.max_side_px),
            file: Arc::clone(file),
            is_finished: request.frames.is_empty(),
            request,
            is_exact,
            starts: starts.into_iter(),
            n_tries: known,
            running: None,
            did_seek: false,
            last: None,
            early: None,
            damage: DamageLog::new(Arc::clone(&file.frames)),
        };
        if !stream.is_finished {
            stream.start_decoder()?;
        }
        Ok(stream)
    }

    /// Starts the decoder at the next key frame to try; false when none is left.
    fn start_decoder(&mut self) -> Result<bool, Error> {
        let Some(start) = self.starts.next() else { return Ok(false) };
        // The old decoder is killed before another starts.
        self.running = None;
        self.n_tries = self.n_tries.saturating_add(1);
        let (file, first) = (&self.file, self.request.frames.start);
        let cpu_s = self.decode_time(start, self.request.frames.end).as_secs().saturating_add(60);
        if let Some(bytes) = &file.webp {
            let webp = WebpFile { bytes, frames: &file.frames };
            let (size, limits) = (self.layout.size(), &file.source.limits);
            self.running = Some(webp::start(webp, &self.request, size, cpu_s, limits)?);
            return Ok(true);
        }
        let probe = &file.probe;
        let seek_s =
            start.and_then(|key| seek_s(&file.frames, key, probe.time_base, probe.start_s));
        let job = DecodeJob {
            seek_s,
            from_pts: if first == 0 { None } else { file.frames.get(first).map(|f| f.pts) },
            every: self.request.every,
            kind: self.request.pixels,
            layout: self.layout,
            is_restamped: probe.is_restamped,
            cpu_s,
        };
        self.did_seek = seek_s.is_some();
        self.running = Some(DecoderRun::start(&job, &file.source, probe, &file.frames)?);
        Ok(true)
    }

    /// The time that decoding from a key frame up to a frame may take.
    fn decode_time(&self, start: Option<usize>, until: usize) -> Duration {
        let (w, h) = self.file.probe.size;
        let megapixels = f64::from(w) * f64::from(h) / 1e6;
        let n = until.saturating_sub(start.unwrap_or(0)) as f64;
        Duration::from_secs_f64(n * (megapixels + 0.05) * SLOWEST_FRAME_S)
    }

    /// The next frame, `None` at the end. Waits for the decoder and looks at the stop switch every
    /// 20 ms. Frames that are missing because of damage are left out; see [`Self::damage`].
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`]; [`Error::Changed`] when the file is no longer the one that was hashed;
    /// before the first frame also [`Error::Stalled`], [`Error::Stopped`] and
    /// [`Error::Undecodable`], which behind it are damage that ends the stream. After an error the
    /// stream is at its end.
    pub fn next(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<Decoded>, Error> {
        let result = self.wait_for_frame(ctx).and_then(|frame| {
            // The bytes of an animated WebP picture were kept.
            if self.file.webp.is_none() {
                self.file.source.check_unchanged()?;
            }
            Ok(frame)
        });
        if !matches!(result, Ok(Some(_))) {
            self.is_finished = true;
            self.running = None;
        }
        result
    }

    /// Damage so far, in display order; complete after `None`. At most one entry per frame and 500 in
    /// all.
    pub fn damage(&self) -> &[Damage] {
        self.damage.reported()
    }

    /// Why the decoder stopped after the first frame, as a sentence; `None` after a normal end. The
    /// frames that follow are missing, even if the file is intact.
    pub fn ended_early(&self) -> Option<&str> {
        self.early.as_deref()
    }

    fn wait_for_frame(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<Decoded>, Error> {
        let stall = self.file.source.limits.stall_time;
        let mut begun = Instant::now();
        loop {
            if ctx.cancel.is_cancelled() {
                return Err(Cancelled.into());
            }
            if self.is_complete() {
                return Ok(None);
            }
            let Some(running) = self.running.as_ref().filter(|_| !self.is_finished) else {
                return Ok(None);
            };
            match running.frames.recv_timeout(POLL) {
                Ok(frame) => {
                    let is_wrong = self.is_late(&frame) || self.is_doubtful();
                    if is_wrong && self.is_worth_a_try() && self.start_decoder()? {
                        begun = Instant::now();
                    } else if let Some(frame) = self.accept(frame) {
                        return Ok(Some(frame));
                    } else if self.is_finished {
                        return Ok(None);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let lead = if self.last.is_none() {
                        self.decode_time(None, self.request.frames.start)
                    } else {
                        Duration::ZERO
                    };
                    if begun.elapsed() >= stall.saturating_add(lead) {
                        let error = Error::Stalled { secs: begun.elapsed().as_secs() };
                        return self.broke_off(error);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let how = self.running.as_mut().and_then(DecoderRun::end);
                    if self.last.is_none() && self.start_decoder()? {
                        begun = Instant::now();
                        continue;
                    }
                    return self.end(how);
                }
            }
        }
    }

    /// Whether all requested frames came from a decoder that would go on.
    fn is_complete(&self) -> bool {
        let end = self.request.frames.end;
        let goes_on = end < self.file.frames.len() || self.file.is_cut;
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
        let complains_always = self.file.complains_always.load(Ordering::Relaxed);
        self.last.is_none() && self.did_seek && !complains_always && self.has_complained()
    }

    /// Whether the decoder complained before the first frame wanted.
    fn has_complained(&self) -> bool {
        self.running.as_ref().is_some_and(DecoderRun::has_early_faults)
    }

    /// Returns the frame if it was requested; ends the stream after its range.
    fn accept(&mut self, frame: Decoded) -> Option<Decoded> {
        let index = frame.time.index;
        if self.last.is_some_and(|last| index <= last) || index < self.request.frames.start {
            return None;
        }
        if self.last.is_none() {
            self.remember_start(index);
        }
        self.collect_faults();
        self.damage.note_missing(self.next_index()..index.min(self.request.frames.end));
        self.damage.report_before(index);
        if index >= self.request.frames.end {
            self.is_finished = true;
            return None;
        }
        self.last = Some(index);
        Some(frame)
    }

    /// Remembers for later seeks how the first frame of this one came.
    fn remember_start(&self, index: usize) {
        let (file, has_complained) = (&self.file, self.has_complained());
        if has_complained && !self.did_seek {
            file.complains_always.store(true, Ordering::Relaxed);
        }
        // A start that was taken in spite of complaints is no better than those before it.
        if !has_complained && index == self.request.frames.start {
            file.late_tries.store(self.n_tries.saturating_sub(1), Ordering::Relaxed);
        }
    }

    /// The frame that should come next.
    fn next_index(&self) -> usize {
        self.last.map_or(self.request.frames.start, |last| last.saturating_add(self.request.every))
    }

    /// Collects the decoder's error messages.
    fn collect_faults(&mut self) {
        let faults = self.running.as_ref().map(DecoderRun::faults).unwrap_or_default();
        for fault in faults {
            let frame = match fault.after_pts {
                Some(pts) => self.file.frames.partition_point(|f| f.pts <= pts).saturating_sub(1),
                // After a seek decoders miss earlier frames: no fault of the file.
                None if self.did_seek => continue,
                None => self.request.frames.start,
            };
            if frame < self.request.frames.end {
                self.damage.note(frame, fault.what);
            }
        }
    }

    /// The decoder has ended. `how`: not by itself.
    fn end(&mut self, how: Option<String>) -> Result<Option<Decoded>, Error> {
        self.collect_faults();
        self.damage.report_before(self.last.map_or(0, |last| last.saturating_add(1)));
        if let Some(how) = how {
            return self.broke_off(Error::Stopped { how });
        }
        if self.last.is_none() && self.request.frames.start == 0 {
            self.damage.report_before(usize::MAX);
            let first = self.damage.reported().first();
            let what = first.map_or("it gives no frame", |damage| &damage.what).to_owned();
            return Err(Error::Undecodable { what });
        }
        self.damage.note_missing(self.next_index()..self.request.frames.end);
        self.damage.report_before(usize::MAX);
        Ok(None)
    }

    /// The decoder broke off: an error before the first frame, damage behind it.
    fn broke_off(&mut self, error: Error) -> Result<Option<Decoded>, Error> {
        let Some(last) = self.last else { return Err(error) };
        self.damage.report(last.saturating_add(1), error.to_string());
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
    use crate::media::video::{Tools, Video, VideoLimits};

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
            let mut stream = FrameStream::new(&video.file, &request, true).unwrap();
            let frame = stream.next(&TaskCtx::silent()).unwrap().unwrap();
            assert_eq!(frame.time.index, index);
            starts.push(stream.did_seek);
        }
        println!("sought: {starts:?}, late tries {:?}", video.file.late_tries);
        assert_eq!(starts[1..], [true; 4], "not from the start of the file");
    }
}
