//! The table of findings of a case: one row an item, sorted and filtered.

use egui::scroll_area::ScrollBarVisibility;
use egui::{
    Align2, Context, Label, Rect, RichText, ScrollArea, Sense, TextEdit, TextStyle, TextWrapMode,
    Ui, Vec2, WidgetText, pos2, vec2,
};

use crate::base::text::visible;
use crate::case::ItemRow;
use crate::curate::FindingColumn;
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::findings_state::FindingsUiState;
use crate::gui::requests::WindowRequest;
use crate::gui::search_state::criterion_text;
use crate::gui::widgets::floating::Opens;
use crate::gui::widgets::{floating, icons};
use crate::session::{CaseCommand, CaseView, Command};

/// Height of a row, points.
const ROW: f32 = 24.0;
/// Between two cells, points.
const GAP: f32 = 8.0;
/// Names and reasons get at least this together, points.
const MIN_TEXTS: f32 = 424.0;
/// Width of the scroll bar with its gap, points.
const BAR: f32 = 14.0;
/// Size of the window, points.
const SIZE: Vec2 = vec2(1240.0, 620.0);

/// Shows the table while it is open.
pub(in crate::gui) fn findings_window_ui(
    ctx: &Context,
    case: &CaseView,
    state: &mut FindingsUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    if !state.is_open {
        return;
    }
    let mut is_open = true;
    floating::window(ctx, "Findings", SIZE, Opens::Middle, &mut is_open)
        .show(ctx, |ui| content_ui(ui, case, state, requests, out));
    // A double click has closed it meanwhile.
    state.is_open &= is_open;
}

fn content_ui(
    ui: &mut Ui,
    case: &CaseView,
    state: &mut FindingsUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let n_shown = state.order(case).len();
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Filter");
        let edit = TextEdit::singleline(&mut state.filter).desired_width(240.0);
        let edit = edit.hint_text("name, verdict, source, person");
        let response = ui.add(edit).labelled_by(label.id);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Filter of the findings")
        });
        ui.label(format!("{n_shown} of {}", case.rows.len()));
        let help = "All items with more columns, for a spreadsheet";
        if ui.button("Save as CSV…").on_hover_text(help).clicked() {
            requests.push(WindowRequest::PickFiles(FilePrompt::SaveFindings));
        }
        ui.weak("Double-click opens an item.");
    });
    if let Some(search) = &case.search {
        ui.horizontal(|ui| {
            let what = criterion_text(&search.criterion);
            let text = format!("Only items whose files say: {}", visible(&what));
            if ui.button("Show all").on_hover_text("Show all items again").clicked() {
                out.push(Command::Case(CaseCommand::EndSearch));
            }
            ui.add(Label::new(RichText::new(text).strong()).truncate());
        });
    }
    ui.separator();
    let widths = widths(ui.available_width() - BAR);
    // The headings move sideways with the rows.
    ScrollArea::horizontal()
        .id_salt("headings")
        .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
        .horizontal_scroll_offset(state.scrolled_x)
        .show(ui, |ui| heading_ui(ui, state, &widths));
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut opened = false;
    let order = state.order(case);
    let area = ScrollArea::both().id_salt("findings").auto_shrink([false, false]);
    let shown = area.show_rows(ui, ROW, order.len(), |ui, seen| {
        let first = seen.start;
        for (i, at) in order.get(seen).unwrap_or_default().iter().enumerate() {
            let row = &case.rows[*at];
            if row_ui(ui, case, row, &widths, (first + i) % 2 == 1) {
                out.push(Command::Case(CaseCommand::Take(row.id)));
                opened = true;
            }
        }
    });
    let scrolled_x = shown.state.clamped_offset().x;
    if (state.scrolled_x - scrolled_x).abs() > 0.1 {
        state.scrolled_x = scrolled_x;
        ui.ctx().request_repaint();
    }
    if opened {
        state.is_open = false;
    }
}

/// Width of the whole table, points.
fn whole(widths: &[f32]) -> f32 {
    widths.iter().sum::<f32>() + GAP * widths.len().saturating_sub(1) as f32
}

/// Widths of the columns: most are fixed, names and reasons share what is left.
fn widths(room: f32) -> [f32; FindingColumn::ALL.len()] {
    let mut widths = FindingColumn::ALL.map(|column| match column {
        FindingColumn::Name | FindingColumn::NotExamined => 0.0,
        FindingColumn::Kind => 58.0,
        FindingColumn::Verdict => 232.0,
        FindingColumn::Score | FindingColumn::Faces => 52.0,
        FindingColumn::Reviewed => 74.0,
        FindingColumn::Look => 168.0,
    });
    let gaps = GAP * (widths.len() - 1) as f32;
    let left = (room - gaps - widths.iter().sum::<f32>()).max(MIN_TEXTS);
    for (width, column) in widths.iter_mut().zip(FindingColumn::ALL) {
        match column {
            FindingColumn::Name => *width = left * 0.55,
            FindingColumn::NotExamined => *width = left * 0.45,
            _ => {}
        }
    }
    widths
}

fn heading_ui(ui: &mut Ui, state: &mut FindingsUiState, widths: &[f32]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.spacing_mut().button_padding.x = 2.0;
        for (column, width) in FindingColumn::ALL.into_iter().zip(widths) {
            let is_sorted = state.sort == column;
            let text = RichText::new(column.label()).strong();
            let button = egui::Button::selectable(is_sorted, text).truncate();
            let size = vec2(*width, ROW);
            let layout = egui::Layout::left_to_right(egui::Align::Center);
            let response = ui
                .allocate_ui_with_layout(size, layout, |ui| {
                    ui.set_min_size(size);
                    ui.add(button)
                })
                .inner;
            if is_sorted {
                paint_arrow(ui, response.rect, state.is_descending);
            }
            let name = format!("Sort by {}", column.label().to_lowercase());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if response
                .on_hover_text("Sort by this column; once more for the other way round")
                .clicked()
            {
                state.sort_by(column);
            }
        }
    });
}

/// A triangle behind the heading that the table is sorted by.
fn paint_arrow(ui: &Ui, heading: Rect, is_descending: bool) {
    let middle = pos2(heading.right() + 5.0, heading.center().y);
    let tip = if is_descending { 3.5 } else { -3.5 };
    let corners = vec![
        middle + vec2(-4.0, -tip * 0.6),
        middle + vec2(4.0, -tip * 0.6),
        middle + vec2(0.0, tip),
    ];
    let ink = ui.visuals().text_color();
    ui.painter().add(egui::Shape::convex_polygon(corners, ink, egui::Stroke::NONE));
}

/// Draws a row; true when it is to be opened.
fn row_ui(ui: &mut Ui, case: &CaseView, row: &ItemRow, widths: &[f32], is_odd: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(whole(widths), ROW), Sense::click());
    let visuals = ui.visuals();
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 3.0, visuals.widgets.hovered.weak_bg_fill);
    } else if is_odd {
        ui.painter().rect_filled(rect, 0.0, visuals.faint_bg_color);
    }
    let ink = visuals.text_color();
    let state = case.state_for_reader(row);
    let mut spoken = Vec::new();
    let mut left = rect.left();
    for (column, width) in FindingColumn::ALL.into_iter().zip(widths) {
        let mut cell = Rect::from_x_y_ranges(left..=left + width, rect.y_range());
        left += width + GAP;
        let text = column.text(row, state);
        if let (FindingColumn::Verdict, Some(verdict)) = (column, row.outcome()) {
            let color = crate::gui::theme::verdict_color(verdict, ui.visuals());
            let icon =
                Rect::from_center_size(pos2(cell.left() + 8.0, cell.center().y), vec2(13.0, 13.0));
            icons::paint_verdict(ui.painter(), icon, verdict, color);
            cell.min.x += 20.0;
        }
        if text.is_empty() {
            continue;
        }
        let galley = WidgetText::from(&*text).into_galley(
            ui,
            Some(TextWrapMode::Truncate),
            cell.width(),
            TextStyle::Body,
        );
        let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), cell).min;
        ui.painter().galley(at, galley, ink);
        spoken.push(text);
    }
    let spoken = spoken.join(", ");
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Finding: {spoken}"))
    });
    let is_by_key = response.clicked() && !response.clicked_by(egui::PointerButton::Primary);
    let is_opened = response.double_clicked() || is_by_key;
    response.on_hover_text(spoken);
    is_opened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_columns_fit_into_a_wide_window_and_names_stay_readable_in_a_narrow_one() {
        for room in [400.0, 1060.0, 2000.0] {
            let widths = widths(room);
            assert!(widths.iter().all(|width| *width > 40.0), "{room}: {widths:?}");
            let whole = whole(&widths);
            assert!(whole <= room.max(1120.0) + 0.5, "{room}: {whole}");
        }
    }
}
