//! The window.

use std::path::PathBuf;

use egui::{Button, Context, ScrollArea, Ui, Vec2, vec2};

use super::form::form_ui;
use super::preview::preview_ui;
use super::state::ReportUiState;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;
use crate::session::{Command, ReportCommand, ReportMaking, View};

/// Size of the window, points.
const SIZE: Vec2 = vec2(760.0, 760.0);

/// Shows the window while it is open. `program` and `models`: what makes the report, as for other commands.
pub(in crate::gui) fn report_window_ui(
    ctx: &Context,
    view: &View<'_>,
    state: &mut ReportUiState,
    (program, models): (Option<&PathBuf>, Option<&PathBuf>),
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    if !state.is_open {
        return;
    }
    let mut is_open = true;
    floating::window(ctx, "Report", SIZE, Opens::Middle, &mut is_open).show(ctx, |ui| {
        // The buttons stay in sight, whatever is above them.
        egui::Panel::bottom("report buttons").show(ui, |ui| {
            ui.add_space(4.0);
            buttons_ui(ui, view, state, [program, models], out);
        });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            form_ui(ui, view, state, requests);
            if let Some(making) = view.report_making {
                if state.scrolls {
                    ui.scroll_to_cursor(Some(egui::Align::TOP));
                    state.scrolls = matches!(making, ReportMaking::Working);
                }
                preview_ui(ui, making);
            }
        });
    });
    if !is_open {
        state.is_open = false;
        state.password.clear();
        out.push(Command::Report(ReportCommand::Forget));
    }
}

fn buttons_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut ReportUiState,
    [program, models]: [Option<&PathBuf>; 2],
    out: &mut Vec<Command>,
) {
    let is_working = matches!(view.report_making, Some(ReportMaking::Working));
    let order = state.order(view, program, models);
    let folder = PathBuf::from(state.folder.trim());
    let is_taken = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ui.horizontal_wrapped(|ui| {
        let can = order.is_some() && !is_working;
        let preview = ui.add_enabled(can, Button::new("Preview"));
        let preview = preview.on_hover_text("Makes the report and shows what it says");
        let can_save = can && !folder.as_os_str().is_empty() && !is_taken;
        let save = ui.add_enabled(can_save, Button::new("Save the report"));
        if let Some(order) = order {
            state.scrolls |= preview.clicked() || save.clicked();
            if preview.clicked() {
                out.push(Command::Report(ReportCommand::Preview(order)));
            } else if save.clicked() {
                out.push(Command::Report(ReportCommand::Save(order, folder)));
            }
        } else {
            ui.weak("Open a file or a case first.");
        }
        if is_working && ui.button("Stop").clicked() {
            out.push(Command::Report(ReportCommand::Forget));
        }
        if is_taken {
            ui.weak("This folder is not empty: choose another name.");
        }
    });
}
