//! A score on its scale, and the color bar of heat maps.

use egui::{Color32, FontId, Mesh, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::base::Verdict;
use crate::bundle::Thresholds;
use crate::gui::theme;
use crate::signal::{Colormap, OverlayStyle, RESIDUAL_GAIN};

/// Pieces a color bar is made of.
const N_PIECES: u8 = 48;

/// The score between 0 and 1, with the model's two thresholds as marks.
pub(in crate::gui) fn score_gauge(
    ui: &mut Ui,
    score: f32,
    verdict: Verdict,
    thresholds: Option<&Thresholds>,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let painter = ui.painter();
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(rect.width(), 12.0));
    let at = |v: f32| bar.left() + v.clamp(0.0, 1.0) * bar.width();
    painter.rect_filled(bar, 3.0, ui.visuals().widgets.inactive.bg_fill);
    let filled = bar.with_max_x(at(score));
    painter.rect_filled(filled, 3.0, theme::verdict_color(verdict, ui.visuals()));
    let ink = ui.visuals().text_color();
    if let Some(thresholds) = thresholds {
        let marks = [thresholds.no_trace_found, thresholds.traces_found];
        for mark in marks {
            painter.vline(at(mark), bar.y_range().expand(3.0), Stroke::new(1.5, ink));
            let text = format!("{mark:.2}");
            let font = FontId::proportional(11.0);
            let anchor = egui::Align2::CENTER_TOP;
            let x = at(mark).clamp(bar.left() + 12.0, bar.right() - 12.0);
            painter.text(
                pos2(x, bar.bottom() + 3.0),
                anchor,
                text,
                font,
                ui.visuals().weak_text_color(),
            );
        }
    }
    let hover = thresholds.map_or_else(
        || format!("Score {score:.2}"),
        |t| {
            format!(
                "Score {score:.2}, from 0 to 1. Below {:.2}: no trace found. From {:.2} on: traces \
                 found. Between: inconclusive.",
                t.no_trace_found, t.traces_found
            )
        },
    );
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, &hover));
    response.on_hover_text(hover);
}

/// The colors of the heat map from 0 to 1. The threshold is always in the middle, with a mark.
pub(in crate::gui) fn color_bar(ui: &mut Ui, style: &OverlayStyle) {
    let text = format!(
        "Colors of the map, {}: from 0, no sign of forgery, to 1. The middle is the threshold, \
         {:.2}: what is beyond it counts as marked.",
        style.colormap.label(),
        style.threshold
    );
    let bar = bar_ui(ui, style.colormap, "1", text);
    let (x, painter) = (bar.center().x, ui.painter());
    painter.vline(x, bar.y_range().expand(4.0), Stroke::new(4.0, ui.visuals().panel_fill));
    painter.vline(x, bar.y_range().expand(4.0), Stroke::new(1.5, ui.visuals().text_color()));
}

/// The colors of residuals, from no difference to the largest distinguishable one.
pub(in crate::gui) fn residual_bar(ui: &mut Ui, colormap: Colormap) {
    let largest = (255.0 / RESIDUAL_GAIN).round();
    let text = format!("Colors of the residual: from no difference to {largest} of 255 or more.");
    bar_ui(ui, colormap, &format!("{largest}"), text);
}

fn bar_ui(ui: &mut Ui, colormap: Colormap, end: &str, text: String) -> Rect {
    let (rect, response) = ui.allocate_exact_size(vec2(154.0, 24.0), Sense::hover());
    let ink = ui.visuals().text_color();
    let painter = ui.painter();
    let font = FontId::proportional(11.5);
    let bar = Rect::from_min_max(rect.min + vec2(14.0, 5.0), rect.max - vec2(18.0, 5.0));
    painter.text(rect.left_center(), egui::Align2::LEFT_CENTER, "0", font.clone(), ink);
    painter.text(rect.right_center(), egui::Align2::RIGHT_CENTER, end, font, ink);
    painter.add(gradient(bar, colormap));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &text));
    response.on_hover_text(text);
    bar
}

/// A strip of a color map.
pub(in crate::gui) fn gradient(bar: Rect, colormap: Colormap) -> Mesh {
    let mut mesh = Mesh::default();
    for i in 0..=N_PIECES {
        let v = f32::from(i) / f32::from(N_PIECES);
        let [r, g, b] = colormap.lookup(v);
        let x = bar.left() + v * bar.width();
        mesh.colored_vertex(pos2(x, bar.top()), Color32::from_rgb(r, g, b));
        mesh.colored_vertex(pos2(x, bar.bottom()), Color32::from_rgb(r, g, b));
        if i > 0 {
            let n = u32::from(i) * 2;
            mesh.add_triangle(n - 2, n - 1, n);
            mesh.add_triangle(n, n - 1, n + 1);
        }
    }
    mesh
}
