//! Dialogs of cases: new, open, export, import.

use egui::{Button, Context, Key, Label, RichText, TextEdit, Ui};

use crate::dataset::Format;
use crate::gui::case_state::{CaseUiState, Form, FormKind};
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::floating;
use crate::session::{CaseView, Command, View};

/// Room for a button beside a path, points.
const BROWSE: f32 = 86.0;

/// Shows the form that is open.
pub(in crate::gui) fn case_form_ui(
    ctx: &Context,
    view: &View<'_>,
    window: &mut CaseUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let Some(form) = &mut window.form else { return };
    let (heading, verb) = match form.kind {
        FormKind::New => ("New case", "Create the case"),
        FormKind::Open => ("Open a case", "Open the case"),
        FormKind::Export => ("Export the case", "Export"),
        FormKind::Import => ("Import a data set", "Import"),
    };
    let (mut is_wanted, mut is_done) = (false, false);
    let modal = floating::dialog(ctx, "case form", 520.0, |ui| {
        ui.heading(heading);
        match form.kind {
            FormKind::New => new_ui(ui, form, requests, &mut is_wanted),
            FormKind::Open => open_ui(ui, form, requests, &mut is_wanted),
            FormKind::Export => export_ui(ui, view, form, requests, &mut is_wanted),
            FormKind::Import => import_ui(ui, form, requests, &mut is_wanted),
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

fn new_ui(ui: &mut Ui, form: &mut Form, requests: &mut Vec<WindowRequest>, is_wanted: &mut bool) {
    ui.weak(
        "A case is one file. It stores the list of pictures to review, what was found in them, \
         every mask with its author and time, and a tamper-evident log. The pictures stay where \
         they are.",
    );
    path_ui(ui, form, "File", &[("Browse…", FilePrompt::NewCase)], requests, is_wanted);
    author_ui(ui, form, is_wanted);
}

fn open_ui(ui: &mut Ui, form: &mut Form, requests: &mut Vec<WindowRequest>, is_wanted: &mut bool) {
    path_ui(ui, form, "File", &[("Browse…", FilePrompt::OldCase)], requests, is_wanted);
    author_ui(ui, form, is_wanted);
}

fn import_ui(
    ui: &mut Ui,
    form: &mut Form,
    requests: &mut Vec<WindowRequest>,
    is_wanted: &mut bool,
) {
    ui.weak(
        "Imports the masks of a data set: Pentimento, COCO, Datumaro, CVAT, Label Studio, Pascal \
         VOC or YOLO. The format is recognized. A mask replaces an older one of the same \
         annotator; the log keeps the hashes of both.",
    );
    let browse = [("Folder…", FilePrompt::ImportFolder), ("File…", FilePrompt::ImportFile)];
    path_ui(ui, form, "Data set", &browse, requests, is_wanted);
}

fn author_ui(ui: &mut Ui, form: &mut Form, is_wanted: &mut bool) {
    let label = ui.label("Your name");
    let edit = TextEdit::singleline(&mut form.author).hint_text("your name or initials");
    let response = ui.add(edit.desired_width(f32::INFINITY)).labelled_by(label.id);
    if !std::mem::replace(&mut form.was_shown, true) {
        response.request_focus();
    }
    *is_wanted |= entered(ui, &response);
    ui.weak("It is stored with every mask and in the log. Each reader works under their own name.");
}

fn path_ui(
    ui: &mut Ui,
    form: &mut Form,
    name: &str,
    browse: &[(&str, FilePrompt)],
    requests: &mut Vec<WindowRequest>,
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
        for (label, prompt) in browse {
            if ui.button(*label).clicked() {
                requests.push(WindowRequest::PickFiles(*prompt));
            }
        }
    });
}

fn entered(ui: &Ui, response: &egui::Response) -> bool {
    response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter))
}

fn export_ui(
    ui: &mut Ui,
    view: &View<'_>,
    form: &mut Form,
    requests: &mut Vec<WindowRequest>,
    is_wanted: &mut bool,
) {
    let Some(case) = &view.case else { return };
    ui.weak(case_text(case));
    ui.label("Format");
    for format in Format::ALL.iter().copied() {
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            let label = format!("{}, {}", format.label(), loss(format));
            let button = egui::RadioButton::new(form.format == format, format.label());
            let response = ui.add(button);
            response.widget_info(|| {
                let chosen = form.format == format;
                egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, &label)
            });
            if response.clicked() {
                form.set_format(format, case);
            }
            ui.add(Label::new(RichText::new(loss(format)).small().weak()).truncate());
        });
    }
    ui.add_space(4.0);
    ui.checkbox(&mut form.copies_images, "Copy the pictures into the data set").on_hover_text(
        "Otherwise the data set refers to their paths and works on this computer only",
    );
    path_ui(ui, form, "New folder", &[("Browse…", FilePrompt::Export)], requests, is_wanted);
    let path = std::path::Path::new(form.path.trim());
    let text = if path.exists() {
        "This name is taken. An export never overwrites anything; choose another name."
    } else {
        "The folder appears under this name once the export is complete."
    };
    ui.weak(text);
}

fn case_text(case: &CaseView) -> String {
    let [_, _, done, _] = case.counts();
    match done {
        0 => "No item is done yet. Only items that are done are exported.".to_owned(),
        1 => "One item is done and will be exported.".to_owned(),
        n => format!("{n} items are done and will be exported."),
    }
}

/// Fidelity of a format's masks.
const fn loss(format: Format) -> &'static str {
    match format {
        Format::Pentimento => "lossless and complete; needed for retraining",
        Format::CocoRle | Format::Datumaro | Format::Cvat | Format::LabelStudio => {
            "lossless: run lengths, every pixel is kept"
        }
        Format::VocPng => "lossless: PNG, every pixel is kept",
        Format::CocoPolygons | Format::YoloSeg => {
            "lossy: polygons, which other programs may draw a pixel wider"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_formats_is_so() {
        for format in Format::ALL.iter().copied() {
            assert_eq!(loss(format).starts_with("lossless"), format.is_lossless(), "{format:?}");
        }
    }
}
