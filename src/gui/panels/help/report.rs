//! A window with what a command of the command line prints.

use egui::{Context, Label, RichText, ScrollArea, Vec2, vec2};

use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;
use crate::session::{Command, View};

/// Size of the window, points.
const SIZE: Vec2 = vec2(960.0, 640.0);

/// Shows the report while there is one.
pub(in crate::gui) fn report_ui(ctx: &Context, view: &View<'_>, out: &mut Vec<Command>) {
    let Some(report) = view.report else { return };
    let mut is_open = true;
    floating::window(ctx, report.kind.label(), SIZE, Opens::Middle, &mut is_open).show(ctx, |ui| {
        let Some(lines) = &report.lines else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Being made…");
            });
            return;
        };
        ui.horizontal(|ui| {
            if ui.button("Copy all").clicked() {
                ui.copy_text(lines.join("\n") + "\n");
            }
            ui.weak(format!("{} lines", lines.len()));
        });
        ui.separator();
        let height = ui.text_style_height(&egui::TextStyle::Monospace);
        ui.spacing_mut().item_spacing.y = 2.0;
        let area = ScrollArea::both().id_salt("report").auto_shrink([false, false]);
        area.show_rows(ui, height, lines.len(), |ui, seen| {
            for line in lines.get(seen).unwrap_or_default() {
                ui.add(Label::new(RichText::new(line).monospace()).extend());
            }
        });
    });
    if !is_open {
        out.push(Command::ShowReport { kind: None, program: None, models: None, file: None });
    }
}
