//! Entries of menus about the result on what is shown.

use egui::{Button, Ui};

use crate::gui::requests::WindowRequest;
use crate::session::View;

/// Copies the result or saves the picture; greyed where there is nothing to copy or save.
pub(in crate::gui) fn result_entries_ui(
    ui: &mut Ui,
    view: &View<'_>,
    requests: &mut Vec<WindowRequest>,
) {
    let document = view.document();
    let has_result = document.is_some_and(|d| d.verdict.is_some());
    let has_picture = document.and_then(|d| d.picture.as_ref()).is_some_and(|p| p.is_exact());
    for (can, label, keys, help, request) in [
        (
            has_result,
            "Copy result",
            "Ctrl+Shift+C",
            "Verdict, score, faces, limits and hash as text",
            WindowRequest::CopyResult,
        ),
        (
            has_picture,
            "Save picture with overlay…",
            "Ctrl+Shift+P",
            "A PNG of the picture's own size, with heat map, face boxes and a caption below",
            WindowRequest::SavePicture,
        ),
    ] {
        let button = Button::new(label).shortcut_text(keys);
        if ui.add_enabled(can, button).on_hover_text(help).clicked() {
            requests.push(request);
            ui.close();
        }
    }
}
