//! What is asked about cases, above everything else: where a case is and who works on it, how it is
//! exported, what is imported.

use egui::{Button, Context, Id, Key, Label, Modal, RichText, TextEdit, Ui};

use super::Wishes;
use crate::dataset::Format;
use crate::gui::ask::Ask;
use crate::gui::case_window::{CaseWindow, CaseWish, Form, FormKind};
use crate::session::{CaseView, Command, View};

/// Room for a button beside a path, points.
const BROWSE: f32 = 86.0;

/// Shows the form that is open.
pub(in crate::gui) fn case_form_ui(
    ctx: &Context,
    view: &View,
    window: &mut CaseWindow,
    wishes: &mut Wishes,
    out: &mut Vec<Command>,
) {
    let Some(form) = &mut window.form else { return };
    let (heading, verb) = match form.kind {
        FormKind::New => ("New case", "Make the case"),
        FormKind::Open => ("Open a case", "Open the case"),
        FormKind::Export => ("Export the case", "Export"),
        FormKind::Import => ("Import a data set", "Import"),
    };
    let (mut is_wanted, mut is_done) = (false, false);
    let modal = Modal::new(Id::unique("case form")).show(ctx, |ui| {
        ui.set_width(520.0_f32.min(ctx.content_rect().width() - 60.0));
        ui.heading(heading);
        match form.kind {
            FormKind::New => new_ui(ui, form, wishes, &mut is_wanted),
            FormKind::Open => open_ui(ui, form, wishes, &mut is_wanted),
            FormKind::Export => export_ui(ui, view, form, wishes, &mut is_wanted),
            FormKind::Import => import_ui(ui, form, wishes, &mut is_wanted),
        }
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let can = form.is_complete();
            is_wanted |= ui.add_enabled(can, Button::new(verb)).clicked();
            is_done = ui.button("Cancel").clicked();
        });
    });
    if is_wanted && window.form.as_ref().is_some_and(Form::is_complete) {
        out.extend(window.answer().map(Command::Case));
    } else if is_done || modal.should_close() {
        window.form = None;
    }
}

fn new_ui(ui: &mut Ui, form: &mut Form, wishes: &mut Wishes, is_wanted: &mut bool) {
    ui.weak(
        "A case is one file. It keeps which pictures are to be worked off, what was found in them, \
         every mask with who drew it and when, and a log that cannot be changed unseen. The \
         pictures stay where they are.",
    );
    path_ui(ui, form, "File", &[("Browse…", Ask::NewCase)], wishes, is_wanted);
    author_ui(ui, form, is_wanted);
}

fn open_ui(ui: &mut Ui, form: &mut Form, wishes: &mut Wishes, is_wanted: &mut bool) {
    path_ui(ui, form, "File", &[("Browse…", Ask::OldCase)], wishes, is_wanted);
    author_ui(ui, form, is_wanted);
}

fn import_ui(ui: &mut Ui, form: &mut Form, wishes: &mut Wishes, is_wanted: &mut bool) {
    ui.weak(
        "Masks of a data set are taken into the case: of this program, COCO, Datumaro, CVAT, Label \
         Studio, Pascal VOC or YOLO. The format is recognised. What is in the case already stays.",
    );
    let browse = [("Folder…", Ask::ImportFolder), ("File…", Ask::ImportFile)];
    path_ui(ui, form, "Data set", &browse, wishes, is_wanted);
}

fn author_ui(ui: &mut Ui, form: &mut Form, is_wanted: &mut bool) {
    let label = ui.label("Your name");
    let edit = TextEdit::singleline(&mut form.author).hint_text("who draws and decides");
    let response = ui.add(edit.desired_width(f32::INFINITY)).labelled_by(label.id);
    if !std::mem::replace(&mut form.was_shown, true) {
        response.request_focus();
    }
    *is_wanted |= entered(ui, &response);
    ui.weak(
        "It stands beside every mask and in the log. Several readers each work under their own.",
    );
}

fn path_ui(
    ui: &mut Ui,
    form: &mut Form,
    name: &str,
    browse: &[(&str, Ask)],
    wishes: &mut Wishes,
    is_wanted: &mut bool,
) {
    let label = ui.label(name);
    ui.horizontal(|ui| {
        let width = ui.available_width() - BROWSE * browse.len() as f32;
        let response = ui.add(TextEdit::singleline(&mut form.path).desired_width(width));
        let response = response.labelled_by(label.id);
        // Where the path is known, the name is asked for first.
        let is_known = !form.path.is_empty() && form.has_author();
        if !is_known && !std::mem::replace(&mut form.was_shown, true) {
            response.request_focus();
        }
        *is_wanted |= entered(ui, &response);
        for (words, ask) in browse {
            if ui.button(*words).clicked() {
                wishes.case.push(CaseWish::Ask(*ask));
            }
        }
    });
}

fn entered(ui: &Ui, response: &egui::Response) -> bool {
    response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter))
}

fn export_ui(ui: &mut Ui, view: &View, form: &mut Form, wishes: &mut Wishes, is_wanted: &mut bool) {
    let Some(case) = &view.case else { return };
    ui.weak(words_of(case));
    ui.label("Format");
    for format in Format::ALL {
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            let words = format!("{}, {}", format.label(), loss(format));
            let button = egui::RadioButton::new(form.format == format, format.label());
            let response = ui.add(button);
            response.widget_info(|| {
                let chosen = form.format == format;
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, &words)
            });
            if response.clicked() {
                form.set_format(format, case);
            }
            ui.add(Label::new(RichText::new(loss(format)).small().weak()).truncate());
        });
    }
    ui.add_space(4.0);
    ui.checkbox(&mut form.copies_images, "Copy the pictures into it")
        .on_hover_text("Otherwise it names their paths, and is of use on this computer alone");
    path_ui(ui, form, "Folder to be made", &[("Browse…", Ask::Export)], wishes, is_wanted);
    let path = std::path::Path::new(form.path.trim());
    let said = if path.exists() {
        "It is there already: an export is never written over what is there; choose another name."
    } else {
        "It is written beside, and is there under this name once it is whole."
    };
    ui.weak(said);
}

fn words_of(case: &CaseView) -> String {
    let [_, _, done, _] = case.counts();
    match done {
        0 => "No item is done yet; what is done is exported.".to_owned(),
        1 => "One item is done; what is done is exported.".to_owned(),
        n => format!("{n} items are done; what is done is exported."),
    }
}

/// What becomes of a mask in a format.
const fn loss(format: Format) -> &'static str {
    match format {
        Format::Pentimento => "lossless, with all that is known; the retraining reads it",
        Format::CocoRle | Format::Datumaro | Format::Cvat | Format::LabelStudio => {
            "lossless: run lengths, every pixel comes back"
        }
        Format::VocPng => "lossless: PNG, every pixel comes back",
        Format::CocoPolygons | Format::YoloSeg => {
            "lossy: polygons shift edges and fill holes by a pixel or more"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_formats_is_so() {
        for format in Format::ALL {
            assert_eq!(loss(format).starts_with("lossless"), format.is_lossless(), "{format:?}");
        }
    }
}
