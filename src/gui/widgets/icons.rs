//! Icons drawn as shapes, since the fonts have none.

use egui::{Color32, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::base::{Verdict, luma};
use crate::case::ItemState;
use crate::gui::theme;

/// The icon of a verdict; the text beside it names it for screen readers.
pub(in crate::gui) fn verdict_ui(ui: &mut Ui, verdict: Verdict, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let color = theme::verdict_color(verdict, ui.visuals());
    paint_verdict(ui.painter(), rect.shrink(1.0), verdict, color);
    response
}

/// Triangle with an exclamation mark (traces found), circle with a division sign (inconclusive),
/// empty circle (no trace found), crossed circle (not examined).
pub(in crate::gui) fn paint_verdict(
    painter: &Painter,
    rect: Rect,
    verdict: Verdict,
    color: Color32,
) {
    let (center, radius) = (rect.center(), rect.width().min(rect.height()) / 2.0);
    let stroke = Stroke::new((radius / 5.0).max(1.5), color);
    let at = |x: f32, y: f32| pos2(center.x + x * radius, center.y + y * radius);
    match verdict {
        Verdict::TracesFound => {
            let corners = vec![at(0.0, -0.95), at(1.0, 0.85), at(-1.0, 0.85)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
            let ink = contrast(color);
            painter.line_segment([at(0.0, -0.35), at(0.0, 0.25)], Stroke::new(stroke.width, ink));
            painter.circle_filled(at(0.0, 0.55), stroke.width * 0.6, ink);
        }
        Verdict::Inconclusive => {
            painter.circle_stroke(center, radius - stroke.width / 2.0, stroke);
            painter.line_segment([at(-0.45, 0.0), at(0.45, 0.0)], stroke);
            painter.circle_filled(at(0.0, -0.4), stroke.width * 0.6, color);
            painter.circle_filled(at(0.0, 0.4), stroke.width * 0.6, color);
        }
        Verdict::NoTraceFound => {
            painter.circle_stroke(center, radius - stroke.width / 2.0, stroke);
        }
        Verdict::NotExamined => {
            painter.circle_stroke(center, radius - stroke.width / 2.0, stroke);
            painter.line_segment([at(-0.6, 0.6), at(0.6, -0.6)], stroke);
        }
    }
}

/// The icon of an item's state, with its name: an empty square (to do), one half filled (in work), one
/// with a check mark (done), one with an arrow past it (skipped).
pub(in crate::gui) fn state_ui(ui: &mut Ui, state: ItemState, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let color = match state {
        ItemState::Done => theme::verdict_color(Verdict::NoTraceFound, ui.visuals()),
        ItemState::InWork => theme::verdict_color(Verdict::Inconclusive, ui.visuals()),
        ItemState::ToDo | ItemState::Skipped => ui.visuals().weak_text_color(),
    };
    paint_state(ui.painter(), rect.shrink(1.5), state, color);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, state.label()));
    response
}

fn paint_state(painter: &Painter, rect: Rect, state: ItemState, color: Color32) {
    let stroke = Stroke::new(1.5, color);
    let at = |x: f32, y: f32| rect.min + vec2(x * rect.width(), y * rect.height());
    match state {
        ItemState::ToDo => {
            painter.rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
        }
        ItemState::InWork => {
            painter.rect_filled(rect.with_min_y(rect.center().y), 3.0, color);
            painter.rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
        }
        ItemState::Done => {
            painter.rect_filled(rect, 3.0, color);
            let mark = vec![at(0.2, 0.52), at(0.42, 0.75), at(0.82, 0.25)];
            painter.add(Shape::line(mark, Stroke::new(2.0, contrast(color))));
        }
        ItemState::Skipped => {
            painter.line_segment([at(0.0, 0.5), at(0.75, 0.5)], stroke);
            painter.add(Shape::line(vec![at(0.5, 0.25), at(0.78, 0.5), at(0.5, 0.75)], stroke));
            painter.line_segment([at(0.95, 0.1), at(0.95, 0.9)], stroke);
        }
    }
}

/// Black or white, whichever is better read on a color.
pub(in crate::gui) fn contrast(on: Color32) -> Color32 {
    let is_light = luma([on.r(), on.g(), on.b()].map(f32::from)) > 140.0;
    if is_light { Color32::from_rgb(24, 24, 24) } else { Color32::WHITE }
}

/// The handle of the divider: a disk with an arrow to each side.
pub(in crate::gui) fn paint_split_handle(painter: &Painter, center: Pos2, color: Color32) {
    let ink = contrast(color);
    painter.circle(center, 11.0, color, Stroke::new(1.0, Color32::from_black_alpha(160)));
    for side in [-1.0, 1.0] {
        let tip = center + vec2(7.0 * side, 0.0);
        let arrow = vec![tip, center + vec2(2.5 * side, -4.5), center + vec2(2.5 * side, 4.5)];
        painter.add(Shape::convex_polygon(arrow, ink, Stroke::NONE));
    }
}

/// A sheet of paper with a folded corner and an arrow into it: drop here.
pub(in crate::gui) fn paint_drop(painter: &Painter, rect: Rect, color: Color32) {
    let stroke = Stroke::new(2.5, color);
    let (w, h) = (rect.width(), rect.height());
    let at = |x: f32, y: f32| pos2(rect.left() + x * w, rect.top() + y * h);
    painter.add(Shape::closed_line(
        vec![at(0.1, 0.05), at(0.65, 0.05), at(0.9, 0.3), at(0.9, 0.95), at(0.1, 0.95)],
        stroke,
    ));
    painter.add(Shape::line(vec![at(0.65, 0.05), at(0.65, 0.3), at(0.9, 0.3)], stroke));
    painter.line_segment([at(0.5, 0.4), at(0.5, 0.78)], stroke);
    painter.add(Shape::line(vec![at(0.34, 0.62), at(0.5, 0.78), at(0.66, 0.62)], stroke));
}

/// The buttons of the transport bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum Transport {
    Play,
    Pause,
    StepBack,
    StepForward,
    PreviousMoment,
    NextMoment,
}

/// A button with such an icon and a name for screen readers.
pub(in crate::gui) fn transport_button(
    ui: &mut Ui,
    icon: Transport,
    name: &str,
    hover: &str,
) -> Response {
    let size = vec2(28.0, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let visuals = ui.style().interact(&response);
    let painter = ui.painter();
    painter.rect(
        rect.expand(visuals.expansion),
        visuals.corner_radius,
        visuals.weak_bg_fill,
        visuals.bg_stroke,
        egui::StrokeKind::Inside,
    );
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        painter.rect_stroke(rect, visuals.corner_radius, stroke, egui::StrokeKind::Inside);
    }
    paint_transport(painter, rect.center(), icon, ui.visuals().text_color());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    response.on_hover_text(hover)
}

fn paint_transport(painter: &Painter, center: Pos2, icon: Transport, color: Color32) {
    let bar = |x: f32| {
        let rect = Rect::from_center_size(center + vec2(x, 0.0), vec2(2.6, 12.0));
        painter.rect_filled(rect, 0.0, color);
    };
    // A triangle that points to `x + width`.
    let arrow = |x: f32, width: f32| {
        let at = center + vec2(x, 0.0);
        let corners = vec![at + vec2(0.0, -6.0), at + vec2(width, 0.0), at + vec2(0.0, 6.0)];
        painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
    };
    // The triangle of suspicion, as an outline.
    let sign = |x: f32| {
        let at = center + vec2(x, 0.0);
        let corners = vec![at + vec2(0.0, -5.5), at + vec2(5.5, 5.0), at + vec2(-5.5, 5.0)];
        painter.add(Shape::closed_line(corners, Stroke::new(1.5, color)));
        painter.line_segment([at + vec2(0.0, -1.5), at + vec2(0.0, 2.0)], Stroke::new(1.4, color));
        painter.circle_filled(at + vec2(0.0, 3.5), 0.8, color);
    };
    match icon {
        Transport::Play => arrow(-4.5, 10.5),
        Transport::Pause => {
            bar(-3.0);
            bar(3.0);
        }
        Transport::StepBack => {
            arrow(2.5, -8.0);
            bar(5.5);
        }
        Transport::StepForward => {
            arrow(-2.5, 8.0);
            bar(-5.5);
        }
        Transport::PreviousMoment => {
            arrow(-3.5, -7.0);
            sign(5.0);
        }
        Transport::NextMoment => {
            arrow(3.5, 7.0);
            sign(-5.0);
        }
    }
}
