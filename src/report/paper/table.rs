//! Tables: widths of columns, rows that stay whole, heads on every page.

use super::block::{Cell, Table};
use super::flow::{Flow, LINE};
use super::lines::{TextLine, TextStyle};
use super::page::{Mark, Role};

const PAD_X: f32 = 3.6;
const PAD_Y: f32 = 1.7;
/// Width of the names of facts, points.
const FACT_NAMES: f32 = 92.0;
const HEAD_FILL: [u8; 3] = [236; 3];

struct SetRow {
    cells: Vec<SetCell>,
    height: f32,
}

struct SetCell {
    lines: Vec<TextLine>,
    x: f32,
    width: f32,
    span: usize,
    is_head: bool,
    is_number: bool,
}

impl Flow<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        let widths = self.columns(table);
        let head = (!table.head.is_empty()).then(|| self.row(&table.head, &widths));
        let node = self.element(Role::Table, None);
        let head_height = head.as_ref().map_or(0.0, |row| row.height);
        let first = table.rows.first().map(|row| self.row(row, &widths).height);
        // The head does not stand alone.
        self.need(head_height + first.unwrap_or(0.0).min(self.page_height() / 2.0));
        if let Some(head) = &head {
            self.draw_row(head, Some(node), false);
        }
        for row in &table.rows {
            let row = self.row(row, &widths);
            if self.y + row.height > self.bottom() {
                self.new_page();
                if let Some(head) = &head {
                    self.draw_row(head, None, false);
                }
            }
            self.draw_row(&row, Some(node), head.is_none());
        }
        self.y += 4.0;
    }

    /// Widths of the columns: each its longest word at least, the rest by the length of the texts.
    fn columns(&mut self, table: &Table) -> Vec<f32> {
        let rows = || std::iter::once(&table.head).chain(&table.rows);
        let n = rows().map(|row| row.iter().map(|cell| cell.span).sum()).max().unwrap_or(1).max(1);
        let room = self.width();
        if table.is_facts && n == 2 {
            let names = FACT_NAMES.min(room / 3.0);
            return vec![names, room - names];
        }
        let mut least = vec![12.0f32; n];
        let mut most = vec![12.0f32; n];
        // No text claims more than a third of the table by its longest word.
        let cap = room / 3.0;
        for row in rows() {
            let mut column = 0;
            for cell in row {
                if cell.span == 1 && column < n {
                    let style = self.cell_style(cell);
                    let (min, max) = self.fonts.widths(&cell.text, style);
                    least[column] = least[column].max(min.min(cap) + 2.0 * PAD_X + 0.5);
                    most[column] = most[column].max(max + 2.0 * PAD_X + 0.5);
                }
                column += cell.span;
            }
        }
        let (sum_least, sum_most): (f32, f32) = (least.iter().sum(), most.iter().sum());
        if sum_most <= room {
            let more = (room - sum_most) / n as f32;
            return most.into_iter().map(|width| width + more).collect();
        }
        if sum_least >= room {
            return least.into_iter().map(|width| width * room / sum_least).collect();
        }
        let share = (room - sum_least) / (sum_most - sum_least);
        least.iter().zip(&most).map(|(least, most)| least + (most - least) * share).collect()
    }

    fn cell_style(&self, cell: &Cell) -> TextStyle {
        TextStyle { size: self.size() * 0.94, is_bold: cell.is_head }
    }

    fn row(&mut self, cells: &[Cell], widths: &[f32]) -> SetRow {
        let mut set = Vec::new();
        let mut x = self.left;
        let mut column = 0;
        for cell in cells {
            let width: f32 = widths.iter().skip(column).take(cell.span).sum();
            let style = self.cell_style(cell);
            let lines = self.fonts.set(&cell.text, style, width - 2.0 * PAD_X);
            let (span, is_head, is_number) = (cell.span, cell.is_head, cell.is_number);
            set.push(SetCell { lines, x, width, span, is_head, is_number });
            x += width;
            column += cell.span;
        }
        let height =
            set.iter().map(|cell| height(cell.lines.iter())).fold(0.0, f32::max) + 2.0 * PAD_Y;
        SetRow { cells: set, height }
    }

    /// Draws a row. One that is taller than a page goes on over the next ones. Without a table it
    /// is the repeated head, which nobody reads twice.
    fn draw_row(&mut self, row: &SetRow, table: Option<usize>, is_row_head: bool) {
        let row_node = table.map(|table| self.element(Role::Row, Some(table)));
        let nodes: Vec<Option<usize>> = row
            .cells
            .iter()
            .map(|cell| {
                let role = if cell.is_head {
                    Role::HeadCell { is_row: is_row_head, span: cell.span }
                } else {
                    Role::Cell { span: cell.span }
                };
                row_node.map(|row| self.element(role, Some(row)))
            })
            .collect();
        let mut at = vec![0usize; row.cells.len()];
        loop {
            let room = (self.bottom() - self.y).max(0.0);
            // How many lines of each cell fit here.
            let fit = |cell: &SetCell, from: usize| {
                let mut used = 2.0 * PAD_Y;
                let lines = cell.lines.iter().skip(from).take_while(|line| {
                    used += line.height;
                    used <= room + 0.01
                });
                lines.count()
            };
            let counts: Vec<usize> =
                row.cells.iter().zip(&at).map(|(cell, from)| fit(cell, *from)).collect();
            let is_done =
                |at: &[usize]| row.cells.iter().zip(at).all(|(cell, at)| *at >= cell.lines.len());
            if counts.iter().sum::<usize>() == 0 && !is_done(&at) {
                // A line that fits on no page is left out; texts have no such lines.
                if self.is_at_top() {
                    break;
                }
                self.new_page();
                continue;
            }
            let part = row
                .cells
                .iter()
                .zip(at.iter().zip(&counts))
                .map(|(cell, (from, n))| height(cell.lines.iter().skip(*from).take(*n)))
                .fold(0.0, f32::max)
                + 2.0 * PAD_Y;
            self.cells(row, &at, &counts, part, &nodes);
            for (at, n) in at.iter_mut().zip(&counts) {
                *at += n;
            }
            self.y += part;
            if is_done(&at) {
                break;
            }
            self.new_page();
        }
    }

    fn cells(
        &mut self,
        row: &SetRow,
        at: &[usize],
        counts: &[usize],
        height: f32,
        nodes: &[Option<usize>],
    ) {
        let y = self.y;
        for (i, cell) in row.cells.iter().enumerate() {
            if cell.is_head {
                let area = [cell.x, y, cell.width, height];
                self.mark(Mark::Fill { area, color: HEAD_FILL }, None);
            }
            let lines = cell.lines.iter().skip(at[i]).take(counts[i]);
            let mut line_y = y + PAD_Y;
            for line in lines.cloned().collect::<Vec<_>>() {
                let x = if cell.is_number {
                    cell.x + cell.width - PAD_X - line.width
                } else {
                    cell.x + PAD_X
                };
                let height = line.height;
                self.mark(Mark::Text { line, x, y: line_y }, nodes[i]);
                line_y += height;
            }
        }
        for cell in &row.cells {
            let [x, w] = [cell.x, cell.width];
            for area in [
                [x, y, w, 0.5],
                [x, y + height, w, 0.5],
                [x, y, 0.5, height],
                [x + w, y, 0.5, height + 0.5],
            ] {
                self.mark(Mark::Fill { area, color: LINE }, None);
            }
        }
    }
}

fn height<'a>(lines: impl Iterator<Item = &'a TextLine>) -> f32 {
    lines.map(|line| line.height).sum()
}
