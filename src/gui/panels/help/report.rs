//! A window with what a command of the command line prints.

use egui::{Context, Label, RichText, ScrollArea, TextStyle, Vec2, vec2};

use crate::base::text::counted;
use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;
use crate::session::{Command, View};

/// Smallest and largest size of the window, points.
const SIZES: [Vec2; 2] = [vec2(480.0, 160.0), vec2(1160.0, 900.0)];
/// Its size while the lines are being made, points.
const WAITING: Vec2 = vec2(860.0, 400.0);
/// Title, buttons and edges around the lines, points.
const AROUND: Vec2 = vec2(44.0, 112.0);
/// Between two lines, points.
const GAP: f32 = 2.0;

/// Shows the report while there is one.
pub(in crate::gui) fn report_ui(ctx: &Context, view: &View<'_>, out: &mut Vec<Command>) {
    let Some(report) = view.report else { return };
    let mut is_open = true;
    let size = report.lines.as_ref().map_or(WAITING, |lines| size_of(ctx, lines));
    let window = floating::window(ctx, report.kind.label(), size, Opens::Middle, &mut is_open);
    window.fixed_size(size).show(ctx, |ui| {
        let Some(lines) = &report.lines else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Being made…");
            });
            return;
        };
        ui.horizontal(|ui| {
            if ui.button("Copy all").clicked() {
                ui.copy_text(lines.join("\n") + "\n");
            }
            ui.weak(counted(lines.len() as u64, "line"));
        });
        ui.separator();
        let height = ui.text_style_height(&TextStyle::Monospace);
        ui.spacing_mut().item_spacing.y = GAP;
        let area = ScrollArea::both().id_salt("report").auto_shrink([false, false]);
        area.show_rows(ui, height, lines.len(), |ui, seen| {
            for line in lines.get(seen).unwrap_or_default() {
                ui.add(Label::new(RichText::new(line).monospace()).extend());
            }
        });
    });
    if !is_open {
        out.push(Command::ShowReport { kind: None, program: None, models: None, file: None });
    }
}

/// The size of a window in which all lines are seen, as far as that is possible.
fn size_of(ctx: &Context, lines: &[String]) -> Vec2 {
    let font = TextStyle::Monospace.resolve(&ctx.global_style());
    let letter =
        ctx.fonts_mut(|fonts| vec2(fonts.glyph_width(&font, '0'), fonts.row_height(&font)));
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let content = vec2(longest as f32 * letter.x, lines.len() as f32 * (letter.y + GAP));
    (content + AROUND).clamp(SIZES[0], SIZES[1])
}
