//! The question whether a model that did not come with this program may be used.

use egui::Context;

use crate::gui::widgets::floating;
use crate::session::{Command, View};

/// Asks once for every such model.
pub(in crate::gui) fn foreign_model_ui(ctx: &Context, view: &View<'_>, out: &mut Vec<Command>) {
    let Some(model) = view.foreign else { return };
    let mut answer = None;
    let modal = floating::dialog(ctx, "foreign model", 520.0, |ui| {
        ui.heading("Use a model that did not come with this program?");
        ui.label(format!("The model {} was made or changed by somebody else.", model.name));
        ui.label(format!("Its card says of its origin: {}", model.origin));
        ui.weak(
            "Whoever made it decides what it calls forged. Use it only if you know its maker. You are \
             not asked again for this model.",
        );
        ui.weak(format!("SHA-256 of its card: {}", model.fingerprint));
        ui.horizontal(|ui| {
            if ui.button("Use this model").clicked() {
                answer = Some(true);
            }
            if ui.button("Do not use it").clicked() {
                answer = Some(false);
            }
        });
    });
    if modal.should_close() && answer.is_none() {
        answer = Some(false);
    }
    out.extend(answer.map(Command::AnswerForeign));
}
