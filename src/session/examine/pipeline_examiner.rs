//! The real examiner: it hands everything to the pipeline.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::error::{ExamineError, ForeignModel};
use super::examiner::{ExamineSettings, Examiner, Opened, OpenedStill};
use super::queue_item::{QueuePlan, clip_examination, examination};
use crate::base::text::visible_path;
use crate::base::{
    Cancelled, Face, FaceFinding, Frame, MediaReport, Mesh, Rect, TaskCtx, VideoReport,
};
use crate::bundle::{ModelStore, Origin};
use crate::curate::{Examination, ExamineFailure};
use crate::detect::{Degradation, Rescored};
use crate::faces::MeshFinder;
use crate::infer::EngineOptions;
use crate::media;
use crate::media::video::{self, MediaKind, Video, VideoLimits};
use crate::pipeline::video::{VideoEvent, VideoPlan};
use crate::pipeline::{self, Plan, Reference, Stages};
use crate::session::video::clip::{Clip, VideoFile};
use crate::session::view::values::ModelFacts;

/// Whether a warning says that frames were read from a journal. Journals of the session are of this
/// run of the program: a pause is no earlier run.
fn is_own_journal(warning: &str) -> bool {
    warning.contains(pipeline::video::RESUMED_FRAMES)
}

/// Examines by the pipeline. Models are loaded when the first file is to be examined.
pub struct PipelineExaminer {
    models: ModelStore,
    engine: EngineOptions,
    stages: Option<Stages>,
    /// Loaded when the first mesh is asked for.
    mesh_finder: Option<MeshFinder>,
    /// Where stopped work on videos is kept to be taken up again, as long as the program runs.
    journals: Option<tempfile::TempDir>,
    /// Genuine material that was examined, with its folder and the hash of the detector that did
    /// it.
    reference: Option<(PathBuf, String, Arc<Reference>)>,
    /// Whether models that did not come with the program are refused until a person trusts them.
    asks: bool,
}

impl PipelineExaminer {
    /// Loads nothing yet.
    pub const fn new(models: ModelStore, engine: EngineOptions) -> Self {
        Self {
            models,
            engine,
            stages: None,
            mesh_finder: None,
            journals: None,
            reference: None,
            asks: false,
        }
    }

    /// The same, that refuses models which did not come with the program until a person trusts
    /// them.
    #[must_use]
    pub fn that_asks(self) -> Self {
        Self { asks: true, ..self }
    }

    /// Refuses a model that nobody has trusted.
    fn check_origin(&self, name: &str, settings: &ExamineSettings) -> Result<(), ExamineError> {
        if !self.asks {
            return Ok(());
        }
        let card = self.models.read(name).map_err(|e| ExamineError::Failed(e.to_string()))?.card;
        if card.origin() == Origin::Shipped || settings.trusted.contains(&card.fingerprint()) {
            return Ok(());
        }
        Err(ExamineError::Foreign(ForeignModel::new(&card)))
    }

    /// The genuine material, examined once for a folder and a detector; `None` when none is named.
    fn reference(
        &mut self,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Arc<Reference>>, ExamineError> {
        let Some(folder) = settings.reference.clone() else { return Ok(None) };
        let known = self.reference.take();
        let stages = self.stages(settings, ctx)?;
        let sha256 = stages.detector.model().sha256;
        let reference = match known {
            Some((of, by, reference)) if of == folder && by == sha256 => reference,
            _ => {
                let examined = Reference::examine(stages, &folder, &Plan::default(), ctx);
                let examined = examined.map_err(from_pipeline)?;
                if examined.n().0 == 0 {
                    return Err(ExamineError::Failed(format!(
                        "no face was found in the known genuine files of {}. Choose another folder, or \
                         stop comparing in the menu File",
                        visible_path(&folder)
                    )));
                }
                Arc::new(examined)
            }
        };
        self.reference = Some((folder, sha256, Arc::clone(&reference)));
        Ok(Some(reference))
    }

    fn stages(
        &mut self,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<&mut Stages, ExamineError> {
        // Another one may have been chosen since.
        let detector = self.models.detector().map_err(|e| ExamineError::Failed(e.to_string()))?;
        let loaded = self.stages.take_if(|s| s.detector.card().name == detector);
        let stages = if let Some(stages) = loaded {
            stages
        } else {
            self.check_origin(pipeline::FINDER, settings)?;
            self.check_origin(&detector, settings)?;
            Stages::load(&self.models, &detector, &self.engine, ctx).map_err(from_pipeline)?
        };
        let stages = self.stages.insert(stages);
        stages.detector.stop_with(ctx.cancel.clone());
        Ok(stages)
    }
}

fn from_pipeline(error: pipeline::Error) -> ExamineError {
    match error {
        pipeline::Error::Cancelled(cancelled) => ExamineError::Cancelled(cancelled),
        other => ExamineError::Failed(other.to_string()),
    }
}

fn from_queue(failure: ExamineFailure) -> ExamineError {
    match failure {
        ExamineFailure::Cancelled => ExamineError::Cancelled(Cancelled),
        ExamineFailure::File(reason) => ExamineError::Unreadable(reason),
        ExamineFailure::Detector(reason) => ExamineError::Failed(reason),
    }
}

impl Examiner for PipelineExaminer {
    fn open(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<Opened, ExamineError> {
        if video::kind(path)? == MediaKind::Video {
            let video = Video::open(path, &VideoLimits::default(), ctx)?;
            return Ok(Opened::Clip(Arc::new(VideoFile(video))));
        }
        let start = Instant::now();
        let still = media::open_still(path, &Plan::default().limits, ctx)?;
        let open_ms = start.elapsed().as_millis() as u64;
        Ok(Opened::Still(OpenedStill { still, open_ms }))
    }

    fn examine_still(
        &mut self,
        opened: OpenedStill,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<MediaReport, ExamineError> {
        let OpenedStill { still, open_ms } = opened;
        let reference = self.reference(settings, ctx)?;
        let (stages, plan) = (self.stages(settings, ctx)?, Plan::default());
        let (mut report, _) =
            pipeline::examine_opened(stages, still, &plan, ctx).map_err(from_pipeline)?;
        if let Some(reference) = reference {
            reference.weaken(&mut report, &plan, stages.detector.thresholds().map);
        }
        report.elapsed_ms += open_ms;
        Ok(report)
    }

    fn examine_clip(
        &mut self,
        clip: &Arc<dyn Clip>,
        is_quick: bool,
        on_event: &mut dyn FnMut(VideoEvent),
        settings: &ExamineSettings,
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
        let stages = self.stages(settings, ctx)?;
        let mut report = pipeline::video::examine_video(stages, video, &plan, on_event, ctx)
            .map_err(from_pipeline)?;
        report.warnings.retain(|warning| !is_own_journal(&warning.0));
        Ok(report)
    }

    fn load(&mut self, settings: &ExamineSettings, ctx: &TaskCtx<'_>) -> Result<(), ExamineError> {
        self.stages(settings, ctx).map(|_| ())
    }

    fn examine_region(
        &mut self,
        frame: &Frame,
        region: Rect,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<FaceFinding>, ExamineError> {
        let plan = Plan { regions: vec![region], find_faces: false, ..Plan::default() };
        let stages = self.stages(settings, ctx)?;
        pipeline::examine_frame(stages, frame, &plan, ctx).map_err(from_pipeline)
    }

    fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Rescored, ExamineError> {
        let detector = &mut self.stages(settings, ctx)?.detector;
        let failed = |e: crate::detect::Error| ExamineError::Failed(e.to_string());
        detector.rescore(frame, original, degradation).map_err(failed)
    }

    fn mesh(
        &mut self,
        frame: &Frame,
        face: &Face,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Box<Mesh>>, ExamineError> {
        let Some(landmarks) = face.landmarks else { return Ok(None) };
        let failed = |e: &dyn std::fmt::Display| ExamineError::Failed(e.to_string());
        let mut finder = if let Some(finder) = self.mesh_finder.take() {
            finder
        } else {
            self.check_origin(MeshFinder::BUNDLE, settings)?;
            let bundle = self.models.read(MeshFinder::BUNDLE).map_err(|e| failed(&e))?;
            let engine = &self.stages(settings, ctx)?.engine;
            MeshFinder::load(engine, &bundle).map_err(|e| failed(&e))?
        };
        let upright_from_image = frame.upright_from_image();
        let upright_box = upright_from_image.apply_rect(&face.box_px);
        let landmarks = landmarks.map(|p| upright_from_image.apply(p));
        let found = finder.find(&frame.upright, &upright_box, &landmarks).map_err(|e| failed(&e));
        self.mesh_finder = Some(finder);
        found
    }

    fn examine_item(
        &mut self,
        path: &Path,
        every_frame: bool,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError> {
        let reference = self.reference(settings, ctx)?;
        let stages = self.stages(settings, ctx)?;
        let plan = QueuePlan { watches_all: every_frame, reference, ..QueuePlan::default() };
        examination(stages, path, &plan, ctx).map_err(from_queue)
    }

    fn clip_examination(
        &mut self,
        clip: &Arc<dyn Clip>,
        report: &VideoReport,
        settings: &ExamineSettings,
        ctx: &TaskCtx<'_>,
    ) -> Result<Examination, ExamineError> {
        let Some(video) = clip.video() else {
            return Err(ExamineError::Failed("this clip is no file".to_owned()));
        };
        let plan = QueuePlan { watches_all: true, ..QueuePlan::default() };
        clip_examination(self.stages(settings, ctx)?, video, report, &plan, ctx).map_err(from_queue)
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
    fn a_foreign_model_is_refused_until_it_is_trusted_and_named_without_tricks() {
        let folder = tempfile::tempdir().unwrap();
        let mut card = crate::bundle::test_card();
        card.source.origin = "a friend\u{202e}".to_owned();
        crate::bundle::Bundle::write(&folder.path().join("t"), card, vec![1]).unwrap();
        let models = ModelStore::from_folders(vec![folder.path().to_owned()]);
        let open = PipelineExaminer::new(models, EngineOptions::default());
        let mut settings = ExamineSettings::default();
        let checked = open.check_origin("t", &settings);
        assert_eq!(checked, Ok(()), "the command line says so beside its results");
        let asking = open.that_asks();
        let checked = asking.check_origin("t", &settings);
        let Err(ExamineError::Foreign(model)) = checked else { panic!("used") };
        assert_eq!((model.name.as_str(), model.origin.as_str()), ("t", "a friend\\u202e"));
        settings.trusted.push(model.fingerprint);
        assert_eq!(asking.check_origin("t", &settings), Ok(()));
    }

    #[test]
    fn a_pause_is_no_earlier_run() {
        assert!(is_own_journal(&format!("12 {}", pipeline::video::RESUMED_FRAMES)));
        assert!(!is_own_journal("this run cannot be taken up again if it is stopped: full"));
    }
}
