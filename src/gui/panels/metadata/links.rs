//! What sentences share: a frame, and the fields that they rest on, to be clicked.

use egui::{Frame, RichText, Ui};

use super::shown;

/// A frame of the whole width.
pub(super) fn card_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let fill = ui.visuals().faint_bg_color;
    Frame::new().fill(fill).corner_radius(5.0).inner_margin(egui::Margin::symmetric(8, 5)).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 2.0;
            content(ui);
        },
    );
}

/// A field that was clicked, as a sentence names it.
pub(super) struct Goal {
    pub(super) name: String,
    pub(super) offset: Option<u64>,
}

/// The fields that a sentence rests on: a click shows one in its table. Where it stands is looked up
/// then, not in every frame.
pub(super) fn links_ui<'a>(
    ui: &mut Ui,
    names: impl Iterator<Item = (&'a str, Option<u64>)>,
    goal: &mut Option<Goal>,
) {
    let mut names = names.peekable();
    if names.peek().is_none() {
        return;
    }
    let color = ui.visuals().hyperlink_color;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        ui.spacing_mut().interact_size.y = 16.0;
        for (name, offset) in names {
            let text = RichText::new(shown::cell(name)).size(12.5).color(color);
            if ui.link(text).on_hover_text("Show it in its table").clicked() {
                *goal = Some(Goal { name: name.to_owned(), offset });
            }
        }
    });
}
