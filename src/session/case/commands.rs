//! What commands do.

use super::background::BackgroundWork;
use super::command::CaseCommand;
use super::controller::CaseController;
use super::job::CaseJob;
use super::mask_state::SaveScope;
use crate::case::Access;
use crate::curate;
use crate::session::request::Request;
use crate::session::workspace::Workspace;

impl CaseController {
    /// Does a command. Never blocks.
    pub(in crate::session) fn command(&mut self, ws: &mut Workspace, command: CaseCommand) {
        match command {
            CaseCommand::New { path, author } => {
                return self.open_case(ws, CaseJob::Create { path, author });
            }
            CaseCommand::Open { path, author } => {
                return self.open_case(ws, CaseJob::Open { path, author });
            }
            _ => {}
        }
        let Some(case) = &mut self.open else { return ws.notify("No case is open.") };
        if command.changes_case()
            && let Access::ReadOnly { reason } = &case.access
        {
            return ws.notify(format!("This case is open for reading only: {reason}."));
        }
        match command {
            CaseCommand::New { .. } | CaseCommand::Open { .. } => {}
            CaseCommand::Close => {
                self.leave_case(ws);
                self.send(CaseJob::Close);
            }
            CaseCommand::Survey(is_on) => {
                case.is_surveying = is_on && case.is_writable();
                self.survey.restart();
            }
            CaseCommand::SurveyAgain => self.survey_again(ws),
            CaseCommand::ExamineEveryFrame(every_frame) => {
                case.examines_every_frame = every_frame;
                self.survey.clear();
            }
            CaseCommand::SaveFindings(path) => {
                let csv = curate::findings_csv(&case.rows, |row| case.state_for_reader(row));
                ws.request(Request::SaveTable { path, csv });
            }
            CaseCommand::Filter(filter) => case.set_filter(filter),
            CaseCommand::Search(criterion) => {
                self.start_work(ws, BackgroundWork::Search(criterion));
            }
            CaseCommand::EndSearch => case.set_search(None),
            CaseCommand::Take(id) => self.show_item(ws, id),
            CaseCommand::TakeNext(steps) => self.show_next(ws, steps),
            CaseCommand::ReadBlind(is_blind) => {
                case.set_blind(is_blind);
                let (path, author) = (case.path.clone(), case.author.clone());
                ws.preferences.change(|settings| settings.set_blind(&path, &author, is_blind));
                if is_blind {
                    self.hide_masks_of_others(ws);
                }
                self.request_masks(ws);
            }
            CaseCommand::CompareReaders => {
                if case.work.is_none() {
                    case.agreement = None;
                }
                self.save_masks(ws, None, SaveScope::AllChanges);
                self.start_work(ws, BackgroundWork::CompareReaders);
            }
            CaseCommand::Stop => self.stop_work(),
            CaseCommand::Export { format, out, copies_images } => {
                self.save_masks(ws, None, SaveScope::AllChanges);
                self.start_work(ws, BackgroundWork::Export { format, out, copies_images });
            }
            CaseCommand::Add(paths) => self.start_work(ws, BackgroundWork::Add(paths)),
            CaseCommand::Import(path) => self.start_work(ws, BackgroundWork::Import(path)),
            CaseCommand::Rank { strategy, quotas, seed } => {
                self.start_work(ws, BackgroundWork::Rank { strategy, quotas, seed });
            }
            CaseCommand::Mark(state) => self.mark(ws, state),
            CaseCommand::Review(agrees) => self.review(ws, agrees),
            CaseCommand::Bookmark(new) => match ws.documents.active().and_then(|d| d.item) {
                Some(item) => self.send(CaseJob::Bookmark(item, new)),
                None => ws.notify("What is shown is no item of the case."),
            },
        }
    }
}
