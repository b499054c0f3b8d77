//! What commands do to the open case.
//!
//! The item shown is an ordinary document that knows its item; it is closed when the next one is
//! taken, so that a queue of any length never piles up.

use super::beside::Long;
use super::clock::Clock;
use super::command::CaseCommand;
use super::desk::CaseDesk;
use super::keep_state::Keep;
use super::worker::Job;
use crate::case::{self, Access, ItemId, ItemState, MaskKey};
use crate::session::document::id::DocumentId;
use crate::session::document::open::DocumentState;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

/// Seconds at work after which they are handed to the case.
const TIME_KEPT_EVERY_S: f64 = 20.0;

impl CaseDesk {
    pub(in crate::session) fn command(&mut self, ws: &mut Workspace, command: CaseCommand) {
        match command {
            CaseCommand::New { path, author } => self.open_case(ws, Job::New(path, author)),
            CaseCommand::Open { path, author } => self.open_case(ws, Job::Open(path, author)),
            _ if self.open.is_none() => ws.notify("No case is open."),
            CaseCommand::Close => {
                self.leave_case(ws);
                self.send(Job::Close);
            }
            CaseCommand::Survey(is_on) => {
                if let Some(case) = &mut self.open {
                    case.is_surveying = is_on && case.is_writable();
                }
                self.is_asking = false;
                self.n_failures = 0;
            }
            CaseCommand::SurveyAgain => self.survey_again(ws),
            CaseCommand::Filter(filter) => {
                self.open.iter_mut().for_each(|case| case.set_filter(filter.clone()));
            }
            CaseCommand::Take(id) => self.take_item(ws, id),
            CaseCommand::TakeNext(steps) => self.take_next(ws, steps),
            CaseCommand::ReadBlind(is_blind) => {
                if let Some(case) = &mut self.open {
                    case.is_blind = is_blind;
                }
                if is_blind {
                    self.drop_masks_of_others(ws);
                }
                self.fetch_masks(ws);
            }
            CaseCommand::CompareReaders => {
                if let Some(case) = self.open.as_mut().filter(|case| case.work.is_none()) {
                    case.agreement = None;
                }
                self.keep_masks(ws, Keep::All);
                self.begin(ws, "Comparing readers", Long::CompareReaders);
            }
            CaseCommand::Stop => {
                self.stop();
                if let Some(work) = self.open.as_mut().and_then(|case| case.work.as_mut()) {
                    work.is_stopping = true;
                }
            }
            CaseCommand::Export { format, out, copies_images } => {
                self.keep_masks(ws, Keep::All);
                self.begin(ws, "Exporting", Long::Export { format, out, copies_images });
            }
            changing => self.change_case(ws, changing),
        }
    }

    /// What needs a case that can be written to.
    fn change_case(&mut self, ws: &mut Workspace, command: CaseCommand) {
        let Some(case) = &self.open else { return };
        if let Access::ReadOnly { reason } = &case.access {
            return ws.notify(format!("This case is open for reading only: {reason}."));
        }
        match command {
            CaseCommand::Add(paths) => self.begin(ws, "Adding files", Long::Add(paths)),
            CaseCommand::Import(path) => self.begin(ws, "Importing", Long::Import(path)),
            CaseCommand::Rank { strategy, quotas, seed } => {
                self.begin(ws, "Ranking", Long::Rank(strategy, quotas, seed));
            }
            CaseCommand::Mark(state) => self.mark(ws, state),
            CaseCommand::Review(agrees) => self.review_other(ws, agrees),
            _ => {}
        }
    }

    fn take_item(&mut self, ws: &mut Workspace, id: ItemId) {
        let Some(row) = self.open.as_ref().and_then(|case| case.row(id)).cloned() else {
            return;
        };
        let shown = ws.documents.active().map(|d| (d.id, d.item));
        if shown.is_some_and(|(_, item)| item == Some(id)) {
            return;
        }
        self.save_before_leaving(ws);
        ws.open(&[row.path.to_path_buf()]);
        let Some(document) = ws.documents.active_mut() else { return };
        document.item = Some(id);
        if document.state == DocumentState::Cancelled {
            let document = document.id;
            ws.request(Request::ExamineAgain(document));
        }
        if let Some(case) = &mut self.open {
            case.other_readers.clear();
            case.agreed.clear();
        }
        if let Some((last, Some(_))) = shown {
            self.put_away(ws, last);
        }
        let is_writable = self.is_writable();
        if row.state == ItemState::ToDo && is_writable {
            self.send(Job::SetState(id, ItemState::InWork));
        }
        self.fetch_masks(ws);
        if row.examined == case::Examined::Waiting && is_writable {
            self.waiting.retain(|(other, _)| *other != id);
            let is_at_it = self.examined_item.as_ref().is_some_and(|(_, item, _)| *item == id);
            if !is_at_it {
                self.waiting.push_front((id, row.path.to_path_buf()));
            }
        }
        self.start_clock(ws);
    }

    fn take_next(&mut self, ws: &mut Workspace, steps: i32) {
        let Some(case) = &self.open else { return };
        let shown = ws.documents.active().and_then(|d| d.item);
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
            Some(id) => self.take_item(ws, id),
            None => ws.notify("Nothing else is to be done in the list shown."),
        }
    }

    fn mark(&mut self, ws: &mut Workspace, state: ItemState) {
        ws.documents.end_strokes();
        let Some((document, item)) = ws.documents.active().and_then(|d| Some((d.id, d.item?)))
        else {
            return ws.notify("What is shown is no item of the case.");
        };
        let keep = if state == ItemState::Done { Keep::Decision } else { Keep::All };
        if state == ItemState::Done {
            if let Err(why) = self.may_be_done(ws, document) {
                return ws.notify(why);
            }
            keep_nothing_as_empty_mask(ws, document);
        }
        self.keep_masks_of(ws, document, keep);
        self.keep_time();
        // A mask that cannot be saved keeps it from being done.
        self.send(Job::SetState(item, state));
        // The next one is looked for as if this one were marked already.
        if let Some(case) = &mut self.open {
            case.set_state(item, state);
        }
        if matches!(state, ItemState::Done | ItemState::Skipped) {
            self.take_next(ws, 1);
        }
        if let Some(case) = &mut self.open {
            case.arrange();
        }
        if self.clock.is_none() {
            self.start_clock(ws);
        }
    }

    fn review_other(&self, ws: &mut Workspace, agrees: bool) {
        let document = ws.documents.active();
        let Some((case, item)) = self.open.as_ref().zip(document.and_then(|d| d.item)) else {
            return;
        };
        match case.agreeable(document) {
            Ok((author, frame)) => {
                self.send(Job::Review(MaskKey { item, frame, author }, agrees));
            }
            Err(why) => ws.notify(why),
        }
    }

    /// Counts time at work: called for everything a person does.
    pub(in crate::session) fn count_time(&mut self, ws: &Workspace) {
        let Some(clock) = &mut self.clock else { return };
        clock.count(ws.documents.active().and_then(|d| Some((d.id, d.item?))));
        if clock.seconds >= TIME_KEPT_EVERY_S {
            self.keep_time();
            self.start_clock(ws);
        }
    }

    /// Counts the time spent on the item shown.
    fn start_clock(&mut self, ws: &Workspace) {
        let shown = ws.documents.active().and_then(|d| Some((d.id, d.item?)));
        self.clock = shown.map(|(document, item)| Clock::start(document, item));
    }

    /// Hands the time counted so far to the case, and counts no more.
    pub(super) fn keep_time(&mut self) {
        let Some(Clock { item, seconds, .. }) = self.clock.take() else { return };
        if seconds > 0.0 && self.is_writable() {
            self.send(Job::AddSeconds(item, seconds));
        }
    }

    /// A document is closed: the time spent on it is kept.
    pub(in crate::session) fn before_close(&mut self, id: DocumentId) {
        if self.clock.as_ref().is_some_and(|clock| clock.document == id) {
            self.keep_time();
        }
    }
}

/// Nothing drawn is a decision, too: it is kept as an empty mask.
fn keep_nothing_as_empty_mask(ws: &mut Workspace, id: DocumentId) {
    let Some(document) = ws.documents.get_mut(id).filter(|d| d.masks.is_empty()) else { return };
    if let Some(frame) = document.mask_frame() {
        document.mask_mut(frame);
    }
}
