//! The menu of what is shown beside and over the picture.

use egui::{Button, Ui};

use crate::gui::canvas::CanvasState;
use crate::gui::requests::WindowRequest;

pub(super) fn view_menu_ui(
    ui: &mut Ui,
    has_picture: bool,
    canvas: &mut CanvasState,
    requests: &mut Vec<WindowRequest>,
) {
    ui.menu_button("View", |ui| {
        ui.set_min_width(220.0);
        let entry = Button::new("What the file says").shortcut_text("F11");
        let help = "Metadata, credential, structure and thumbnail of the file";
        if ui.add(entry).on_hover_text(help).clicked() {
            requests.push(WindowRequest::ToggleMetadata);
        }
        let entry = Button::selectable(canvas.has_loupe, "Loupe").shortcut_text("F4");
        let help = "The pixels under the pointer, enlarged and without overlay";
        if ui.add_enabled(has_picture, entry).on_hover_text(help).clicked() {
            canvas.has_loupe = !canvas.has_loupe;
        }
    });
}
