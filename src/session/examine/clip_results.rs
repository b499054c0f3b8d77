//! What results of clips do to documents.

use std::sync::Arc;
use std::time::Instant;

use super::error::ExamineError;
use super::prepare;
use super::queue::{ExamineQueue, StopReason};
use crate::base::{RgbImage, VideoReport};
use crate::session::document::clip_findings::ClipBatch;
use crate::session::document::id::DocumentId;
use crate::session::document::open::{DocumentState, Picture};
use crate::session::document::video::{OpenVideo, Pass};
use crate::session::request::Request;
use crate::session::video::clip::Clip;
use crate::session::workspace::Workspace;

/// After verdicts were brought up to date, this many times as long is spent on other things.
const SETTLING_PAUSE: u32 = 20;

/// A clip was opened: for the first time, or again.
pub(super) fn take_in_clip(
    ws: &mut Workspace,
    id: DocumentId,
    clip: Arc<dyn Clip>,
    first_frame: Option<Arc<Picture>>,
) {
    let Some(document) = ws.documents.get_mut(id) else { return };
    if !document.reopen_clip(&clip) {
        let Some(video) = OpenVideo::new(clip) else { return };
        let thumbnail = first_frame.as_deref().map(prepare::picture_thumbnail);
        let thumbnail = thumbnail.unwrap_or_else(|| Arc::new(RgbImage::filled(1, 1, [0; 3])));
        document.show_new_clip(video, first_frame, thumbnail);
        ws.drop_misfit_masks(id, true);
    }
    ws.request(Request::ClipOpened(id));
}

impl ExamineQueue {
    /// Takes in what was found since the last batch.
    pub(super) fn take_in_batch(&mut self, ws: &mut Workspace, id: DocumentId, batch: ClipBatch) {
        let Some(document) = ws.documents.get_mut(id) else { return };
        document.take_clip_batch(batch);
        self.settle(ws, false);
    }

    /// Brings the verdicts of tracks that changed up to date, unless that was done a moment ago.
    fn settle(&mut self, ws: &mut Workspace, is_last: bool) {
        let start = Instant::now();
        if !is_last && self.next_settling.is_some_and(|from| start < from) {
            return;
        }
        let thresholds = ws.thresholds();
        let changed = ws
            .documents
            .iter_mut()
            .filter_map(|document| document.settle(thresholds.as_ref()).then_some(document.id));
        let changed: Vec<DocumentId> = changed.collect();
        if changed.is_empty() {
            return;
        }
        for id in changed {
            ws.request(Request::MakeFaceThumbnails(id));
        }
        self.next_settling = Some(Instant::now() + start.elapsed() * SETTLING_PAUSE);
    }

    /// Takes in the report at the end of a pass.
    pub(super) fn take_in_clip_report(
        &mut self,
        ws: &mut Workspace,
        id: DocumentId,
        report: Arc<VideoReport>,
        is_quick: bool,
    ) {
        if report.is_partial {
            self.settle(ws, true);
        }
        let Some(document) = ws.documents.get_mut(id) else { return };
        document.take_clip_report(report, is_quick);
        ws.request(Request::MakeFaceThumbnails(id));
    }

    /// The end of a job on a clip; false when the job is none of a clip, or left no clip.
    pub(super) fn finish_clip_job(
        &mut self,
        ws: &mut Workspace,
        id: DocumentId,
        result: &Result<(), ExamineError>,
        stop: Option<StopReason>,
    ) -> bool {
        self.settle(ws, true);
        let Some(document) = ws.documents.get_mut(id) else { return false };
        let was_examining = document.state == DocumentState::Working;
        let pass = document.video.as_ref().map(|video| video.pass);
        let Some(pass) = pass.filter(|_| was_examining) else { return false };
        match result {
            Ok(()) if pass == Pass::Done => document.finish(),
            Ok(()) | Err(ExamineError::Cancelled(_)) if stop == Some(StopReason::GaveWay) => {
                document.give_way();
                self.enqueue_full_pass(ws, id);
            }
            Ok(()) if pass != Pass::Stopped && stop.is_none() => {
                document.wait();
                self.enqueue_full_pass(ws, id);
            }
            Ok(()) | Err(ExamineError::Cancelled(_)) => document.stop(),
            Err(e @ (ExamineError::Failed(_) | ExamineError::Foreign(_))) => {
                document.fail(e.to_string());
            }
            Err(ExamineError::Unreadable(_)) => {
                document.drop_clip();
                return false;
            }
        }
        true
    }
}
