//! The fields: what was asked, which sections, which key, which folder.

use egui::{Grid, TextEdit, Ui};

use super::state::{About, ReportUiState};
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::report::Paper;
use crate::report::build::Section;
use crate::session::{Document, ReportSource, View};

/// Room for a button beside a path, points.
const BROWSE: f32 = 86.0;

pub(super) fn form_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut ReportUiState,
    requests: &mut Vec<WindowRequest>,
) {
    about_ui(ui, view, state);
    ui.add_space(4.0);
    Grid::new("report fields").num_columns(2).spacing([8.0, 4.0]).show(ui, |ui| {
        for (name, hint, text) in [
            ("Title", "", &mut state.title),
            ("Question", "what you were asked", &mut state.question),
            ("For", "who gets the report", &mut state.recipient),
            ("Reference", "number of the matter", &mut state.reference),
            ("Made by", "your name", &mut state.author),
        ] {
            let label = ui.label(name);
            let edit = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
            ui.add(edit).labelled_by(label.id);
            ui.end_row();
        }
    });
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.label("Paper");
        ui.radio_value(&mut state.paper, Paper::A4, "A4");
        ui.radio_value(&mut state.paper, Paper::Letter, "Letter");
    });
    ui.label("Sections");
    ui.horizontal_wrapped(|ui| {
        let is_of_case = matches!(state.source(view), Some(ReportSource::Case { .. }));
        for section in Section::ALL.into_iter().filter(|s| is_of_case || !s.is_of_case()) {
            let mut is_in = !state.left_out.contains(&section);
            if ui.checkbox(&mut is_in, section.label()).changed() {
                state.left_out.retain(|other| *other != section);
                if !is_in {
                    state.left_out.push(section);
                }
            }
        }
    });
    ui.weak("A section that is left out is named in the report, and stays in its record.");
    ui.add_space(4.0);
    key_ui(ui, state, requests);
    let prompt = FilePrompt::SaveReport;
    path_ui(ui, "New folder", &mut state.folder, prompt, requests);
}

fn about_ui(ui: &mut Ui, view: &View<'_>, state: &mut ReportUiState) {
    let shown = view.document();
    ui.label("About");
    ui.horizontal_wrapped(|ui| {
        let label = shown.map_or_else(|| "the file shown".to_owned(), Document::name);
        ui.add_enabled_ui(shown.is_some(), |ui| {
            ui.radio_value(&mut state.about, About::Shown, label);
        });
        if let Some(case) = view.case {
            let label = match case.rows.len() {
                1 => "the item of the case".to_owned(),
                n => format!("all {n} items of the case"),
            };
            ui.radio_value(&mut state.about, About::Case, label);
        }
    });
    let of_case = shown.is_some_and(|document| document.item.is_some());
    ui.weak(if state.about == About::Case || of_case {
        "The report holds what the case stores."
    } else {
        "The file is examined again for the report."
    });
}

fn key_ui(ui: &mut Ui, state: &mut ReportUiState, requests: &mut Vec<WindowRequest>) {
    let prompt = FilePrompt::SigningKey;
    path_ui(ui, "Sign with the key (optional)", &mut state.key, prompt, requests);
    if state.key.trim().is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let label = ui.label("Password of the key");
        let edit = TextEdit::singleline(&mut state.password).password(true);
        ui.add(edit.desired_width(180.0)).labelled_by(label.id);
    });
}

fn path_ui(
    ui: &mut Ui,
    name: &str,
    text: &mut String,
    prompt: FilePrompt,
    requests: &mut Vec<WindowRequest>,
) {
    let label = ui.label(name);
    ui.horizontal(|ui| {
        let width = ui.available_width() - BROWSE;
        ui.add(TextEdit::singleline(text).desired_width(width)).labelled_by(label.id);
        if ui.button("Browse…").clicked() {
            requests.push(WindowRequest::PickFiles(prompt));
        }
    });
}
