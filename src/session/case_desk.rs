//! What commands do to the open case.
//!
//! * **In**: [`CaseCommand`]s. **Out**: the [`CaseView`], jobs for the thread of the case.
//! * **Not here**: the file (`case_worker`), what comes back from it (`case_events`), masks on their
//!   way to it and from it (`case_masks`).
//!
//! Every finished stroke on an item is handed to the thread of the case at once. The item shown is
//! an ordinary [`Document`](super::Document) that knows its item; it is closed when the next one is
//! taken, so that a queue of any length never piles up.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::DocumentId;
use super::case_view::{CaseCommand, CaseView, CaseWork, QueueFilter};
use super::case_worker::{CaseWorker, Job};
use super::state::Session;
use super::worker::Wake;
use crate::annotate::MaskLabel;
use crate::case::{self, Access, ItemId, ItemState, MaskKey, StoredMask};

/// The document of jobs that belong to none.
pub(super) const NOBODY: DocumentId = DocumentId(0);
/// A person who does nothing for longer is not at work.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Time at work is kept so often.
const TIME_KEPT_EVERY: f64 = 20.0;

/// Which mask, by document and frame.
type Key = (DocumentId, usize);

/// What the session keeps of a case beside the view.
pub(super) struct CaseDesk {
    wake: Wake,
    pub(super) worker: Option<CaseWorker>,
    /// What of each mask is in the case or on its way.
    pub(super) saved: BTreeMap<Key, (u64, MaskLabel)>,
    /// Masks of the case for documents whose picture is not there yet.
    pub(super) arrived: BTreeMap<DocumentId, Vec<StoredMask>>,
    /// To be examined, the first first.
    pub(super) waiting: VecDeque<(ItemId, PathBuf)>,
    pub(super) is_asking: bool,
    /// With the item shown, when something was done last, and seconds not yet kept.
    clock: Option<(ItemId, Instant, f64)>,
}

impl CaseDesk {
    pub(super) const fn new(wake: Wake) -> Self {
        Self {
            wake,
            worker: None,
            saved: BTreeMap::new(),
            arrived: BTreeMap::new(),
            waiting: VecDeque::new(),
            is_asking: false,
            clock: None,
        }
    }

    pub(super) fn forget(&mut self, id: DocumentId) {
        self.saved.retain(|(of, _), _| *of != id);
        self.arrived.remove(&id);
    }

    pub(super) fn send(&self, job: Job) {
        if let Some(worker) = &self.worker {
            worker.send(job);
        }
    }
}

impl Session {
    pub(super) fn case_command(&mut self, command: CaseCommand) {
        match command {
            CaseCommand::New { path, author } => self.open_case(Job::New(path, author)),
            CaseCommand::Open { path, author } => self.open_case(Job::Open(path, author)),
            _ if self.view.case.is_none() => {
                self.notify("No case is open.".to_owned());
            }
            CaseCommand::Close => {
                self.leave_case();
                self.case.send(Job::Close);
            }
            CaseCommand::Survey(is_on) => {
                if let Some(case) = &mut self.view.case {
                    case.is_surveying = is_on && case.is_writable();
                }
                self.case.is_asking = false;
            }
            CaseCommand::Filter(filter) => self.filter_queue(filter),
            CaseCommand::Take(id) => self.take_item(id),
            CaseCommand::TakeNext(steps) => self.take_next(steps),
            CaseCommand::ReadBlind(is_blind) => {
                if let Some(case) = &mut self.view.case {
                    case.is_blind = is_blind;
                }
                if is_blind {
                    self.drop_masks_of_others();
                }
                self.fetch_masks();
            }
            CaseCommand::CompareReaders => {
                if let Some(case) = &mut self.view.case {
                    case.agreement = None;
                }
                self.keep_masks();
                self.case.send(Job::CompareReaders);
            }
            CaseCommand::Stop => {
                if let Some(worker) = &self.case.worker {
                    worker.stop();
                }
                if let Some(work) = self.view.case.as_mut().and_then(|case| case.work.as_mut()) {
                    work.is_stopping = true;
                }
            }
            CaseCommand::Export { format, out, copies_images } => {
                self.keep_masks();
                self.begin("Exporting", Job::Export { format, out, copies_images });
            }
            changing => self.change_case(changing),
        }
    }

    /// What needs a case that can be written to.
    fn change_case(&mut self, command: CaseCommand) {
        let Some(case) = &self.view.case else { return };
        if let Access::ReadOnly { reason } = &case.access {
            return self.notify(format!("This case is open for reading only: {reason}."));
        }
        match command {
            CaseCommand::Add(paths) => self.begin("Adding files", Job::Add(paths)),
            CaseCommand::Import(path) => self.begin("Importing", Job::Import(path)),
            CaseCommand::Rank { strategy, quotas, seed } => {
                self.case.send(Job::Rank(strategy, quotas, seed));
            }
            CaseCommand::Mark(state) => self.mark(state),
            CaseCommand::Review(agrees) => self.review_other(agrees),
            _ => {}
        }
    }

    fn begin(&mut self, what: &'static str, job: Job) {
        let Some(case) = &mut self.view.case else { return };
        if let Some(work) = &case.work {
            let text = format!("{what} has to wait: {} is not over yet.", work.what.to_lowercase());
            return self.notify(text);
        }
        case.work = Some(CaseWork { what, progress: None, is_stopping: false });
        self.case.send(job);
    }

    fn open_case(&mut self, job: Job) {
        self.leave_case();
        if self.case.worker.is_none() {
            match CaseWorker::start(Wake::clone(&self.case.wake)) {
                Ok(worker) => self.case.worker = Some(worker),
                Err(e) => return self.notify(format!("The system gives no thread: {e}")),
            }
        }
        self.case.send(job);
    }

    /// Closes the documents of items; what was drawn on them is on its way to the disk.
    pub(super) fn leave_case(&mut self) {
        self.end_stroke();
        self.keep_masks();
        self.keep_time();
        let of_items: Vec<DocumentId> =
            self.view.documents.iter().filter(|d| d.item.is_some()).map(|d| d.id).collect();
        for id in of_items {
            let is_unsaved = self.document(id).is_some_and(|d| d.n_unsaved_masks() > 0);
            if is_unsaved {
                // Of a case that cannot be written: it stays open as a file.
                if let Some(document) = self.document_mut(id) {
                    document.item = None;
                }
            } else {
                self.close_now(id);
            }
        }
        self.case.waiting.clear();
        self.case.is_asking = false;
        self.view.case = None;
    }

    fn filter_queue(&mut self, filter: QueueFilter) {
        if let Some(case) = &mut self.view.case {
            case.set_filter(filter);
        }
    }

    fn take_item(&mut self, id: ItemId) {
        let Some(row) = self.view.case.as_ref().and_then(|case| case.row(id)).cloned() else {
            return;
        };
        self.end_stroke();
        self.keep_masks();
        self.keep_time();
        let shown = self.view.document().map(|d| (d.id, d.item));
        if shown.is_some_and(|(_, item)| item == Some(id)) {
            return;
        }
        self.open(vec![row.path.to_path_buf()]);
        let Some(document) = self.active_mut() else { return };
        document.item = Some(id);
        if let Some((last, Some(_))) = shown
            && self.document(last).is_some_and(|d| d.n_unsaved_masks() == 0)
        {
            self.close_now(last);
        }
        self.fetch_masks();
        let is_writable = self.view.case.as_ref().is_some_and(CaseView::is_writable);
        if row.state == ItemState::ToDo && is_writable {
            self.case.send(Job::SetState(id, ItemState::InWork));
        }
        if row.examined == case::Examined::Waiting && is_writable {
            self.case.waiting.retain(|(other, _)| *other != id);
            self.case.waiting.push_front((id, row.path.to_path_buf()));
        }
        self.case.clock = Some((id, Instant::now(), 0.0));
    }

    fn take_next(&mut self, steps: i32) {
        let Some(case) = &self.view.case else { return };
        let shown = self.view.document().and_then(|d| d.item);
        let is_open = |at: &&usize| case.is_to_be_done(&case.rows[**at]);
        let here = case.order.iter().position(|at| Some(case.rows[*at].id) == shown);
        let next = match (here, steps < 0) {
            (Some(here), false) => {
                // Around the end, back to what was passed over.
                let (before, behind) = case.order.split_at(here + 1);
                behind.iter().chain(&before[..here]).find(is_open)
            }
            (Some(here), true) => case.order[..here].iter().rev().find(is_open),
            (None, _) => case.order.iter().find(is_open),
        };
        match next.map(|at| case.rows[*at].id) {
            Some(id) => self.take_item(id),
            None => self.notify("Nothing else is to be done in the list shown.".to_owned()),
        }
    }

    fn mark(&mut self, state: ItemState) {
        let Some((document, item)) = self.view.document().and_then(|d| Some((d.id, d.item?)))
        else {
            return self.notify("What is shown is no item of the case.".to_owned());
        };
        self.end_stroke();
        if state == ItemState::Done {
            // Nothing drawn is a decision, too: it is kept as an empty mask.
            let frame = self.document(document).and_then(super::Document::mask_frame);
            let has_mask = self.document(document).is_some_and(|d| !d.masks.is_empty());
            if !has_mask {
                let made = frame.and_then(|frame| self.mask_mut((document, frame))).is_some();
                if !made {
                    let what = "The picture is not there yet, so it cannot have been looked at.";
                    return self.notify(what.to_owned());
                }
            }
        }
        self.keep_masks_of(document, state == ItemState::Done);
        self.keep_time();
        self.case.send(Job::SetState(item, state));
        // The next one is looked for as if this one were marked already.
        if let Some(case) = &mut self.view.case {
            case.set_state(item, state);
        }
        if matches!(state, ItemState::Done | ItemState::Skipped) {
            self.take_next(1);
        }
        if let Some(case) = &mut self.view.case {
            case.arrange();
        }
    }

    fn review_other(&mut self, agrees: bool) {
        let Some(document) = self.view.document() else { return };
        let (Some(item), Some(case)) = (document.item, &self.view.case) else { return };
        let frame = document.video.as_ref().and_then(|video| video.shown);
        let Some(author) = case.other_readers.first().cloned() else {
            return self.notify("Nobody else has drawn a mask here.".to_owned());
        };
        self.case.send(Job::Review(MaskKey { item, frame, author }, agrees));
    }

    pub(super) fn fetch_masks(&self) {
        if let Some(item) = self.view.document().and_then(|d| d.item) {
            self.case.send(Job::Masks(item));
        }
    }

    /// Counts time at work: called for everything a person does.
    pub(super) fn count_time(&mut self) {
        if let Some((_, last, seconds)) = &mut self.case.clock {
            *seconds += last.elapsed().min(LONGEST_PAUSE).as_secs_f64();
            *last = Instant::now();
            if *seconds >= TIME_KEPT_EVERY {
                let (id, last) = self.keep_time().unwrap_or_else(|| (ItemId(0), Instant::now()));
                self.case.clock = Some((id, last, 0.0));
            }
        }
    }

    fn keep_time(&mut self) -> Option<(ItemId, Instant)> {
        let (id, last, seconds) = self.case.clock.take()?;
        let is_writable = self.view.case.as_ref().is_some_and(CaseView::is_writable);
        if seconds > 0.0 && is_writable {
            self.case.send(Job::AddSeconds(id, seconds));
        }
        Some((id, last))
    }
}
