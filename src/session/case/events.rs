//! What events of the thread of the case do, and the examination of items in the background.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::desk::CaseDesk;
use super::keep_state::Keep;
use super::view::CaseView;
use super::worker::{CaseWorker, Epoch, Event, Job};
use crate::case::{Access, Examined, ItemId};
use crate::curate::Examination;
use crate::session::examine::error::ExamineError;
use crate::session::workspace::Workspace;

/// After so many failures one after the other the examination in the background stops: it is not
/// the files.
const MAX_FAILURES: u32 = 5;

impl CaseDesk {
    /// Takes in what the thread of the case has done; true when the view has changed.
    /// `is_mask_busy` when a mask is about to change: then masks of the case wait.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace, is_mask_busy: bool) -> bool {
        let mut changed = false;
        while let Some(event) = self.worker.as_ref().and_then(CaseWorker::take) {
            let (epoch, event) = event;
            self.take_in_case(ws, epoch, event);
            changed = true;
        }
        let progress = self.worker.as_ref().and_then(CaseWorker::progress);
        if let Some(work) = self.open.as_mut().and_then(|case| case.work.as_mut())
            && work.progress != progress
        {
            work.progress = progress;
            changed = true;
        }
        self.check_media(ws);
        changed |= self.lay_out_masks(ws, is_mask_busy);
        self.keep_masks(ws, Keep::Strokes);
        changed
    }

    fn take_in_case(&mut self, ws: &mut Workspace, epoch: Epoch, event: Event) {
        match event {
            // Whichever case it belongs to.
            Event::Said(what) => return ws.notify(what),
            Event::MaskSaved(ticket) => return self.take_in_saved(ws, ticket),
            Event::MaskNotSaved(ticket, what) => return self.take_in_not_saved(ws, ticket, &what),
            Event::Exported(_, said) if epoch != self.epoch => return ws.notify(said),
            _ if epoch != self.epoch => return,
            _ => {}
        }
        match event {
            Event::Opened { path, author, access, rows, read } => {
                if let Access::ReadOnly { reason } = &access {
                    ws.notify(format!("This case is open for reading only: {reason}."));
                }
                ws.preferences.add_recent(&path);
                let known = &ws.preferences.settings().author;
                if known.as_ref() != Some(&author) && !author.is_empty() {
                    ws.preferences.change(|settings| settings.author = Some(author.clone()));
                }
                self.open =
                    Some(CaseView { read, ..CaseView::new(path, author, access, rows) });
            }
            Event::Closed => {
                // A thread that crashed closes it; closing itself has left it before.
                if self.open.is_some() {
                    self.leave_case(ws);
                }
            }
            Event::Masks(item, masks) => self.arrive(ws, item, masks),
            Event::Waiting(waiting) => {
                self.is_asking = false;
                if let Some(case) = &mut self.open {
                    case.is_surveying &= !waiting.is_empty();
                }
                let known: BTreeSet<ItemId> = self.waiting.iter().map(|(id, _)| *id).collect();
                let new = waiting.into_iter().filter(|(id, _)| !known.contains(id));
                self.waiting.extend(new);
            }
            Event::NotRecorded(what) => self.stop_survey(ws, &what),
            event => {
                if let Some(said) = self.open.as_mut().and_then(|case| take_in(case, event)) {
                    ws.notify(said);
                }
            }
        }
    }

    pub(super) fn survey_again(&mut self, ws: &mut Workspace) {
        let Some(model) = ws.detector.as_ref().map(|m| m.card.file.sha256.clone()) else {
            let what = "The detector is loaded with the first file: take an item first.";
            return ws.notify(what);
        };
        let Some(case) = self.open.as_mut().filter(|case| case.is_writable()) else { return };
        case.is_surveying = true;
        self.waiting.clear();
        (self.is_asking, self.n_failures) = (true, 0);
        self.send(Job::WaitingAgain(model));
    }

    /// The next item to be examined in the background, when nothing else is to be done.
    pub(in crate::session) fn next_item(&mut self, ws: &Workspace) -> Option<PathBuf> {
        let case = self.open.as_ref()?;
        let is_wanted = case.is_surveying;
        if self.waiting.is_empty() && is_wanted && !self.is_asking {
            self.is_asking = true;
            self.send(Job::Waiting);
        }
        let shown = ws.documents.active().and_then(|d| d.item);
        let is_first = |first: &(ItemId, PathBuf)| is_wanted || Some(first.0) == shown;
        self.waiting.front().filter(|first| is_first(first))?;
        let (item, path) = self.waiting.pop_front()?;
        if let Some(case) = &mut self.open {
            let is_again = case.row(item).is_some_and(|row| row.examined != Examined::Waiting);
            case.n_again = if is_again { self.waiting.len() + 1 } else { 0 };
        }
        self.examined_item = Some((self.epoch, item, path.clone()));
        Some(path)
    }

    /// What came of an examination in the background; nothing when the case was left meanwhile.
    pub(in crate::session) fn take_in_examination(
        &mut self,
        ws: &mut Workspace,
        result: Result<Box<Examination>, ExamineError>,
    ) {
        let Some((epoch, item, path)) = self.examined_item.take() else { return };
        if epoch != self.epoch {
            return;
        }
        let result = match result {
            // It goes on as soon as there is time.
            Err(ExamineError::Cancelled(_)) => {
                return self.waiting.push_front((item, path));
            }
            Err(ExamineError::Failed(reason)) => {
                self.n_failures += 1;
                Err(reason)
            }
            Err(ExamineError::Unreadable(reason)) => {
                self.n_failures = 0;
                Err(reason)
            }
            Ok(examination) => {
                self.n_failures = 0;
                Ok(examination)
            }
        };
        if let (true, Err(reason)) = (self.n_failures >= MAX_FAILURES, &result) {
            self.stop_survey(ws, &format!("{MAX_FAILURES} failed one after the other: {reason}"));
        }
        self.send(Job::Record(item, path, result));
    }

    fn stop_survey(&mut self, ws: &mut Workspace, why: &str) {
        self.waiting.clear();
        self.n_failures = 0;
        if let Some(case) = &mut self.open {
            case.is_surveying = false;
        }
        ws.notify(format!("The examination in the background has stopped: {why}."));
    }
}

/// What touches the view of the case alone; perhaps a sentence for people.
fn take_in(case: &mut CaseView, event: Event) -> Option<String> {
    match event {
        Event::Rows(rows) => {
            case.set_rows(rows);
            None
        }
        Event::Row(row) => {
            case.take_in_row(*row);
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
