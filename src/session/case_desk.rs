//! What commands and events do to the open case.
//!
//! * **In**: [`CaseCommand`]s, events of the thread of the case, masks that were drawn. **Out**: the
//!   [`CaseView`], jobs for that thread, items for the examiner.
//! * **Not here**: the file (`case_worker`), how a mask is drawn (`masks`).
//!
//! Every finished stroke on an item is handed to the thread of the case at once. The item shown is
//! an ordinary [`Document`](super::Document) that knows its item; it is closed when the next one is
//! taken, so that a queue of any length never piles up.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::case_view::{CaseCommand, CaseView, CaseWork, QueueFilter};
use super::case_worker::{CaseWorker, Event, Job};
use super::state::Session;
use super::worker::{self, Wake};
use super::{DocumentId, ExamineError};
use crate::annotate::MaskLabel;
use crate::base::{Cancel, ModelRef};
use crate::case::{self, Access, FrameRef, ItemId, ItemRow, ItemState, MaskKey, StoredMask};
use crate::curate::Examination;

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
    worker: Option<CaseWorker>,
    /// What of each mask is in the case or on its way.
    saved: BTreeMap<Key, (u64, MaskLabel)>,
    /// Masks of the case for documents whose picture is not there yet.
    arrived: BTreeMap<DocumentId, Vec<StoredMask>>,
    /// To be examined, the first first.
    waiting: VecDeque<(ItemId, PathBuf)>,
    is_asking: bool,
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

    fn send(&self, job: Job) {
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
            other if self.view.case.is_none() => {
                let _none: CaseCommand = other;
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
                self.fetch_masks();
            }
            CaseCommand::CompareReaders => self.case.send(Job::CompareReaders),
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
    fn leave_case(&mut self) {
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
            case.filter = filter;
            arrange(case);
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
        let is_open =
            |at: &&usize| matches!(case.rows[**at].state, ItemState::ToDo | ItemState::InWork);
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
            let at = case.rows.iter().position(|row| row.id == item);
            if let Some(row) = at.and_then(|at| case.rows.get_mut(at)) {
                row.state = state;
            }
        }
        if matches!(state, ItemState::Done | ItemState::Skipped) {
            self.take_next(1);
        }
        if let Some(case) = &mut self.view.case {
            arrange(case);
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

    fn fetch_masks(&self) {
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
                let (id, last) = self.keep_time().unwrap_or((ItemId(0), Instant::now()));
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

    /// Hands every mask of an item that was changed to the thread of the case; strokes in hand wait
    /// for their end.
    pub(super) fn keep_masks(&mut self) {
        let ids: Vec<DocumentId> =
            self.view.documents.iter().filter(|d| d.item.is_some()).map(|d| d.id).collect();
        for id in ids {
            self.keep_masks_of(id, false);
        }
    }

    fn keep_masks_of(&mut self, id: DocumentId, even_empty: bool) {
        let Some(case) = self.view.case.as_ref().filter(|case| case.is_writable()) else { return };
        let author = case.author.clone();
        let Some(document) = self.document(id) else { return };
        let Some(item) = document.item else { return };
        let model = document.report.as_ref().map(|report| report.model.clone());
        let model = model.or_else(|| {
            let card = &self.view.model.as_ref()?.card;
            Some(ModelRef { name: card.name.clone(), sha256: card.file.sha256.clone() })
        });
        let in_hand = self.masks.key_in_hand();
        let mut kept = Vec::new();
        for (frame, view) in &document.masks {
            let key = (id, *frame);
            let now = (view.version, view.label.clone());
            let saved = self.case.saved.get(&key);
            // One that was emptied again is kept as empty.
            let is_worth_it = saved.is_some() || view.is_unsaved() || even_empty;
            if in_hand == Some(key) || saved == Some(&now) || !is_worth_it || view.is_unreviewed()
            {
                continue;
            }
            let time = document.video.as_ref().and_then(|video| video.frames.get(*frame));
            let frame_ref = time.map(|time| {
                let (numerator, denominator) =
                    document.video.as_ref().map_or((0, 1), |video| video.info.time_base);
                let time_base = [numerator, denominator];
                FrameRef { index: time.index, pts: time.pts, time_base, t_s: time.t_s }
            });
            let mask = StoredMask {
                item,
                frame: frame_ref,
                author: author.clone(),
                mask: view.mask.as_ref().clone(),
                label: view.label.clone(),
                started_from_map_at: view.started_from_map_at,
                model: model.clone(),
                tools: view.tools.iter().map(|(tool, n)| ((*tool).to_owned(), *n)).collect(),
                at: case::now(),
                reviewer: None,
            };
            kept.push((key, now, mask));
        }
        for (key, now, mask) in kept {
            if let Some(view) = self.document_mut(id).and_then(|d| d.masks.get_mut(&key.1)) {
                view.set_saved();
            }
            self.case.send(Job::SaveMask(Box::new(mask), key, now.0));
            self.case.saved.insert(key, now);
        }
    }

    /// Takes in what the thread of the case has done; true when the view has changed.
    pub(super) fn poll_case(&mut self) -> bool {
        let mut changed = false;
        while let Some(event) = self.case.worker.as_ref().and_then(CaseWorker::take) {
            self.take_in_case(event);
            changed = true;
        }
        let progress = self.case.worker.as_ref().and_then(CaseWorker::progress);
        if let Some(work) = self.view.case.as_mut().and_then(|case| case.work.as_mut())
            && work.progress != progress
        {
            work.progress = progress;
            changed = true;
        }
        changed |= self.lay_out_masks();
        self.keep_masks();
        changed
    }

    fn take_in_case(&mut self, event: Event) {
        match event {
            Event::Opened { path, author, access, rows } => {
                if let Access::ReadOnly { reason } = &access {
                    self.notify(format!("This case is open for reading only: {reason}."));
                }
                let mut case = CaseView {
                    path,
                    author,
                    access,
                    rows,
                    order: Vec::new(),
                    filter: QueueFilter::default(),
                    strategy: None,
                    is_surveying: false,
                    is_blind: false,
                    other_readers: Vec::new(),
                    agreement: None,
                    work: None,
                    exported: None,
                };
                arrange(&mut case);
                self.view.case = Some(case);
            }
            Event::Closed => {
                // A thread that crashed closes it; closing itself has left it before.
                if self.view.case.is_some() {
                    self.leave_case();
                }
            }
            Event::Said(what) => self.notify(what),
            Event::Masks(item, masks) => self.arrive(item, masks),
            Event::Waiting(waiting) => {
                self.case.is_asking = false;
                if let Some(case) = &mut self.view.case {
                    case.is_surveying &= !waiting.is_empty();
                }
                self.case.waiting.extend(waiting);
            }
            Event::MaskNotSaved(key, version, what) => {
                self.case.saved.remove(&key);
                let view = self.document_mut(key.0).and_then(|d| d.masks.get_mut(&key.1));
                let label = view.filter(|view| view.version == version).map(|view| {
                    view.set_unsaved();
                    view.label.clone()
                });
                // Not tried again until it is drawn on: the reason would only come again.
                if let Some(label) = label {
                    self.case.saved.insert(key, (version, label));
                }
                self.notify(what);
            }
            event => {
                if let Some(said) = self.view.case.as_mut().and_then(|case| take_in(case, event)) {
                    self.notify(said);
                }
            }
        }
    }

    /// Masks of the case wait until the picture they belong to is there.
    fn arrive(&mut self, item: ItemId, masks: Vec<StoredMask>) {
        let Some(id) = self.view.documents.iter().find(|d| d.item == Some(item)).map(|d| d.id)
        else {
            return;
        };
        let Some(case) = &mut self.view.case else { return };
        let (author, is_blind) = (case.author.clone(), case.is_blind);
        if self.view.active == Some(id) {
            let mut others: Vec<String> = masks
                .iter()
                .filter(|mask| mask.author != author)
                .map(|mask| mask.author.clone())
                .collect();
            others.sort();
            others.dedup();
            case.other_readers = if is_blind { Vec::new() } else { others };
        }
        let mut chosen: BTreeMap<Option<usize>, StoredMask> = BTreeMap::new();
        for mask in masks {
            let is_own = mask.author == author;
            if is_blind && !is_own {
                continue;
            }
            let frame = mask.frame.map(|frame| frame.index);
            let is_better = chosen.get(&frame).is_none_or(|other| {
                other.author != author && (is_own || mask.at > other.at)
            });
            if is_better {
                chosen.insert(frame, mask);
            }
        }
        self.case.arrived.insert(id, chosen.into_values().collect());
    }

    /// Lays masks of the case over their pictures; what was drawn meanwhile stays.
    fn lay_out_masks(&mut self) -> bool {
        let ready: Vec<DocumentId> = self
            .case
            .arrived
            .keys()
            .filter(|id| self.document(**id).is_some_and(|d| d.image_px().is_some()))
            .copied()
            .collect();
        for id in &ready {
            for stored in self.case.arrived.remove(id).unwrap_or_default() {
                self.lay_out(*id, stored);
            }
        }
        !ready.is_empty()
    }

    fn lay_out(&mut self, id: DocumentId, stored: StoredMask) {
        let key = (id, stored.frame.map_or(0, |frame| frame.index));
        let size = self.document(id).and_then(super::Document::image_px);
        let own = self.view.case.as_ref().is_some_and(|case| case.author == stored.author);
        if size != Some([stored.mask.width_px(), stored.mask.height_px()]) {
            let what = "A mask of the case does not fit this picture: the file is not the one it \
                        was drawn on. It stays in the case.";
            return self.notify(what.to_owned());
        }
        let is_drawn_on =
            self.document(id).and_then(|d| d.masks.get(&key.1)).is_some_and(|m| m.n_set > 0);
        if is_drawn_on {
            return;
        }
        let version = self.masks.next_version();
        let Some(view) = self.mask_mut(key) else { return };
        view.take_over(stored.mask, stored.label, stored.started_from_map_at, version);
        let now = (view.version, view.label.clone());
        if own {
            self.case.saved.insert(key, now);
        }
    }

    /// The next item to be examined, when nothing else is to be done.
    pub(super) fn next_survey(&mut self) -> Option<worker::Job> {
        let case = self.view.case.as_ref()?;
        let is_wanted = case.is_surveying;
        if self.case.waiting.is_empty() && is_wanted && !self.case.is_asking {
            self.case.is_asking = true;
            self.case.send(Job::Waiting);
        }
        let shown = self.view.document().and_then(|d| d.item);
        let is_first = |first: &(ItemId, PathBuf)| is_wanted || Some(first.0) == shown;
        self.case.waiting.front().filter(|first| is_first(first))?;
        let (item, path) = self.case.waiting.pop_front()?;
        Some(worker::Job {
            document: NOBODY,
            path,
            task: worker::Task::Survey(item),
            colormap: self.view.settings.colormap,
            cancel: Cancel::default(),
            looked_at: None,
        })
    }

    /// What came of an examination in the background.
    pub(super) fn take_in_survey(
        &mut self,
        item: ItemId,
        path: PathBuf,
        result: Result<Box<Examination>, ExamineError>,
    ) {
        let result = match result {
            // It goes on as soon as there is time.
            Err(ExamineError::Cancelled(_)) => {
                return self.case.waiting.push_front((item, path));
            }
            Err(ExamineError::Failed(reason)) => {
                if let Some(case) = self.view.case.as_mut().filter(|case| case.is_surveying) {
                    case.is_surveying = false;
                    self.notify(format!("The examination in the background has stopped: {reason}"));
                }
                return self.case.waiting.clear();
            }
            Err(ExamineError::Unreadable(reason)) => Err(reason),
            Ok(examination) => Ok(examination),
        };
        self.case.send(Job::Record(item, result));
    }
}

/// What touches the view of the case alone; perhaps a sentence for people.
fn take_in(case: &mut CaseView, event: Event) -> Option<String> {
    match event {
        Event::Rows(rows) => {
            case.rows = rows;
            arrange(case);
            None
        }
        Event::Row(row) => {
            take_in_row(case, *row);
            None
        }
        Event::Ranked(strategy, said) => {
            case.strategy = Some(strategy);
            Some(said)
        }
        Event::Readers(readers) => {
            case.agreement = Some(*readers);
            None
        }
        Event::Exported(folder, said) => {
            case.exported = folder.or_else(|| case.exported.take());
            Some(said)
        }
        Event::Over => {
            case.work = None;
            None
        }
        _ => None,
    }
}

fn take_in_row(case: &mut CaseView, row: ItemRow) {
    let Some(at) = case.rows.iter().position(|other| other.id == row.id) else { return };
    let moves = |a: &ItemRow, b: &ItemRow, filter: &QueueFilter| {
        a.rank != b.rank || filter.shows(a) != filter.shows(b)
    };
    let is_moved = moves(&case.rows[at], &row, &case.filter);
    case.rows[at] = row;
    if is_moved {
        arrange(case);
    }
}

/// Chooses and orders what is shown.
fn arrange(case: &mut CaseView) {
    let CaseView { rows, order, filter, .. } = case;
    order.clear();
    order.extend(rows.iter().enumerate().filter(|(_, row)| filter.shows(row)).map(|(at, _)| at));
    order.sort_by_key(|at| (rows[*at].rank.is_none(), rows[*at].rank, *at));
}
