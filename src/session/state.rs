//! The session: applies commands, takes results in, keeps the view.
//!
//! * **In**: commands and events. **Out**: the view, jobs for the worker, texts for the saver.
//! * **Not here**: the work itself (`worker`, `examiner`).

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::saver::Saver;
use super::settings::{self, Loaded};
use super::worker::{Event, Happened, Job, Task, Worker};
use super::{
    Command, Document, DocumentId, DocumentState, ExamineError, Examiner, JobView, Notice, View,
    prepare,
};
use crate::base::{Cancel, FaceFinding, Verdict};
use crate::pipeline::{self, Plan};

/// Bytes of decoded pictures kept for documents out of sight.
const KEPT_PICTURE_BYTES: usize = 768 << 20;
/// Events taken in by one poll, so that a frame is never late.
const MAX_EVENTS_PER_POLL: usize = 32;
/// Notices shown at a time.
const MAX_NOTICES: usize = 5;

/// How to start a session.
pub struct SessionOptions {
    /// Makes the examiner, on the worker thread, and another one should it crash.
    pub make_examiner: Box<dyn FnMut() -> Box<dyn Examiner> + Send>,
    /// Called from the worker thread when there is something new to [`Session::poll`].
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Where preferences are kept; `None` keeps none.
    pub config_folder: Option<PathBuf>,
}

struct Running {
    document: DocumentId,
    cancel: Cancel,
}

/// The application without a window.
pub struct Session {
    view: View,
    queue: VecDeque<Job>,
    running: Option<Running>,
    worker: Worker,
    saver: Option<Saver>,
    config_folder: Option<PathBuf>,
    settings_table: toml::Table,
    next_id: u64,
    /// Documents in the order in which they were last shown, newest last.
    shown_order: Vec<DocumentId>,
    kept_picture_bytes: usize,
}

impl Session {
    /// Reads the preferences and starts the worker thread.
    ///
    /// # Errors
    ///
    /// What the system says when it gives no thread.
    pub fn start(options: SessionOptions) -> std::io::Result<Self> {
        let SessionOptions { make_examiner, wake, config_folder } = options;
        let loaded = config_folder.as_deref().map(settings::load).unwrap_or_default();
        let Loaded { settings, recent, table, warnings } = loaded;
        let mut session = Self {
            view: View { settings, recent, ..View::default() },
            queue: VecDeque::new(),
            running: None,
            worker: Worker::start(make_examiner, wake)?,
            saver: config_folder.is_some().then(Saver::start),
            config_folder,
            settings_table: table,
            next_id: 0,
            shown_order: Vec::new(),
            kept_picture_bytes: KEPT_PICTURE_BYTES,
        };
        for warning in warnings {
            session.notify(warning);
        }
        Ok(session)
    }

    /// All there is to see.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// Bounds the bytes of decoded pictures kept; the picture shown is kept in any case.
    pub fn keep_pictures(&mut self, bytes: usize) {
        self.kept_picture_bytes = bytes;
        self.put_pictures_away();
    }

    /// Does what a person wishes. Never blocks.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::Open(paths) => self.open(paths),
            Command::Select(id) => self.select(id),
            Command::SelectNext(steps) => self.select_next(steps),
            Command::Close(id) => self.close(id),
            Command::SelectFace(face) => {
                if let Some(document) = self.active_mut() {
                    document.selected_face = face.filter(|i| *i < document.faces.len());
                }
            }
            Command::ExamineRegion(upright) => self.examine_region(&upright),
            Command::ExamineAgain(id) => self.examine_again(id),
            Command::Cancel => self.cancel_all(),
            Command::SetMode(mode) => self.view.mode = mode,
            Command::SetOpacity(opacity) => {
                self.view.settings.opacity = opacity.clamp(0.0, 1.0);
                self.save_settings();
            }
            Command::SetThreshold(threshold) => {
                self.view.settings.threshold = threshold.map(|t| t.clamp(0.0, 1.0));
                self.save_settings();
            }
            Command::SetColormap(colormap) => {
                self.view.settings.colormap = colormap;
                self.recolor_residuals();
                self.save_settings();
            }
            Command::SetOverlayMode(mode) => {
                self.view.settings.overlay_mode = mode;
                self.save_settings();
            }
            Command::SetTheme(theme) => {
                self.view.settings.theme = theme;
                self.save_settings();
            }
            Command::ForgetRecent => {
                self.view.recent.clear();
                self.save_recent();
            }
            Command::ForgetRecentFile(path) => {
                self.view.recent.retain(|old| *old != path);
                self.save_recent();
            }
            Command::Dismiss(id) => self.view.notices.retain(|notice| notice.id != id),
            Command::Notify(text) => self.notify(text),
        }
        self.dispatch();
    }

    /// Takes in what the worker has done; true when the view has changed. Never blocks.
    pub fn poll(&mut self) -> bool {
        let mut changed = false;
        for _ in 0..MAX_EVENTS_PER_POLL {
            let Some(event) = self.worker.next_event() else { break };
            self.take_in(event);
            changed = true;
        }
        self.dispatch();
        let progress = self.worker.progress();
        if let Some(job) = &mut self.view.job
            && job.progress != progress
        {
            job.progress = progress;
            changed = true;
        }
        changed
    }

    fn document(&self, id: DocumentId) -> Option<&Document> {
        self.view.documents.iter().find(|d| d.id == id)
    }

    fn document_mut(&mut self, id: DocumentId) -> Option<&mut Document> {
        self.view.documents.iter_mut().find(|d| d.id == id)
    }

    fn active_mut(&mut self) -> Option<&mut Document> {
        self.view.active.and_then(|id| self.document_mut(id))
    }

    fn notify(&mut self, text: String) {
        if self.view.notices.iter().any(|notice| notice.text == text) {
            return;
        }
        self.next_id += 1;
        self.view.notices.push(Notice { id: self.next_id, text });
        let surplus = self.view.notices.len().saturating_sub(MAX_NOTICES);
        self.view.notices.drain(..surplus);
    }

    fn open(&mut self, paths: Vec<PathBuf>) {
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
                });
                self.enqueue(id, Task::Examine);
                id
            });
            first = first.or(Some(id));
        }
        if let Some(id) = first {
            self.select(id);
        }
    }

    fn select(&mut self, id: DocumentId) {
        let Some(document) = self.document(id) else { return };
        let readable = document.thumbnail.is_some();
        let put_away = document.picture.is_none() && readable && is_idle(document);
        self.view.active = Some(id);
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
        self.put_pictures_away();
    }

    fn select_next(&mut self, steps: i32) {
        let documents = &self.view.documents;
        let at = documents.iter().position(|d| Some(d.id) == self.view.active).unwrap_or(0);
        let n = documents.len() as i64;
        if n > 0 {
            let next = (at as i64 + i64::from(steps)).rem_euclid(n) as usize;
            self.select(documents[next].id);
        }
    }

    fn close(&mut self, id: DocumentId) {
        let Some(at) = self.view.documents.iter().position(|d| d.id == id) else { return };
        self.view.documents.remove(at);
        self.shown_order.retain(|other| *other != id);
        self.queue.retain(|job| job.document != id);
        if let Some(running) = self.running.as_ref().filter(|r| r.document == id) {
            running.cancel.cancel();
        }
        if self.view.active == Some(id) {
            self.view.active = None;
            let neighbor = at.min(self.view.documents.len().saturating_sub(1));
            if let Some(next) = self.view.documents.get(neighbor).map(|d| d.id) {
                self.select(next);
            }
        }
    }

    fn examine_region(&mut self, upright: &crate::base::Rect) {
        let Some(document) = self.view.document() else { return };
        let (id, Some(picture)) = (document.id, document.picture.clone()) else { return };
        let region = picture.frame.image_from_upright().apply_rect(upright);
        self.enqueue(id, Task::Region { picture, region });
    }

    fn examine_again(&mut self, id: DocumentId) {
        let Some(document) = self.document_mut(id) else { return };
        if is_idle(document) {
            document.state = DocumentState::Waiting;
            self.enqueue(id, Task::Examine);
        }
    }

    fn cancel_all(&mut self) {
        for job in std::mem::take(&mut self.queue) {
            if let Some(document) = self.document_mut(job.document)
                && document.state == DocumentState::Waiting
            {
                document.state = DocumentState::Cancelled;
            }
        }
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
        if let Some(job) = &mut self.view.job {
            job.stopping = true;
        }
    }

    fn enqueue(&mut self, document: DocumentId, task: Task) {
        let Some(path) = self.document(document).map(|d| d.path.clone()) else { return };
        let colormap = self.view.settings.colormap;
        self.queue.push_back(Job { document, path, task, colormap, cancel: Cancel::default() });
    }

    /// Gives the worker its next job, and keeps the view of the work.
    fn dispatch(&mut self) {
        if self.running.is_none()
            && let Some(job) = self.queue.pop_front()
        {
            let (document, cancel) = (job.document, job.cancel.clone());
            let examines = matches!(job.task, Task::Examine);
            let sent = self.worker.send(job);
            if let Some(document) = self.document_mut(document) {
                if examines {
                    forget_findings(document);
                    document.state = DocumentState::Working;
                }
                if !sent {
                    let gone = "the examiner thread is gone; start the program again";
                    document.state = DocumentState::Failed(gone.to_owned());
                }
            }
            self.running = sent.then_some(Running { document, cancel });
        }
        self.view.job = self.running.as_ref().map(|running| JobView {
            document: running.document,
            name: self.document(running.document).map(Document::name).unwrap_or_default(),
            progress: self.view.job.as_ref().and_then(|job| job.progress),
            stopping: running.cancel.is_cancelled(),
            n_waiting: self.queue.len(),
        });
    }

    fn take_in(&mut self, Event { document: id, happened }: Event) {
        match happened {
            Happened::Model(model) => self.view.model = Some(model),
            Happened::Opened { picture, thumbnail } => {
                let Some(document) = self.document_mut(id) else { return };
                document.picture = Some(picture);
                document.thumbnail = Some(thumbnail);
                let path = document.path.clone();
                let path = std::path::absolute(&path).unwrap_or(path);
                settings::remember(&mut self.view.recent, &path);
                self.save_recent();
                self.put_pictures_away();
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
            Happened::RegionExamined { faces } => {
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
            Happened::Finished(result) => {
                self.running = None;
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

    /// Drops pixels of documents not shown for longest, until the rest fits.
    fn put_pictures_away(&mut self) {
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
            }
        }
    }

    fn recolor_residuals(&mut self) {
        let colormap = self.view.settings.colormap;
        for face in self.view.documents.iter_mut().flat_map(|d| &mut d.faces) {
            if let (Some(patch), Some(known)) = (&mut face.patch, &face.finding.reconstruction) {
                patch.residual = prepare::residual(known, colormap);
            }
        }
    }

    fn save_settings(&self) {
        if let (Some(saver), Some(folder)) = (&self.saver, &self.config_folder) {
            let text = settings::settings_text(&self.view.settings, &self.settings_table);
            saver.save(settings::settings_path(folder), text);
        }
    }

    fn save_recent(&self) {
        if let (Some(saver), Some(folder)) = (&self.saver, &self.config_folder) {
            saver.save(settings::recent_path(folder), settings::recent_text(&self.view.recent));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
    }
}

/// Neither waiting for the examiner nor with it.
const fn is_idle(document: &Document) -> bool {
    !matches!(document.state, DocumentState::Waiting | DocumentState::Working)
}

/// The file may have changed: what was said of it says nothing of what is read now.
fn forget_findings(document: &mut Document) {
    let Document { report, verdict, score, reason, faces, selected_face, .. } = document;
    (*report, *verdict, *score, *reason) = (None, None, None, None);
    (*faces, *selected_face) = (Vec::new(), None);
}

fn most_suspicious<'a>(findings: impl Iterator<Item = &'a FaceFinding>) -> Option<usize> {
    let numbered = findings.enumerate();
    numbered.max_by(|(i, a), (j, b)| a.suspicion(b).then(j.cmp(i))).map(|(i, _)| i)
}
