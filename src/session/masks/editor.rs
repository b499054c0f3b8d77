//! The part that edits masks: its state and its worker.

use std::collections::VecDeque;
use std::sync::Arc;

use super::command::{MaskCommand, MaskQuestion};
use super::job::{Finished, MaskJob, MaskTask};
use super::marks::{Marks, MarksInput};
use super::pending::{AdjustableStep, AwaitedPart, KnownMesh};
use super::work::MaskHandler;
use crate::annotate::Mask;
use crate::session::document::id::{DocumentId, DrawnMaskKey};
use crate::session::view::projection::MasksView;
use crate::session::worker::{AtEnd, Wake, Worker, WorkerOptions};
use crate::session::workspace::Workspace;

/// How the worker is set up: at most one job that changes a mask and one that marks go on at a
/// time.
const WORKER: WorkerOptions =
    WorkerOptions { name: "masks", max_jobs: 4, max_events: 4, at_end: AtEnd::Finish };

pub(in crate::session) struct MaskEditor {
    wake: Wake,
    /// Started with the first job.
    worker: Option<Worker<MaskJob, Finished>>,
    /// Jobs not yet handed to the worker.
    pub(super) jobs: VecDeque<MaskJob>,
    pub(super) is_editing: bool,
    /// What takes a moment, for people. Commands that come meanwhile wait.
    pub(super) doing: Option<&'static str>,
    /// Commands that wait, oldest first. Those of a closed document do nothing when their turn
    /// comes.
    pub(super) waiting: VecDeque<(DrawnMaskKey, MaskCommand)>,
    /// How hard the pen is pressed when the next stroke begins, `0.0..=1.0`.
    pub(super) next_pressure: f32,
    /// The command being done, if its step can be adjusted afterwards.
    pub(super) adjustable_command: Option<MaskCommand>,
    pub(super) adjustable_step: Option<AdjustableStep>,
    pub(super) awaited_part: Option<AwaitedPart>,
    pub(super) known_mesh: Option<KnownMesh>,
    pub(super) marks: Marks,
    pub(super) question: Option<MaskQuestion>,
    /// The document to be closed as soon as its masks are saved.
    pub(super) closes_when_saved: Option<DocumentId>,
}

impl MaskEditor {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self {
            wake,
            worker: None,
            jobs: VecDeque::new(),
            is_editing: false,
            doing: None,
            waiting: VecDeque::new(),
            next_pressure: 1.0,
            adjustable_command: None,
            adjustable_step: None,
            awaited_part: None,
            known_mesh: None,
            marks: Marks::default(),
            question: None,
            closes_when_saved: None,
        }
    }

    /// What a front end sees.
    pub(in crate::session) const fn view(&self) -> MasksView<'_> {
        MasksView {
            is_editing: self.is_editing,
            doing: self.doing,
            marked: self.marks.shown(),
            question: self.question.as_ref(),
        }
    }

    /// Whether a mask is about to change: a job or a mesh is awaited.
    pub(in crate::session) const fn is_busy(&self) -> bool {
        self.doing.is_some()
    }

    /// Asks whether a document with unsaved masks is to be closed.
    pub(in crate::session) fn ask_before_closing(&mut self, id: DocumentId) {
        self.question = Some(MaskQuestion::Close(id));
    }

    /// Starts a task for the mask of a frame, which is made when there is none.
    pub(super) fn start_task(&mut self, ws: &mut Workspace, key: DrawnMaskKey, task: MaskTask) {
        let Some(mask) = ws.documents.mask_mut(key) else { return };
        let (version, mask) = (mask.version, Arc::clone(&mask.mask));
        self.start_job(MaskJob { key, mask, version, replaces: false, task });
    }

    pub(super) fn start_job(&mut self, job: MaskJob) {
        self.doing = Some(job.label());
        self.jobs.push_back(job);
    }

    /// Hands jobs to the worker. Called when a command or a poll is done.
    pub(in crate::session) fn send_jobs(&mut self, ws: &mut Workspace) {
        self.mark(ws);
        while let Some(job) = self.jobs.pop_front() {
            let is_mark = job.is_mark();
            let is_sent = match self.worker() {
                Ok(worker) => worker.send(job),
                Err(e) => {
                    ws.notify(format!("Could not start a background thread for masks: {e}"));
                    false
                }
            };
            match (is_sent, is_mark) {
                (true, _) => {}
                (false, true) => self.marks.is_running = false,
                (false, false) => self.doing = None,
            }
        }
    }

    /// Has the marks made for what is shown, if masks are edited and the marks are out of date.
    pub(super) fn mark(&mut self, ws: &Workspace) {
        if !self.is_editing || self.marks.is_running || self.is_busy() {
            return;
        }
        let Some(key) = ws.documents.shown_mask_key() else { return };
        let Some(document) = ws.documents.get(key.0) else { return };
        let Some([w, h]) = document.image_px() else { return };
        let threshold = ws.overlay_style().threshold;
        let input = MarksInput { key, threshold, maps: document.heatmaps() };
        if self.marks.input.as_ref().is_some_and(|old| old.is_same(&input)) {
            return;
        }
        let task = MaskTask::Mark { maps: input.maps.clone(), threshold };
        let mask = Arc::new(Mask::new(w, h));
        self.jobs.push_back(MaskJob { key, mask, version: 0, replaces: false, task });
        (self.marks.is_running, self.marks.input) = (true, Some(input));
    }

    fn worker(&mut self) -> std::io::Result<&Worker<MaskJob, Finished>> {
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(WORKER, Wake::clone(&self.wake), MaskHandler::default)?,
        };
        Ok(self.worker.insert(worker))
    }

    /// Takes in what the worker has done; true when something changed.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace) -> bool {
        let mut has_changed = false;
        while let Some(finished) = self.worker.as_ref().and_then(Worker::next_event) {
            self.take_in(ws, finished);
            has_changed = true;
        }
        has_changed
    }

    /// Takes in one result and goes on with what waits.
    pub(super) fn take_in(&mut self, ws: &mut Workspace, finished: Finished) {
        self.finish_job(ws, finished);
        self.do_waiting(ws);
    }
}
