//! The window: which file, the tabs, and what is said while there is nothing to show.

use egui::{Button, Context, Label, RichText, ScrollArea, Ui, vec2};

use super::state::{MetadataTab, MetadataUiState};
use super::{fields, provenance, reference, structure, summary, thumbnail};
use crate::base::text::counted;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;
use crate::gui::widgets::textures::Textures;
use crate::session::{Command, Document, FileMetadata, MetadataState, View};

/// Shows the window while it is open.
pub(in crate::gui) fn metadata_window_ui(
    ctx: &Context,
    view: &View<'_>,
    state: &mut MetadataUiState,
    textures: &mut Textures,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    if !state.is_open {
        return;
    }
    let mut is_open = true;
    let height = (ctx.content_rect().height() * 0.56).clamp(400.0, 560.0);
    let wanted = vec2(820.0, height);
    let shown = floating::window(ctx, "What the file says", wanted, Opens::Bottom, &mut is_open)
        .show(ctx, |ui| content_ui(ui, view, state, textures, requests, out));
    if let Some(shown) = shown {
        state.follow_focus(ctx, shown.response.layer_id);
    }
    state.is_open &= is_open;
    state.copies = false;
}

fn content_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut MetadataUiState,
    textures: &mut Textures,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let Some(document) = view.document() else {
        message_ui(ui, |ui| {
            ui.label("No file is shown. Open one to read what it says about itself.");
        });
        return;
    };
    head_ui(ui, document, state, out);
    ui.separator();
    match &document.metadata {
        None => {
            out.push(Command::ReadMetadata(document.id));
            reading_ui(ui);
        }
        Some(MetadataState::Reading) => reading_ui(ui),
        Some(MetadataState::Failed(why)) => message_ui(ui, |ui| {
            ui.label(RichText::new("The metadata cannot be read").size(18.0));
            ui.label(why);
            ui.weak("This says nothing about what is shown.");
            if ui.button("Read again").clicked() {
                out.push(Command::ReadMetadata(document.id));
            }
        }),
        Some(MetadataState::Read(file)) => {
            state.begin(document.id, file);
            if state.tab == MetadataTab::Reference {
                return reference::reference_ui(ui, view, (document, file), state, requests, out);
            }
            tab_ui(ui, document, file, state, textures);
        }
    }
}

/// The file, and the tabs.
fn head_ui(ui: &mut Ui, document: &Document, state: &mut MetadataUiState, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for tab in MetadataTab::ALL {
            if ui.add(Button::selectable(state.tab == tab, tab.label())).clicked() {
                state.tab = tab;
            }
        }
        let Some(MetadataState::Read(file)) = &document.metadata else { return };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = "Read the file again: it may have changed";
            if ui.button("Reread").on_hover_text(help).clicked() {
                out.push(Command::ReadMetadata(document.id));
            }
            let metadata = &file.facts.metadata;
            let size = counted(metadata.length, "byte");
            let text = format!("{}: {}, {size}", document.name(), metadata.format.name());
            ui.add(Label::new(RichText::new(&text).weak()).truncate()).on_hover_text(text);
        });
    });
}

fn tab_ui(
    ui: &mut Ui,
    document: &Document,
    file: &FileMetadata,
    state: &mut MetadataUiState,
    textures: &mut Textures,
) {
    match state.tab {
        MetadataTab::Fields => return fields::fields_ui(ui, document.id, file, state),
        MetadataTab::Structure => return structure::structure_ui(ui, file, state),
        _ => {}
    }
    let area = ScrollArea::vertical().id_salt(state.tab.label()).auto_shrink([false, false]);
    area.show(ui, |ui| match state.tab {
        MetadataTab::Summary => summary::summary_ui(ui, file, state),
        MetadataTab::Provenance => provenance::provenance_ui(ui, file, textures),
        _ => thumbnail::thumbnail_ui(ui, document, file, textures),
    });
}

fn reading_ui(ui: &mut Ui) {
    message_ui(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Reading what the file says…");
        });
    });
}

/// Draws a message in place of the tabs; the window keeps its size.
fn message_ui(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt("message").auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(8.0);
        content(ui);
    });
}
