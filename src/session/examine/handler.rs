//! Doing the jobs, on the thread that examines.

use std::sync::Arc;

use super::clip_pass::{examine_clip, open_clip};
use super::error::ExamineError;
use super::examiner::{Examiner, Opened, OpenedStill};
use super::job::{ExamineEvent, ExamineJob, ExamineTask, Happened, Rescoring};
use super::prepare;
use super::run::Run;
use crate::base::{Phase, Progress, TaskCtx};
use crate::files::FileFacts;
use crate::session::worker::{EventSender, Handler};

/// Makes an examiner: at the start, and after one crashed.
pub(in crate::session) type MakeExaminer = Box<dyn FnMut() -> Box<dyn Examiner> + Send>;

/// The examiner and the jobs it does.
pub(super) struct ExamineHandler(pub(super) Box<dyn Examiner>);

impl Handler<ExamineJob, ExamineEvent> for ExamineHandler {
    fn handle(&mut self, job: &ExamineJob, events: &EventSender<ExamineEvent>) {
        let on_progress = |progress: Progress| events.set_progress(progress);
        let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &on_progress };
        let result = Run { examiner: self.0.as_mut(), job, events, ctx: &ctx }.run();
        events.send(ExamineEvent { document: job.document, happened: Happened::Finished(result) });
    }

    fn on_crash(job: &ExamineJob, events: &EventSender<ExamineEvent>) {
        let what = "the examination crashed; this is a fault of the program".to_owned();
        let happened = Happened::Finished(Err(ExamineError::Failed(what)));
        events.send(ExamineEvent { document: job.document, happened });
    }
}

/// Doing it, by its task.
impl Run<'_> {
    fn run(&mut self) -> Result<(), ExamineError> {
        let (job, ctx) = (self.job, self.ctx);
        match &job.task {
            ExamineTask::Examine => match self.open_file()? {
                Opened::Still(opened) => self.examine_still(opened),
                Opened::Clip(clip) => {
                    open_clip(self, &clip)?;
                    if job.quick_look_sha256.as_deref() == Some(clip.sha256()) {
                        return Ok(());
                    }
                    examine_clip(self, &clip, true).map(drop)
                }
            },
            ExamineTask::Open => match self.examiner.open(&job.path, ctx)? {
                Opened::Still(opened) => self.send_opened(&opened),
                Opened::Clip(clip) => open_clip(self, &clip),
            },
            ExamineTask::QueueItem { every_frame } => {
                let result = self
                    .examiner
                    .examine_item(&job.path, *every_frame, &job.settings, ctx)
                    .map(Box::new);
                self.send_model();
                self.send(Happened::QueueItemExamined(result));
                Ok(())
            }
            ExamineTask::FullPass { clip, is_item } => {
                let report = examine_clip(self, clip, false)?;
                if *is_item && !report.is_partial {
                    // One frame more: what was found is not lost to a stop now.
                    let result = self.examiner.clip_examination(
                        clip,
                        &report,
                        &job.settings,
                        &TaskCtx::silent(),
                    );
                    self.send(Happened::ItemWatched(result.map(Box::new)));
                }
                Ok(())
            }
            ExamineTask::Region { picture, region, frame } => {
                let findings =
                    self.examiner.examine_region(&picture.frame, *region, &job.settings, ctx)?;
                self.send_model();
                let item = |finding| prepare::face_item(&picture.frame, finding, job.colormap);
                let faces = findings.into_iter().map(item).collect();
                self.send(Happened::RegionExamined { faces, frame: *frame });
                Ok(())
            }
            ExamineTask::Mesh { picture, face } => {
                let mesh = match self.examiner.mesh(&picture.frame, face, &job.settings, ctx) {
                    Err(ExamineError::Cancelled(cancelled)) => return Err(cancelled.into()),
                    Err(e) => Err(e.to_string()),
                    Ok(mesh) => Ok(mesh),
                };
                self.send(Happened::MeshPlaced(mesh));
                Ok(())
            }
            ExamineTask::Rescore(rescoring) => self.rescore(rescoring),
        }
    }

    /// Opens the file to be examined; what the system says of it is sent before.
    fn open_file(&mut self) -> Result<Opened, ExamineError> {
        self.send(Happened::FileRead(FileFacts::read(&self.job.path)));
        self.examiner.open(&self.job.path, self.ctx)
    }

    fn examine_still(&mut self, opened: OpenedStill) -> Result<(), ExamineError> {
        self.send_opened(&opened)?;
        let frame = opened.still.frame.clone();
        let report = self.examiner.examine_still(opened, &self.job.settings, self.ctx)?;
        self.send_model();
        let item = |finding| prepare::face_item(&frame, finding, self.job.colormap);
        let faces = report.faces.iter().cloned().map(item).collect();
        self.send(Happened::Examined { report: Arc::new(report), faces });
        Ok(())
    }

    fn send_opened(&self, opened: &OpenedStill) -> Result<(), ExamineError> {
        let frame = opened.still.frame.clone();
        let picture = prepare::picture(frame, None, &self.job.cancel)?;
        let thumbnail = prepare::picture_thumbnail(&picture);
        self.send(Happened::Opened { picture, thumbnail });
        Ok(())
    }

    fn rescore(&mut self, rescoring: &Rescoring) -> Result<(), ExamineError> {
        let Rescoring { picture, frame, face_idx, original, degradations, role } = rescoring;
        let total = degradations.len() as u64;
        for (i, degradation) in degradations.iter().enumerate() {
            self.ctx.step(Phase::Examining, i as u64, total)?;
            let rescored = self.examiner.rescore(
                &picture.frame,
                original,
                *degradation,
                &self.job.settings,
                self.ctx,
            )?;
            let item = Arc::new(prepare::rescored_item(&picture.frame, rescored));
            let (frame, face_idx, role) = (*frame, *face_idx, *role);
            self.send(Happened::Rescored { frame, face_idx, role, item });
        }
        Ok(())
    }
}
