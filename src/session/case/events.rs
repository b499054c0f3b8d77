//! What the writer sends, and what it changes.

use super::controller::CaseController;
use super::job::{CaseEvent, Epoch};
use super::mask_state::SaveScope;
use super::view::CaseView;
use crate::case::Access;
use crate::session::workspace::Workspace;

impl CaseController {
    /// Takes in what the writer has sent; true when something shown has changed. `is_mask_busy`: a
    /// mask is about to change, so that masks of the case are not shown yet.
    pub(in crate::session) fn poll(&mut self, ws: &mut Workspace, is_mask_busy: bool) -> bool {
        let mut changed = false;
        while let Some((epoch, event)) =
            self.threads.as_ref().and_then(|threads| threads.writer.next_event())
        {
            self.take_in(ws, epoch, event);
            changed = true;
        }
        let progress = self.threads.as_ref().and_then(|threads| threads.background.progress());
        if let Some(work) = self.open.as_mut().and_then(|case| case.work.as_mut())
            && work.progress != progress
        {
            work.progress = progress;
            changed = true;
        }
        self.check_files(ws);
        changed |= self.show_loaded_masks(ws, is_mask_busy);
        self.save_masks(ws, None, SaveScope::FinishedStrokes);
        changed
    }

    pub(super) fn take_in(&mut self, ws: &mut Workspace, epoch: Epoch, event: CaseEvent) {
        match event {
            // These matter also after the case was left.
            CaseEvent::Notice(text) | CaseEvent::Exported(_, text) if epoch != self.epoch => {
                ws.notify(text);
            }
            CaseEvent::MaskSaved { ticket } => self.mask_saved(ws, ticket),
            CaseEvent::MaskNotSaved { ticket, reason } => {
                self.mask_not_saved(ws, ticket, &reason);
            }
            _ if epoch != self.epoch => {}
            CaseEvent::Notice(text) => ws.notify(text),
            CaseEvent::Opened { path, author, access, rows, read } => {
                if let Access::ReadOnly { reason } = &access {
                    ws.notify(format!("This case is open for reading only: {reason}."));
                }
                ws.preferences.add_recent(&path);
                let known = &ws.preferences.settings().author;
                if known.as_ref() != Some(&author) && !author.is_empty() {
                    ws.preferences.change(|settings| settings.author = Some(author.clone()));
                }
                let is_blind = ws.preferences.settings().is_blind(&path, &author);
                let mut case = CaseView { read, ..CaseView::new(path, author, access, rows) };
                case.set_blind(is_blind);
                self.open = Some(case);
            }
            // A crash of the writer closes the case; the command has left it already.
            CaseEvent::Closed if self.open.is_some() => self.leave_case(ws),
            CaseEvent::Closed => {}
            CaseEvent::Masks(item, masks) => self.masks_loaded(ws, item, masks),
            CaseEvent::ToExamine(items) => {
                if let Some(case) = &mut self.open {
                    case.is_surveying &= !items.is_empty();
                }
                self.survey.extend(items);
            }
            CaseEvent::NotRecorded(reason) => self.stop_survey(ws, &reason),
            event => {
                let notice = self.open.as_mut().and_then(|case| update_view(case, event));
                if let Some(notice) = notice {
                    ws.notify(notice);
                }
            }
        }
    }
}

/// Events that change only the view; may return a sentence for people.
fn update_view(case: &mut CaseView, event: CaseEvent) -> Option<String> {
    match event {
        CaseEvent::Rows(rows) => case.set_rows(rows),
        CaseEvent::Row(row) => case.update_row(*row),
        CaseEvent::Found(search) => case.set_search(Some(*search)),
        CaseEvent::Bookmarks(item, bookmarks) => case.bookmarks = Some((item, bookmarks)),
        CaseEvent::ReadersCompared(comparison) => case.agreement = Some(*comparison),
        CaseEvent::BackgroundEnded => case.work = None,
        CaseEvent::Ranked(strategy, notice) => {
            case.strategy = Some(strategy);
            return Some(notice);
        }
        CaseEvent::Exported(folder, notice) => {
            case.exported = folder.or_else(|| case.exported.take());
            return Some(notice);
        }
        _ => {}
    }
    None
}
