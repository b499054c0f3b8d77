//! A column in the middle of the free room.

use egui::Ui;

use crate::gui::theme;

/// Fills the free room with the color of the canvas and puts `content` into the middle.
pub(in crate::gui) fn centered(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let fill = theme::canvas_fill(ui.visuals());
    let rect = ui.available_rect_before_wrap();
    ui.painter().rect_filled(rect, 0.0, fill);
    let inner = rect.shrink(24.0);
    let top = inner.top() + (inner.height() - 380.0).max(0.0) / 2.0;
    let builder = egui::UiBuilder::new()
        .max_rect(inner.with_min_y(top))
        .layout(egui::Layout::top_down(egui::Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        content(ui);
    });
    ui.advance_cursor_after_rect(rect);
}
