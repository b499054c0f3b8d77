//! The part that works on a case: its state, opening and leaving a case, work in the background.

use super::background::BackgroundWork;
use super::job::{CaseJob, Epoch};
use super::mask_state::{PendingSaves, SaveScope};
use super::survey_queue::Survey;
use super::threads::CaseThreads;
use super::view::{CaseView, CaseWork};
use super::work_clock::WorkClock;
use crate::base::Cancel;
use crate::session::document::id::DocumentId;
use crate::session::request::Request;
use crate::session::worker::Wake;
use crate::session::workspace::Workspace;

/// Works on a case and its queue.
pub(in crate::session) struct CaseController {
    wake: Wake,
    /// Started with the first case.
    pub(super) threads: Option<CaseThreads>,
    pub(super) open: Option<CaseView>,
    pub(super) epoch: Epoch,
    pub(super) pending_saves: PendingSaves,
    pub(super) survey: Survey,
    /// Stops the work in the background.
    cancel: Cancel,
    pub(super) clock: Option<WorkClock>,
}

impl CaseController {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self {
            wake,
            threads: None,
            open: None,
            epoch: 0,
            pending_saves: PendingSaves::default(),
            survey: Survey::default(),
            cancel: Cancel::default(),
            clock: None,
        }
    }

    pub(in crate::session) const fn open(&self) -> Option<&CaseView> {
        self.open.as_ref()
    }

    pub(super) fn is_writable(&self) -> bool {
        self.open.as_ref().is_some_and(CaseView::is_writable)
    }

    /// Has the writer do something with the open case.
    pub(super) fn send(&self, job: CaseJob) {
        if let Some(threads) = &self.threads {
            threads.send(self.epoch, job);
        }
    }

    /// Leaves the open case and opens or creates another one.
    pub(super) fn open_case(&mut self, ws: &mut Workspace, job: CaseJob) {
        self.leave_case(ws);
        if self.threads.is_none() {
            match CaseThreads::start(&self.wake) {
                Ok(threads) => self.threads = Some(threads),
                Err(e) => return ws.notify(format!("Could not start a background thread: {e}")),
            }
        }
        self.send(job);
    }

    /// Leaves the open case. Its masks are sent to the writer first; their documents close when they
    /// are saved. Later events of this case are ignored.
    pub(super) fn leave_case(&mut self, ws: &mut Workspace) {
        self.save_before_leaving(ws);
        ws.request(Request::StopQueueItem);
        let items = ws.documents.iter().filter(|d| d.item.is_some());
        let items: Vec<DocumentId> = items.map(|d| d.id).collect();
        for id in items {
            self.close_when_saved(ws, id);
        }
        for document in ws.documents.iter_mut() {
            document.leave_case();
        }
        self.epoch += 1;
        self.cancel.cancel();
        self.survey.clear();
        self.clock = None;
        self.open = None;
    }

    /// Sends everything that was drawn, and the time at work, to the writer.
    pub(in crate::session) fn save_before_leaving(&mut self, ws: &mut Workspace) {
        ws.documents.end_strokes();
        self.save_masks(ws, None, SaveScope::AllChanges);
        self.save_time();
    }

    /// Starts work in the background, of which there is one at a time.
    pub(super) fn start_work(&mut self, ws: &mut Workspace, work: BackgroundWork) {
        let what = work.label();
        let Some(case) = &mut self.open else { return };
        if let Some(running) = &case.work {
            let running = running.what.to_lowercase();
            return ws.notify(format!("{what} has to wait: {running} is not over yet."));
        }
        case.work = Some(CaseWork { what, progress: None, is_stopping: false });
        self.cancel = Cancel::default();
        if let Some(threads) = &self.threads {
            threads.start_background(self.epoch, work, self.cancel.clone());
        }
    }

    /// Stops work in the background at its next safe point, or before it begins.
    pub(in crate::session) fn stop_work(&mut self) {
        self.cancel.cancel();
        if let Some(work) = self.open.as_mut().and_then(|case| case.work.as_mut()) {
            work.is_stopping = true;
        }
    }
}
