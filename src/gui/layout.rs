//! The layout of the window: panels around the canvas, and dialogs above them.

use egui::{CentralPanel, Frame, Margin, Panel};

use super::app::App;
use super::case_state::CaseUiState;
use super::file_picker::browser::BrowserOutcome;
use super::panels::QuitChoice;
use super::requests::WindowRequest;
use super::widgets::floating;
use super::widgets::textures::Textures;
use super::{canvas, panels};
use crate::session::{CaseCommand, Command, MaskCommand, View};

/// Width of the panel at the left as it begins, points.
const LEFT: f32 = 270.0;
/// Width of the panel at the right as it begins, points.
const RIGHT: f32 = 310.0;
/// The picture is never narrower, points.
const MIN_CANVAS: f32 = 320.0;
/// Two pictures stand side by side where each is at least this wide, points.
const MIN_BESIDE: f32 = 260.0;

impl App {
    pub(super) fn panels_ui(
        &mut self,
        ui: &mut egui::Ui,
        requests: &mut Vec<WindowRequest>,
        out: &mut Vec<Command>,
    ) {
        let view = &self.session.view();
        let margin = |x, y| Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(x, y));
        let (bar, side) = (margin(8, 6), margin(8, 4));
        let canvas = &mut self.canvas;
        let refusal = self.case.retrain_refusal();
        Panel::top("toolbar").frame(bar).show(ui, |ui| {
            panels::toolbar_ui(ui, view, canvas, refusal, requests, out);
        });
        let below_menus = ui.available_rect_before_wrap();
        if let Some(case) = &view.case {
            Panel::top("case strip").frame(bar).show(ui, |ui| {
                panels::case_bar_ui(ui, view, case, requests, out);
            });
        }
        let is_masking =
            view.masks.is_editing && view.document().is_some_and(|d| d.picture.is_some());
        if let Some(document) = view.document().filter(|_| is_masking) {
            Panel::top("mask strip").frame(bar).show(ui, |ui| {
                panels::mask_tools_ui(ui, view, document, canvas, out);
            });
        }
        Panel::bottom("status").frame(bar).show(ui, |ui| {
            panels::status_ui(ui, view, canvas, self.is_software, requests, out);
        });
        floating::set_room(
            ui.ctx(),
            below_menus.with_max_y(ui.available_rect_before_wrap().bottom()),
        );
        let (textures, window) = (&mut self.textures, &mut self.case);
        let bookmark = &mut self.bookmark;
        let [most_left, most_right] = widest_panels(ui.available_width());
        // A narrow window has widths of its own, so that those of a wide one come back.
        let is_narrow = most_left < LEFT || most_right < RIGHT;
        Panel::left(("files", is_narrow))
            .frame(side)
            .default_size(LEFT)
            .size_range(170.0..=most_left)
            .show(ui, |ui| left_ui(ui, view, window, textures, requests, out));
        Panel::right(("findings", is_narrow))
            .frame(side)
            .default_size(RIGHT)
            .size_range(240.0..=most_right)
            .show(ui, |ui| {
                // As wide as it may be, however little is in it.
                ui.set_min_width(ui.available_width());
                match view.document().filter(|_| is_masking) {
                    Some(document) => panels::mask_panel_ui(ui, view, document, canvas, out),
                    None => panels::findings_ui(ui, view, textures, bookmark, out),
                }
            });
        if view.document().is_some_and(|document| document.video.is_some()) {
            let timeline = &mut self.timeline;
            Panel::bottom("video")
                .frame(bar)
                .resizable(true)
                .default_size(176.0)
                .size_range(120.0..=420.0)
                .show(ui, |ui| {
                    panels::video_ui(ui, view, timeline, textures, out);
                });
        }
        let other = canvas::file_beside(view, canvas);
        if let Some(other) = other {
            beside_panel(ui.available_size()).frame(Frame::NONE).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                canvas::beside_ui(ui, view, other, canvas, bar);
            });
        }
        CentralPanel::no_frame().show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            panels::fresh_notices_ui(ui.ctx(), ui.max_rect(), view, out);
            let Some(document) = view.document() else {
                match &view.case {
                    Some(case) => panels::case_welcome_ui(ui, case, requests, out),
                    None => panels::welcome_ui(ui, view, requests, out),
                }
                return;
            };
            let Some(picture) = &document.picture else {
                panels::unreadable_ui(ui, document, out);
                return;
            };
            panels::banner_ui(ui, document, out);
            if other.is_some() {
                canvas::name_ui(ui, document, bar, |_| {});
            }
            canvas::canvas_ui(ui, view, document, picture, canvas, requests, out);
        });
    }

    pub(super) fn layers_ui(
        &mut self,
        ctx: &egui::Context,
        requests: &mut Vec<WindowRequest>,
        out: &mut Vec<Command>,
    ) {
        let view = &self.session.view();
        if self.case.is_training_open {
            panels::training_ui(ctx, view, &mut self.case, requests, out);
        }
        if self.case.are_readers_open {
            self.case.are_readers_open = panels::readers_ui(ctx, view);
        }
        if let Some(case) = view.case {
            panels::findings_window_ui(ctx, case, &mut self.case.findings, requests, out);
        }
        // One question at a time.
        if view.recovery.is_none() {
            panels::case_form_ui(ctx, view, &mut self.case, requests, out);
        }
        panels::report_ui(ctx, view, out);
        let tools = (self.case.trainer.as_ref(), self.models.as_ref());
        panels::report_window_ui(ctx, view, &mut self.report, tools, requests, out);
        let (state, textures) = (&mut self.metadata, &mut self.textures);
        panels::metadata_window_ui(ctx, view, state, textures, requests, out);
        self.manual.ui(ctx);
        if self.are_shortcuts_open {
            self.are_shortcuts_open = panels::shortcuts_ui(ctx);
        }
        if let Some((prompt, browser)) = &mut self.browser {
            let prompt = *prompt;
            match browser.ui(ctx) {
                BrowserOutcome::Open => {}
                BrowserOutcome::Closed => self.browser = None,
                BrowserOutcome::Picked(files) => {
                    self.browser = None;
                    self.take_picked(prompt, files, ctx);
                }
            }
        }
        if let Some(question) = &mut self.folder_question {
            let answer = question.ui(ctx);
            self.answer_folder(answer, ctx);
        }
        panels::path_form_ui(ctx, &mut self.canvas.mask.path_form, requests, out);
        panels::mask_question_ui(ctx, &self.session.view(), out);
        if self.quit_choice == Some(QuitChoice::Undecided) {
            match panels::quit_question_ui(ctx, &self.session.view()) {
                QuitChoice::Undecided => {}
                QuitChoice::Stay => self.quit_choice = None,
                QuitChoice::Save => {
                    self.quit_choice = Some(QuitChoice::Save);
                    out.push(Command::Mask(MaskCommand::SaveEverything));
                }
                choice @ (QuitChoice::Keep | QuitChoice::Quit) => {
                    self.quit_choice = Some(choice);
                    out.push(Command::KeepUnsavedAtEnd(choice == QuitChoice::Keep));
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }
        panels::recovery_ui(ctx, &self.session.view(), out);
        panels::foreign_model_ui(ctx, &self.session.view(), out);
        panels::drop_hint_ui(ctx, self.session.view().case.is_some());
    }
}

/// The widest that the panels at the left and at the right may be in a window of this width: the
/// picture keeps its room. Points.
fn widest_panels(window: f32) -> [f32; 2] {
    let room = (window - MIN_CANVAS).max(0.0);
    [(room * 0.45).clamp(170.0, 440.0), (room * 0.55).clamp(240.0, 520.0)]
}

/// The panel of the second picture: at the right of the first, or below it where both would be narrow.
fn beside_panel(room: egui::Vec2) -> Panel {
    let (panel, length) = if room.x < 2.0 * MIN_BESIDE {
        (Panel::bottom("beside, below"), room.y)
    } else {
        (Panel::right("beside"), room.x)
    };
    panel.resizable(false).exact_size(0.5 * length)
}

/// The left panel: the files, or the queue of the open case.
fn left_ui(
    ui: &mut egui::Ui,
    view: &View<'_>,
    window: &mut CaseUiState,
    textures: &mut Textures,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let Some(case) = &view.case else {
        return panels::files_ui(ui, view, textures, requests, out);
    };
    ui.horizontal(|ui| {
        let n = view.documents.iter().filter(|document| document.item.is_none()).count();
        let files = if n == 0 { "Files".to_owned() } else { format!("Files ({n})") };
        for (shows_files, label) in [(false, "Queue".to_owned()), (true, files)] {
            let button = egui::Button::selectable(window.shows_files == shows_files, label);
            if ui.add(button).clicked() {
                window.shows_files = shows_files;
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = "Every change is already saved";
            if ui.button("Close case").on_hover_text(help).clicked() {
                out.push(Command::Case(CaseCommand::Close));
            }
        });
    });
    ui.separator();
    if window.shows_files {
        panels::files_ui(ui, view, textures, requests, out);
    } else {
        panels::queue_ui(ui, view, case, window, requests, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_keeps_its_room_in_the_smallest_window() {
        for window in [760.0, 1024.0, 1280.0, 2560.0] {
            let [left, right] = widest_panels(window);
            assert!(window - left - right >= MIN_CANVAS - 0.5, "{window}: {left} {right}");
        }
    }
}
