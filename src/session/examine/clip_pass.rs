//! Opening a clip, and examining it with results as they come.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::error::ExamineError;
use super::job::{ExamineEvent, Happened};
use super::prepare;
use super::progress_batch::Batcher;
use super::run::Run;
use crate::base::{Frame, Orientation, Phase, Progress, TaskCtx, VideoReport};
use crate::pipeline::video::VideoEvent;
use crate::session::video::clip::{Clip, MOVING_PX};

/// Tells that a clip is open, with its first frame, and loads the models.
pub(super) fn open_clip(run: &mut Run<'_>, clip: &Arc<dyn Clip>) -> Result<(), ExamineError> {
    if clip.frames().is_empty() {
        let what = "this video has no frame that is shown".to_owned();
        return Err(ExamineError::Unreadable(what));
    }
    let picture = match clip.frame_at(0, Some(MOVING_PX), run.ctx) {
        Ok(image) => {
            let full_px = [clip.info().width_px, clip.info().height_px];
            let frame = Frame::new(image, Orientation::UPRIGHT);
            Some(prepare::picture(frame, Some(full_px), &run.job.cancel)?)
        }
        Err(ExamineError::Cancelled(cancelled)) => return Err(cancelled.into()),
        // Other frames may be whole.
        Err(_) => None,
    };
    run.send(Happened::ClipOpened { clip: Arc::clone(clip), picture });
    run.examiner.load(&run.job.settings, run.ctx)?;
    run.send_model();
    Ok(())
}

/// Examines a clip; what is found is sent ten times a second, and the report at the end.
pub(super) fn examine_clip(
    run: &mut Run<'_>,
    clip: &Arc<dyn Clip>,
    is_quick: bool,
) -> Result<Arc<VideoReport>, ExamineError> {
    let (events, document, outer) = (run.events, run.job.document, run.ctx);
    let batcher = Mutex::new(Batcher::new(is_quick));
    let send_due = || {
        let Some(batch) = batcher.lock().due(Instant::now()) else { return };
        let happened = Happened::ClipProgress(batch);
        // Too many events wait: this batch goes with the next one.
        if let Err(ExamineEvent { happened: Happened::ClipProgress(batch), .. }) =
            events.try_send(ExamineEvent { document, happened })
        {
            batcher.lock().put_back(batch);
        }
    };
    // What was gathered is sent, too, when nothing follows for a while.
    let on_progress = |progress| {
        (outer.on_progress)(progress);
        send_due();
    };
    let ctx = TaskCtx { cancel: outer.cancel.clone(), on_progress: &on_progress };
    let mut on_event = |event| {
        if let VideoEvent::Progress { done, total, .. } = &event {
            let (done, total) = (*done as u64, *total as u64);
            on_progress(Progress { phase: Phase::Examining, done, total });
        }
        batcher.lock().add(event);
        send_due();
    };
    let result = run.examiner.examine_clip(clip, is_quick, &mut on_event, &run.job.settings, &ctx);
    let rest = batcher.lock().take();
    run.send(Happened::ClipProgress(rest));
    let report = Arc::new(result?);
    run.send(Happened::ClipExamined { report: Arc::clone(&report), is_quick });
    Ok(report)
}
