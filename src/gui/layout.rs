//! What is where in the window: panels round the canvas, and what lies over them.
//!
//! * **In**: the view. **Out**: commands and wishes of the panels.
//! * **Not here**: what is in a panel (`panels`), giving commands to the session (`app`).

use egui::{CentralPanel, Frame, Margin, Panel};

use super::app::App;
use super::browser::Outcome;
use super::canvas;
use super::case_window::CaseWindow;
use super::panels::{self, Farewell, Wishes};
use super::textures::Textures;
use crate::session::{CaseCommand, Command, View};

impl App {
    pub(super) fn panels_ui(
        &mut self,
        ui: &mut egui::Ui,
        wishes: &mut Wishes,
        out: &mut Vec<Command>,
    ) {
        let view = self.session.view();
        let margin = |x, y| Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(x, y));
        let (bar, side) = (margin(8, 6), margin(8, 4));
        let canvas = &mut self.canvas;
        Panel::top("toolbar").frame(bar).show(ui, |ui| {
            panels::toolbar_ui(ui, view, canvas, wishes, out);
        });
        if let Some(case) = &view.case {
            Panel::top("case strip").frame(bar).show(ui, |ui| {
                panels::case_strip_ui(ui, view, case, wishes, out);
            });
        }
        let is_masking =
            view.masks.is_editing && view.document().is_some_and(|d| d.picture.is_some());
        if let Some(document) = view.document().filter(|_| is_masking) {
            Panel::top("mask strip").frame(bar).show(ui, |ui| {
                panels::mask_strip_ui(ui, view, document, canvas, out);
            });
        }
        Panel::bottom("status").frame(bar).show(ui, |ui| {
            panels::status_ui(ui, view, canvas, self.is_software, wishes, out);
        });
        let (textures, window) = (&mut self.textures, &mut self.case);
        Panel::left("files")
            .frame(side)
            .default_size(270.0)
            .size_range(170.0..=440.0)
            .show(ui, |ui| left_ui(ui, view, window, textures, wishes, out));
        Panel::right("findings").frame(side).default_size(310.0).size_range(240.0..=520.0).show(
            ui,
            |ui| match view.document().filter(|_| is_masking) {
                Some(document) => panels::mask_panel_ui(ui, view, document, canvas, out),
                None => panels::findings_ui(ui, view, textures, out),
            },
        );
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
        CentralPanel::no_frame().show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            panels::notices_ui(ui, view, out);
            let Some(document) = view.document() else {
                match &view.case {
                    Some(case) => panels::case_welcome_ui(ui, case, wishes, out),
                    None => panels::welcome_ui(ui, view, wishes, out),
                }
                return;
            };
            let Some(picture) = &document.picture else {
                panels::unreadable_ui(ui, document, out);
                return;
            };
            panels::banner_ui(ui, document, out);
            canvas::canvas_ui(ui, view, document, picture, canvas, out);
        });
    }

    pub(super) fn layers_ui(
        &mut self,
        ctx: &egui::Context,
        wishes: &mut Wishes,
        out: &mut Vec<Command>,
    ) {
        self.manual.ui(ctx);
        let view = self.session.view();
        if self.case.is_training_open {
            panels::training_ui(ctx, view, &mut self.case, wishes, out);
        }
        if self.case.are_readers_open {
            self.case.are_readers_open = panels::readers_ui(ctx, view);
        }
        panels::case_form_ui(ctx, view, &mut self.case, wishes, out);
        if self.is_sheet_open {
            self.is_sheet_open = panels::sheet_ui(ctx);
        }
        if let Some((ask, browser)) = &mut self.browser {
            let ask = *ask;
            match browser.ui(ctx) {
                Outcome::Open => {}
                Outcome::Closed => self.browser = None,
                Outcome::Picked(files) => {
                    self.browser = None;
                    self.take_picked(ask, files);
                }
            }
        }
        panels::path_form_ui(ctx, &mut self.canvas.mask.path_form, out);
        panels::mask_question_ui(ctx, self.session.view(), out);
        if self.farewell == Some(Farewell::Asked) {
            match panels::farewell_ui(ctx, self.n_unsaved_masks()) {
                Farewell::Asked => {}
                Farewell::Stay => self.farewell = None,
                Farewell::Leave => {
                    self.farewell = Some(Farewell::Leave);
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }
        panels::drop_hint_ui(ctx, self.session.view().case.is_some());
    }
}

/// The files, or with a case open its queue.
fn left_ui(
    ui: &mut egui::Ui,
    view: &View,
    window: &mut CaseWindow,
    textures: &mut Textures,
    wishes: &mut Wishes,
    out: &mut Vec<Command>,
) {
    let Some(case) = &view.case else { return panels::files_ui(ui, view, textures, out) };
    ui.horizontal(|ui| {
        let n = view.documents.iter().filter(|document| document.item.is_none()).count();
        let files = if n == 0 { "Files".to_owned() } else { format!("Files ({n})") };
        for (shows_files, words) in [(false, "Queue".to_owned()), (true, files)] {
            let button = egui::Button::selectable(window.shows_files == shows_files, words);
            if ui.add(button).clicked() {
                window.shows_files = shows_files;
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = "Everything in it is on the disk";
            if ui.button("Close case").on_hover_text(help).clicked() {
                out.push(Command::Case(CaseCommand::Close));
            }
        });
    });
    ui.separator();
    if window.shows_files {
        panels::files_ui(ui, view, textures, out);
    } else {
        panels::queue_ui(ui, view, case, window, wishes, out);
    }
}
