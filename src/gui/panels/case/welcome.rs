//! Fills the canvas of a case without an open item: how to start.

use egui::{Button, RichText, Ui, vec2};

use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::centered::centered;
use crate::session::{CaseCommand, CaseView, Command};

pub(in crate::gui) fn case_welcome_ui(
    ui: &mut Ui,
    case: &CaseView,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let [to_do, in_work, ..] = case.counts();
    let [examined, _, waiting] = case.examined();
    centered(ui, |ui| {
        let big =
            |text: &str| Button::new(RichText::new(text).size(16.0)).min_size(vec2(190.0, 36.0));
        if case.rows.is_empty() {
            ui.label(RichText::new("This case is empty").size(24.0));
            ui.label("Add the pictures and videos to review, or drop them here.");
            ui.add_space(10.0);
            let can = case.is_writable();
            if ui.add_enabled(can, big("Choose a folder…")).clicked() {
                requests.push(WindowRequest::PickFiles(FilePrompt::AddFolder));
            }
            if ui.add_enabled(can, big("Choose files…")).clicked() {
                requests.push(WindowRequest::PickFiles(FilePrompt::AddFiles));
            }
        } else if to_do + in_work == 0 {
            ui.label(RichText::new("Everything is reviewed").size(24.0));
            ui.label("Export the results (Ctrl+E), or retrain the detector with them (Ctrl+R).");
        } else {
            let text = match to_do + in_work {
                1 => "One item to review".to_owned(),
                n => format!("{n} items to review"),
            };
            ui.label(RichText::new(text).size(24.0));
            if case.totals.n_ranked > 0 {
                ui.label("They are ranked. Start from the top.");
            } else if examined == 0 && waiting > 0 {
                ui.label(
                    "Nothing is examined or ranked yet. Examine the items in the background and \
                     rank them, or start right away.",
                );
            } else {
                ui.label(
                    "Nothing is ranked yet. Choose an order on the left, or start right away.",
                );
            }
            ui.add_space(10.0);
            if ui.add(big("Open the first item")).clicked() {
                out.push(Command::Case(CaseCommand::TakeNext(1)));
            }
            let can = case.is_writable() && waiting > 0 && !case.is_surveying;
            if ui.add_enabled(can, big("Examine all")).clicked() {
                out.push(Command::Case(CaseCommand::Survey(true)));
            }
        }
        ui.add_space(10.0);
        ui.weak("F2 done, F3 skip, Page Down next; ? lists all shortcuts.");
    });
}
