//! What events of the thread of the case do, and the examination in the background.
//!
//! * **In**: events of `case_worker`, examinations of the worker. **Out**: the
//!   [`CaseView`](super::CaseView), items for the examiner.
//! * **Not here**: commands (`case_desk`), masks (`case_masks`).

use std::path::PathBuf;

use super::ExamineError;
use super::case_desk::NOBODY;
use super::case_view::CaseView;
use super::case_worker::{CaseWorker, Event, Job};
use super::state::Session;
use super::{settings, worker};
use crate::base::Cancel;
use crate::case::{Access, ItemId};
use crate::curate::Examination;

impl Session {
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
            Event::Opened { path, author, access, rows, read } => {
                if let Access::ReadOnly { reason } = &access {
                    self.notify(format!("This case is open for reading only: {reason}."));
                }
                settings::remember(&mut self.view.recent, &path);
                self.save_recent();
                self.view.case =
                    Some(CaseView { read, ..CaseView::new(path, author, access, rows) });
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
