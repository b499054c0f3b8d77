//! Jobs of the worker: which comes next, and what becomes of the one before it.
//!
//! * **In**: what is to be examined. **Out**: jobs for the worker, one at a time; the view of them.
//! * **Not here**: the work itself (`worker`, `examiner`), what results do to the view (`results`).

use std::sync::Arc;

use crate::base::Cancel;
use crate::session::examine::results::forget_findings;
use crate::session::examine::worker::{Job, Role, Task};
use crate::session::router::Session;
use crate::session::video::tracks;
use crate::session::{Document, DocumentId, DocumentState, JobView, Pass};

pub(in crate::session) struct Running {
    pub(in crate::session) document: DocumentId,
    pub(in crate::session) cancel: Cancel,
    /// The face that a series is tried on.
    pub(in crate::session) series: Option<usize>,
    pub(in crate::session) kind: Kind,
    /// It was stopped to go on later.
    yields: bool,
}

/// What sort of job it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Kind {
    /// A file or a region is examined, or a file opened.
    Short,
    /// The mesh is placed on a face.
    Mesh,
    /// All of a video is examined, which takes long.
    Full,
    /// A series is tried on a face.
    Series,
    /// Something is tried on a face that follows the hand and is over at once.
    Trial,
    /// An item of the case is examined in the background.
    Survey,
}

/// Why a job was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Stop {
    /// A person wants it.
    Wish,
    /// Something short goes first.
    Yield,
}

impl Running {
    /// Why it was stopped, if it was.
    pub(in crate::session) const fn stop(&self) -> Stop {
        if self.yields { Stop::Yield } else { Stop::Wish }
    }
}

impl Session {
    pub(in crate::session) fn cancel_all(&mut self) {
        for job in std::mem::take(&mut self.queue) {
            if let Some(document) = self.document_mut(job.document)
                && document.state == DocumentState::Waiting
            {
                document.state = DocumentState::Cancelled;
            }
        }
        if let Some(running) = &mut self.running {
            running.yields = false;
            running.cancel.cancel();
        }
        if let Some(job) = &mut self.view.job {
            job.stopping = true;
        }
    }

    pub(in crate::session) fn enqueue(&mut self, document: DocumentId, task: Task) {
        let Some(path) = self.document(document).map(|d| d.path.clone()) else { return };
        let colormap = self.view.settings.colormap;
        let looked_at = self.document(document).and_then(Document::looked_at);
        let cancel = Cancel::default();
        self.push(Job { document, path, task, colormap, cancel, looked_at });
    }

    pub(in crate::session) fn enqueue_full_pass(&mut self, document: DocumentId) {
        if let Some(clip) = self.videos.clips.get(&document).map(Arc::clone) {
            self.enqueue(document, Task::Full { clip });
        }
    }

    /// Full passes take long: everything else goes before them, also before the one at work.
    pub(in crate::session) fn push(&mut self, job: Job) {
        let is_short = !matches!(job.task, Task::Full { .. });
        let gives_way = |kind| matches!((kind, is_short), (Kind::Full, true) | (Kind::Survey, _));
        if let Some(running) = self.running.as_mut().filter(|r| gives_way(r.kind))
            && !running.cancel.is_cancelled()
        {
            running.yields = true;
            running.cancel.cancel();
        }
        let is_full = |job: &Job| matches!(job.task, Task::Full { .. });
        let first_full = self.queue.iter().position(is_full).filter(|_| !is_full(&job));
        self.queue.insert(first_full.unwrap_or(self.queue.len()), job);
    }

    /// Gives the worker its next job, and keeps the view of the work.
    pub(in crate::session) fn dispatch(&mut self) {
        if self.running.is_none()
            && let Some(job) = self.queue.pop_front().or_else(|| self.next_survey())
        {
            let (document, cancel) = (job.document, job.cancel.clone());
            let examines = matches!(job.task, Task::Examine);
            let series = job.series_face();
            let kind = match &job.task {
                Task::Full { .. } => Kind::Full,
                Task::Rescore { role: Role::Series, .. } => Kind::Series,
                Task::Rescore { role: Role::Trial, .. } => Kind::Trial,
                Task::Mesh { .. } => Kind::Mesh,
                Task::Survey => Kind::Survey,
                Task::Examine | Task::Open | Task::Region { .. } => Kind::Short,
            };
            let sent = self.worker.send(job);
            if let Some(document) = self.document_mut(document) {
                if examines && document.video.is_none() {
                    forget_findings(document);
                }
                if let Some(video) = document.video.as_mut().filter(|_| kind == Kind::Full) {
                    tracks::make_stale(&mut video.tracks);
                    video.pass = Pass::Full;
                }
                if examines || kind == Kind::Full {
                    document.state = DocumentState::Working;
                }
                if !sent {
                    let gone = "the examiner thread is gone; start the program again";
                    document.state = DocumentState::Failed(gone.to_owned());
                }
            }
            if examines {
                // What was to be tried belongs to faces that are forgotten.
                self.queue.retain(|job| job.document != document || !job.is_rescoring());
            }
            self.running =
                sent.then_some(Running { document, cancel, series, kind, yields: false });
        }
        self.settle_series();
        self.settle_mesh();
        let shown = self.running.as_ref().filter(|running| running.kind != Kind::Survey);
        self.view.job = shown.map(|running| JobView {
            document: running.document,
            name: self.document(running.document).map(Document::name).unwrap_or_default(),
            progress: self.view.job.as_ref().and_then(|job| job.progress),
            stopping: running.cancel.is_cancelled() && !running.yields,
            n_waiting: self.queue.len(),
            is_live: running.kind == Kind::Trial,
        });
    }
}

/// Neither waiting for the examiner nor with it.
pub(in crate::session) const fn is_idle(document: &Document) -> bool {
    !matches!(document.state, DocumentState::Waiting | DocumentState::Working)
}
