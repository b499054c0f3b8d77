//! What results do to documents.

use super::clip_results::take_in_clip;
use super::error::ExamineError;
use super::job::{Event, Happened};
use super::queue::ExamineQueue;
use super::robustness::take_in_rescored;
use crate::base::{FaceFinding, MediaReport, Verdict};
use crate::pipeline::{self, Plan};
use crate::session::document::face::FaceItem;
use crate::session::document::id::DocumentId;
use crate::session::document::open::{Document, DocumentState};
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl ExamineQueue {
    /// Takes in one event of the worker.
    pub(super) fn take_in(&mut self, ws: &mut Workspace, event: Event) {
        let Event { document, happened } = event;
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
                    document.file_facts = facts;
                }
            }
            Happened::Opened { picture, thumbnail } => {
                let Some(document) = ws.documents.get_mut(id) else { return };
                document.picture = Some(picture);
                document.thumbnail = Some(thumbnail);
                if document.video.take().is_some() {
                    // The file was a video and is none any more.
                    document.forget_findings();
                }
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
                    take_in_report(document, report, faces);
                }
            }
            Happened::RegionExamined { faces, frame } => {
                if let Some(document) = ws.documents.get_mut(id) {
                    take_in_region(document, frame, faces);
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

fn take_in_report(
    document: &mut Document,
    report: std::sync::Arc<MediaReport>,
    faces: Vec<FaceItem>,
) {
    document.verdict = Some(report.verdict);
    document.score = report.score;
    document.reason.clone_from(&report.reason);
    document.faces = faces;
    document.selected_face = document.most_suspicious_face();
    document.report = Some(report);
}

fn take_in_region(document: &mut Document, frame: Option<usize>, faces: Vec<FaceItem>) {
    if let Some(frame) = frame {
        let is_shown = document.shown_frame() == Some(frame);
        let Some(video) = &mut document.video else { return };
        video.add_regions(frame, &faces);
        if is_shown {
            document.add_regions(faces);
        }
        return document.sum_up_video();
    }
    document.add_regions(faces);
    let findings: Vec<FaceFinding> = document.faces.iter().map(|f| f.finding.clone()).collect();
    let summary = pipeline::summarize(&findings, &Plan::default());
    document.verdict = Some(summary.verdict);
    (document.score, document.reason) = (summary.score, summary.reason);
    if document.is_idle() {
        document.state = DocumentState::Done;
    }
}

fn finish_still_job(ws: &mut Workspace, id: DocumentId, result: Result<(), ExamineError>) {
    let Some(document) = ws.documents.get_mut(id) else { return };
    let was_examining = document.state == DocumentState::Working;
    match result {
        Ok(()) if was_examining => document.state = DocumentState::Done,
        Err(ExamineError::Cancelled(_)) if was_examining => {
            document.state = DocumentState::Cancelled;
        }
        // A region or a reopening leaves the findings on the file as they are.
        Ok(()) | Err(ExamineError::Cancelled(_)) => {}
        Err(ExamineError::Unreadable(reason)) if was_examining => {
            document.state = DocumentState::Done;
            document.verdict = Some(Verdict::NotExamined);
            document.reason = Some(reason);
            (document.picture, document.thumbnail) = (None, None);
        }
        Err(ExamineError::Failed(reason)) if was_examining => {
            document.state = DocumentState::Failed(reason);
        }
        Err(e) => {
            let name = document.name();
            ws.notify(format!("{name}: {e}"));
        }
    }
}
