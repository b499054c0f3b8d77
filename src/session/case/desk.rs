//! What commands do to the open case.
//!
//! * **In**: [`CaseCommand`]s. **Out**: the [`CaseView`], jobs for the thread of the case.
//! * **Not here**: the file (`case_worker`), what comes back from it (`case_events`), masks on their
//!   way to it (`case_keep`) and from it (`case_masks`).
//!
//! Every finished stroke on an item is handed to the thread of the case at once. The item shown is
//! an ordinary [`Document`](crate::session::Document) that knows its item; it is closed when the next one is
//! taken, so that a queue of any length never piles up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::annotate::MaskLabel;
use crate::base::Cancel;
use crate::case::{self, Access, ItemId, ItemState, MaskKey, StoredMask};
use crate::session::case::beside::Long;
use crate::session::case::command::CaseCommand;
use crate::session::case::keep::{Keep, OnItsWay};
use crate::session::case::view::{CaseView, CaseWork, QueueFilter};
use crate::session::case::worker::{CaseWorker, Epoch, Job};
use crate::session::examine::queue::Kind;
use crate::session::examine::worker::Wake;
use crate::session::router::Session;
use crate::session::{DocumentId, DocumentState};

/// The document of jobs that belong to none.
pub(in crate::session) const NOBODY: DocumentId = DocumentId(0);
/// A person who does nothing for longer is not at work.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Time at work is kept so often.
const TIME_KEPT_EVERY: f64 = 20.0;

/// Which mask, by document and frame.
pub(in crate::session) type Key = (DocumentId, usize);

/// Time spent on the item of a document.
struct Clock {
    document: DocumentId,
    item: ItemId,
    /// When something was done last.
    last: Instant,
    /// Not yet kept.
    seconds: f64,
}

/// What the session keeps of a case beside the view.
pub(in crate::session) struct CaseDesk {
    wake: Wake,
    pub(in crate::session) worker: Option<CaseWorker>,
    /// Raised whenever a case is left.
    pub(in crate::session) epoch: Epoch,
    /// What of each mask is in the case or on its way.
    pub(in crate::session) saved: BTreeMap<Key, (u64, MaskLabel)>,
    /// Masks handed over that were not answered yet, by ticket.
    pub(in crate::session) on_way: BTreeMap<u64, OnItsWay>,
    pub(in crate::session) last_ticket: u64,
    /// Masks that could not be saved.
    pub(in crate::session) failed: BTreeSet<Key>,
    /// Words that may still be added to.
    pub(in crate::session) said: BTreeMap<Key, (MaskLabel, Instant)>,
    /// Documents that are closed as soon as their masks are on the disk.
    pub(in crate::session) leaving: BTreeSet<DocumentId>,
    /// Masks of the case for documents whose picture is not there yet.
    pub(in crate::session) arrived: BTreeMap<DocumentId, Vec<StoredMask>>,
    /// Documents whose masks of the case are there.
    pub(in crate::session) fetched: BTreeSet<DocumentId>,
    /// Hash of the file of each item that is open, and whether the case knows another one.
    pub(in crate::session) checked: BTreeMap<DocumentId, (String, bool)>,
    /// To be examined, the first first.
    pub(in crate::session) waiting: VecDeque<(ItemId, PathBuf)>,
    pub(in crate::session) is_asking: bool,
    /// Being examined in the background.
    pub(in crate::session) surveyed: Option<(Epoch, ItemId, PathBuf)>,
    /// Examinations that failed one after the other.
    pub(in crate::session) n_failures: u32,
    /// Of the long work wished for last.
    cancel: Cancel,
    clock: Option<Clock>,
}

impl CaseDesk {
    pub(in crate::session) fn new(wake: Wake) -> Self {
        Self {
            wake,
            worker: None,
            epoch: 0,
            saved: BTreeMap::new(),
            on_way: BTreeMap::new(),
            last_ticket: 0,
            failed: BTreeSet::new(),
            said: BTreeMap::new(),
            leaving: BTreeSet::new(),
            arrived: BTreeMap::new(),
            fetched: BTreeSet::new(),
            checked: BTreeMap::new(),
            waiting: VecDeque::new(),
            is_asking: false,
            surveyed: None,
            n_failures: 0,
            cancel: Cancel::default(),
            clock: None,
        }
    }

    pub(in crate::session) fn forget(&mut self, id: DocumentId) {
        self.saved.retain(|(of, _), _| *of != id);
        self.failed.retain(|(of, _)| *of != id);
        self.said.retain(|(of, _), _| *of != id);
        self.leaving.remove(&id);
        self.arrived.remove(&id);
        self.fetched.remove(&id);
        self.checked.remove(&id);
        self.clock.take_if(|clock| clock.document == id);
    }

    /// Forgets what belongs to the case that is left. What is on its way is still answered.
    fn forget_case(&mut self) {
        self.epoch += 1;
        self.cancel.cancel();
        self.saved.clear();
        self.failed.clear();
        self.said.clear();
        self.arrived.clear();
        self.fetched.clear();
        self.checked.clear();
        self.waiting.clear();
        self.is_asking = false;
        self.n_failures = 0;
        self.clock = None;
    }

    pub(in crate::session) fn send(&self, job: Job) {
        if let Some(worker) = &self.worker {
            worker.send(self.epoch, job);
        }
    }

    /// Stops long work at its next safe point, or before it begins.
    pub(in crate::session) fn stop(&self) {
        self.cancel.cancel();
    }
}

impl Session {
    pub(in crate::session) fn case_command(&mut self, command: CaseCommand) {
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
                self.case.n_failures = 0;
            }
            CaseCommand::SurveyAgain => self.survey_again(),
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
                if let Some(case) = self.view.case.as_mut().filter(|case| case.work.is_none()) {
                    case.agreement = None;
                }
                self.keep_masks(Keep::All);
                self.begin("Comparing readers", Long::CompareReaders);
            }
            CaseCommand::Stop => {
                self.case.stop();
                if let Some(work) = self.view.case.as_mut().and_then(|case| case.work.as_mut()) {
                    work.is_stopping = true;
                }
            }
            CaseCommand::Export { format, out, copies_images } => {
                self.keep_masks(Keep::All);
                self.begin("Exporting", Long::Export { format, out, copies_images });
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
            CaseCommand::Add(paths) => self.begin("Adding files", Long::Add(paths)),
            CaseCommand::Import(path) => self.begin("Importing", Long::Import(path)),
            CaseCommand::Rank { strategy, quotas, seed } => {
                self.begin("Ranking", Long::Rank(strategy, quotas, seed));
            }
            CaseCommand::Mark(state) => self.mark(state),
            CaseCommand::Review(agrees) => self.review_other(agrees),
            _ => {}
        }
    }

    fn begin(&mut self, what: &'static str, long: Long) {
        let Some(case) = &mut self.view.case else { return };
        if let Some(work) = &case.work {
            let text = format!("{what} has to wait: {} is not over yet.", work.what.to_lowercase());
            return self.notify(text);
        }
        case.work = Some(CaseWork { what, progress: None, is_stopping: false });
        self.case.cancel = Cancel::default();
        self.case.send(Job::Long(long, self.case.cancel.clone()));
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

    /// Closes the documents of items; what was drawn on them is on its way to the disk. What comes
    /// late belongs to no case any more.
    pub(in crate::session) fn leave_case(&mut self) {
        self.end_stroke();
        self.keep_masks(Keep::All);
        self.keep_time();
        if let Some(running) = self.running.as_ref().filter(|r| r.kind == Kind::Survey) {
            running.cancel.cancel();
        }
        self.let_items_go();
        self.case.forget_case();
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
        let shown = self.view.document().map(|d| (d.id, d.item));
        if shown.is_some_and(|(_, item)| item == Some(id)) {
            return;
        }
        self.end_stroke();
        self.keep_masks(Keep::All);
        self.keep_time();
        self.open(vec![row.path.to_path_buf()]);
        let Some(document) = self.active_mut() else { return };
        document.item = Some(id);
        let (document, state) = (document.id, document.state.clone());
        if state == DocumentState::Cancelled {
            self.examine_again(document);
        }
        self.case.leaving.remove(&document);
        if let Some(case) = &mut self.view.case {
            case.other_readers.clear();
            case.agreed.clear();
        }
        if let Some((last, Some(_))) = shown {
            self.put_away(last);
        }
        let is_writable = self.view.case.as_ref().is_some_and(CaseView::is_writable);
        if row.state == ItemState::ToDo && is_writable {
            self.case.send(Job::SetState(id, ItemState::InWork));
        }
        self.fetch_masks();
        if row.examined == case::Examined::Waiting && is_writable {
            self.case.waiting.retain(|(other, _)| *other != id);
            let is_at_it = self.case.surveyed.as_ref().is_some_and(|(_, item, _)| *item == id);
            if !is_at_it {
                self.case.waiting.push_front((id, row.path.to_path_buf()));
            }
        }
        self.start_clock();
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
        let keep = if state == ItemState::Done { Keep::Decision } else { Keep::All };
        if state == ItemState::Done {
            if let Err(why) = self.may_be_done(document) {
                return self.notify(why);
            }
            // Nothing drawn is a decision, too: it is kept as an empty mask.
            let frame = self.document(document).and_then(crate::session::Document::mask_frame);
            let has_mask = self.document(document).is_some_and(|d| !d.masks.is_empty());
            if let Some(frame) = frame.filter(|_| !has_mask) {
                self.mask_mut((document, frame));
            }
        }
        self.keep_masks_of(document, keep);
        self.keep_time();
        // A mask that cannot be saved keeps it from being done.
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
        if self.case.clock.is_none() {
            self.start_clock();
        }
    }

    fn review_other(&mut self, agrees: bool) {
        let document = self.view.document();
        let Some((case, item)) = self.view.case.as_ref().zip(document.and_then(|d| d.item)) else {
            return;
        };
        match case.agreeable(document) {
            Ok((author, frame)) => {
                self.case.send(Job::Review(MaskKey { item, frame, author }, agrees));
            }
            Err(why) => self.notify(why),
        }
    }

    /// Counts time at work: called for everything a person does. What is done in other files is not
    /// time spent on the item.
    pub(in crate::session) fn count_time(&mut self) {
        let shown = self.view.document().and_then(|d| Some((d.id, d.item?)));
        let Some(clock) = &mut self.case.clock else { return };
        let passed = clock.last.elapsed().min(LONGEST_PAUSE);
        clock.last = Instant::now();
        if shown != Some((clock.document, clock.item)) {
            return;
        }
        clock.seconds += passed.as_secs_f64();
        if clock.seconds >= TIME_KEPT_EVERY {
            self.keep_time();
            self.start_clock();
        }
    }

    /// Of the item shown.
    fn start_clock(&mut self) {
        let shown = self.view.document().and_then(|d| Some((d.id, d.item?)));
        self.case.clock = shown.map(|(document, item)| Clock {
            document,
            item,
            last: Instant::now(),
            seconds: 0.0,
        });
    }

    /// Hands the time counted so far to the case, and counts no more.
    pub(in crate::session) fn keep_time(&mut self) {
        let Some(Clock { item, seconds, .. }) = self.case.clock.take() else { return };
        let is_writable = self.view.case.as_ref().is_some_and(CaseView::is_writable);
        if seconds > 0.0 && is_writable {
            self.case.send(Job::AddSeconds(item, seconds));
        }
    }

    /// Before a document is closed.
    pub(in crate::session) fn keep_time_of(&mut self, id: DocumentId) {
        if self.case.clock.as_ref().is_some_and(|clock| clock.document == id) {
            self.keep_time();
        }
    }
}
