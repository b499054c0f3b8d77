//! Compares what files say with known genuine files, on a thread of its own: reading a large folder
//! takes long.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::values::{MetadataFacts, MetadataState, ReferenceResult, ReferenceState};
use crate::base::text::sentence;
use crate::base::{Cancel, Progress, TaskCtx};
use crate::pipeline::described::{References, ReferencesError};
use crate::session::document::id::DocumentId;
use crate::session::worker::{AtEnd, EventSender, Handler, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

/// How the worker is set up. One job waits for each document at most.
const WORKER: WorkerOptions = WorkerOptions {
    name: "reference files",
    max_jobs: usize::MAX,
    max_events: 16,
    at_end: AtEnd::LeaveAfter(Duration::from_millis(500)),
};

/// A file to be compared.
struct ReferenceJob {
    document: DocumentId,
    /// Another one for each job.
    ticket: u64,
    path: PathBuf,
    facts: Arc<MetadataFacts>,
    folder: PathBuf,
    /// Number of the choice of a folder: after another one it is read anew.
    choice: u64,
    cancel: Cancel,
}

/// What came of it; `None` when it was stopped.
struct ReferenceEvent {
    document: DocumentId,
    ticket: u64,
    state: Option<ReferenceState>,
}

/// Keeps the files that were read last.
#[derive(Default)]
struct ReferenceHandler {
    read: Option<(u64, Result<Arc<References>, String>)>,
}

impl ReferenceHandler {
    /// The files of the folder; `None` when the reading was stopped.
    fn references(
        &mut self,
        job: &ReferenceJob,
        ctx: &TaskCtx<'_>,
    ) -> Option<Result<Arc<References>, String>> {
        if let Some((choice, read)) = &self.read
            && *choice == job.choice
        {
            return Some(read.clone());
        }
        let read = match References::read(&job.folder, ctx) {
            Ok(read) => Ok(Arc::new(read)),
            Err(ReferencesError::Cancelled(_)) => return None,
            Err(error) => Err(sentence(&error.to_string())),
        };
        self.read = Some((job.choice, read.clone()));
        Some(read)
    }
}

impl Handler<ReferenceJob, ReferenceEvent> for ReferenceHandler {
    fn handle(&mut self, job: &ReferenceJob, events: &EventSender<ReferenceEvent>) {
        let on_progress = |progress: Progress| events.set_progress(progress);
        let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &on_progress };
        let read = if job.cancel.is_cancelled() { None } else { self.references(job, &ctx) };
        events.clear_progress();
        let state = read.map(|read| match read {
            Ok(references) => ReferenceState::Compared(Arc::new(ReferenceResult {
                comparison: references.compare(&job.path, &job.facts.metadata),
                n_unread: references.n_unread,
                is_cut: references.is_cut,
            })),
            Err(why) => ReferenceState::Failed(why),
        });
        let (document, ticket) = (job.document, job.ticket);
        events.send(ReferenceEvent { document, ticket, state });
    }

    fn on_crash(job: &ReferenceJob, events: &EventSender<ReferenceEvent>) {
        events.clear_progress();
        let why = "Reading the reference files crashed; this is a fault of the program.";
        let state = Some(ReferenceState::Failed(why.to_owned()));
        events.send(ReferenceEvent { document: job.document, ticket: job.ticket, state });
    }
}

/// Compares open files with known genuine ones.
pub(super) struct ReferenceComparer {
    wake: Wake,
    worker: Option<Worker<ReferenceJob, ReferenceEvent>>,
    /// What is being compared or waits for it.
    open: Vec<(DocumentId, u64, Cancel)>,
    choice: u64,
    last_ticket: u64,
}

impl ReferenceComparer {
    pub(super) const fn new(wake: Wake) -> Self {
        Self { wake, worker: None, open: Vec::new(), choice: 0, last_ticket: 0 }
    }

    /// Compares a document's file, unless it is being compared. What it says must have been read.
    pub(super) fn compare(&mut self, ws: &mut Workspace, id: DocumentId) {
        let folder = ws.metadata_reference.as_ref().or(ws.reference.as_ref());
        let Some(folder) = folder.cloned() else { return };
        let Some(document) = ws.documents.get_mut(id) else { return };
        let Some(MetadataState::Read(file)) = &document.metadata else { return };
        if matches!(file.reference, Some(ReferenceState::Reading(..))) {
            return;
        }
        let facts = Arc::clone(&file.facts);
        if self.worker.is_none() {
            match Worker::start(WORKER, Wake::clone(&self.wake), ReferenceHandler::default) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => {
                    let why = format!("Could not start a background thread: {e}.");
                    return document.set_reference(Some(ReferenceState::Failed(why)));
                }
            }
        }
        self.last_ticket += 1;
        let (ticket, choice, cancel) = (self.last_ticket, self.choice, Cancel::default());
        let path = document.path.clone();
        let job = ReferenceJob {
            document: id,
            ticket,
            path,
            facts,
            folder,
            choice,
            cancel: cancel.clone(),
        };
        let is_sent = self.worker.as_ref().is_some_and(|worker| worker.send(job));
        document.set_reference(Some(if is_sent {
            self.open.push((id, ticket, cancel));
            ReferenceState::Reading(0, 0)
        } else {
            ReferenceState::Failed("The thread that reads reference files has ended.".to_owned())
        }));
    }

    /// Stops comparing a document's file.
    pub(super) fn stop(&mut self, id: DocumentId) {
        self.open.retain(|(open, _, cancel)| {
            if *open == id {
                cancel.cancel();
            }
            *open != id
        });
    }

    /// Another folder was chosen, or none: what was compared with the one before is forgotten.
    pub(super) fn forget(&mut self, ws: &mut Workspace) {
        self.choice += 1;
        self.open.drain(..).for_each(|(_, _, cancel)| cancel.cancel());
        ws.documents.iter_mut().for_each(|document| document.set_reference(None));
    }

    /// Takes in what was compared; true when there was something.
    pub(super) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let Some(worker) = &self.worker else { return false };
        let mut has_changed = false;
        while let Some(ReferenceEvent { document: id, ticket, state }) = worker.next_event() {
            let Some(at) = self.open.iter().position(|(_, open, _)| *open == ticket) else {
                continue;
            };
            self.open.remove(at);
            if let Some(document) = ws.documents.get_mut(id) {
                document.set_reference(state);
                has_changed = true;
            }
        }
        let progress = worker.progress();
        for (id, _, _) in &self.open {
            let (Some(document), Some(Progress { done, total, .. })) =
                (ws.documents.get_mut(*id), progress)
            else {
                continue;
            };
            let state = Some(ReferenceState::Reading(done, total));
            let Some(MetadataState::Read(file)) = &document.metadata else { continue };
            if file.reference != state {
                document.set_reference(state);
                has_changed = true;
            }
        }
        has_changed
    }
}

impl Drop for ReferenceComparer {
    fn drop(&mut self) {
        self.open.iter().for_each(|(_, _, cancel)| cancel.cancel());
    }
}
