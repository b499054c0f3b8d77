//! The table of parts: segments, chunks, boxes, directories, with their offsets.

use egui::{Frame, Label, Panel, RichText, Ui};

use super::packet_chart::packet_chart_ui;
use super::state::MetadataUiState;
use super::table::{Column, table_ui};
use super::{rows, shown};
use crate::base::text::counted;
use crate::session::FileMetadata;

/// Height of the line below the table, points.
const DETAILS: f32 = 34.0;
/// Deeper parts are not drawn further to the right.
const MAX_INDENT: usize = 20;

const COLUMNS: [Column; 4] = [
    Column { label: "Part", least: 190.0, share: 1.0, is_number: false },
    Column { label: "Meaning", least: 150.0, share: 2.0, is_number: false },
    Column { label: "Offset", least: 100.0, share: 0.0, is_number: true },
    Column { label: "Length", least: 100.0, share: 0.0, is_number: true },
];

pub(super) fn structure_ui(ui: &mut Ui, file: &FileMetadata, state: &mut MetadataUiState) {
    let parts = &file.facts.metadata.parts;
    ui.horizontal(|ui| {
        ui.label(counted(parts.len() as u64, "part"));
        ui.weak("Segments, chunks or boxes in the order of the file; what lies inside is set in.");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let help = "Copy all parts, for a spreadsheet";
            let button = egui::Button::new("Copy parts");
            if ui.add_enabled(!parts.is_empty(), button).on_hover_text(help).clicked() {
                ui.copy_text(rows::part_lines(parts.iter()));
            }
        });
    });
    if !file.facts.packets.is_empty() {
        packet_chart_ui(ui, &file.facts.packets);
        if let Some(chart) = &file.facts.metadata.packets {
            if chart.is_cut {
                ui.weak("Packets behind these were not read.");
            }
            ui.label(chart.earlier.sentence());
        }
    }
    let selected = state.parts.selected.and_then(|at| parts.get(at));
    if let Some(part) = selected.filter(|_| state.copies) {
        ui.copy_text(rows::part_line(part));
    }
    let frame = Frame::new().inner_margin(4);
    let details = Panel::bottom("part details").frame(frame).exact_size(DETAILS);
    details.resizable(false).show(ui, |ui| {
        let Some(part) = selected else {
            ui.weak("Click a row, or press the arrow keys, to see where it lies.");
            return;
        };
        let end = part.offset.saturating_add(part.length);
        let text = format!(
            "{} at depth {}: bytes {} to {end} (0x{:x} to 0x{end:x})",
            shown::cell(&part.name),
            part.depth,
            part.offset,
            part.offset
        );
        ui.add(Label::new(RichText::new(text)).truncate());
    });
    let rows = std::mem::take(&mut state.part_rows);
    table_ui(ui, "Part", &COLUMNS, &rows, &mut state.parts, |at| {
        let part = &parts[at];
        let indent = "    ".repeat(usize::from(part.depth).min(MAX_INDENT));
        [
            format!("{indent}{}", shown::cell(&part.name)).into(),
            shown::cell(&part.meaning),
            part.offset.to_string().into(),
            part.length.to_string().into(),
        ]
    });
    state.part_rows = rows;
}
