//! A table of many rows: only those that are seen are laid out, one can be selected.

use std::borrow::Cow;

use egui::{
    Align2, Rect, RichText, ScrollArea, Sense, TextStyle, TextWrapMode, Ui, WidgetText, pos2, vec2,
};

/// Height of a row, points.
const ROW: f32 = 22.0;
/// Between two cells, points.
const GAP: f32 = 10.0;

/// A column: its heading, its least width in points, and its share of what is left.
pub(super) struct Column {
    pub(super) label: &'static str,
    pub(super) least: f32,
    pub(super) share: f32,
    /// Numbers stand at the right edge.
    pub(super) is_number: bool,
}

/// What is selected in a table, and where it is scrolled to.
#[derive(Debug, Default)]
pub(super) struct TableState {
    /// Index of the item.
    pub(super) selected: Option<usize>,
    /// The selected row is to be scrolled to.
    pub(super) scrolls: bool,
    /// Rows to go down from the selected one, by keys.
    pub(super) steps: isize,
    /// Offset and height of the list in the last frame, points.
    list: (f32, f32),
}

impl TableState {
    /// Selects an item and scrolls to it.
    pub(super) const fn select(&mut self, item: usize) {
        (self.selected, self.scrolls) = (Some(item), true);
    }

    /// Goes as many rows down as keys said. `rows`: the items shown, ascending.
    fn step(&mut self, rows: &[u32]) {
        let steps = std::mem::take(&mut self.steps);
        let Some(last) = rows.len().checked_sub(1).filter(|_| steps != 0) else { return };
        let to = match self.position(rows) {
            Some(at) => at.saturating_add_signed(steps).min(last),
            // As if the selection stood before the first row, or behind the last one.
            None if steps > 0 => 0_usize.saturating_add_signed(steps - 1).min(last),
            None => (last + 1).saturating_add_signed(steps),
        };
        self.select(rows[to] as usize);
    }

    /// Row of the selected item, if it is shown.
    fn position(&self, rows: &[u32]) -> Option<usize> {
        let selected = u32::try_from(self.selected?).ok()?;
        rows.binary_search(&selected).ok()
    }

    /// Scroll offset that makes the selected row visible; `None` when it is, or nothing asks for it.
    fn offset(&mut self, rows: &[u32], height: f32) -> Option<f32> {
        if !std::mem::take(&mut self.scrolls) {
            return None;
        }
        let (offset, seen) = self.list;
        let seen = if seen > 0.0 { seen } else { height };
        let top = self.position(rows)? as f32 * ROW;
        if top < offset {
            return Some(top);
        }
        (top + ROW > offset + seen).then_some(top + ROW - seen)
    }
}

/// Draws a table of these items, whose indices ascend. `spoken` begins the name of each row for
/// screen readers.
pub(super) fn table_ui<'a, const N: usize>(
    ui: &mut Ui,
    spoken: &str,
    columns: &[Column; N],
    rows: &[u32],
    state: &mut TableState,
    cells: impl Fn(usize) -> [Cow<'a, str>; N],
) {
    state.step(rows);
    let widths = widths(columns, ui.available_width() - 14.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    heading_ui(ui, columns, &widths);
    // In a low window the table has one row: it never covers what stands below it.
    let area = ScrollArea::vertical().id_salt(spoken).auto_shrink([false, false]);
    let mut area = area.min_scrolled_height(ROW);
    if let Some(offset) = state.offset(rows, ui.available_height()) {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, ROW, rows.len(), |ui, seen| {
        let first = seen.start;
        for (i, item) in rows.get(seen).unwrap_or_default().iter().enumerate() {
            let item = *item as usize;
            let looks =
                Looks { is_selected: state.selected == Some(item), is_odd: (first + i) % 2 == 1 };
            if row_ui(ui, spoken, columns, &widths, looks, &cells(item)) {
                state.selected = Some(item);
            }
        }
    });
    state.list = (output.state.clamped_offset().y, output.inner_rect.height());
}

fn widths<const N: usize>(columns: &[Column; N], room: f32) -> [f32; N] {
    let gaps = GAP * N.saturating_sub(1) as f32;
    let least: f32 = columns.iter().map(|column| column.least).sum();
    let shares: f32 = columns.iter().map(|column| column.share).sum();
    let left = (room - gaps - least).max(0.0);
    std::array::from_fn(|i| columns[i].least + left * columns[i].share / shares.max(1e-6))
}

/// The places of the cells of a row.
fn places<const N: usize>(row: Rect, widths: &[f32; N]) -> [Rect; N] {
    let mut left = row.left() + 4.0;
    widths.map(|width| {
        let cell = Rect::from_x_y_ranges(left..=left + width, row.y_range());
        left += width + GAP;
        cell
    })
}

fn heading_ui<const N: usize>(ui: &mut Ui, columns: &[Column; N], widths: &[f32; N]) {
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    for (column, cell) in columns.iter().zip(places(row, widths)) {
        cell_ui(ui, RichText::new(column.label).strong().into(), cell, column.is_number);
    }
    let ink = ui.visuals().widgets.noninteractive.bg_stroke;
    ui.painter().hline(row.x_range(), row.bottom(), ink);
}

/// How a row looks.
#[derive(Clone, Copy)]
struct Looks {
    is_selected: bool,
    is_odd: bool,
}

/// Draws a row; true when it is clicked.
fn row_ui<const N: usize>(
    ui: &mut Ui,
    spoken: &str,
    columns: &[Column; N],
    widths: &[f32; N],
    looks: Looks,
    cells: &[Cow<'_, str>; N],
) -> bool {
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let visuals = ui.visuals();
    if looks.is_selected {
        ui.painter().rect_filled(row, 3.0, visuals.selection.bg_fill);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(row, 3.0, visuals.widgets.hovered.weak_bg_fill);
    } else if looks.is_odd {
        ui.painter().rect_filled(row, 0.0, visuals.faint_bg_color);
    }
    for ((column, cell), text) in columns.iter().zip(places(row, widths)).zip(cells) {
        cell_ui(ui, WidgetText::from(&**text), cell, column.is_number);
    }
    let filled: Vec<&str> =
        cells.iter().map(|text| text.trim()).filter(|t| !t.is_empty()).collect();
    let name = format!("{spoken}: {}", filled.join(", "));
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, looks.is_selected, &name)
    });
    response.clicked()
}

fn cell_ui(ui: &Ui, text: WidgetText, cell: Rect, is_number: bool) {
    let wrap = Some(TextWrapMode::Truncate);
    let galley = text.into_galley(ui, wrap, cell.width(), TextStyle::Body);
    let align = if is_number { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
    let at = align.align_size_within_rect(galley.size(), cell).min;
    ui.painter().galley(pos2(at.x, at.y), galley, ui.visuals().text_color());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_between_the_rows_that_are_shown() {
        let mut state = TableState::default();
        let rows = [3, 5, 9];
        let mut to = |steps| {
            state.steps = steps;
            state.step(&rows);
            state.selected
        };
        assert_eq!([to(1), to(1), to(7), to(-1), to(-9)], [3, 5, 9, 5, 3].map(Some));
        state.selected = Some(4);
        state.steps = -1;
        state.step(&rows);
        assert_eq!(state.selected, Some(9), "the selected one is not shown: from the end");
        for (steps, item) in [(1 << 30, 9), (-(1 << 30), 3), (1, 3)] {
            (state.selected, state.steps) = (None, steps);
            state.step(&rows);
            assert_eq!(state.selected, Some(item), "{steps} from nowhere");
        }
        state.selected = Some(9);
        state.steps = 1;
        state.step(&[]);
        assert_eq!((state.selected, state.steps), (Some(9), 0), "nothing to go to");
    }

    #[test]
    fn the_list_is_scrolled_only_as_far_as_needed() {
        let rows: Vec<u32> = (0..1000).collect();
        let mut state = TableState { list: (ROW * 10.0, ROW * 5.0), ..TableState::default() };
        let mut offset = |item| {
            state.select(item);
            state.offset(&rows, 0.0)
        };
        assert_eq!(offset(12), None, "in sight");
        assert_eq!(offset(4), Some(ROW * 4.0));
        assert_eq!(offset(500), Some(ROW * 496.0), "at the lower edge");
        assert_eq!(state.offset(&rows, 0.0), None, "asked for once");
    }

    #[test]
    fn columns_share_what_is_left() {
        let column = |least, share| Column { label: "", least, share, is_number: false };
        let columns = [column(50.0, 1.0), column(50.0, 3.0), column(40.0, 0.0)];
        assert_eq!(widths(&columns, 260.0), [75.0, 125.0, 40.0]);
        assert_eq!(widths(&columns, 10.0), [50.0, 50.0, 40.0]);
    }
}
