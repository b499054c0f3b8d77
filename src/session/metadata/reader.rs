//! The part: files to be read, and what comes of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::handler::{MetadataEvent, MetadataHandler, MetadataJob, MetadataResult, MetadataTask};
use super::references::ReferenceComparer;
use super::values::MetadataState;
use crate::base::Cancel;
use crate::session::document::id::DocumentId;
use crate::session::worker::{AtEnd, JobQueue, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

/// How the worker is set up. One job waits for each document at most.
const WORKER: WorkerOptions = WorkerOptions {
    name: "metadata",
    max_jobs: usize::MAX,
    max_events: 16,
    at_end: AtEnd::LeaveAfter(Duration::from_millis(500)),
};

/// The file that was asked for last goes first: it is the one shown.
#[derive(Default)]
struct NewestFirst(Vec<MetadataJob>);

impl JobQueue<MetadataJob> for NewestFirst {
    fn push(&mut self, job: MetadataJob) {
        self.0.push(job);
    }

    fn pop(&mut self) -> Option<MetadataJob> {
        self.0.pop()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Reads what open files say about themselves.
pub(in crate::session) struct MetadataReader {
    wake: Wake,
    worker: Option<Worker<MetadataJob, MetadataEvent, NewestFirst>>,
    /// What is being read or waits for it.
    open: Vec<(DocumentId, u64, Cancel)>,
    last_version: u64,
    references: ReferenceComparer,
}

impl MetadataReader {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        let references = ReferenceComparer::new(Wake::clone(&wake));
        Self { wake, worker: None, open: Vec::new(), last_version: 0, references }
    }

    /// Reads what a document's file says, anew if it was read before.
    pub(in crate::session) fn read(&mut self, ws: &mut Workspace, id: DocumentId) {
        let Some(document) = ws.documents.get_mut(id) else { return };
        if matches!(document.metadata, Some(MetadataState::Reading)) {
            return;
        }
        if self.worker.is_none() {
            match Worker::start(WORKER, Wake::clone(&self.wake), || MetadataHandler) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => {
                    let why = format!("Could not start a background thread: {e}.");
                    return document.set_metadata(Some(MetadataState::Failed(why)));
                }
            }
        }
        self.stop(id);
        self.last_version += 1;
        let (version, cancel) = (self.last_version, Cancel::default());
        let path = document.path.clone();
        let task = MetadataTask::Read;
        let job = MetadataJob { task, document: id, version, path, cancel: cancel.clone() };
        let is_sent = self.worker.as_ref().is_some_and(|worker| worker.send(job));
        document.set_metadata(Some(if is_sent {
            self.open.push((id, version, cancel));
            MetadataState::Reading
        } else {
            MetadataState::Failed("The thread that reads metadata has ended.".to_owned())
        }));
    }

    /// Stops reading a document's file: it is closed, or read again.
    pub(in crate::session) fn stop(&mut self, id: DocumentId) {
        self.open.retain(|(open, _, cancel)| {
            if *open == id {
                cancel.cancel();
            }
            *open != id
        });
        self.references.stop(id);
    }

    /// Compares a document's file with the known genuine files.
    pub(in crate::session) fn compare(&mut self, ws: &mut Workspace, id: DocumentId) {
        self.references.compare(ws, id);
    }

    /// Compares with the genuine files in this folder from now on; `None` is that of pictures.
    pub(in crate::session) fn compare_with(&mut self, ws: &mut Workspace, folder: Option<PathBuf>) {
        ws.metadata_reference = folder;
        self.references.forget(ws);
    }

    /// There are other known genuine files now, or none.
    pub(in crate::session) fn forget_references(&mut self, ws: &mut Workspace) {
        self.references.forget(ws);
    }

    /// Forgets what a document's file said: the file may have changed.
    pub(in crate::session) fn forget(&mut self, ws: &mut Workspace, id: DocumentId) {
        self.stop(id);
        if let Some(document) = ws.documents.get_mut(id) {
            document.set_metadata(None);
        }
    }

    /// Takes in what was read; true when there was something.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        while let Some(event) = self.worker.as_ref().and_then(Worker::next_event) {
            has_changed |= self.take_in(ws, event);
        }
        self.compare_thumbnails(ws);
        has_changed | self.references.poll(ws)
    }

    /// Compares the thumbnails of the file shown with its picture, once both are there.
    fn compare_thumbnails(&mut self, ws: &Workspace) {
        let Some(document) = ws.documents.active().filter(|d| d.video.is_none()) else { return };
        let (Some(MetadataState::Read(file)), Some(picture), Some(worker)) =
            (&document.metadata, &document.picture, &self.worker)
        else {
            return;
        };
        let is_open = self.open.iter().any(|(open, _, _)| *open == document.id);
        let is_done = file.thumbnail_checks.is_some() || file.thumbnails.is_empty();
        if is_open || is_done || !picture.is_exact() {
            return;
        }
        let (facts, frame) = (Arc::clone(&file.facts), picture.frame.clone());
        let thumbnails = file.thumbnails.iter().map(|picture| picture.pixels().cloned()).collect();
        let (version, cancel) = (file.version, Cancel::default());
        let job = MetadataJob {
            task: MetadataTask::CompareThumbnails { facts, frame, thumbnails },
            document: document.id,
            version,
            path: document.path.clone(),
            cancel: cancel.clone(),
        };
        if worker.send(job) {
            self.open.push((document.id, version, cancel));
        }
    }

    fn take_in(&mut self, ws: &mut Workspace, event: MetadataEvent) -> bool {
        let MetadataEvent { document: id, version, result } = event;
        let is_open = self.open.iter().any(|(open, number, _)| (*open, *number) == (id, version));
        let Some(document) = ws.documents.get_mut(id).filter(|_| is_open) else { return false };
        match result {
            MetadataResult::Read(file) => {
                document.set_metadata(Some(MetadataState::Read(*file)));
            }
            MetadataResult::Failed(why) => {
                document.set_metadata(Some(MetadataState::Failed(why)));
            }
            MetadataResult::Thumbnail(i, picture) => document.take_embedded_picture(i, picture),
            MetadataResult::CredentialPicture(i, picture) => {
                document.take_credential_picture(i, picture);
            }
            MetadataResult::ThumbnailChecks(checks, differences) => {
                document.take_thumbnail_checks(checks, differences);
            }
            MetadataResult::Finished => self.open.retain(|(open, _, _)| *open != id),
        }
        true
    }
}

impl Drop for MetadataReader {
    fn drop(&mut self) {
        self.open.iter().for_each(|(_, _, cancel)| cancel.cancel());
    }
}
