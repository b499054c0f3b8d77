//! What was tried on a face: the series of degradations, and the one that is looked at.
//!
//! * **In**: commands and results. **Out**: [`Robustness`] of each face, jobs for the worker.
//! * **Not here**: degrading and examining (`detect`), drawing (`gui`).

use std::sync::Arc;

use crate::base::{Affine, Cancel, FaceFinding, Heatmap, RgbImage};
use crate::detect::{Degradation, MapAgreement, SERIES};
use crate::session::examine::queue::Kind;
use crate::session::examine::worker::{Job, Role, Task};
use crate::session::router::Session;
use crate::session::{Document, DocumentId};

/// What was tried on a face.
#[derive(Debug, Clone, Default)]
pub struct Robustness {
    /// The steps of the series done so far, in its order.
    pub series: Vec<Arc<RescoredItem>>,
    /// Steps are still being done, or wait.
    pub is_running: bool,
    /// What is looked at instead of the original.
    pub trial: Option<Trial>,
}

/// A face as if something had happened to it.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What is wanted.
    pub degradation: Degradation,
    /// The newest result; for a moment of an earlier wish.
    pub shown: Option<Arc<RescoredItem>>,
}

/// A degraded copy and what was said of it.
#[derive(Debug, Clone)]
pub struct RescoredItem {
    /// What was done.
    pub degradation: Degradation,
    /// What the detector says.
    pub finding: FaceFinding,
    /// How its map agrees with that of the original.
    pub agreement: MapAgreement,
    /// Its map with the map that takes upright positions to cells.
    pub map: Option<(Arc<Heatmap>, Affine)>,
    /// The degraded surroundings of the face, no larger than is shown.
    pub copy: Arc<RgbImage>,
    /// Takes pixels of the copy to upright positions.
    pub upright_from_copy: Affine,
    /// A small picture of the degraded face.
    pub thumbnail: Arc<RgbImage>,
}

impl Robustness {
    /// Whether all steps of the series are there.
    pub fn is_complete(&self) -> bool {
        self.series.len() == SERIES.len()
    }
}

impl Session {
    pub(in crate::session) fn test_robustness(&mut self, face_idx: usize) {
        let Some(document) = self.view.document() else { return };
        let id = document.id;
        let is_known = |job: &Job| job.document == id && job.series_face() == Some(face_idx);
        let is_running =
            self.running.as_ref().is_some_and(|r| r.document == id && r.series == Some(face_idx));
        if is_running || self.queue.iter().any(is_known) {
            return;
        }
        if let Some(job) = self.rescoring(face_idx, SERIES.to_vec(), Role::Series) {
            self.push(job);
            let document = self.document_mut(id);
            if let Some(face) = document.and_then(|d| d.faces.get_mut(face_idx)) {
                face.robustness.series.clear();
                face.robustness.is_running = true;
            }
        }
    }

    pub(in crate::session) fn try_degraded(
        &mut self,
        face_idx: usize,
        degradation: Option<Degradation>,
    ) {
        let Some(document) = self.active_mut() else { return };
        let id = document.id;
        let Some(face) = document.faces.get_mut(face_idx) else { return };
        let shown = face.robustness.trial.take().and_then(|trial| trial.shown);
        face.robustness.trial = degradation.map(|degradation| Trial { degradation, shown });
        // Only the newest wish counts.
        self.queue.retain(|job| job.document != id || !job.is_trial());
        let job = degradation.and_then(|d| self.rescoring(face_idx, vec![d], Role::Trial));
        if let Some(job) = job {
            self.push(job);
            // What follows the hand goes first.
            let newest = self.queue.iter().position(|job| job.document == id && job.is_trial());
            if let Some(job) = newest.and_then(|at| self.queue.remove(at)) {
                self.queue.push_front(job);
            }
        }
    }

    /// The job for a face of the document shown; `None` when it was not examined.
    fn rescoring(
        &self,
        face_idx: usize,
        degradations: Vec<Degradation>,
        role: Role,
    ) -> Option<Job> {
        let document = self.view.document()?;
        let picture = document.picture.clone().filter(|picture| picture.is_exact())?;
        let original = document.faces.get(face_idx)?.finding.clone();
        original.score?;
        let original = Arc::new(original);
        let frame = document.video.as_ref().and_then(|video| video.shown);
        let task = Task::Rescore { picture, face_idx, original, degradations, role, frame };
        Some(Job {
            document: document.id,
            path: document.path.clone(),
            task,
            colormap: self.view.settings.colormap,
            cancel: Cancel::default(),
            looked_at: None,
        })
    }

    pub(in crate::session) fn take_in_rescored(
        &mut self,
        id: DocumentId,
        frame: Option<usize>,
        face_idx: usize,
        role: Role,
        item: Arc<RescoredItem>,
    ) {
        // A video may have gone on meanwhile.
        let is_here = |d: &&mut Document| d.video.as_ref().and_then(|video| video.shown) == frame;
        let document = self.document_mut(id).filter(is_here);
        let Some(face) = document.and_then(|d| d.faces.get_mut(face_idx)) else { return };
        match (role, &mut face.robustness.trial) {
            (Role::Series, _) => face.robustness.series.push(item),
            (Role::Trial, Some(trial)) => trial.shown = Some(item),
            // The original was wanted back meanwhile.
            (Role::Trial, None) => {}
        }
    }

    /// What is tried on the faces of a frame ends when another one is shown.
    pub(in crate::session) fn drop_trials(&mut self, id: DocumentId) {
        self.queue.retain(|job| job.document != id || !job.is_rescoring());
        if let Some(running) = self
            .running
            .as_ref()
            .filter(|r| r.document == id && matches!(r.kind, Kind::Series | Kind::Trial))
        {
            running.cancel.cancel();
        }
        if let Some(document) = self.document_mut(id) {
            document.faces.clear();
        }
    }

    /// A series that neither waits nor runs is over, however that came about.
    pub(in crate::session) fn settle_series(&mut self) {
        let Self { view, queue, running, .. } = self;
        for document in &mut view.documents {
            let id = document.id;
            for (i, face) in document.faces.iter_mut().enumerate() {
                if face.robustness.is_running {
                    let waits =
                        queue.iter().any(|j| j.document == id && j.series_face() == Some(i));
                    let runs =
                        running.as_ref().is_some_and(|r| r.document == id && r.series == Some(i));
                    face.robustness.is_running = waits || runs;
                }
            }
        }
    }
}
