//! The table of fields: searched, filtered by group, copied.

use egui::{ComboBox, Frame, Label, Panel, RichText, ScrollArea, TextEdit, Ui};

use super::state::MetadataUiState;
use super::table::{Column, table_ui};
use super::{rows, shown};
use crate::base::text::counted;
use crate::metadata::Field;
use crate::session::{DocumentId, FileMetadata};

/// Groups in the list at most: a hostile file can have any number.
const MAX_GROUPS: usize = 200;
/// Height of the details below the table, points, and the share of a low window that they take at
/// most.
const DETAILS: f32 = 96.0;
const DETAILS_SHARE: f32 = 0.3;

const COLUMNS: [Column; 5] = [
    Column { label: "Group", least: 90.0, share: 0.0, is_number: false },
    Column { label: "Name", least: 130.0, share: 1.0, is_number: false },
    Column { label: "Value", least: 130.0, share: 3.0, is_number: false },
    Column { label: "Stored value", least: 90.0, share: 1.5, is_number: false },
    Column { label: "Offset", least: 76.0, share: 0.0, is_number: true },
];

pub(super) fn fields_ui(
    ui: &mut Ui,
    document: DocumentId,
    file: &FileMetadata,
    state: &mut MetadataUiState,
) {
    let fields = &file.facts.metadata.fields;
    search_ui(ui, document, file, state);
    if fields.is_empty() {
        ui.label("The file has no field. This says nothing about what is shown.");
        return;
    }
    let selected = state.fields.selected.and_then(|at| fields.get(at));
    if let Some(field) = selected.filter(|_| state.copies) {
        ui.copy_text(rows::field_line(field));
    }
    let frame = Frame::new().inner_margin(4);
    let height = DETAILS.min(ui.available_height() * DETAILS_SHARE);
    let details = Panel::bottom("field details").frame(frame).exact_size(height);
    details.resizable(false).show(ui, |ui| details_ui(ui, selected));
    let rows = state.rows(document, file).to_vec();
    if rows.is_empty() {
        ui.label("No field holds all these words.");
    }
    table_ui(ui, "Field", &COLUMNS, &rows, &mut state.fields, |at| {
        let field = &fields[at];
        let stored = field.meaning.as_ref().map_or("", |_| &field.raw);
        [
            shown::cell(&field.group),
            shown::cell(&field.name),
            shown::cell(field.words()),
            shown::cell(stored),
            field.offset.to_string().into(),
        ]
    });
}

fn search_ui(ui: &mut Ui, document: DocumentId, file: &FileMetadata, state: &mut MetadataUiState) {
    ui.horizontal(|ui| {
        let label = ui.label("Search");
        let edit = TextEdit::singleline(&mut state.search).desired_width(190.0);
        let response = ui.add(edit.hint_text("name or value")).labelled_by(label.id);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Search in the fields")
        });
        if std::mem::take(&mut state.focuses_search) {
            response.request_focus();
        }
        groups_ui(ui, file, state);
        let fields = &file.facts.metadata.fields;
        let rows = state.rows(document, file);
        ui.label(format!("{} of {}", rows.len(), fields.len()));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = "Copy all rows shown, for a spreadsheet; values are cut at 4 KiB";
            let button = egui::Button::new("Copy rows");
            if ui.add_enabled(!rows.is_empty(), button).on_hover_text(help).clicked() {
                let shown = rows.iter().filter_map(|at| fields.get(*at as usize));
                ui.copy_text(rows::field_lines(shown));
            }
        });
    });
}

fn groups_ui(ui: &mut Ui, file: &FileMetadata, state: &mut MetadataUiState) {
    let groups = &file.facts.groups;
    let text = state.group.as_deref().map_or_else(|| "All groups".into(), shown::cell).into_owned();
    let response = ComboBox::from_id_salt("group of fields")
        .selected_text(&text)
        .width(140.0)
        .truncate()
        .show_ui(ui, |ui| {
            ui.selectable_value(&mut state.group, None, "All groups");
            for (group, n) in groups.iter().take(MAX_GROUPS) {
                let label = format!("{} ({n})", shown::cell(group));
                ui.selectable_value(&mut state.group, Some(group.clone()), label);
            }
            if groups.len() > MAX_GROUPS {
                let n = counted((groups.len() - MAX_GROUPS) as u64, "group");
                ui.weak(format!("{n} more: search for their names"));
            }
        });
    let spoken = format!("Group: {text}");
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
}

/// The selected field in full; the height is the same without one.
fn details_ui(ui: &mut Ui, field: Option<&Field>) {
    let Some(field) = field else {
        ui.weak("Click a row, or press the arrow keys, to see a whole value.");
        return;
    };
    ui.horizontal(|ui| {
        let help = "The whole row, with the whole value (Ctrl+C)";
        if ui.button("Copy row").on_hover_text(help).clicked() {
            ui.copy_text(rows::field_line(field));
        }
        let place = format!(
            "tag {}, {} at byte {} (0x{:x})",
            shown::cell(&field.tag),
            counted(field.length, "byte"),
            field.offset,
            field.offset
        );
        let name = format!("{}:{}", shown::cell(&field.group), shown::cell(&field.name));
        ui.add(Label::new(RichText::new(name).strong()).truncate());
        ui.add(Label::new(RichText::new(place).weak()).truncate());
    });
    ScrollArea::vertical().id_salt("value of the field").auto_shrink([false, false]).show(
        ui,
        |ui| {
            ui.add(Label::new(shown::value(field.words())).wrap());
            if field.meaning.is_some() {
                let stored = format!("Stored as: {}", shown::value(&field.raw));
                ui.add(Label::new(RichText::new(stored).weak()).wrap());
            }
        },
    );
}
