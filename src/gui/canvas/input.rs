//! Pointer and arrow keys on the canvas.

use egui::{Key, Modifiers, Response, Ui};

use super::camera;
use super::state::{CanvasState, Frame, canvas_id};
use crate::session::Document;

/// Zoom per point of wheel movement.
const ZOOM_PER_POINT: f32 = 1.0 / 220.0;
/// Distance an arrow key moves the picture, in points.
const ARROW_STEP_POINTS: f32 = 48.0;

pub(super) fn navigate(
    ui: &Ui,
    response: &Response,
    frame: &mut Frame,
    state: &mut CanvasState,
    document: &Document,
    picture_px: [u32; 2],
) {
    let before = frame.placement;
    zoom(ui, response, frame, picture_px, state.is_masking);
    // While drawing, drags and arrows belong to the tool.
    let drawing = state.drawing.is_some() || state.is_masking;
    let space = ui.input(|i| i.key_down(Key::Space));
    let pans = response.dragged_by(egui::PointerButton::Middle)
        || response.dragged() && (!drawing || space);
    if pans {
        pan(frame, response.drag_delta());
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
    } else if response.hovered() && drawing && !space {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
    } else if response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grab);
    }
    if !drawing && arrows_are_ours(ui) {
        let steps = arrow_steps(ui, Modifiers::NONE);
        pan(frame, -steps * ARROW_STEP_POINTS);
    }
    if response.double_clicked() && !drawing {
        let face = response
            .interact_pointer_pos()
            .and_then(|pos| super::marks::face_at(document, frame.upright_from_points(pos)));
        let request = match face.and_then(|i| document.faces.get(i)) {
            Some(face) => camera::Request::Show(face.upright_box),
            None => camera::Request::Fit,
        };
        state.cameras.request(request);
        ui.ctx().request_repaint();
    }
    if frame.placement != before {
        state.cameras.place(document.id, frame.placement);
    }
}

/// Wheel and pinch zoom about the pointer.
fn zoom(ui: &Ui, response: &Response, frame: &mut Frame, picture_px: [u32; 2], is_masking: bool) {
    let Some(pos) = ui.input(|i| i.pointer.hover_pos()) else { return };
    if !response.contains_pointer() {
        return;
    }
    let (scroll, pinch) = ui.input(|i| {
        let pinch = match i.multi_touch() {
            // With Ctrl held the wheel is the annotator's, also while egui lets it run out.
            None if is_masking => i.events.iter().fold(1.0, |all, event| match event {
                egui::Event::Zoom(factor) => all * factor,
                _ => all,
            }),
            _ => i.zoom_delta(),
        };
        (i.smooth_scroll_delta().y, pinch)
    });
    let factor = f64::from((scroll * ZOOM_PER_POINT).exp() * pinch);
    if (factor - 1.0).abs() < 1e-6 {
        return;
    }
    let fit = camera::fit_zoom(picture_px, frame.size_px, frame.pixels_per_point);
    let [x, y] = frame.pixels_from_points(pos);
    let zoom = camera::held(frame.placement.zoom * factor, fit);
    frame.placement = frame.placement.zoomed_about(x, y, zoom);
}

fn pan(frame: &mut Frame, points: egui::Vec2) {
    frame.placement.x_px += f64::from(points.x * frame.pixels_per_point);
    frame.placement.y_px += f64::from(points.y * frame.pixels_per_point);
}

/// Arrow keys belong to a slider or list that has the focus, else to the canvas.
pub(super) fn arrows_are_ours(ui: &Ui) -> bool {
    let focused = ui.memory(egui::Memory::focused);
    if focused == Some(canvas_id()) {
        let filter = egui::EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|m| m.set_focus_lock_filter(canvas_id(), filter));
    }
    focused.is_none() || focused == Some(canvas_id())
}

/// Arrow keys pressed since the last frame, rightwards and downwards positive.
pub(super) fn arrow_steps(ui: &Ui, modifiers: Modifiers) -> egui::Vec2 {
    ui.input_mut(|i| {
        let mut count = |key| i.count_and_consume_key(modifiers, key) as f32;
        egui::vec2(
            count(Key::ArrowRight) - count(Key::ArrowLeft),
            count(Key::ArrowDown) - count(Key::ArrowUp),
        )
    })
}
