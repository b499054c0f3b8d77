//! What results do to documents.

use super::clip_results::take_in_clip;
use super::error::ExamineError;
use super::job::{ExamineEvent, Happened};
use super::queue::ExamineQueue;
use super::robustness::take_in_rescored;
use crate::session::document::id::DocumentId;
use crate::session::document::open::DocumentState;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl ExamineQueue {
    pub(super) fn take_in(&mut self, ws: &mut Workspace, event: ExamineEvent) {
        let ExamineEvent { document, happened } = event;
        if let Happened::Finished(Err(ExamineError::Foreign(model)))
        | Happened::QueueItemExamined(Err(ExamineError::Foreign(model))) = &happened
        {
            ws.foreign = Some(model.clone());
        }
        match (happened, document) {
            (Happened::Model(model), _) => ws.detector = Some(model),
            (Happened::QueueItemExamined(result), _) => {
                ws.request(Request::QueueItemExamined(result));
            }
            (Happened::Finished(result), None) => {
                self.running = None;
                // A crash came before the result.
                if let Err(error) = result {
                    ws.request(Request::QueueItemExamined(Err(error)));
                }
            }
            (Happened::Finished(result), Some(id)) => self.finish(ws, id, result),
            (happened, Some(id)) => self.take_in_result(ws, id, happened),
            (_, None) => {}
        }
    }

    fn take_in_result(&mut self, ws: &mut Workspace, id: DocumentId, happened: Happened) {
        match happened {
            Happened::FileRead(facts) => {
                if let Some(document) = ws.documents.get_mut(id) {
                    document.take_file_facts(facts);
                }
            }
            Happened::Opened { picture, thumbnail } => {
                let Some(document) = ws.documents.get_mut(id) else { return };
                document.show_still(picture, thumbnail);
                ws.drop_misfit_masks(id, false);
                was_opened(ws, id);
            }
            Happened::ClipOpened { clip, picture } => {
                take_in_clip(ws, id, clip, picture);
                was_opened(ws, id);
            }
            Happened::ClipProgress(batch) => self.take_in_batch(ws, id, batch),
            Happened::ClipExamined { report, is_quick } => {
                self.take_in_clip_report(ws, id, report, is_quick);
            }
            Happened::Examined { report, faces } => {
                if let Some(document) = ws.documents.get_mut(id) {
                    document.take_report(report, faces);
                }
            }
            Happened::RegionExamined { faces, frame } => {
                if let Some(document) = ws.documents.get_mut(id) {
                    document.take_regions(frame, faces);
                }
            }
            Happened::MeshPlaced(mesh) => {
                ws.request(Request::MeshPlaced { document: id, mesh });
            }
            Happened::ItemWatched(result) => {
                ws.request(Request::ItemWatched { document: id, result });
            }
            Happened::Rescored { frame, face_idx, role, item } => {
                take_in_rescored(ws, (id, frame), face_idx, role, item);
            }
            Happened::Model(_) | Happened::QueueItemExamined(_) | Happened::Finished(_) => {}
        }
    }

    fn finish(&mut self, ws: &mut Workspace, id: DocumentId, result: Result<(), ExamineError>) {
        let stop = self.running.take().and_then(|running| running.stop_reason());
        if !self.finish_clip_job(ws, id, &result, stop) {
            finish_still_job(ws, id, result);
        }
        ws.documents.drop_old_pictures();
    }
}

fn was_opened(ws: &mut Workspace, id: DocumentId) {
    // Items of a queue are found by their case: they would push it out of the list.
    if let Some(document) = ws.documents.get(id).filter(|d| d.item.is_none()) {
        ws.preferences.add_recent(&document.path);
    }
    ws.documents.drop_old_pictures();
}

fn finish_still_job(ws: &mut Workspace, id: DocumentId, result: Result<(), ExamineError>) {
    let Some(document) = ws.documents.get_mut(id) else { return };
    let was_examining = document.state == DocumentState::Working;
    match result {
        Ok(()) if was_examining => document.finish(),
        Err(ExamineError::Cancelled(_)) if was_examining => document.stop(),
        // A region or a reopening leaves the findings on the file as they are.
        Ok(()) | Err(ExamineError::Cancelled(_)) => {}
        Err(ExamineError::Unreadable(reason)) if was_examining => document.refuse(reason),
        Err(e @ (ExamineError::Failed(_) | ExamineError::Foreign(_))) if was_examining => {
            document.fail(e.to_string());
        }
        Err(e) => {
            let name = document.name();
            ws.notify(format!("{name}: {e}"));
        }
    }
}
