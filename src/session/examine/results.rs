//! What results do to the view.
//!
//! * **In**: events of the worker. **Out**: documents with their findings; pictures put away when
//!   there are too many.
//! * **Not here**: commands (`state`), what is tried on a face (`robustness`).

use std::sync::Arc;

use crate::base::{FaceFinding, Verdict};
use crate::pipeline::{self, Plan};
use crate::session::case::desk::NOBODY;
use crate::session::examine::queue::is_idle;
use crate::session::examine::worker::{Event, Happened};
use crate::session::preferences::settings;
use crate::session::router::Session;
use crate::session::video::results::add_regions;
use crate::session::{Document, DocumentId, DocumentState, ExamineError};

impl Session {
    pub(in crate::session) fn take_in(&mut self, Event { document: id, happened }: Event) {
        match happened {
            Happened::Model(model) => self.view.model = Some(model),
            Happened::Opened { picture, thumbnail } => {
                let Some(document) = self.document_mut(id) else { return };
                document.picture = Some(picture);
                document.thumbnail = Some(thumbnail);
                if document.video.take().is_some() {
                    // The file was a video and is none any more.
                    forget_findings(document);
                    self.videos.forget(id);
                }
                self.drop_misfit_masks(id, false);
                self.remember(id);
                self.put_pictures_away();
            }
            Happened::VideoOpened { clip, picture } => {
                self.take_in_clip(id, clip, picture);
                self.remember(id);
                self.put_pictures_away();
            }
            Happened::Live(batch) => self.take_in_batch(id, batch),
            Happened::VideoExamined { report, is_quick } => {
                self.take_in_video_report(id, report, is_quick);
            }
            Happened::Examined { report, faces } => {
                let Some(document) = self.document_mut(id) else { return };
                document.verdict = Some(report.verdict);
                document.score = report.score;
                document.reason.clone_from(&report.reason);
                document.selected_face = most_suspicious(faces.iter().map(|face| &face.finding));
                document.faces = faces;
                document.report = Some(report);
            }
            Happened::RegionExamined { faces, frame: Some(frame) } => {
                let Some(document) = self.document_mut(id) else { return };
                add_regions(document, frame, &faces);
                let new = faces.into_iter().map(|face| (id, frame, face));
                self.videos.regions.extend(new);
                self.sum_up(id);
            }
            Happened::RegionExamined { faces, frame: None } => {
                let Some(document) = self.document_mut(id) else { return };
                let first_new = document.faces.len();
                document.faces.extend(faces);
                document.selected_face = (first_new < document.faces.len()).then_some(first_new);
                let findings: Vec<FaceFinding> =
                    document.faces.iter().map(|face| face.finding.clone()).collect();
                let summary = pipeline::summarize(&findings, &Plan::default());
                document.verdict = Some(summary.verdict);
                (document.score, document.reason) = (summary.score, summary.reason);
                if is_idle(document) {
                    document.state = DocumentState::Done;
                }
            }
            Happened::Meshed(mesh) => self.take_in_mesh(id, mesh),
            Happened::Rescored { frame, face_idx, role, item } => {
                self.take_in_rescored(id, frame, face_idx, role, item);
            }
            Happened::Surveyed(result) => self.take_in_survey(result),
            Happened::Finished(result) if id == NOBODY => {
                self.running = None;
                // A crash came before the result.
                if let Err(error) = result {
                    self.take_in_survey(Err(error));
                }
            }
            Happened::Finished(result) => {
                let ended = self.running.take();
                let stop = ended.filter(|r| r.cancel.is_cancelled()).map(|r| r.stop());
                if self.end_video_job(id, &result, stop) {
                    return self.put_pictures_away();
                }
                let Some(document) = self.document_mut(id) else { return };
                let was_examining = document.state == DocumentState::Working;
                match result {
                    Ok(()) if was_examining => document.state = DocumentState::Done,
                    Err(ExamineError::Cancelled(_)) if was_examining => {
                        document.state = DocumentState::Cancelled;
                    }
                    // A region or a reopening leaves what is known of the file as it is.
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
                        self.notify(format!("{name}: {e}"));
                    }
                }
                self.put_pictures_away();
            }
        }
    }

    fn remember(&mut self, id: DocumentId) {
        let Some(path) = self.document(id).map(|document| document.path.clone()) else { return };
        let path = std::path::absolute(&path).unwrap_or(path);
        settings::remember(&mut self.view.recent, &path);
        self.save_recent();
    }

    /// Drops pixels of documents not shown for longest, until the rest fits.
    pub(in crate::session) fn put_pictures_away(&mut self) {
        let bytes = |d: &Document| {
            d.picture.as_ref().map_or(0, |p| {
                let upright = p.frame.upright.pixels.len();
                let turned = !Arc::ptr_eq(&p.frame.image, &p.frame.upright);
                upright + upright / 3 + if turned { upright } else { 0 }
            })
        };
        let mut kept: usize = self.view.documents.iter().map(bytes).sum();
        let rank = |id: DocumentId| self.shown_order.iter().position(|other| *other == id);
        let documents = self.view.documents.iter();
        let mut candidates: Vec<_> = documents
            .filter(|d| Some(d.id) != self.view.active && is_idle(d))
            .map(|d| (rank(d.id), d.id))
            .collect();
        candidates.sort_unstable();
        for (_, id) in candidates {
            if kept <= self.kept_picture_bytes {
                break;
            }
            if let Some(document) = self.document_mut(id) {
                kept -= bytes(document);
                document.picture = None;
                if let Some(video) = &mut document.video {
                    video.shown = None;
                }
            }
        }
    }
}

/// The file may have changed: what was said of it says nothing of what is read now.
pub(in crate::session) fn forget_findings(document: &mut Document) {
    let Document { report, verdict, score, reason, faces, selected_face, .. } = document;
    (*report, *verdict, *score, *reason) = (None, None, None, None);
    (*faces, *selected_face) = (Vec::new(), None);
}

fn most_suspicious<'a>(findings: impl Iterator<Item = &'a FaceFinding>) -> Option<usize> {
    let numbered = findings.enumerate();
    numbered.max_by(|(i, a), (j, b)| a.compare_suspicion(b).then(j.cmp(i))).map(|(i, _)| i)
}
