//! Groups of a bar that wrap as a whole.

use egui::Ui;

/// Starts a group of about `width` points in a wrapped layout: after a separator, or in a new row.
pub(in crate::gui) fn start_group(ui: &mut Ui, width: f32) {
    if ui.available_size_before_wrap().x < width {
        ui.end_row();
    } else {
        ui.separator();
    }
}
