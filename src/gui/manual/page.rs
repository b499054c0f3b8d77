//! Draws one page of the manual.

use egui::{Align, Frame, Layout, Margin, ScrollArea, Ui, vec2};

use super::book::Page;
use super::link::Link;
use super::parse::{Cell, ManualBlock, Span};
use super::rich::{self, SpanStyle, spans_ui};

/// Size of text, points.
const TEXT: f32 = 14.0;
/// Size of headings by level, points.
const HEADINGS: [f32; 3] = [22.0, 18.0, 15.5];
/// Room on both sides of a cell of a table, points.
const CELL_MARGIN: f32 = 6.0;
/// Narrowest column of a table that has to give room, points.
const MIN_COLUMN: f32 = 60.0;
/// Room before the text of an item, points.
const INDENT: f32 = 20.0;

/// What a page is drawn with.
pub(super) struct PageOptions<'a> {
    /// Words to mark, in lower case.
    pub(super) terms: &'a [String],
    /// Block and row to scroll to.
    pub(super) scroll_to: Option<(usize, usize)>,
}

/// Draws a page; returns the link that was clicked.
pub(super) fn page_ui<'a>(
    ui: &mut Ui,
    page: &'a Page,
    options: &PageOptions<'_>,
) -> Option<&'a Link> {
    // A line with a link is as high as one without.
    ui.spacing_mut().interact_size.y = 0.0;
    let mut clicked = None;
    for (i, block) in page.blocks.iter().enumerate() {
        let row = options.scroll_to.filter(|(block, _)| *block == i).map(|(_, row)| row);
        if row == Some(0) {
            ui.scroll_to_cursor(Some(Align::TOP));
        }
        let salt = (page.path, i);
        clicked = block_ui(ui, block, options.terms, row, salt).or(clicked);
    }
    clicked
}

fn block_ui<'a>(
    ui: &mut Ui,
    block: &'a ManualBlock,
    terms: &[String],
    row: Option<usize>,
    salt: (&str, usize),
) -> Option<&'a Link> {
    let style = SpanStyle { size: TEXT, is_strong: false, terms };
    match block {
        ManualBlock::Heading { level, text, .. } => {
            let size = HEADINGS[usize::from(*level - 1).min(HEADINGS.len() - 1)];
            ui.add_space(if *level == 1 { 2.0 } else { 10.0 });
            spans_ui(ui, text, SpanStyle { size, is_strong: true, ..style })
        }
        ManualBlock::Paragraph(text) => spans_ui(ui, text, style),
        ManualBlock::Item { depth, marker, text } => item_ui(ui, *depth, marker, text, style),
        ManualBlock::Code(code) => {
            code_ui(ui, code, style, salt);
            None
        }
        ManualBlock::Table { rows } => table_ui(ui, rows, style, row),
        ManualBlock::Picture => None,
    }
}

fn item_ui<'a>(
    ui: &mut Ui,
    depth: usize,
    marker: &str,
    text: &'a [Span],
    style: SpanStyle<'_>,
) -> Option<&'a Link> {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(INDENT * depth as f32);
        let size = vec2(INDENT, style.size);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Min), |ui| {
            ui.set_min_width(INDENT);
            ui.label(marker);
        });
        cell_ui(ui, ui.available_width(), text, style)
    })
    .inner
}

fn code_ui(ui: &mut Ui, code: &str, style: SpanStyle<'_>, salt: (&str, usize)) {
    let span = Span { text: code.to_owned(), is_code: true, ..Span::default() };
    let fill = ui.visuals().extreme_bg_color;
    Frame::new().fill(fill).inner_margin(Margin::symmetric(8, 6)).corner_radius(4).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::horizontal().id_salt(salt).auto_shrink([false, true]).show(ui, |ui| {
            let mut job = rich::layout_job(ui, &[span], style);
            for section in &mut job.sections {
                if section.format.background == ui.visuals().code_bg_color {
                    section.format.background = egui::Color32::TRANSPARENT;
                }
            }
            ui.add(egui::Label::new(job).wrap_mode(egui::TextWrapMode::Extend));
        });
    });
}

fn table_ui<'a>(
    ui: &mut Ui,
    rows: &'a [Vec<Cell>],
    style: SpanStyle<'_>,
    scroll_to: Option<usize>,
) -> Option<&'a Link> {
    let widths = column_widths(ui, rows, style);
    let mut clicked = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        for (i, row) in rows.iter().enumerate() {
            if scroll_to == Some(i) {
                ui.scroll_to_cursor(Some(Align::TOP));
            }
            let visuals = ui.visuals();
            let fill = if i == 0 {
                visuals.widgets.noninteractive.bg_fill
            } else if i % 2 == 0 {
                visuals.faint_bg_color
            } else {
                egui::Color32::TRANSPARENT
            };
            Frame::new().fill(fill).inner_margin(Margin::symmetric(0, 3)).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    for (cell, width) in row.iter().zip(&widths) {
                        ui.add_space(CELL_MARGIN);
                        let style = SpanStyle { is_strong: i == 0, ..style };
                        clicked = cell_ui(ui, *width, cell, style).or(clicked);
                        ui.add_space(CELL_MARGIN);
                    }
                });
            });
        }
    });
    clicked
}

/// Draws text in a column of this width, in points.
fn cell_ui<'a>(
    ui: &mut Ui,
    width: f32,
    text: &'a [Span],
    style: SpanStyle<'_>,
) -> Option<&'a Link> {
    let size = vec2(width, 0.0);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        if text.is_empty() { None } else { spans_ui(ui, text, style) }
    })
    .inner
}

/// Widths of the columns: what their text needs, and where that is more than there is room, equal
/// shares of the room for those that need more than such a share.
fn column_widths(ui: &Ui, rows: &[Vec<Cell>], style: SpanStyle<'_>) -> Vec<f32> {
    let n = rows.iter().map(Vec::len).max().unwrap_or(0);
    let needed = |column: usize| {
        let width = |row: &Vec<Cell>| {
            let cell = row.get(column)?;
            Some(ui.painter().layout_job(rich::layout_job(ui, cell, style)).size().x.ceil() + 1.0)
        };
        rows.iter().filter_map(width).fold(0.0, f32::max)
    };
    let needed: Vec<f32> = (0..n).map(needed).collect();
    let room = ui.available_width() - 2.0 * CELL_MARGIN * n as f32;
    shared(&needed, room)
}

/// Shares of the room: all that is needed where there is enough.
fn shared(needed: &[f32], room: f32) -> Vec<f32> {
    let mut order: Vec<usize> = (0..needed.len()).collect();
    order.sort_by(|a, b| needed[*a].total_cmp(&needed[*b]));
    let mut widths = vec![0.0; needed.len()];
    let mut left = room;
    for (i, column) in order.iter().enumerate() {
        let share = (left / (needed.len() - i) as f32).max(MIN_COLUMN);
        widths[*column] = needed[*column].min(share);
        left -= widths[*column];
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_columns_keep_their_width_and_wide_ones_share_the_rest() {
        assert_eq!(shared(&[50.0, 80.0], 300.0), [50.0, 80.0], "there is room");
        assert_eq!(shared(&[500.0, 50.0, 600.0], 450.0), [200.0, 50.0, 200.0]);
        assert_eq!(shared(&[500.0], 10.0), [MIN_COLUMN]);
    }
}
