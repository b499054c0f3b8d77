//! What events of the thread of the case do, and the examination in the background.
//!
//! * **In**: events of `case_worker`, examinations of the worker. **Out**: the
//!   [`CaseView`](crate::session::CaseView), items for the examiner.
//! * **Not here**: commands (`case_desk`), masks (`case_masks`).

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::base::Cancel;
use crate::case::{Access, Examined, ItemId};
use crate::curate::Examination;
use crate::session::ExamineError;
use crate::session::case::desk::NOBODY;
use crate::session::case::keep::Keep;
use crate::session::case::view::CaseView;
use crate::session::case::worker::{CaseWorker, Epoch, Event, Job};
use crate::session::examine::worker;
use crate::session::preferences::settings;
use crate::session::router::Session;

/// After so many failures one after the other the examination in the background stops: it is not
/// the files.
const MAX_FAILURES: u32 = 5;

impl Session {
    /// Takes in what the thread of the case has done; true when the view has changed.
    pub(in crate::session) fn poll_case(&mut self) -> bool {
        let mut changed = false;
        while let Some(event) = self.case.worker.as_ref().and_then(CaseWorker::take) {
            let (epoch, event) = event;
            self.take_in_case(epoch, event);
            changed = true;
        }
        let progress = self.case.worker.as_ref().and_then(CaseWorker::progress);
        if let Some(work) = self.view.case.as_mut().and_then(|case| case.work.as_mut())
            && work.progress != progress
        {
            work.progress = progress;
            changed = true;
        }
        self.check_media();
        changed |= self.lay_out_masks();
        self.keep_masks(Keep::Strokes);
        changed
    }

    fn take_in_case(&mut self, epoch: Epoch, event: Event) {
        match event {
            // Whichever case it belongs to.
            Event::Said(what) => return self.notify(what),
            Event::MaskSaved(ticket) => return self.take_in_saved(ticket),
            Event::MaskNotSaved(ticket, what) => return self.take_in_not_saved(ticket, &what),
            Event::Exported(_, said) if epoch != self.case.epoch => return self.notify(said),
            _ if epoch != self.case.epoch => return,
            _ => {}
        }
        match event {
            Event::Opened { path, author, access, rows, read } => {
                if let Access::ReadOnly { reason } = &access {
                    self.notify(format!("This case is open for reading only: {reason}."));
                }
                settings::remember(&mut self.view.recent, &path);
                self.save_recent();
                if self.view.settings.author.as_ref() != Some(&author) && !author.is_empty() {
                    self.view.settings.author = Some(author.clone());
                    self.save_settings();
                }
                self.view.case =
                    Some(CaseView { read, ..CaseView::new(path, author, access, rows) });
            }
            Event::Closed => {
                // A thread that crashed closes it; closing itself has left it before.
                if self.view.case.is_some() {
                    self.leave_case();
                }
            }
            Event::Masks(item, masks) => self.arrive(item, masks),
            Event::Waiting(waiting) => {
                self.case.is_asking = false;
                if let Some(case) = &mut self.view.case {
                    case.is_surveying &= !waiting.is_empty();
                }
                let known: BTreeSet<ItemId> = self.case.waiting.iter().map(|(id, _)| *id).collect();
                let new = waiting.into_iter().filter(|(id, _)| !known.contains(id));
                self.case.waiting.extend(new);
            }
            Event::NotRecorded(what) => self.stop_survey(&what),
            event => {
                if let Some(said) = self.view.case.as_mut().and_then(|case| take_in(case, event)) {
                    self.notify(said);
                }
            }
        }
    }

    pub(in crate::session) fn survey_again(&mut self) {
        let Some(model) = self.view.model.as_ref().map(|m| m.card.file.sha256.clone()) else {
            let what = "The detector is loaded with the first file: take an item first.";
            return self.notify(what.to_owned());
        };
        let Some(case) = self.view.case.as_mut().filter(|case| case.is_writable()) else { return };
        case.is_surveying = true;
        self.case.waiting.clear();
        (self.case.is_asking, self.case.n_failures) = (true, 0);
        self.case.send(Job::WaitingAgain(model));
    }

    /// The next item to be examined, when nothing else is to be done.
    pub(in crate::session) fn next_survey(&mut self) -> Option<worker::Job> {
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
        if let Some(case) = &mut self.view.case {
            let is_again = case.row(item).is_some_and(|row| row.examined != Examined::Waiting);
            case.n_again = if is_again { self.case.waiting.len() + 1 } else { 0 };
        }
        self.case.surveyed = Some((self.case.epoch, item, path.clone()));
        Some(worker::Job {
            document: NOBODY,
            path,
            task: worker::Task::Survey,
            colormap: self.view.settings.colormap,
            cancel: Cancel::default(),
            looked_at: None,
        })
    }

    /// What came of an examination in the background; nothing when the case was left meanwhile.
    pub(in crate::session) fn take_in_survey(
        &mut self,
        result: Result<Box<Examination>, ExamineError>,
    ) {
        let Some((epoch, item, path)) = self.case.surveyed.take() else { return };
        if epoch != self.case.epoch {
            return;
        }
        let result = match result {
            // It goes on as soon as there is time.
            Err(ExamineError::Cancelled(_)) => {
                return self.case.waiting.push_front((item, path));
            }
            Err(ExamineError::Failed(reason)) => {
                self.case.n_failures += 1;
                Err(reason)
            }
            Err(ExamineError::Unreadable(reason)) => {
                self.case.n_failures = 0;
                Err(reason)
            }
            Ok(examination) => {
                self.case.n_failures = 0;
                Ok(examination)
            }
        };
        if let (true, Err(reason)) = (self.case.n_failures >= MAX_FAILURES, &result) {
            self.stop_survey(&format!("{MAX_FAILURES} failed one after the other: {reason}"));
        }
        self.case.send(Job::Record(item, path, result));
    }

    fn stop_survey(&mut self, why: &str) {
        self.case.waiting.clear();
        self.case.n_failures = 0;
        if let Some(case) = &mut self.view.case {
            case.is_surveying = false;
        }
        self.notify(format!("The examination in the background has stopped: {why}."));
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
