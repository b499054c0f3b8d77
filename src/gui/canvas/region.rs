//! A region drawn by hand, with the pointer or with the keys.

use egui::{Align2, Color32, FontId, Key, Modifiers, Response, Stroke, StrokeKind, Ui};

use super::input::{arrow_steps, arrows_are_ours};
use super::state::{CanvasState, Frame, canvas_id};
use crate::base::Rect;
use crate::pipeline::MIN_REGION_PX;
use crate::session::Command;

/// Step of an arrow key, as a share of the region's side.
const STEP: f32 = 0.05;

pub(super) fn region_ui(
    ui: &Ui,
    response: &Response,
    frame: &Frame,
    state: &mut CanvasState,
    bounds: &Rect,
    out: &mut Vec<Command>,
) {
    let Some(mut drawing) = state.drawing.take() else { return };
    let mut rect = drawing.rect.unwrap_or_else(|| {
        ui.memory_mut(|m| m.request_focus(canvas_id()));
        first_rect(frame, bounds)
    });
    let mut is_drawn = false;
    let space = ui.input(|i| i.key_down(Key::Space));
    if let Some(pos) = response.interact_pointer_pos().filter(|_| !space) {
        let p = frame.upright_from_points(pos);
        if response.drag_started_by(egui::PointerButton::Primary) {
            let origin = ui.input(|i| i.pointer.press_origin());
            drawing.drag_start = Some(origin.map_or(p, |o| frame.upright_from_points(o)));
        }
        if let Some(start) = drawing.drag_start {
            rect = Rect::from_corners(start, p);
            is_drawn = response.drag_stopped();
        }
    }
    if arrows_are_ours(ui) {
        let resize = arrow_steps(ui, Modifiers::SHIFT) * (STEP * rect.w.max(rect.h));
        let shift = arrow_steps(ui, Modifiers::NONE) * (STEP * rect.w.max(rect.h));
        rect = Rect::new(
            rect.x + shift.x,
            rect.y + shift.y,
            (rect.w + resize.x).max(1.0),
            (rect.h + resize.y).max(1.0),
        );
    }
    rect = rect.intersect(bounds).unwrap_or_else(|| first_rect(frame, bounds));
    let (enter, escape) = ui.input_mut(|i| {
        (i.consume_key(Modifiers::NONE, Key::Enter), i.consume_key(Modifiers::NONE, Key::Escape))
    });
    paint(ui, frame, &rect);
    if escape {
        return;
    }
    let large_enough = rect.w.min(rect.h) >= MIN_REGION_PX;
    if enter || is_drawn && large_enough {
        out.push(Command::ExamineRegion(rect));
        return;
    }
    if is_drawn {
        drawing.drag_start = None;
    }
    drawing.rect = Some(rect);
    state.drawing = Some(drawing);
}

/// A square in the middle of the visible part.
fn first_rect(frame: &Frame, bounds: &Rect) -> Rect {
    let seen = frame.placement.shown(frame.size_px).intersect(bounds).unwrap_or(*bounds);
    let side = (seen.w.min(seen.h) / 3.0).max(1.0);
    let center = seen.center();
    Rect::new(center.x - side / 2.0, center.y - side / 2.0, side, side)
}

fn paint(ui: &Ui, frame: &Frame, rect: &Rect) {
    let painter = ui.painter_at(frame.rect);
    let on_screen = frame.rect_from_upright(rect);
    let dark = Stroke::new(3.0, Color32::from_black_alpha(200));
    painter.rect_stroke(on_screen, 0.0, dark, StrokeKind::Middle);
    painter.rect_stroke(on_screen, 0.0, Stroke::new(1.5, Color32::WHITE), StrokeKind::Middle);
    let large_enough = rect.w.min(rect.h) >= MIN_REGION_PX;
    let size = format!("{:.0} × {:.0} px", rect.w, rect.h);
    let text = if large_enough {
        format!("{size}. Drag, or use the arrow keys and Enter. Esc cancels.")
    } else {
        format!("{size}, too small: at least {MIN_REGION_PX:.0} px a side")
    };
    let font = FontId::proportional(13.0);
    let galley = painter.layout_no_wrap(text, font, Color32::WHITE);
    let size = galley.size() + egui::vec2(12.0, 8.0);
    let below = egui::pos2(on_screen.center().x, on_screen.max.y + 6.0);
    let held = frame.rect.shrink2(size / 2.0);
    let center = Align2::CENTER_TOP.anchor_size(below, size).center().clamp(held.min, held.max);
    let label = egui::Rect::from_center_size(center, size);
    painter.rect_filled(label, 4.0, Color32::from_black_alpha(210));
    painter.galley(label.min + egui::vec2(6.0, 4.0), galley, Color32::WHITE);
}
