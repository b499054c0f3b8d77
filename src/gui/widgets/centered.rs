//! A column in the middle of the free space; it scrolls when the space is too small.

use egui::Ui;

use crate::gui::theme;

/// Fills the free space with the color of the canvas and puts `content` into the middle.
pub(in crate::gui) fn centered(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let fill = theme::canvas_fill(ui.visuals());
    let rect = ui.available_rect_before_wrap();
    ui.painter().rect_filled(rect, 0.0, fill);
    let inner = rect.shrink(24.0);
    let id = ui.scope_id().with("content height");
    let height: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(380.0);
    let top = inner.top() + (inner.height() - height).max(0.0) / 2.0;
    let builder = egui::UiBuilder::new()
        .max_rect(inner.with_min_y(top))
        .layout(egui::Layout::top_down(egui::Align::Center));
    let measured = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        // The bar has room of its own beside the text.
        ui.spacing_mut().scroll = egui::style::ScrollStyle::solid();
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, content).content_size.y
    });
    let measured = measured.inner;
    if (measured - height).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, measured));
        ui.ctx().request_repaint();
    }
    ui.advance_cursor_after_rect(rect);
}
