//! The comparison with known genuine files that a person brings.

use egui::{Label, RichText, ScrollArea, Ui};

use super::links::{Goal, card_ui, links_ui};
use super::rows::comparison_lines;
use super::shown;
use super::state::MetadataUiState;
use super::target::find;
use crate::base::text::{capitalized, counted, visible_path};
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::metadata::Comparison;
use crate::session::{Command, Document, FileMetadata, ReferenceResult, ReferenceState, View};

/// With fewer files a difference means little.
const FEW: usize = 5;
/// Fields, parts and others of one side that are shown at most.
const MAX_SHOWN: usize = 300;

pub(super) fn reference_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (document, file): (&Document, &FileMetadata),
    state: &mut MetadataUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let Some(folder) = view.metadata_reference.or(view.reference) else {
        return kept_ui(ui, |ui| no_folder_ui(ui, requests));
    };
    ui.horizontal(|ui| {
        let path = visible_path(folder);
        let name = folder.file_name().map_or_else(|| path.clone(), |n| visible_path(n.as_ref()));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if view.metadata_reference.is_some() && ui.button("Stop comparing").clicked() {
                out.push(Command::CompareMetadataWith(None));
            }
            if ui.button("Another folder…").clicked() {
                requests.push(WindowRequest::PickFiles(FilePrompt::MetadataReference));
            }
            if let Some(ReferenceState::Compared(result)) = &file.reference {
                let help = "Copy both lists, for a spreadsheet";
                if ui.button("Copy comparison").on_hover_text(help).clicked() {
                    ui.copy_text(comparison_lines(&result.comparison));
                }
            }
            let layout = egui::Layout::left_to_right(egui::Align::Center);
            ui.with_layout(layout, |ui| {
                let label = format!("Known genuine files: {name}");
                ui.add(Label::new(RichText::new(label).strong()).truncate()).on_hover_text(path);
            });
        });
    });
    match &file.reference {
        None => {
            out.push(Command::CompareMetadata(document.id));
            kept_ui(ui, |ui| waiting_ui(ui, 0, 0));
        }
        Some(ReferenceState::Reading(done, total)) => {
            kept_ui(ui, |ui| waiting_ui(ui, *done, *total));
        }
        Some(ReferenceState::Failed(why)) => kept_ui(ui, |ui| {
            ui.add(Label::new(why).wrap());
            if ui.button("Compare again").clicked() {
                out.push(Command::CompareMetadata(document.id));
            }
        }),
        Some(ReferenceState::Compared(result)) => {
            let area = ScrollArea::vertical().id_salt("reference").auto_shrink([false, false]);
            let goal = area.show(ui, |ui| result_ui(ui, result)).inner;
            if let Some(Goal { name, offset }) = goal {
                match find(&file.facts.metadata, &name, offset) {
                    Some(target) => state.go_to(target),
                    None => state.search_for(name),
                }
            }
        }
    }
}

/// Little to show: the window keeps its size all the same.
fn kept_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt("reference state").auto_shrink([false, false]).show(ui, content);
}

fn no_folder_ui(ui: &mut Ui, requests: &mut Vec<WindowRequest>) {
    ui.add_space(8.0);
    ui.label(RichText::new("Compare with files that you know to be genuine").size(18.0));
    ui.add(
        Label::new(
            "Put files of the same camera, phone or app into a folder. The window then lists what only \
             this file has, and what all of them have but this file has not: fields, parts and their \
             order, tables of the coding.",
        )
        .wrap(),
    );
    ui.add_space(4.0);
    if ui.button("Choose the folder…").clicked() {
        requests.push(WindowRequest::PickFiles(FilePrompt::MetadataReference));
    }
}

fn waiting_ui(ui: &mut Ui, done: u64, total: u64) {
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label(match total {
            0 => "Reading the known genuine files…".to_owned(),
            _ => format!("Reading the known genuine files: {done} of {total}"),
        });
    });
}

/// Both lists; the field that was clicked.
fn result_ui(ui: &mut Ui, result: &ReferenceResult) -> Option<Goal> {
    let Comparison { n_references: n, only_here, only_there } = &result.comparison;
    let mut goal = None;
    if *n == 0 {
        ui.label(
            "The folder holds no other file that can be read: there is nothing to compare with.",
        );
        return goal;
    }
    let mut text = format!("Compared with {}", counted(*n as u64, "file"));
    if result.n_unread > 0 {
        text =
            format!("{text}; {} of the folder could not be read", counted(result.n_unread, "file"));
    }
    if result.is_cut {
        text.push_str("; the folder has more files, which were left out");
    }
    ui.label(format!("{text}."));
    if *n < FEW {
        ui.add(
            Label::new(RichText::new("With so few files a difference means little.").weak()).wrap(),
        );
    }
    if only_here.is_empty() && only_there.is_empty() {
        ui.label("Nothing sets the file apart from them.");
        return goal;
    }
    ui.add_space(4.0);
    side_ui(ui, &format!("Only in this file, in none of the {n}"), only_here, Some(&mut goal));
    ui.add_space(4.0);
    side_ui(ui, &format!("In all of the {n}, not in this file"), only_there, None);
    goal
}

/// What one side has: fields, parts, everything else. `goal`: the fields are in this file and lead
/// to their table.
fn side_ui(ui: &mut Ui, title: &str, traits: &[String], goal: Option<&mut Option<Goal>>) {
    ui.strong(title);
    if traits.is_empty() {
        ui.label("Nothing.");
        return;
    }
    let (mut fields, mut parts, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for what in traits {
        match (what.strip_prefix("field "), what.strip_prefix("part ")) {
            (Some(field), _) => fields.push(field),
            (_, Some(part)) => parts.push(part),
            _ => others.push(what.as_str()),
        }
    }
    let mut n_left = 0;
    for list in [&mut fields, &mut parts, &mut others] {
        n_left += list.len().saturating_sub(MAX_SHOWN);
        list.truncate(MAX_SHOWN);
    }
    if !fields.is_empty() {
        card_ui(ui, |ui| {
            ui.weak("Fields");
            match goal {
                Some(goal) => links_ui(ui, fields.iter().map(|name| (*name, None)), goal),
                None => names_ui(ui, &fields),
            }
        });
    }
    if !parts.is_empty() {
        card_ui(ui, |ui| {
            ui.weak("Parts");
            names_ui(ui, &parts);
        });
    }
    for what in others {
        card_ui(ui, |ui| {
            ui.add(Label::new(capitalized(&shown::value(what))).wrap());
        });
    }
    if n_left > 0 {
        ui.weak(format!("{n_left} more are left out here; the copy has all."));
    }
}

fn names_ui(ui: &mut Ui, names: &[&str]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        ui.spacing_mut().interact_size.y = 16.0;
        for name in names {
            ui.label(RichText::new(shown::cell(name)).size(12.5));
        }
    });
}
