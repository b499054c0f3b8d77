//! The menu of the case in the bar at the top.

use egui::{Button, Ui};

use crate::gui::case_state::FormKind;
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::session::{CaseCommand, Command, ReportKind, TrainingCommand, View};

pub(in crate::gui::panels) fn case_menu_ui(
    ui: &mut Ui,
    view: &View<'_>,
    retrain_refusal: Option<&str>,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let is_open = view.case.is_some();
    let is_writable = view.case.is_some_and(crate::session::CaseView::is_writable);
    let entry = |ui: &mut Ui, can, label: &str, keys: &str| {
        ui.add_enabled(can, Button::new(label).shortcut_text(keys)).clicked()
    };
    ui.menu_button("Case", |ui| {
        ui.set_min_width(240.0);
        let mut entry_for = |ui: &mut Ui, can, label, keys, request| {
            if entry(ui, can, label, keys) {
                requests.push(request);
            }
        };
        entry_for(ui, true, "New case…", "", WindowRequest::ShowForm(FormKind::New));
        entry_for(ui, true, "Open case…", "Ctrl+Shift+O", WindowRequest::ShowForm(FormKind::Open));
        ui.separator();
        entry_for(
            ui,
            is_writable,
            "Add files…",
            "",
            WindowRequest::PickFiles(FilePrompt::AddFiles),
        );
        entry_for(
            ui,
            is_writable,
            "Add folder…",
            "",
            WindowRequest::PickFiles(FilePrompt::AddFolder),
        );
        ui.separator();
        entry_for(ui, is_open, "Export…", "Ctrl+E", WindowRequest::ShowForm(FormKind::Export));
        entry_for(ui, is_writable, "Import…", "", WindowRequest::ShowForm(FormKind::Import));
        entry_for(ui, is_open, "Findings", "F10", WindowRequest::ToggleFindings);
        entry_for(
            ui,
            is_open,
            "Save findings as CSV…",
            "",
            WindowRequest::PickFiles(FilePrompt::SaveFindings),
        );
        entry_for(ui, is_open, "Compare readers", "F9", WindowRequest::CompareReaders);
        ui.separator();
        let log = WindowRequest::ShowReport(ReportKind::Log);
        entry_for(ui, is_open, "Show the log", "", log);
        let verify = WindowRequest::ShowReport(ReportKind::Verify);
        entry_for(ui, is_open, "Verify the case", "", verify);
        ui.separator();
        let retrain = Button::new("Retrain…").shortcut_text("Ctrl+R");
        let response = ui.add_enabled(retrain_refusal.is_none(), retrain);
        let response = response.on_disabled_hover_text(retrain_refusal.unwrap_or_default());
        if response.clicked() {
            requests.push(WindowRequest::ToggleTraining);
        }
        if entry(ui, true, "Roll the detector back", "") {
            out.push(Command::Training(TrainingCommand::RollBack));
        }
        ui.separator();
        if entry(ui, is_open, "Close case", "") {
            out.push(Command::Case(CaseCommand::Close));
        }
    })
    .response
    .on_hover_text("Cases: pictures to review, kept in one file with all masks and decisions");
}
