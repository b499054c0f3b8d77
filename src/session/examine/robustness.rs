//! Degradations tried on a face: the series, and the one that is looked at.

use std::sync::Arc;

use super::job::{ExamineJob, ExamineTask, JobKind, Rescoring, Role};
use super::queue::ExamineQueue;
use crate::detect::{Degradation, SERIES};
use crate::session::document::face::DegradedFace;
use crate::session::document::id::DocumentId;
use crate::session::document::open::Document;
use crate::session::workspace::Workspace;

impl ExamineQueue {
    /// Tries the series of degradations on a face of the document shown.
    pub(in crate::session) fn test_robustness(&mut self, ws: &mut Workspace, face_idx: usize) {
        let Some(id) = ws.documents.active_id() else { return };
        if self.has_series(id, face_idx) {
            return;
        }
        let job = rescoring(ws, face_idx, SERIES.to_vec(), Role::Series);
        if let Some(job) = job {
            self.push(job);
            let document = ws.documents.get_mut(id);
            if let Some(face) = document.and_then(|d| d.robustness_mut(face_idx)) {
                face.begin_series();
            }
        }
    }

    /// Shows a face of the document shown as if this had happened to it; `None` is the original.
    pub(in crate::session) fn try_degraded(
        &mut self,
        ws: &mut Workspace,
        face_idx: usize,
        degradation: Option<Degradation>,
    ) {
        let Some(document) = ws.documents.active_mut() else { return };
        let id = document.id;
        let Some(face) = document.robustness_mut(face_idx) else { return };
        face.look_at(degradation);
        // Only the newest one counts.
        let is_trial = |job: &ExamineJob| job.document == Some(id) && job.kind() == JobKind::Trial;
        self.waiting.retain(|job| !is_trial(job));
        let job = degradation.and_then(|d| rescoring(ws, face_idx, vec![d], Role::Trial));
        if let Some(job) = job {
            self.push(job);
            self.move_to_front(is_trial);
        }
    }

    /// Another frame is shown: what is tried on the faces of the last one ends.
    pub(in crate::session) fn stop_trials(&mut self, id: DocumentId) {
        let is_trial = |kind| matches!(kind, JobKind::Series | JobKind::Trial);
        self.waiting.retain(|job| job.document != Some(id) || !is_trial(job.kind()));
        self.stop_if(|job| job.document == Some(id) && is_trial(job.kind()));
    }

    fn has_series(&self, id: DocumentId, face_idx: usize) -> bool {
        self.jobs().any(|job| job.document == Some(id) && job.series_face() == Some(face_idx))
    }

    /// A series that neither waits nor runs is over, however that came about.
    pub(super) fn settle_series(&self, ws: &mut Workspace) {
        for document in ws.documents.iter_mut() {
            let id = document.id;
            for i in 0..document.faces.len() {
                if let Some(face) = document.robustness_mut(i).filter(|_| !self.has_series(id, i)) {
                    face.end_series();
                }
            }
        }
    }
}

/// The job for a face of the document shown; `None` when it was not examined.
fn rescoring(
    ws: &Workspace,
    face_idx: usize,
    degradations: Vec<Degradation>,
    role: Role,
) -> Option<ExamineJob> {
    let document = ws.documents.active()?;
    let picture = document.picture.clone().filter(|picture| picture.is_exact())?;
    let original = document.faces.get(face_idx)?.finding.clone();
    original.score?;
    let (original, frame) = (Arc::new(original), document.shown_frame());
    let rescoring = Rescoring { picture, frame, face_idx, original, degradations, role };
    Some(ExamineJob::new(
        document,
        ExamineTask::Rescore(rescoring),
        ws.preferences.settings().colormap,
    ))
}

/// Takes in a degraded copy of a face that was examined.
pub(super) fn take_in_rescored(
    ws: &mut Workspace,
    (id, frame): (DocumentId, Option<usize>),
    face_idx: usize,
    role: Role,
    item: Arc<DegradedFace>,
) {
    // A video may have gone on meanwhile.
    let is_here = |d: &&mut Document| d.shown_frame() == frame;
    let document = ws.documents.get_mut(id).filter(is_here);
    let Some(face) = document.and_then(|d| d.robustness_mut(face_idx)) else { return };
    match role {
        Role::Series => face.take_step(item),
        Role::Trial => face.take_trial(item),
    }
}
