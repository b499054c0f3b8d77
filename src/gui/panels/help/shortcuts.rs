//! The list of keyboard shortcuts.

use egui::{Grid, RichText, ScrollArea};

use crate::gui::actions::shortcuts;
use crate::gui::widgets::floating;

/// Shows the list above everything else; false when it was closed.
pub(in crate::gui) fn shortcuts_ui(ctx: &egui::Context) -> bool {
    let mut stays = true;
    let modal = floating::dialog(ctx, "shortcut sheet", 900.0, |ui| {
        ui.heading("Keyboard shortcuts");
        ui.spacing_mut().interact_size.y = 18.0;
        ui.add_space(4.0);
        // The heading and the line below stay in sight.
        let room = (ctx.content_rect().height() - 160.0).max(120.0);
        ScrollArea::both().min_scrolled_height(room).max_height(room).show(ui, |ui| {
            Grid::new("shortcuts").num_columns(3).striped(true).spacing([18.0, 3.0]).show(
                ui,
                |ui| {
                    let mut last_group = "";
                    for shortcut in shortcuts() {
                        let group = if shortcut.group == last_group { "" } else { shortcut.group };
                        last_group = shortcut.group;
                        ui.label(RichText::new(group).strong());
                        ui.label(RichText::new(shortcut.shown).monospace());
                        ui.label(shortcut.meaning);
                        ui.end_row();
                    }
                },
            );
        });
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            stays &= !ui.button("Close").clicked();
            ui.weak("Tab and Shift+Tab reach every button; Space presses it.");
        });
    });
    stays && !modal.should_close()
}
