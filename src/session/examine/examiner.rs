//! Who examines: the seam between the session and the pipeline.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ExamineError;
use crate::base::{Face, FaceFinding, Frame, MediaReport, Mesh, Rect, TaskCtx, VideoReport};
use crate::curate::Examination;
use crate::detect::{Degradation, Rescored};
use crate::media::Still;
use crate::pipeline::video::VideoEvent;
use crate::session::video::clip::Clip;
use crate::session::view::values::ModelFacts;

/// A file that was opened.
#[derive(Debug)]
pub enum Opened {
    /// A picture, decoded.
    Still(OpenedStill),
    /// A video: its frames are counted, none is decoded.
    Clip(Arc<dyn Clip>),
}

/// A picture that was opened.
#[derive(Debug)]
pub struct OpenedStill {
    /// Its pixels, hash and warnings.
    pub still: Still,
    /// How long opening it took, in milliseconds.
    pub open_ms: u64,
}

/// What a person decided about examinations; it goes with every call.
#[derive(Debug, Clone, Default)]
pub struct ExamineSettings {
    /// Models that may be used although they did not come with the program, by the hashes of their
    /// cards. An examiner that asks refuses all others by [`ExamineError::Foreign`].
    pub trusted: Vec<String>,
    /// Folder of genuine material that pictures are compared with.
    pub reference: Option<PathBuf>,
}

/// Opens and examines files. It lives on the thread that examines.
pub trait Examiner {
    /// Opens a file; its content decides what it is.
    ///
    /// # Errors
    ///
    /// [`ExamineError::Unreadable`] with the reason, or [`ExamineError::Cancelled`].
    fn open(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Opened, ExamineError>;

    /// Examines a picture that was opened.
    ///
    /// # Errors
    ///
    /// [`ExamineError::Failed`] with the reason, or [`ExamineError::Cancelled`].
    fn examine_still(
        &mut self,
        opened: OpenedStill,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<MediaReport, ExamineError>;

    /// Examines a video: frames spread over it, or all. `on_event` gets every frame that is done,
    /// in the order of showing. When it is stopped, the report
    /// [`is_partial`](VideoReport::is_partial).
    ///
    /// # Errors
    ///
    /// As [`examine_still`](Self::examine_still).
    fn examine_clip(
        &mut self,
        clip: &Arc<dyn Clip>,
        is_quick: bool,
        on_event: &mut dyn FnMut(VideoEvent),
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<VideoReport, ExamineError>;

    /// Loads the models if they are not loaded yet.
    ///
    /// # Errors
    ///
    /// As [`examine_still`](Self::examine_still).
    fn load(&mut self, settings: &ExamineSettings, ctx: &TaskCtx<'_>) -> Result<(), ExamineError>;

    /// Examines one region, in image space, of a frame.
    ///
    /// # Errors
    ///
    /// As [`examine_still`](Self::examine_still).
    fn examine_region(
        &mut self,
        frame: &Frame,
        region: Rect,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<FaceFinding>, ExamineError>;

    /// Examines a degraded copy of a face of a frame.
    ///
    /// # Errors
    ///
    /// As [`examine_still`](Self::examine_still).
    fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Rescored, ExamineError>;

    /// The mesh of a face of a frame, in upright space; `None` where it would not be sure, or the
    /// face has no landmarks.
    ///
    /// # Errors
    ///
    /// As [`examine_still`](Self::examine_still).
    fn mesh(
        &mut self,
        frame: &Frame,
        face: &Face,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Box<Mesh>>, ExamineError>;

    /// Examines an item of a case, with a second look at its most suspicious face; a clip at every
    /// frame, or at frames spread over it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`examine_still`](Self::examine_still).
    fn examine_item(
        &mut self,
        path: &Path,
        every_frame: bool,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError>;

    /// What a case keeps of a clip of which every frame was examined: the report, with a second
    /// look at its most suspicious face.
    ///
    /// # Errors
    ///
    /// As [`examine_still`](Self::examine_still).
    fn clip_examination(
        &mut self,
        clip: &Arc<dyn Clip>,
        report: &VideoReport,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError>;

    /// The detector, once it is loaded.
    fn model(&self) -> Option<ModelFacts>;
}
