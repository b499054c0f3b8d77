//! The menu of help.

use egui::{Button, Ui};

use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::session::ReportKind;

pub(super) fn help_menu_ui(ui: &mut Ui, requests: &mut Vec<WindowRequest>) {
    ui.menu_button("Help", |ui| {
        ui.set_min_width(200.0);
        for (label, keys, request) in [
            ("Manual", "F1", WindowRequest::ToggleManual),
            ("Shortcuts", "?", WindowRequest::ShowShortcuts),
        ] {
            if ui.add(Button::new(label).shortcut_text(keys)).clicked() {
                requests.push(request);
            }
        }
        ui.separator();
        for (label, kind) in
            [("Detectors", ReportKind::Models), ("Check this computer", ReportKind::Doctor)]
        {
            if ui.button(label).clicked() {
                requests.push(WindowRequest::ShowReport(kind));
            }
        }
        let install = ui.button("Install a faster engine…").on_hover_text(
            "ONNX Runtime, from a file that you downloaded; \"Check this computer\" says which one",
        );
        if install.clicked() {
            requests.push(WindowRequest::PickFiles(FilePrompt::Engine));
        }
    });
}
