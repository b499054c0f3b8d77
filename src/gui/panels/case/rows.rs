//! The rows of the queue: only those that are seen are laid out, whatever their number.

use std::ops::Range;

use egui::{EventFilter, Id, Key, Label, Modifiers, RichText, ScrollArea, Ui};

use crate::base::text;
use crate::base::text::visible_path;
use crate::case::{Examined, FindingBrief, ItemId, ItemRow, ItemState};
use crate::curate::SearchHit;
use crate::gui::case_state::CaseUiState;
use crate::gui::labels;
use crate::gui::widgets::icons;
use crate::gui::widgets::row::{Row, row_ui};
use crate::session::{CaseCommand, CaseView, Command, View};

/// Height of a row, points.
const ROW: f32 = 44.0;
/// Between two rows, points.
const GAP: f32 = 2.0;
/// Characters of a value that was searched for.
const MAX_VALUE: usize = 200;

pub(super) fn list_ui(
    ui: &mut Ui,
    view: &View<'_>,
    case: &CaseView,
    window: &mut CaseUiState,
    height: f32,
    out: &mut Vec<Command>,
) {
    let shown = view.document().and_then(|document| document.item);
    let mut goal = None;
    if shown != window.scrolled_to {
        window.scrolled_to = shown;
        goal = shown.and_then(|id| case.order.iter().position(|at| case.rows[*at].id == id));
    }
    let focused = focused_row(ui, case, window);
    if let Some(at) = focused {
        let id = row_id(case.rows[case.order[at]].id);
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let steps = ui.input_mut(|input| {
            let mut n = |key| input.count_and_consume_key(Modifiers::NONE, key) as isize;
            n(Key::ArrowDown) - n(Key::ArrowUp)
        });
        if steps != 0 {
            let to = at.saturating_add_signed(steps).min(case.order.len().saturating_sub(1));
            goal = Some(to);
            let id = row_id(case.rows[case.order[to]].id);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }
    ui.spacing_mut().item_spacing.y = GAP;
    let mut area =
        ScrollArea::vertical().id_salt("queue").max_height(height).auto_shrink([false, false]);
    if let Some(offset) = goal.and_then(|at| offset_to(at, window.list, height)) {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, ROW, case.order.len(), |ui, seen: Range<usize>| {
        for at in case.order.get(seen).unwrap_or_default() {
            let row = &case.rows[*at];
            item_ui(ui, case, row, shown == Some(row.id), out);
        }
    });
    window.list = (output.state.clamped_offset().y, output.inner_rect.height());
}

/// Index of the focused row, if it was visible.
fn focused_row(ui: &Ui, case: &CaseView, window: &CaseUiState) -> Option<usize> {
    let focused = ui.memory(egui::Memory::focused)?;
    let (offset, height) = window.list;
    let first = (offset / (ROW + GAP)) as usize;
    let n = (height / (ROW + GAP)) as usize + 2;
    let last = (first + n).min(case.order.len());
    (first.min(last)..last).find(|at| row_id(case.rows[case.order[*at]].id) == focused)
}

/// Scroll offset that makes a row fully visible; `None` when it is already.
fn offset_to(at: usize, (offset, seen): (f32, f32), height: f32) -> Option<f32> {
    let seen = if seen > 0.0 { seen } else { height };
    let top = at as f32 * (ROW + GAP);
    if top < offset {
        return Some(top);
    }
    (top + ROW > offset + seen).then_some(top + ROW - seen)
}

fn row_id(item: ItemId) -> Id {
    Id::unique(("queue row", item.0))
}

pub(super) fn name_of(row: &ItemRow) -> String {
    visible_path(row.path.file_name().unwrap_or_default().as_ref())
}

fn item_ui(ui: &mut Ui, case: &CaseView, row: &ItemRow, is_shown: bool, out: &mut Vec<Command>) {
    let name = name_of(row);
    // A blind reader must not see that others have drawn here.
    let n_masks = if case.is_blind { 0 } else { row.n_masks };
    let state = case.state_for_reader(row);
    let is_hidden = case.is_blind && !case.read.contains(&row.id);
    let spoken = spoken(row, state, &name, n_masks);
    let looks = Row { id: Some(row_id(row.id)), ..Row::new(ROW, is_shown) };
    let response = row_ui(ui, looks, &spoken, |ui| {
        icons::state_ui(ui, state, 16.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.spacing_mut().interact_size.y = 14.0;
            ui.add(Label::new(&name).truncate().selectable(false));
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 5.0;
                if let Some(verdict) = row.outcome() {
                    icons::verdict_ui(ui, verdict, 12.0);
                }
                small(ui, finding(row));
                if row.is_part() {
                    small(ui, "in part".to_owned());
                }
                if row.found.as_ref().is_some_and(FindingBrief::is_quick) {
                    small(ui, "quick look".to_owned());
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if let Some(rank) = row.rank {
                        small(ui, format!("#{rank}"));
                    }
                    if case.is_blind && case.read.contains(&row.id) {
                        small(ui, "read".to_owned());
                    }
                    match n_masks {
                        0 => {}
                        1 => small(ui, "1 mask".to_owned()),
                        n => small(ui, format!("{n} masks")),
                    }
                });
            });
        });
    });
    if response.clicked() {
        out.push(Command::Case(CaseCommand::Take(row.id)));
    }
    let hits = case.search.as_ref().and_then(|search| search.found.get(&row.id));
    response.on_hover_ui(|ui| hover_ui(ui, row, hits, is_hidden));
}

fn small(ui: &mut Ui, text: String) {
    ui.add(Label::new(RichText::new(text).small()).truncate().selectable(false));
}

/// The result of the detector, short.
fn finding(row: &ItemRow) -> String {
    match (&row.examined, row.score) {
        (Examined::Waiting, _) => "not examined yet".to_owned(),
        (Examined::Failed(_), _) if row.verdict.is_none() => "not examined: failed".to_owned(),
        (Examined::Failed(_), _) => "failed".to_owned(),
        (Examined::Done, Some(score)) => format!("{score:.2}"),
        (Examined::Done, None) => "no score".to_owned(),
    }
}

fn spoken(row: &ItemRow, state: ItemState, name: &str, n_masks: u32) -> String {
    let mut parts = vec![state.label().to_lowercase()];
    let label = row.verdict.map(|verdict| verdict.label_of_file(row.is_part()));
    parts.extend(label.map(str::to_lowercase));
    parts.push(match row.score {
        Some(_) => labels::score(row.score),
        None => finding(row),
    });
    if row.found.as_ref().is_some_and(FindingBrief::is_quick) {
        parts.push("quick look".to_owned());
    }
    parts.extend(row.rank.map(|rank| format!("rank {rank}")));
    if n_masks > 0 {
        parts.push(format!("masks: {n_masks}"));
    }
    format!("{name}: {}", parts.join(", "))
}

fn hover_ui(ui: &mut Ui, row: &ItemRow, hits: Option<&Vec<SearchHit>>, is_hidden: bool) {
    ui.label(visible_path(&row.path));
    for SearchHit { from, value } in hits.into_iter().flatten() {
        let short: String = text::visible(value).chars().take(MAX_VALUE).collect();
        ui.strong(format!("The file says: {} = {short}", text::visible(from)));
    }
    if let Some(clip) = row.found.as_ref().and_then(|found| found.clip).filter(|c| c.is_quick) {
        ui.label(format!(
            "Quick look: {} of {} frames were examined.",
            clip.n_examined, clip.n_frames
        ));
    }
    if let Some(source) = &row.source {
        ui.label(format!("Source: {source}"));
    }
    if let Some(person) = &row.person {
        ui.label(format!("Person: {person}"));
    }
    if let Examined::Failed(reason) = &row.examined {
        ui.label(labels::not_examined(&text::visible(reason)));
    }
    if let (Some(rank), Some(why)) = (row.rank, &row.why) {
        ui.label(format!("Rank {rank}: {}", text::sentence(why)));
    }
    // The time that others took says that they were here.
    if row.seconds > 0.0 && !is_hidden {
        ui.label(format!("Time spent: {}", text::duration(row.seconds)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_out_of_sight_is_scrolled_to_and_no_further_than_needed() {
        assert_eq!(offset_to(3, (0.0, 460.0), 460.0), None);
        assert_eq!(offset_to(2, (460.0, 460.0), 460.0), Some(92.0));
        assert_eq!(offset_to(10, (0.0, 460.0), 460.0), Some(44.0), "its lower edge");
        assert_eq!(offset_to(99_999, (0.0, 0.0), 460.0), Some(4_599_538.0), "exact at the far end");
    }
}
