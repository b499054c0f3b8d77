//! The part that examines: jobs that wait, and the one at work.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::handler::{ExamineHandler, MakeExaminer};
use super::job::{ExamineEvent, ExamineJob, ExamineTask, JobKind};
use crate::base::{Face, Progress, Rect};
use crate::session::document::documents::Documents;
use crate::session::document::id::DocumentId;
use crate::session::document::open::{Document, DocumentState, Picture};
use crate::session::view::values::JobView;
use crate::session::worker::{AtEnd, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

/// How the worker is set up: the part hands it one job at a time.
const WORKER: WorkerOptions = WorkerOptions {
    name: "examiner",
    max_jobs: 1,
    max_events: 64,
    at_end: AtEnd::LeaveAfter(Duration::from_secs(2)),
};
/// Events taken in by one poll, so that a frame is never late.
const MAX_EVENTS_PER_POLL: usize = 32;

/// Examines files, regions, degraded faces, and items of the case.
pub(in crate::session) struct ExamineQueue {
    /// `None` in tests without threads.
    worker: Option<Worker<ExamineJob, ExamineEvent>>,
    /// Jobs that wait, the next one first.
    pub(super) waiting: VecDeque<ExamineJob>,
    pub(super) running: Option<RunningJob>,
    /// The newest progress of the job at work.
    progress: Option<Progress>,
    /// Verdicts of tracks are brought up to date no earlier, so that a poll takes little time.
    pub(super) next_settling: Option<Instant>,
}

/// The job at work.
pub(super) struct RunningJob {
    pub(super) job: ExamineJob,
    /// It was stopped to go on later.
    gives_way: bool,
}

/// Why a job was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopReason {
    /// A person wants it.
    Cancelled,
    /// A shorter job goes first.
    GaveWay,
}

impl RunningJob {
    /// Why it was stopped, if it was.
    pub(super) fn stop_reason(&self) -> Option<StopReason> {
        let reason = if self.gives_way { StopReason::GaveWay } else { StopReason::Cancelled };
        self.job.cancel.is_cancelled().then_some(reason)
    }
}

impl ExamineQueue {
    /// Starts the thread that examines.
    ///
    /// # Errors
    ///
    /// The system's reason when it has no thread.
    pub(in crate::session) fn start(
        mut make_examiner: MakeExaminer,
        wake: Wake,
    ) -> std::io::Result<Self> {
        let worker = Worker::start(WORKER, wake, move || ExamineHandler(make_examiner()))?;
        Ok(Self { worker: Some(worker), ..Self::without_thread() })
    }

    /// A queue whose jobs nobody does.
    pub(super) const fn without_thread() -> Self {
        Self {
            worker: None,
            waiting: VecDeque::new(),
            running: None,
            progress: None,
            next_settling: None,
        }
    }

    pub(in crate::session) fn examine(&mut self, ws: &Workspace, id: DocumentId) {
        self.enqueue(ws, id, ExamineTask::Examine);
    }

    /// Examines a file once more, after a failure or a stop.
    pub(in crate::session) fn examine_again(&mut self, ws: &mut Workspace, id: DocumentId) {
        if let Some(document) = ws.documents.get_mut(id).filter(|d| d.is_idle()) {
            document.wait();
            self.enqueue(ws, id, ExamineTask::Examine);
        }
    }

    /// A person has decided about a model that did not come with the program: files that it was
    /// asked for are examined, or the person hears what to do.
    pub(in crate::session) fn answer_foreign(&mut self, ws: &mut Workspace, is_trusted: bool) {
        let Some(model) = ws.foreign.take() else { return };
        if !is_trusted {
            return ws.notify(format!(
                "{} is not used, and nothing is examined. Choose another detector: pentimento models \
                 use lae",
                model.name
            ));
        }
        let refusal = DocumentState::Failed(model.to_string());
        ws.preferences.change(|settings| settings.trust(model.fingerprint));
        let refused = ws.documents.list().iter().filter(|d| d.state == refusal);
        for id in refused.map(|d| d.id).collect::<Vec<_>>() {
            self.examine_again(ws, id);
        }
    }

    /// Compares pictures with the genuine material of a folder from now on, or with none. Open
    /// pictures are examined again.
    pub(in crate::session) fn compare_with(
        &mut self,
        ws: &mut Workspace,
        reference: Option<PathBuf>,
    ) {
        ws.reference = reference;
        let documents = ws.documents.list().iter();
        let pictures = documents.filter(|d| d.video.is_none());
        for id in pictures.map(|d| d.id).collect::<Vec<_>>() {
            self.examine_again(ws, id);
        }
        // The one at work began with the folder before.
        let running = self.running.as_ref().map(|running| &running.job);
        let at_work = running.filter(|job| matches!(job.task, ExamineTask::Examine));
        if let Some(id) = at_work.and_then(|job| job.document) {
            self.enqueue(ws, id, ExamineTask::Examine);
        }
    }

    /// Examines a region of the document shown; upright pixels.
    pub(in crate::session) fn examine_region(&mut self, ws: &mut Workspace, upright: &Rect) {
        let Some(document) = ws.documents.active() else { return };
        let (id, Some(picture)) = (document.id, document.picture.clone()) else { return };
        let frame = document.shown_frame();
        if !picture.is_exact() {
            return ws.notify(
                "The frame is not decoded in full yet: pause the video and draw once more.",
            );
        }
        let region = picture.frame.image_from_upright().apply_rect(upright);
        self.enqueue(ws, id, ExamineTask::Region { picture, region, frame });
    }

    /// Places the mesh on a face before anything else: a person waits for it.
    pub(in crate::session) fn place_mesh(
        &mut self,
        ws: &Workspace,
        id: DocumentId,
        picture: Arc<Picture>,
        face: Box<Face>,
    ) {
        self.enqueue(ws, id, ExamineTask::Mesh { picture, face });
        self.move_to_front(|job| job.kind() == JobKind::Mesh);
    }

    /// A document is shown: its job goes first, and pixels that were put away are decoded anew.
    pub(in crate::session) fn document_shown(&mut self, ws: &Workspace, id: DocumentId) {
        if self.move_to_front(|job| job.document == Some(id)) {
            return;
        }
        let Some(document) = ws.documents.get(id) else { return };
        let has_no_pixels = document.picture.is_none() && document.thumbnail.is_some();
        if has_no_pixels && document.is_idle() && document.video.is_none() {
            self.enqueue(ws, id, ExamineTask::Open);
        }
    }

    pub(super) fn enqueue_full_pass(&mut self, ws: &Workspace, id: DocumentId) {
        let Some(document) = ws.documents.get(id) else { return };
        if let Some(clip) = document.video.as_ref().map(|video| Arc::clone(video.clip())) {
            let is_item = document.item.is_some();
            self.enqueue(ws, id, ExamineTask::FullPass { clip, is_item });
        }
    }

    fn enqueue(&mut self, ws: &Workspace, id: DocumentId, task: ExamineTask) {
        if let Some(document) = ws.documents.get(id) {
            self.push(ExamineJob::new(document, task, ws.preferences.settings().colormap));
        }
    }

    /// Adds a job. Full passes take long: everything else goes before them, also before the one at
    /// work.
    pub(super) fn push(&mut self, job: ExamineJob) {
        let is_short = job.kind() != JobKind::FullPass;
        let gives_way =
            |kind| matches!((kind, is_short), (JobKind::FullPass, true) | (JobKind::QueueItem, _));
        if let Some(running) = self.running.as_mut().filter(|r| gives_way(r.job.kind()))
            && !running.job.cancel.is_cancelled()
        {
            running.gives_way = true;
            running.job.cancel.cancel();
        }
        let first_full = self.waiting.iter().position(|job| job.kind() == JobKind::FullPass);
        let at = first_full.filter(|_| is_short).unwrap_or(self.waiting.len());
        self.waiting.insert(at, job);
    }

    /// Moves the first such job to the front; false when there is none.
    pub(super) fn move_to_front(&mut self, is_meant: impl Fn(&ExamineJob) -> bool) -> bool {
        let job = self.waiting.iter().position(is_meant).and_then(|at| self.waiting.remove(at));
        let is_found = job.is_some();
        if let Some(job) = job {
            self.waiting.push_front(job);
        }
        is_found
    }

    /// Stops the job at work and drops all that wait.
    pub(in crate::session) fn cancel_all(&mut self, ws: &mut Workspace) {
        for job in std::mem::take(&mut self.waiting) {
            let document = job.document.and_then(|id| ws.documents.get_mut(id));
            if let Some(document) = document.filter(|d| d.state == DocumentState::Waiting) {
                document.stop();
            }
        }
        if let Some(running) = &mut self.running {
            running.gives_way = false;
        }
        self.stop();
    }

    /// Stops the job at work.
    pub(in crate::session) fn stop(&self) {
        self.stop_if(|_| true);
    }

    /// Stops the job at work if it is such a one.
    pub(super) fn stop_if(&self, is_meant: impl FnOnce(&ExamineJob) -> bool) {
        if let Some(running) = self.running.as_ref().filter(|running| is_meant(&running.job)) {
            running.job.cancel.cancel();
        }
    }

    /// Stops the work on a document; its jobs that wait are dropped.
    pub(in crate::session) fn stop_work_on(&mut self, id: DocumentId) {
        self.waiting.retain(|job| job.document != Some(id));
        self.stop_if(|job| job.document == Some(id));
    }

    /// Stops the examination of an item of the case, if one is at work.
    pub(in crate::session) fn stop_queue_item(&self) {
        self.stop_if(|job| job.kind() == JobKind::QueueItem);
    }

    /// Whether a mesh is being placed, or will be.
    pub(in crate::session) fn has_mesh_job(&self) -> bool {
        self.jobs().any(|job| job.kind() == JobKind::Mesh)
    }

    /// The job at work and those that wait.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &ExamineJob> {
        self.running.iter().map(|running| &running.job).chain(&self.waiting)
    }

    /// Gives the worker its next job if it is idle. `next_item` is asked for an item of the case
    /// when nothing else waits.
    pub(in crate::session) fn dispatch(
        &mut self,
        ws: &mut Workspace,
        next_item: impl FnOnce(&mut Workspace) -> Option<(PathBuf, bool)>,
    ) {
        self.drop_closed(&ws.documents);
        if self.running.is_none() {
            let of_item = |(path, every_frame)| ExamineJob::of_item(path, every_frame);
            let next = self.waiting.pop_front().or_else(|| next_item(ws).map(of_item));
            if let Some(job) = next {
                self.begin(ws, job);
            }
        }
        self.settle_series(ws);
    }

    /// Jobs on documents that were closed are not done.
    fn drop_closed(&mut self, documents: &Documents) {
        let is_open = |id: Option<DocumentId>| id.is_none_or(|id| documents.contains(id));
        self.waiting.retain(|job| is_open(job.document));
        self.stop_if(|job| !is_open(job.document));
    }

    fn begin(&mut self, ws: &mut Workspace, mut job: ExamineJob) {
        job.settings.trusted.clone_from(&ws.preferences.settings().trusted);
        job.settings.reference.clone_from(&ws.reference);
        let (id, kind) = (job.document, job.kind());
        let examines = matches!(job.task, ExamineTask::Examine);
        self.progress = None;
        let is_sent = self.worker.as_ref().is_none_or(|worker| {
            worker.clear_progress();
            worker.send(job.clone())
        });
        if let Some(document) = id.and_then(|id| ws.documents.get_mut(id)) {
            if examines {
                document.begin();
            } else if kind == JobKind::FullPass {
                document.begin_full_pass();
            }
            if !is_sent {
                document.fail("the examiner thread is gone; start the program again".to_owned());
            }
        }
        if examines {
            // What was to be tried belongs to faces that are forgotten.
            let is_rescoring = |job: &ExamineJob| matches!(job.task, ExamineTask::Rescore(_));
            self.waiting.retain(|job| job.document != id || !is_rescoring(job));
        }
        self.running = is_sent.then_some(RunningJob { job, gives_way: false });
    }

    /// Takes in what the worker has done; true when something changed.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        for _ in 0..MAX_EVENTS_PER_POLL {
            let Some(event) = self.worker.as_ref().and_then(Worker::next_event) else { break };
            self.take_in(ws, event);
            has_changed = true;
        }
        has_changed
    }

    /// Takes in the newest progress; true when it changed.
    pub(in crate::session) fn poll_progress(&mut self) -> bool {
        let newest = self.worker.as_ref().and_then(Worker::progress);
        let has_changed = self.running.is_some() && self.progress != newest;
        self.progress = newest;
        has_changed
    }

    /// The job at work, for people; items of the case are examined silently.
    pub(in crate::session) fn job_view(&self, documents: &Documents) -> Option<JobView> {
        let RunningJob { job, gives_way } = self.running.as_ref()?;
        let document = job.document?;
        Some(JobView {
            document,
            name: documents.get(document).map(Document::name).unwrap_or_default(),
            progress: self.progress,
            stopping: job.cancel.is_cancelled() && !gives_way,
            n_waiting: self.waiting.len(),
            is_live: job.kind() == JobKind::Trial,
        })
    }
}
