//! The part that works on a case: its state, opening and leaving it.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use super::beside::Long;
use super::clock::Clock;
use super::keep_state::{Keep, PendingSave};
use super::view::{CaseView, CaseWork};
use super::worker::{CaseWorker, Epoch, Job};
use crate::base::Cancel;
use crate::case::ItemId;
use crate::session::request::Request;
use crate::session::worker::Wake;
use crate::session::workspace::Workspace;

/// Works on a case and its queue.
pub(in crate::session) struct CaseDesk {
    wake: Wake,
    /// Started with the first case.
    pub(super) worker: Option<CaseWorker>,
    /// The open case.
    pub(super) open: Option<CaseView>,
    /// Raised whenever a case is left.
    pub(super) epoch: Epoch,
    /// Masks handed over that were not answered yet, by ticket.
    pub(super) pending_saves: BTreeMap<u64, PendingSave>,
    pub(super) last_ticket: u64,
    /// Items to be examined in the background, the first first.
    pub(super) waiting: VecDeque<(ItemId, PathBuf)>,
    /// More items to be examined were asked for.
    pub(super) is_asking: bool,
    /// The item being examined in the background.
    pub(super) examined_item: Option<(Epoch, ItemId, PathBuf)>,
    /// Examinations that failed one after the other.
    pub(super) n_failures: u32,
    /// Stops the long work asked for last.
    cancel: Cancel,
    pub(super) clock: Option<Clock>,
}

impl CaseDesk {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self {
            wake,
            worker: None,
            open: None,
            epoch: 0,
            pending_saves: BTreeMap::new(),
            last_ticket: 0,
            waiting: VecDeque::new(),
            is_asking: false,
            examined_item: None,
            n_failures: 0,
            cancel: Cancel::default(),
            clock: None,
        }
    }

    /// The open case.
    pub(in crate::session) const fn open(&self) -> Option<&CaseView> {
        self.open.as_ref()
    }

    /// Whether a case is open that can be changed.
    pub(super) fn is_writable(&self) -> bool {
        self.open.as_ref().is_some_and(CaseView::is_writable)
    }

    pub(super) fn send(&self, job: Job) {
        if let Some(worker) = &self.worker {
            worker.send(self.epoch, job);
        }
    }

    /// Stops long work at its next safe point, or before it begins.
    pub(in crate::session) fn stop(&self) {
        self.cancel.cancel();
    }

    /// Begins long work; one at a time.
    pub(super) fn begin(&mut self, ws: &mut Workspace, what: &'static str, long: Long) {
        let Some(case) = &mut self.open else { return };
        if let Some(work) = &case.work {
            let running = work.what.to_lowercase();
            return ws.notify(format!("{what} has to wait: {running} is not over yet."));
        }
        case.work = Some(CaseWork { what, progress: None, is_stopping: false });
        self.cancel = Cancel::default();
        self.send(Job::Long(long, self.cancel.clone()));
    }

    /// Leaves the open case and opens another one.
    pub(super) fn open_case(&mut self, ws: &mut Workspace, job: Job) {
        self.leave_case(ws);
        if self.worker.is_none() {
            match CaseWorker::start(Wake::clone(&self.wake)) {
                Ok(worker) => self.worker = Some(worker),
                Err(e) => {
                    return ws.notify(format!("Could not start a background thread: {e}"));
                }
            }
        }
        self.send(job);
    }

    /// Closes the documents of items; what was drawn on them is on its way to the disk. What comes
    /// late belongs to no case any more.
    pub(super) fn leave_case(&mut self, ws: &mut Workspace) {
        self.save_before_leaving(ws);
        ws.request(Request::StopQueueItem);
        self.let_items_go(ws);
        self.forget_case(ws);
    }

    /// Hands all that was drawn, and the time at work, to the case.
    pub(in crate::session) fn save_before_leaving(&mut self, ws: &mut Workspace) {
        ws.documents.end_strokes();
        self.keep_masks(ws, Keep::All);
        self.keep_time();
    }

    /// Forgets what belongs to the case that is left. Masks on their way are still answered.
    fn forget_case(&mut self, ws: &mut Workspace) {
        self.epoch += 1;
        self.cancel.cancel();
        ws.documents.iter_mut().for_each(|document| document.case_item.leave_case());
        self.waiting.clear();
        self.is_asking = false;
        self.n_failures = 0;
        self.clock = None;
        self.open = None;
    }
}
