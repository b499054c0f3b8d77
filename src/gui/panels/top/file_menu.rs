//! The menu of files: open, save and copy the result, close.

use egui::{Button, Ui};

use crate::base::text::visible_path;
use crate::gui::requests::WindowRequest;
use crate::gui::result::result_entries_ui;
use crate::session::{Command, View};

/// Recent files in the menu at most.
const MAX_RECENT: usize = 8;

pub(super) fn file_menu_ui(
    ui: &mut Ui,
    view: &View<'_>,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    ui.menu_button("File", |ui| {
        ui.set_min_width(260.0);
        if ui.add(Button::new("Open…").shortcut_text("Ctrl+O")).clicked() {
            requests.push(WindowRequest::OpenFiles);
        }
        if ui.button("Open folder…").clicked() {
            requests.push(WindowRequest::OpenFolder);
        }
        ui.add_enabled_ui(!view.recent.is_empty(), |ui| {
            ui.menu_button("Open recent", |ui| recent_ui(ui, view, out));
        });
        ui.separator();
        reference_ui(ui, view, requests, out);
        ui.separator();
        result_entries_ui(ui, view, requests);
        let can = view.active.is_some() || view.case.is_some();
        let hover = "What was asked, examined, found and not examined, to hand over";
        if ui.add_enabled(can, Button::new("Report…")).on_hover_text(hover).clicked() {
            requests.push(WindowRequest::ToggleReport);
        }
        ui.separator();
        let close = Button::new("Close file").shortcut_text("Ctrl+W");
        if ui.add_enabled(view.active.is_some(), close).clicked() {
            out.extend(view.active.map(Command::Close));
        }
    });
}

/// Comparing with genuine material.
fn reference_ui(
    ui: &mut Ui,
    view: &View<'_>,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let hover = "Genuine pictures of the same camera, channel or codec. Their faces show which scores \
                 are usual in this source.";
    if ui.button("Compare with known genuine files…").on_hover_text(hover).clicked() {
        requests.push(WindowRequest::ChooseReference);
    }
    if let Some(folder) = view.reference {
        let stop = ui.button("Stop comparing").on_hover_text(visible_path(folder));
        if stop.clicked() {
            out.push(Command::CompareWith(None));
        }
    }
}

fn recent_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    for path in view.recent.iter().take(MAX_RECENT) {
        let name = path.file_name().map(|n| visible_path(n.as_ref())).unwrap_or_default();
        if ui.button(name).on_hover_text(visible_path(path)).clicked() {
            out.push(Command::Open(vec![path.clone()]));
        }
    }
    ui.separator();
    if ui.button("Clear recent files").clicked() {
        out.push(Command::ForgetRecent);
    }
}
