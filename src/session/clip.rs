//! What the player needs of a video: the seam between the session and the decoder.
//!
//! * **In**: frame numbers. **Out**: pictures as a person sees them, with their true times.
//! * **Not here**: threads (`player`), decoding (`media`).

use std::sync::Arc;

use super::ExamineError;
use crate::base::{FrameTime, RgbImage, TaskCtx, VideoInfo};

/// An open video. Shared between the threads that examine, play and make thumbnails.
pub trait Clip: std::fmt::Debug + Send + Sync {
    /// What the container says.
    fn info(&self) -> &VideoInfo;

    /// Every frame that is shown, in order.
    fn frames(&self) -> &Arc<[FrameTime]>;

    /// Lower-case hex of the file's bytes.
    fn sha256(&self) -> &str;

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
