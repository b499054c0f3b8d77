//! Examining the items of the queue in the background, while nothing else is to be examined.

use std::path::PathBuf;

use super::controller::CaseController;
use super::job::CaseJob;
use super::survey_queue::MAX_FAILURES;
use crate::case::Examined;
use crate::curate::Examination;
use crate::session::document::id::DocumentId;
use crate::session::examine::error::ExamineError;
use crate::session::workspace::Workspace;

impl CaseController {
    /// Starts to examine items again: those that another detector examined last or that failed.
    pub(super) fn survey_again(&mut self, ws: &mut Workspace) {
        let Some(model) = ws.model_ref() else {
            return ws.notify("The detector is loaded with the first file: take an item first.");
        };
        let Some(case) = self.open.as_mut().filter(|case| case.is_writable()) else { return };
        case.is_surveying = true;
        let every_frame = case.examines_every_frame;
        self.survey.begin_anew();
        self.send(CaseJob::ReadForModel { model: model.sha256, every_frame });
    }

    /// The file to be examined next and whether every frame of a clip is, if the survey is on or the
    /// file is shown.
    pub(in crate::session) fn next_item(&mut self, ws: &Workspace) -> Option<(PathBuf, bool)> {
        let case = self.open.as_ref()?;
        let (is_on, every_frame) = (case.is_surveying, case.examines_every_frame);
        if is_on && self.survey.asks_for_more() {
            self.send(CaseJob::ReadUnexamined { every_frame });
        }
        let shown = ws.documents.active().and_then(|d| d.item);
        let first = self.survey.first()?;
        if !is_on && Some(first) != shown {
            return None;
        }
        let (item, path) = self.survey.start_first(self.epoch)?;
        if let Some(case) = &mut self.open {
            let is_again = case.row(item).is_some_and(|row| row.examined != Examined::Waiting);
            case.n_again = if is_again { self.survey.n_waiting() + 1 } else { 0 };
        }
        Some((path, every_frame))
    }

    /// Stores the result of an examination, unless the case was left meanwhile.
    pub(in crate::session) fn take_in_examination(
        &mut self,
        ws: &mut Workspace,
        result: Result<Box<Examination>, ExamineError>,
    ) {
        let Some((item, path)) = self.survey.end(self.epoch) else { return };
        // Something else went first.
        if matches!(result, Err(ExamineError::Cancelled(_))) {
            return self.survey.put_first(item, &path);
        }
        // It waits for the person's decision, and is no failure of the file.
        if let Err(error @ ExamineError::Foreign(_)) = &result {
            self.survey.put_first(item, &path);
            return self.stop_survey(ws, &error.to_string());
        }
        let is_failure = matches!(result, Err(ExamineError::Failed(_)));
        let result = result.map_err(|error| error.to_string());
        if self.survey.has_failed_too_often(is_failure)
            && let Err(reason) = &result
        {
            self.stop_survey(ws, &format!("{MAX_FAILURES} failed one after the other: {reason}"));
        }
        self.send(CaseJob::Record { item, path, result });
    }

    /// Keeps what was found in every frame of a clip that is shown: it takes the place of the quick
    /// look as the newest finding.
    pub(in crate::session) fn take_in_full_pass(
        &self,
        ws: &mut Workspace,
        id: DocumentId,
        result: Result<Box<Examination>, ExamineError>,
    ) {
        let Some(document) = ws.documents.get(id).filter(|_| self.is_writable()) else { return };
        let (Some(item), path) = (document.item, document.path.clone()) else { return };
        match result {
            Ok(examination) => {
                self.send(CaseJob::Record { item, path, result: Ok(examination) });
            }
            Err(reason) => {
                let name = document.name();
                ws.notify(format!(
                    "The findings of all frames of {name} were not kept in the case: {reason}."
                ));
            }
        }
    }

    pub(super) fn stop_survey(&mut self, ws: &mut Workspace, why: &str) {
        self.survey.clear();
        if let Some(case) = &mut self.open {
            case.is_surveying = false;
        }
        ws.notify(format!("The examination in the background has stopped: {why}."));
    }
}
