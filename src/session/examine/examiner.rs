//! Who examines: the seam between the session and the pipeline.
//!
//! * **In**: a path, or a region or degraded face of an open frame. **Out**: a frame, a report, or why not.
//! * **Not here**: threads (`worker`). The examiner lives on the worker thread alone.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::base::{
    Cancelled, Face, FaceFinding, Frame, MediaReport, Mesh, Rect, TaskCtx, VideoReport,
};
use crate::bundle::ModelStore;
use crate::curate::{Examination, Failure};
use crate::detect::{Degradation, Rescored};
use crate::faces::MeshFinder;
use crate::infer::EngineOptions;
use crate::media::video::{self, MediaKind, Video, VideoLimits};
use crate::media::{self, Still};
use crate::pipeline::video::{VideoEvent, VideoPlan};
use crate::pipeline::{self, Plan, Stages};
use crate::session::examine::examination::{QueuePlan, examination};
use crate::session::video::clip::{self, VideoFile};
use crate::session::{Clip, ModelFacts};

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExamineError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The file is no picture that can be read; a sentence for people.
    #[error("{0}")]
    Unreadable(String),
    /// The engine or a model failed; a sentence for people.
    #[error("{0}")]
    Failed(String),
}

/// Opens and examines pictures.
pub trait Examiner {
    /// Decodes a file. What is needed beside the frame (its hash, warnings) is kept for the
    /// [`examine`](Self::examine) that may follow.
    ///
    /// # Errors
    ///
    /// [`ExamineError::Unreadable`] with the reason, or [`ExamineError::Cancelled`].
    fn open(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Frame, ExamineError>;

    /// Examines what was opened last.
    ///
    /// # Errors
    ///
    /// [`ExamineError::Failed`] with the reason, or [`ExamineError::Cancelled`].
    fn examine(&mut self, ctx: &TaskCtx<'_>) -> Result<MediaReport, ExamineError>;

    /// Whether the file is a video, by its content.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    fn is_video(&self, path: &Path) -> Result<bool, ExamineError>;

    /// Opens a video: its frames are counted, none is decoded.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    fn open_video(&mut self, path: &Path, ctx: &TaskCtx<'_>)
    -> Result<Arc<dyn Clip>, ExamineError>;

    /// Examines a video: frames spread over it, or all. Every frame that is done is told of, in
    /// the order of showing. When it is stopped, what there is comes with
    /// [`is_partial`](VideoReport::is_partial).
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    fn examine_video(
        &mut self,
        clip: &Arc<dyn Clip>,
        is_quick: bool,
        on_event: &mut dyn FnMut(VideoEvent),
        ctx: &TaskCtx<'_>,
    ) -> Result<VideoReport, ExamineError>;

    /// Loads the models if they are not loaded yet.
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    fn load(&mut self, ctx: &TaskCtx<'_>) -> Result<(), ExamineError>;

    /// Examines one region, in image space, of a frame.
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    fn examine_region(
        &mut self,
        frame: &Frame,
        region: Rect,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<FaceFinding>, ExamineError>;

    /// Examines a degraded copy of a face of a frame.
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
        ctx: &TaskCtx<'_>,
    ) -> Result<Rescored, ExamineError>;

    /// The mesh of a face of a frame, in upright space; `None` where it would not be sure, or the
    /// face has no landmarks.
    ///
    /// # Errors
    ///
    /// As [`examine`](Self::examine).
    fn mesh(
        &mut self,
        frame: &Frame,
        face: &Face,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Box<Mesh>>, ExamineError>;

    /// Examines a file for the queue of a case: with a second look at its most suspicious face; a
    /// clip at frames spread over it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`examine`](Self::examine).
    fn survey(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Examination, ExamineError>;

    /// The detector, once it is loaded.
    fn model(&self) -> Option<ModelFacts>;
}

/// Whether it says that frames were taken over from a journal. Those of the session are its own, of
/// this run of the program: a pause is no earlier run.
fn is_own_journal(warning: &str) -> bool {
    warning.contains(pipeline::video::RESUMED_FRAMES)
}

/// The real one. Models are loaded when the first picture is to be examined.
pub struct PipelineExaminer {
    models: ModelStore,
    engine: EngineOptions,
    stages: Option<Stages>,
    /// Loaded when the first mesh is asked for.
    mesh_finder: Option<MeshFinder>,
    opened: Option<(Still, u64)>,
    /// Where stopped work on videos is kept to be taken up again, as long as the program runs.
    journals: Option<tempfile::TempDir>,
}

impl PipelineExaminer {
    /// Loads nothing yet.
    pub const fn new(models: ModelStore, engine: EngineOptions) -> Self {
        Self { models, engine, stages: None, mesh_finder: None, opened: None, journals: None }
    }

    fn stages(&mut self, ctx: &TaskCtx<'_>) -> Result<&mut Stages, ExamineError> {
        // Another one may have been chosen since.
        let detector = self.models.detector().map_err(|e| ExamineError::Failed(e.to_string()))?;
        let loaded = self.stages.take_if(|s| s.detector.card().name == detector);
        let stages = match loaded {
            Some(stages) => stages,
            None => Stages::load(&self.models, &detector, &self.engine, ctx).map_err(wording)?,
        };
        Ok(self.stages.insert(stages))
    }
}

fn wording(error: pipeline::Error) -> ExamineError {
    match error {
        pipeline::Error::Cancelled(cancelled) => ExamineError::Cancelled(cancelled),
        other => ExamineError::Failed(other.to_string()),
    }
}

impl Examiner for PipelineExaminer {
    fn open(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Frame, ExamineError> {
        self.opened = None;
        let start = Instant::now();
        match media::open_still(path, &Plan::default().limits, ctx) {
            Ok(still) => {
                let frame = still.frame.clone();
                self.opened = Some((still, start.elapsed().as_millis() as u64));
                Ok(frame)
            }
            Err(media::Error::Cancelled(cancelled)) => Err(ExamineError::Cancelled(cancelled)),
            Err(e) => Err(ExamineError::Unreadable(e.to_string())),
        }
    }

    fn examine(&mut self, ctx: &TaskCtx<'_>) -> Result<MediaReport, ExamineError> {
        let Some((still, open_ms)) = self.opened.take() else {
            return Err(ExamineError::Failed("no picture is open".to_owned()));
        };
        let stages = self.stages(ctx)?;
        let mut report =
            pipeline::examine_opened(stages, still, &Plan::default(), ctx).map_err(wording)?.0;
        report.elapsed_ms += open_ms;
        Ok(report)
    }

    fn is_video(&self, path: &Path) -> Result<bool, ExamineError> {
        Ok(video::kind(path).map_err(clip::wording)? == MediaKind::Video)
    }

    fn open_video(
        &mut self,
        path: &Path,
        ctx: &TaskCtx<'_>,
    ) -> Result<Arc<dyn Clip>, ExamineError> {
        let video = Video::open(path, &VideoLimits::default(), ctx).map_err(clip::wording)?;
        Ok(Arc::new(VideoFile(video)))
    }

    fn examine_video(
        &mut self,
        clip: &Arc<dyn Clip>,
        is_quick: bool,
        on_event: &mut dyn FnMut(VideoEvent),
        ctx: &TaskCtx<'_>,
    ) -> Result<VideoReport, ExamineError> {
        let Some(video) = clip.video() else {
            return Err(ExamineError::Failed("this clip is no file".to_owned()));
        };
        if self.journals.is_none() {
            let made = tempfile::Builder::new().prefix("pentimento-").tempdir();
            self.journals = made
                .inspect_err(|e| tracing::warn!("stopped work cannot be taken up again: {e}"))
                .ok();
        }
        let journal = self.journals.as_ref().filter(|_| !is_quick);
        let journal = journal.map(|folder| folder.path().to_owned());
        let plan = VideoPlan { is_quick, keeps_maps: true, journal, ..VideoPlan::default() };
        let stages = self.stages(ctx)?;
        let mut report =
            pipeline::video::examine_video(stages, video, &plan, on_event, ctx).map_err(wording)?;
        report.warnings.retain(|warning| !is_own_journal(&warning.0));
        Ok(report)
    }

    fn load(&mut self, ctx: &TaskCtx<'_>) -> Result<(), ExamineError> {
        self.stages(ctx).map(|_| ())
    }

    fn examine_region(
        &mut self,
        frame: &Frame,
        region: Rect,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<FaceFinding>, ExamineError> {
        let plan = Plan { regions: vec![region], find_faces: false, ..Plan::default() };
        let stages = self.stages(ctx)?;
        pipeline::examine_frame(stages, frame, &plan, ctx).map_err(wording)
    }

    fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
        ctx: &TaskCtx<'_>,
    ) -> Result<Rescored, ExamineError> {
        let detector = &mut self.stages(ctx)?.detector;
        let failed = |e: crate::detect::Error| ExamineError::Failed(e.to_string());
        detector.rescore(frame, original, degradation).map_err(failed)
    }

    fn mesh(
        &mut self,
        frame: &Frame,
        face: &Face,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Box<Mesh>>, ExamineError> {
        let Some(landmarks) = face.landmarks else { return Ok(None) };
        let failed = |e: &dyn std::fmt::Display| ExamineError::Failed(e.to_string());
        let mut finder = if let Some(finder) = self.mesh_finder.take() {
            finder
        } else {
            let bundle = self.models.read(MeshFinder::BUNDLE).map_err(|e| failed(&e))?;
            let engine = &self.stages(ctx)?.engine;
            MeshFinder::load(engine, &bundle).map_err(|e| failed(&e))?
        };
        let upright_from_image = frame.upright_from_image();
        let upright_box = upright_from_image.apply_rect(&face.box_px);
        let landmarks = landmarks.map(|p| upright_from_image.apply(p));
        let found = finder.find(&frame.upright, &upright_box, &landmarks).map_err(|e| failed(&e));
        self.mesh_finder = Some(finder);
        found
    }

    fn survey(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Examination, ExamineError> {
        let stages = self.stages(ctx)?;
        examination(stages, path, &QueuePlan::default(), ctx).map_err(|failure| match failure {
            Failure::Cancelled => ExamineError::Cancelled(Cancelled),
            Failure::File(reason) => ExamineError::Unreadable(reason),
            Failure::Detector(reason) => ExamineError::Failed(reason),
        })
    }

    fn model(&self) -> Option<ModelFacts> {
        let detector = &self.stages.as_ref()?.detector;
        Some(ModelFacts { card: detector.card().clone(), engine: detector.engine().clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_no_earlier_run() {
        assert!(is_own_journal(&format!("12 {}", pipeline::video::RESUMED_FRAMES)));
        assert!(!is_own_journal("this run cannot be taken up again if it is stopped: full"));
    }
}
