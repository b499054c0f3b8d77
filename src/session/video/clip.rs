//! An open video: the seam between the session and the decoder. Tests bring their own.

use std::sync::Arc;

use crate::base::{FrameTime, RgbImage, TaskCtx, VideoInfo};
use crate::media::video::{DecodeRequest, FrameStream, Video};
use crate::session::examine::error::ExamineError;

/// Longer side of frames while they move.
pub(in crate::session) const MOVING_PX: u32 = 1280;

/// An open video. Shared between the threads that examine, play and make thumbnails.
pub trait Clip: std::fmt::Debug + Send + Sync {
    /// What the container says.
    fn info(&self) -> &VideoInfo;

    /// Every frame that is shown, in order.
    fn frames(&self) -> &Arc<[FrameTime]>;

    /// Lower-case hex of the file's bytes.
    fn sha256(&self) -> &str;

    /// What the pipeline examines; `None` for a clip that is no file.
    fn video(&self) -> Option<&Video> {
        None
    }

    /// Exactly this frame, its longer side no longer than asked for.
    ///
    /// # Errors
    ///
    /// [`ExamineError`] with the reason, or that it was stopped.
    fn frame_at(
        &self,
        index: usize,
        max_side_px: Option<u32>,
        ctx: &TaskCtx<'_>,
    ) -> Result<RgbImage, ExamineError>;

    /// Frames in order from this one on, every `every`th.
    ///
    /// # Errors
    ///
    /// [`ExamineError`] when decoding cannot begin.
    fn play(
        &self,
        from: usize,
        every: usize,
        max_side_px: Option<u32>,
    ) -> Result<Box<dyn ClipStream>, ExamineError>;
}

/// Frames on their way. Dropping it ends the decoding.
pub trait ClipStream: Send {
    /// The next frame; `None` at the end. Frames that cannot be decoded are left out.
    ///
    /// # Errors
    ///
    /// [`ExamineError`] with the reason, or that it was stopped.
    fn next(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<(FrameTime, RgbImage)>, ExamineError>;
}

#[derive(Debug)]
pub(in crate::session) struct VideoFile(pub(in crate::session) Video);

impl Clip for VideoFile {
    fn info(&self) -> &VideoInfo {
        self.0.info()
    }

    fn frames(&self) -> &Arc<[FrameTime]> {
        self.0.frames()
    }

    fn sha256(&self) -> &str {
        self.0.sha256()
    }

    fn video(&self) -> Option<&Video> {
        Some(&self.0)
    }

    fn frame_at(
        &self,
        index: usize,
        max_side_px: Option<u32>,
        ctx: &TaskCtx<'_>,
    ) -> Result<RgbImage, ExamineError> {
        Ok(self.0.frame_at(index, max_side_px, ctx)?)
    }

    fn play(
        &self,
        from: usize,
        every: usize,
        max_side_px: Option<u32>,
    ) -> Result<Box<dyn ClipStream>, ExamineError> {
        let frames = from..usize::MAX;
        let request = DecodeRequest { frames, every, max_side_px, ..DecodeRequest::default() };
        let stream = self.0.decode(&request)?;
        Ok(Box::new(FileStream(stream)))
    }
}

struct FileStream(FrameStream);

impl ClipStream for FileStream {
    fn next(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<(FrameTime, RgbImage)>, ExamineError> {
        let decoded = self.0.next(ctx)?;
        Ok(decoded.map(|frame| (frame.time, frame.pixels.rgb().into_owned())))
    }
}
