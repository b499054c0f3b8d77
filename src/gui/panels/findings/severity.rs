//! The score against the strength of each degradation, in three small plots side by side.

use std::sync::Arc;

use egui::{Align2, FontId, Painter, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::base::{FaceFinding, Verdict};
use crate::bundle::Thresholds;
use crate::detect::{Degradation, SERIES};
use crate::gui::{labels, theme};
use crate::session::RescoredItem;

/// Height of the plot with its labels.
const HEIGHT: f32 = 132.0;
/// Room for the numbers of the score axis.
const LEFT: f32 = 26.0;
/// Room for the names of the kinds.
const TOP: f32 = 16.0;
/// Room for the strengths.
const BOTTOM: f32 = 16.0;
/// Between the frame and the scores 0 and 1.
const INSET: f32 = 6.0;
/// Between two plots.
const GAP: f32 = 8.0;

pub(super) fn severity_plot(
    ui: &mut Ui,
    original: &FaceFinding,
    series: &[Arc<RescoredItem>],
    thresholds: Option<&Thresholds>,
) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let text = in_words(original, series);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &text));
    let painter = ui.painter_at(rect);
    let (weak, grid) = (ui.visuals().weak_text_color(), ui.visuals().widgets.inactive.bg_fill);
    let small = FontId::proportional(10.5);
    let top = rect.top() + TOP;
    let bottom = rect.bottom() - BOTTOM;
    let room = bottom - top - 2.0 * INSET;
    let y_of = |score: f32| bottom - INSET - score.clamp(0.0, 1.0) * room;
    for score in [0.0, 1.0] {
        let at = pos2(rect.left() + LEFT - 4.0, y_of(score));
        painter.text(at, Align2::RIGHT_CENTER, format!("{score:.0}"), small.clone(), weak);
    }
    let kinds: [(&str, &str); 3] =
        [("jpeg", "JPEG quality"), ("blur", "Blur, px"), ("scale", "Scale, %")];
    let width = (rect.width() - LEFT - 2.0 * GAP) / 3.0;
    for (i, (kind, name)) in kinds.into_iter().enumerate() {
        let left = rect.left() + LEFT + i as f32 * (width + GAP);
        let plot = Rect::from_min_max(pos2(left, top), pos2(left + width, bottom));
        painter.rect_stroke(plot, 2.0, Stroke::new(1.0, grid), egui::StrokeKind::Inside);
        let above = pos2(plot.center().x, rect.top());
        painter.text(above, Align2::CENTER_TOP, name, small.clone(), weak);
        if let Some(t) = thresholds {
            paint_threshold(&painter, plot, y_of(t.traces_found), ui, Verdict::TracesFound);
            paint_threshold(&painter, plot, y_of(t.no_trace_found), ui, Verdict::NoTraceFound);
        }
        let steps: Vec<Degradation> = SERIES.into_iter().filter(|d| d.as_str() == kind).collect();
        let x_of =
            |at: usize| plot.left() + (at as f32 + 0.5) / (steps.len() + 1) as f32 * plot.width();
        let mut points =
            vec![(pos2(x_of(0), y_of(original.score.unwrap_or(0.0))), original.verdict)];
        for (at, degradation) in steps.iter().enumerate() {
            let below = pos2(x_of(at + 1), plot.bottom() + 2.0);
            painter.text(below, Align2::CENTER_TOP, strength(*degradation), small.clone(), weak);
            let done = series.iter().find(|item| item.degradation == *degradation);
            if let Some(item) = done {
                let y = y_of(item.finding.score.unwrap_or(0.0));
                points.push((pos2(x_of(at + 1), y), item.finding.verdict));
            }
        }
        let line: Vec<_> = points.iter().map(|(at, _)| *at).collect();
        painter.add(Shape::line(line, Stroke::new(1.5, ui.visuals().text_color())));
        for (j, (at, verdict)) in points.iter().enumerate() {
            let color = theme::verdict_color(*verdict, ui.visuals());
            painter.circle(*at, if j == 0 { 4.5 } else { 3.5 }, color, Stroke::NONE);
            if j == 0 {
                painter.circle_stroke(*at, 4.5, Stroke::new(1.5, ui.visuals().text_color()));
            }
        }
    }
    response.on_hover_text(format!(
        "{text} Ringed: the original. Dashed: the model's thresholds; above the upper one it finds \
         traces, below the lower one none."
    ));
}

fn paint_threshold(painter: &Painter, plot: Rect, y: f32, ui: &Ui, verdict: Verdict) {
    let color = theme::verdict_color(verdict, ui.visuals()).gamma_multiply(0.8);
    let ends = [pos2(plot.left(), y), pos2(plot.right(), y)];
    painter.extend(Shape::dashed_line(&ends, Stroke::new(1.0, color), 4.0, 3.0));
}

fn strength(degradation: Degradation) -> String {
    match degradation {
        Degradation::Jpeg(quality) => quality.to_string(),
        Degradation::Blur(sigma) => sigma.to_string(),
        Degradation::Scale(factor) => format!("{:.0}", factor * 100.0),
    }
}

/// `Original: score 0.93. JPEG quality 90: score 0.91.` …
fn in_words(original: &FaceFinding, series: &[Arc<RescoredItem>]) -> String {
    let mut text = format!("Original: {}.", labels::score(original.score));
    for item in series {
        let line = format!(" {}: {}.", item.degradation.label(), labels::score(item.finding.score));
        text.push_str(&line);
    }
    text
}
