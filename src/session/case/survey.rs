//! Examining the items of the queue in the background, while nothing else is to be examined.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::controller::CaseController;
use super::job::{CaseJob, Epoch};
use crate::case::{Examined, ItemId};
use crate::curate::Examination;
use crate::session::examine::error::ExamineError;
use crate::session::workspace::Workspace;

/// After this many failures one after the other the survey stops: the files are not the cause.
const MAX_FAILURES: u32 = 5;

/// Items to be examined in the background.
#[derive(Default)]
pub(super) struct Survey {
    /// The next one first.
    waiting: VecDeque<(ItemId, PathBuf)>,
    /// The writer was asked for more items and has not answered yet.
    is_asking: bool,
    running: Option<(Epoch, ItemId, PathBuf)>,
    n_failures: u32,
}

impl Survey {
    /// Forgets the items that wait. The one being examined ends on its own.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.restart();
    }

    /// A person has switched the survey on or off.
    pub(super) const fn restart(&mut self) {
        self.is_asking = false;
        self.n_failures = 0;
    }

    /// Moves an item to the front, unless it is being examined.
    pub(super) fn put_first(&mut self, item: ItemId, path: &Path) {
        self.waiting.retain(|(other, _)| *other != item);
        if self.running.as_ref().is_none_or(|(_, running, _)| *running != item) {
            self.waiting.push_front((item, path.to_owned()));
        }
    }

    /// Adds items that the writer has found.
    pub(super) fn extend(&mut self, items: Vec<(ItemId, PathBuf)>) {
        self.is_asking = false;
        let known: BTreeSet<ItemId> = self.waiting.iter().map(|(id, _)| *id).collect();
        self.waiting.extend(items.into_iter().filter(|(id, _)| !known.contains(id)));
    }
}

impl CaseController {
    /// Starts to examine items again: those that another detector examined last or that failed.
    pub(super) fn survey_again(&mut self, ws: &mut Workspace) {
        let Some(model) = ws.detector.as_ref().map(|m| m.card.file.sha256.clone()) else {
            return ws.notify("The detector is loaded with the first file: take an item first.");
        };
        let Some(case) = self.open.as_mut().filter(|case| case.is_writable()) else { return };
        case.is_surveying = true;
        self.survey.clear();
        self.survey.is_asking = true;
        self.send(CaseJob::ReadForModel(model));
    }

    /// The file to be examined next, if the survey is on or the file is shown.
    pub(in crate::session) fn next_item(&mut self, ws: &Workspace) -> Option<PathBuf> {
        let is_on = self.open.as_ref()?.is_surveying;
        if self.survey.waiting.is_empty() && is_on && !self.survey.is_asking {
            self.survey.is_asking = true;
            self.send(CaseJob::ReadUnexamined);
        }
        let shown = ws.documents.active().and_then(|d| d.item);
        let (first, _) = self.survey.waiting.front()?;
        if !is_on && Some(*first) != shown {
            return None;
        }
        let (item, path) = self.survey.waiting.pop_front()?;
        if let Some(case) = &mut self.open {
            let is_again = case.row(item).is_some_and(|row| row.examined != Examined::Waiting);
            case.n_again = if is_again { self.survey.waiting.len() + 1 } else { 0 };
        }
        self.survey.running = Some((self.epoch, item, path.clone()));
        Some(path)
    }

    /// Stores the result of an examination, unless the case was left meanwhile.
    pub(in crate::session) fn take_in_examination(
        &mut self,
        ws: &mut Workspace,
        result: Result<Box<Examination>, ExamineError>,
    ) {
        let Some((epoch, item, path)) = self.survey.running.take() else { return };
        if epoch != self.epoch {
            return;
        }
        let result = match result {
            // Something else went first.
            Err(ExamineError::Cancelled(_)) => {
                return self.survey.waiting.push_front((item, path));
            }
            Err(ExamineError::Failed(reason)) => {
                self.survey.n_failures += 1;
                if self.survey.n_failures >= MAX_FAILURES {
                    let why = format!("{MAX_FAILURES} failed one after the other: {reason}");
                    self.stop_survey(ws, &why);
                }
                Err(reason)
            }
            Err(ExamineError::Unreadable(reason)) => {
                self.survey.n_failures = 0;
                Err(reason)
            }
            Ok(examination) => {
                self.survey.n_failures = 0;
                Ok(examination)
            }
        };
        self.send(CaseJob::Record { item, path, result });
    }

    pub(super) fn stop_survey(&mut self, ws: &mut Workspace, why: &str) {
        self.survey.waiting.clear();
        self.survey.n_failures = 0;
        if let Some(case) = &mut self.open {
            case.is_surveying = false;
        }
        ws.notify(format!("The examination in the background has stopped: {why}."));
    }
}
