//! Fills the canvas when there is no picture: the first screen, and files that cannot be shown.

use egui::{RichText, Ui, vec2};

use crate::base::text::visible_path;
use crate::base::{Verdict, text};
use crate::gui::case_state::FormKind;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::centered::centered;
use crate::gui::widgets::icons;
use crate::gui::{labels, theme};
use crate::session::{Command, Document, View};

/// The first screen.
pub(in crate::gui) fn welcome_ui(
    ui: &mut Ui,
    view: &View<'_>,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    centered(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(52.0, 64.0), egui::Sense::hover());
        icons::paint_drop(ui.painter(), rect, ui.visuals().weak_text_color());
        ui.add_space(8.0);
        ui.label(RichText::new("Drop pictures or videos of people here").size(24.0));
        ui.label("Pentimento looks for traces of forgery in every face and shows where they are.");
        ui.add_space(10.0);
        let open = egui::Button::new(RichText::new("Open files…").size(16.0));
        if ui.add(open.min_size(vec2(170.0, 36.0))).clicked() {
            requests.push(WindowRequest::OpenFiles);
        }
        ui.add_space(4.0);
        ui.label("Many files to review and correct? Start a case.");
        row_of_two(ui, |ui| {
            for (label, kind) in [("New case…", FormKind::New), ("Open case…", FormKind::Open)]
            {
                let button = egui::Button::new(label).min_size(vec2(ROW_BUTTON, 28.0));
                if ui.add(button).clicked() {
                    requests.push(WindowRequest::ShowForm(kind));
                }
            }
        });
        ui.add_space(10.0);
        ui.weak("JPEG, PNG, WebP, GIF, TIFF or BMP; MP4, MOV, MKV, WebM, AVI and other videos.");
        ui.weak("Nothing leaves this computer.");
        ui.weak("It never says that a file is authentic: \"No trace found\" is no proof.");
        if !view.recent.is_empty() {
            ui.add_space(16.0);
            ui.strong("Recent");
            for path in view.recent.iter().take(5) {
                let name = path.file_name().map(|n| visible_path(n.as_ref())).unwrap_or_default();
                if ui.link(name).on_hover_text(visible_path(path)).clicked() {
                    out.push(Command::Open(vec![path.clone()]));
                }
            }
        }
        ui.add_space(16.0);
        if ui.link("Manual: F1").clicked() {
            requests.push(WindowRequest::ToggleManual);
        }
        if ui.link("Keyboard shortcuts: ?").clicked() {
            requests.push(WindowRequest::ShowShortcuts);
        }
    });
}

/// Width of one of two buttons in a row, points.
const ROW_BUTTON: f32 = 130.0;

/// Two buttons side by side, in the middle.
fn row_of_two(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let size = vec2(2.0 * ROW_BUTTON + ui.spacing().item_spacing.x, 28.0);
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), content);
}

/// A document without pixels: waiting, being read, or not readable.
pub(in crate::gui) fn unreadable_ui(ui: &mut Ui, document: &Document, out: &mut Vec<Command>) {
    centered(ui, |ui| match labels::why_not_examined(document) {
        Some(why) => {
            icons::verdict_ui(ui, Verdict::NotExamined, 40.0);
            ui.add_space(6.0);
            let color = theme::verdict_color(Verdict::NotExamined, ui.visuals());
            ui.label(RichText::new(Verdict::NotExamined.label()).size(24.0).color(color));
            ui.label(labels::because(&why));
            ui.weak(visible_path(&document.path));
            ui.add_space(8.0);
            if ui.button("Try again").clicked() {
                out.push(Command::ExamineAgain(document.id));
            }
            if ui.button("Close this file").clicked() {
                out.push(Command::Close(document.id));
            }
        }
        _ if document.video.as_ref().is_some_and(|video| video.problem.is_some()) => {
            let problem = document.video.as_ref().and_then(|video| video.problem.as_deref());
            ui.label(RichText::new("This frame cannot be shown").size(20.0));
            ui.label(text::sentence(problem.unwrap_or_default()));
        }
        _ => {
            ui.label(RichText::new(labels::state(document)).size(20.0));
            ui.weak(document.name());
        }
    });
}
