//! Groups of a bar that wrap as a whole.

use egui::Ui;

/// Begins a new row of a wrapped layout when less than `width` points are left in this one.
pub(in crate::gui) fn start_group(ui: &mut Ui, width: f32) {
    if ui.available_size_before_wrap().x < width {
        ui.end_row();
    }
}
