//! Open documents: opening, choosing, closing.
//!
//! * **In**: files, wishes. **Out**: documents of the view; what they need of the worker.
//! * **Not here**: examining them (`dispatch`), items of a case (`case_desk`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::session::examine::queue::is_idle;
use crate::session::examine::worker::Task;
use crate::session::router::Session;
use crate::session::{Document, DocumentId, DocumentState, MaskQuestion};

impl Session {
    pub(in crate::session) fn open(&mut self, paths: Vec<PathBuf>) {
        let mut first = None;
        for path in paths {
            let known = self.view.documents.iter().find(|d| d.path == path).map(|d| d.id);
            let id = known.unwrap_or_else(|| {
                self.next_id += 1;
                let id = DocumentId(self.next_id);
                self.view.documents.push(Document {
                    id,
                    path: path.clone(),
                    state: DocumentState::Waiting,
                    picture: None,
                    thumbnail: None,
                    report: None,
                    faces: Vec::new(),
                    selected_face: None,
                    verdict: None,
                    score: None,
                    reason: None,
                    video: None,
                    masks: BTreeMap::new(),
                    item: None,
                });
                self.enqueue(id, Task::Examine);
                id
            });
            first = first.or(Some(id));
        }
        if let Some(id) = first {
            self.case.leaving.remove(&id);
            self.select(id);
        }
    }

    pub(in crate::session) fn select(&mut self, id: DocumentId) {
        let Some(document) = self.document(id) else { return };
        let readable = document.thumbnail.is_some();
        let is_video = document.video.is_some();
        let put_away = document.picture.is_none() && readable && is_idle(document) && !is_video;
        let was_active = self.view.active.replace(id) == Some(id);
        self.shown_order.retain(|other| *other != id);
        self.shown_order.push(id);
        // What is looked at is done first.
        if let Some(at) = self.queue.iter().position(|job| job.document == id)
            && let Some(job) = self.queue.remove(at)
        {
            self.queue.push_front(job);
        } else if put_away {
            self.enqueue(id, Task::Open);
        }
        if !was_active {
            self.turn_player();
        }
        self.put_pictures_away();
    }

    pub(in crate::session) fn select_next(&mut self, steps: i32) {
        let documents = &self.view.documents;
        let at = documents.iter().position(|d| Some(d.id) == self.view.active).unwrap_or(0);
        let n = documents.len() as i64;
        if n > 0 {
            let next = (at as i64 + i64::from(steps)).rem_euclid(n) as usize;
            self.select(documents[next].id);
        }
    }

    pub(in crate::session) fn close(&mut self, id: DocumentId) {
        if self.is_leaving(id) {
            return;
        }
        if self.document(id).is_some_and(|document| document.n_unsaved_masks() > 0) {
            self.select(id);
            self.view.masks.question = Some(MaskQuestion::Close(id));
        } else {
            self.close_now(id);
        }
    }

    pub(in crate::session) fn close_now(&mut self, id: DocumentId) {
        self.keep_time_of(id);
        let Some(at) = self.view.documents.iter().position(|d| d.id == id) else { return };
        self.view.documents.remove(at);
        self.shown_order.retain(|other| *other != id);
        self.queue.retain(|job| job.document != id);
        self.videos.forget(id);
        self.masks.forget(id);
        self.case.forget(id);
        if let Some(running) = self.running.as_ref().filter(|r| r.document == id) {
            running.cancel.cancel();
        }
        if self.view.active == Some(id) {
            self.view.active = None;
            let neighbor = at.min(self.view.documents.len().saturating_sub(1));
            if let Some(next) = self.view.documents.get(neighbor).map(|d| d.id) {
                self.select(next);
            } else {
                self.turn_player();
            }
        }
    }
}
