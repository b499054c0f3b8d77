//! The menu of the case in the bar at the top.

use egui::{Button, Ui};

use super::Wishes;
use crate::gui::ask::Ask;
use crate::gui::case_window::{CaseWish, FormKind};
use crate::session::{CaseCommand, Command, TrainingCommand, View};

pub(super) fn case_menu_ui(ui: &mut Ui, view: &View, wishes: &mut Wishes, out: &mut Vec<Command>) {
    let is_open = view.case.is_some();
    let is_writable = view.case.as_ref().is_some_and(crate::session::CaseView::is_writable);
    let entry = |ui: &mut Ui, can, words: &str, keys: &str| {
        ui.add_enabled(can, Button::new(words).shortcut_text(keys)).clicked()
    };
    ui.menu_button("Case", |ui| {
        ui.set_min_width(240.0);
        let mut wish = |ui: &mut Ui, can, words, keys, what| {
            if entry(ui, can, words, keys) {
                wishes.case.push(what);
            }
        };
        wish(ui, true, "New case…", "", CaseWish::Form(FormKind::New));
        wish(ui, true, "Open case…", "Ctrl+Shift+O", CaseWish::Form(FormKind::Open));
        ui.separator();
        wish(ui, is_writable, "Add files…", "", CaseWish::Ask(Ask::AddFiles));
        wish(ui, is_writable, "Add folder…", "", CaseWish::Ask(Ask::AddFolder));
        ui.separator();
        wish(ui, is_open, "Export…", "Ctrl+E", CaseWish::Form(FormKind::Export));
        wish(ui, is_writable, "Import…", "", CaseWish::Form(FormKind::Import));
        wish(ui, is_open, "Compare readers", "F9", CaseWish::CompareReaders);
        ui.separator();
        wish(ui, true, "Retrain…", "Ctrl+R", CaseWish::Training);
        if entry(ui, true, "Roll the detector back", "") {
            out.push(Command::Training(TrainingCommand::RollBack));
        }
        ui.separator();
        if entry(ui, is_open, "Close case", "") {
            out.push(Command::Case(CaseCommand::Close));
        }
    })
    .response
    .on_hover_text("Cases: pictures to be worked off, kept in one file with all that is drawn");
}
