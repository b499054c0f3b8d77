//! The right panel while masks are edited: start, clean-up, agreement, label, files.

use egui::{Button, Color32, ComboBox, DragValue, Rect, RichText, ScrollArea, Sense, TextEdit, Ui};

use crate::annotate::{Agreement, Confidence, FacePart, ForgeryKind, MaskLabel};
use crate::base::text::visible_path;
use crate::gui::canvas::CanvasState;
use crate::gui::mask_tools::{MaskTools, PathForm};
use crate::session::{Command, Document, DrawnMask, MaskCommand, OpenVideo, View};

/// Colors of the shader `canvas/mask.wgsl`.
const COLORS: [[u8; 3]; 3] = [[86, 180, 233], [230, 159, 0], [0, 158, 115]];

pub(in crate::gui) fn mask_panel_ui(
    ui: &mut Ui,
    view: &View<'_>,
    document: &Document,
    canvas: &mut CanvasState,
    out: &mut Vec<Command>,
) {
    ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(4.0);
        ui.strong(match document.mask_frame().filter(|_| document.video.is_some()) {
            Some(frame) => format!("Mask of frame {}", frame + 1),
            None => "Mask".to_owned(),
        });
        state_ui(ui, view, document);
        ui.separator();
        start_ui(ui, view, document, &canvas.mask, out);
        ui.separator();
        if let Some(video) = &document.video {
            frames_ui(ui, document, video, &mut canvas.mask, out);
            ui.separator();
        }
        clean_ui(ui, document, canvas, out);
        ui.separator();
        agreement_ui(ui, view, document);
        ui.separator();
        label_ui(ui, document, out);
        ui.separator();
        file_ui(ui, document, canvas, out);
    });
}

fn state_ui(ui: &mut Ui, view: &View<'_>, document: &Document) {
    let Some(mask) = document.mask() else {
        ui.weak("Nothing drawn yet.");
        return;
    };
    ui.label(format!("{} pixels marked", mask.n_set));
    let is_writable = view.case.is_some_and(crate::session::CaseView::is_writable);
    let is_kept = document.item.is_some() && is_writable && mask.n_set > 0;
    match (&mask.saved_to, mask.is_unsaved()) {
        (_, true) => ui.label(RichText::new("* Unsaved mask").strong()),
        (Some(path), false) => {
            let name = visible_path(path.file_name().unwrap_or_default().as_ref());
            ui.label(format!("Saved: {name}")).on_hover_text(visible_path(path))
        }
        (None, false) if is_kept => ui.weak("Kept in the case."),
        (None, false) => ui.weak("Nothing to save yet."),
    };
    let elsewhere = document.n_unsaved_masks() - usize::from(mask.is_unsaved());
    if elsewhere > 0 {
        ui.label(format!("Unsaved in other frames: {elsewhere}"));
    }
    if let Some(doing) = view.masks.doing {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label(format!("{doing}…"));
        });
    }
}

fn start_ui(
    ui: &mut Ui,
    view: &View<'_>,
    document: &Document,
    tools: &MaskTools,
    out: &mut Vec<Command>,
) {
    let threshold = view.style.threshold;
    let has_map = document.faces.iter().any(|face| face.map.is_some());
    let label = format!("Start from the model's map at {threshold:.2}");
    let help = "Replaces the mask by what the model marks at this threshold (Ctrl+A). T, Shift+T and \
                Ctrl+wheel change the threshold, and the mask follows.";
    if ui.add_enabled(has_map, Button::new(label)).on_hover_text(help).clicked() {
        out.push(Command::Mask(MaskCommand::AcceptMap));
    }
    let has_face = document.faces.iter().any(|face| face.finding.face.landmarks.is_some());
    ui.label("Or from a part of the face");
    ui.horizontal_wrapped(|ui| {
        for (i, part) in FacePart::ALL.into_iter().enumerate() {
            let help = format!(
                "Part of the selected face (Ctrl+{}). With Shift or the eraser it is subtracted.",
                i + 1
            );
            let button = Button::new(part.label());
            if ui.add_enabled(has_face, button).on_hover_text(help).clicked() {
                let change = tools.change(ui.input(|i| i.modifiers.shift));
                out.push(Command::Mask(MaskCommand::FacePart { part, change }));
            }
        }
    });
}

/// Propagating the mask to other frames, and reviewing the copies.
fn frames_ui(
    ui: &mut Ui,
    document: &Document,
    video: &OpenVideo,
    tools: &mut MaskTools,
    out: &mut Vec<Command>,
) {
    let has_mask = document.mask().is_some_and(|mask| mask.n_set > 0);
    let has_next = document.mask_frame().is_some_and(|frame| frame < video.last_frame());
    let mut button = |ui: &mut Ui, can, label: &str, help: &str, command: MaskCommand| {
        if ui.add_enabled(can, Button::new(label)).on_hover_text(help).clicked() {
            out.push(Command::Mask(command));
        }
    };
    let help = "Copy the mask and go to the next frame (Ctrl+D)";
    let can = document.mask().is_some() && has_next;
    button(ui, can, "Copy to the next frame", help, MaskCommand::CopyToNextFrame);
    let help = "Makes a copy for every following frame up to the end of the shot, moved, rotated and \
                scaled with the face. Review each copy (Ctrl+Shift+D).";
    ui.horizontal_wrapped(|ui| {
        button(ui, has_mask && has_next, "Propagate along the track", help, tools.follow());
        let label = ui.label("for");
        let text_of = |n: f64, _| match n as usize {
            0 => "the shot".to_owned(),
            1 => "1 frame".to_owned(),
            n => format!("{n} frames"),
        };
        let drag = DragValue::new(&mut tools.follow_frames).range(0..=100_000).speed(0.2);
        let drag = drag.custom_formatter(text_of).custom_parser(|text| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse().ok().or(Some(0.0))
        });
        let help = "How far to propagate the mask; 0 is the end of the shot";
        let how_far = ui.add(drag).labelled_by(label.id).on_hover_text(help);
        name_number(&how_far, "Frames to propagate the mask to");
    });
    let n = document.unreviewed_masks().count();
    if n == 0 {
        return;
    }
    ui.label(RichText::new(format!("Unreviewed copies: {n}")).strong());
    let is_copy = document.mask().is_some_and(|mask| mask.copy.is_some());
    ui.horizontal_wrapped(|ui| {
        let help = "Accept this mask and go to the next copy (Ctrl+Enter)";
        button(ui, is_copy, "Accept", help, MaskCommand::Accept);
        let help = "Clear this mask and go to the next copy; Ctrl+Z undoes it (Ctrl+Backspace)";
        button(ui, is_copy, "Reject", help, MaskCommand::Reject);
        let help = "Previous copy (Ctrl+Shift+N)";
        button(ui, true, "Previous", help, MaskCommand::NextUnreviewed(-1));
        let help = "Next copy (Ctrl+N)";
        button(ui, true, "Next", help, MaskCommand::NextUnreviewed(1));
        let is_open = |mask: &&DrawnMask| mask.is_unreviewed() && mask.is_seen;
        let n_seen = document.masks.values().filter(is_open).count();
        let help =
            "Accepts all copies that were shown, for example while the video played (Ctrl+K)";
        let label = format!("Accept all shown: {n_seen}");
        button(ui, n_seen > 0, &label, help, MaskCommand::AcceptSeen);
    });
}

fn clean_ui(ui: &mut Ui, document: &Document, canvas: &mut CanvasState, out: &mut Vec<Command>) {
    let tools = &mut canvas.mask;
    let has_mask = document.mask().is_some_and(|mask| mask.n_set > 0);
    let mut button = |ui: &mut Ui, can, label: &str, help: &str, command: MaskCommand| {
        if ui.add_enabled(can, Button::new(label)).on_hover_text(help).clicked() {
            out.push(Command::Mask(command));
        }
    };
    ui.horizontal_wrapped(|ui| {
        let help = "Fill holes in the mask (Ctrl+F)";
        button(ui, has_mask, "Fill holes", help, MaskCommand::FillHoles);
        button(ui, true, "Invert", "Invert every pixel (I)", MaskCommand::Invert);
        button(
            ui,
            has_mask,
            "Clear",
            "Remove the whole mask (Delete); Ctrl+Z undoes it",
            MaskCommand::Clear,
        );
    });
    ui.horizontal_wrapped(|ui| {
        let help = "Remove parts with fewer pixels than this (Ctrl+I)";
        let islands = MaskCommand::RemoveIslands(tools.islands_px);
        button(ui, has_mask, "Remove islands", help, islands);
        let label = ui.label("below");
        let drag = DragValue::new(&mut tools.islands_px).range(1..=1_000_000).suffix(" px");
        name_number(&ui.add(drag).labelled_by(label.id), "Smallest island in pixels");
    });
    ui.horizontal_wrapped(|ui| {
        let by_px = tools.grow_px as i32;
        button(ui, has_mask, "Grow", "Grow the mask (G)", MaskCommand::Grow(by_px));
        button(ui, has_mask, "Shrink", "Shrink the mask (Shift+G)", MaskCommand::Grow(-by_px));
        let label = ui.label("by");
        let drag = DragValue::new(&mut tools.grow_px).range(1..=512).suffix(" px");
        name_number(&ui.add(drag).labelled_by(label.id), "Pixels to grow or shrink by");
    });
}

fn agreement_ui(ui: &mut Ui, view: &View<'_>, document: &Document) {
    ui.label("Mask and model");
    let marked = view.masks.marked.as_ref().filter(|marked| {
        marked.document == document.id && Some(marked.frame) == document.mask_frame()
    });
    let (Some(marked), Some(own)) = (marked, document.mask()) else {
        // The model's marks of a frame are computed in the background.
        let has_mask = document.mask().is_some();
        ui.weak(if has_mask { "Comparing…" } else { "Draw a mask to compare it." });
        return;
    };
    // Cached: all bits are counted only when one of the masks has changed.
    let id = egui::Id::unique("mask agreement");
    let versions = (own.version, marked.version);
    let known = ui.data(|data| data.get_temp::<((u64, u64), Agreement)>(id));
    let agreement = match known.filter(|(of, _)| *of == versions) {
        Some((_, agreement)) => agreement,
        None => Agreement::between(&own.mask, &marked.mask),
    };
    ui.data_mut(|data| data.insert_temp(id, (versions, agreement)));
    let counts = [agreement.only_first, agreement.only_second, agreement.both];
    let names = ["only in the mask", "only by the model", "in both"];
    for ((color, label), n) in COLORS.into_iter().zip(names).zip(counts) {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(egui::vec2(14.0, 14.0), Sense::hover());
            let [r, g, b] = color;
            let swatch = Rect::from_center_size(rect.center(), egui::vec2(12.0, 12.0));
            ui.painter().rect_filled(swatch, 2.0, Color32::from_rgb(r, g, b));
            ui.label(format!("{label}: {n} px"));
        });
    }
    if let Some(iou) = agreement.iou() {
        let threshold = marked.threshold;
        ui.label(format!("Overlap (IoU) {iou:.2} at threshold {threshold:.2}"));
    }
}

fn label_ui(ui: &mut Ui, document: &Document, out: &mut Vec<Command>) {
    let old = document.mask().map(|mask: &DrawnMask| mask.label.clone()).unwrap_or_default();
    let mut label = old.clone();
    let MaskLabel { kind, confidence, note } = &mut label;
    ui.horizontal(|ui| {
        let name = ui.label("Kind of forgery");
        let shown = kind.map_or("Not set", ForgeryKind::label);
        let choice = ComboBox::from_id_salt("kind of forgery").selected_text(shown);
        let response = choice.show_ui(ui, |ui| {
            ui.selectable_value(kind, None, "Not set");
            for one in ForgeryKind::ALL {
                ui.selectable_value(kind, Some(one), one.label());
            }
        });
        name_combo(&response.response.labelled_by(name.id), "Kind of forgery", shown);
    });
    ui.horizontal(|ui| {
        let name = ui.label("Confidence");
        let shown = confidence.map_or("Not set", Confidence::label);
        let choice = ComboBox::from_id_salt("confidence").selected_text(shown);
        let response = choice.show_ui(ui, |ui| {
            ui.selectable_value(confidence, None, "Not set");
            for one in Confidence::ALL {
                ui.selectable_value(confidence, Some(one), one.label());
            }
        });
        name_combo(&response.response.labelled_by(name.id), "Confidence", shown);
    });
    let name = ui.label("Note");
    let edit = TextEdit::multiline(note).desired_rows(2).desired_width(f32::INFINITY);
    ui.add(edit).labelled_by(name.id);
    if label != old {
        out.push(Command::Mask(MaskCommand::SetLabel(label)));
    }
}

/// Names a number field for screen readers.
fn name_number(response: &egui::Response, name: &str) {
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, name));
}

fn name_combo(response: &egui::Response, name: &str, value: &str) {
    let spoken = format!("{name}: {value}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
}

fn file_ui(ui: &mut Ui, document: &Document, canvas: &mut CanvasState, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        if ui.button("Save mask…").on_hover_text("As a PNG file (Ctrl+S)").clicked() {
            canvas.mask.path_form = path_form(document, false);
        }
        let n_unsaved = document.n_unsaved_masks();
        if n_unsaved > 1 {
            let help = "Each to a PNG file beside the video, named after its frame (Ctrl+Shift+S)";
            let button = ui.button(format!("Save all {n_unsaved} masks"));
            if button.on_hover_text(help).clicked() {
                out.push(Command::Mask(MaskCommand::SaveAll));
            }
        }
        if ui.button("Load mask…").on_hover_text("From a PNG file (Ctrl+L)").clicked() {
            canvas.mask.path_form = path_form(document, true);
        }
    });
}

/// The form to save or load the mask of the frame shown.
pub(in crate::gui) fn path_form(document: &Document, is_load: bool) -> Option<PathForm> {
    let path = document.mask_path(document.mask_frame()?);
    Some(PathForm { text: path.display().to_string(), is_load, was_shown: false })
}
