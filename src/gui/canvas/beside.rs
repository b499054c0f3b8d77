//! A second file beside the one shown, at the same place and zoom.

use egui::{Response, Sense, Ui, vec2};

use super::callback::Side;
use super::camera::{Camera, Request};
use super::draw::{is_overlay_hidden, size_in_pixels};
use super::scene::scene;
use super::state::{CanvasState, Frame};
use super::{callback, hatch, marks};
use crate::base::{Point, text::visible};
use crate::gpu::{Placement, Scene};
use crate::gui::{labels, theme};
use crate::session::{Document, Picture, View, ViewMode};

/// Zoom per point of wheel movement.
const ZOOM_PER_POINT: f32 = 1.0 / 220.0;

/// The file beside the one shown, if there is one with a picture.
pub(in crate::gui) fn file_beside<'a>(
    view: &View<'a>,
    state: &CanvasState,
) -> Option<(&'a Document, &'a Picture)> {
    let id = state.beside.filter(|id| Some(*id) != view.active)?;
    let document = view.documents.iter().find(|document| document.id == id)?;
    Some((document, document.picture.as_deref()?))
}

/// Draws the second file. Dragging and the wheel move both.
pub(in crate::gui) fn beside_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (document, picture): (&Document, &Picture),
    state: &mut CanvasState,
    bar: egui::Frame,
) {
    name_ui(ui, document, bar, |ui| {
        if ui.small_button("Close").on_hover_text("Show one file only").clicked() {
            state.beside = None;
        }
    });
    let rect = ui.available_rect_before_wrap();
    let id = egui::Id::unique("picture beside");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    ui.advance_cursor_after_rect(rect);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Picture beside"));
    let shown = view.document().and_then(|shown| Some((shown, shown.picture.as_ref()?)));
    let Some((shown, shown_picture)) = shown else { return };
    let Some(camera) = state.cameras.get(shown.id) else { return };
    navigate(ui, &response, state, shown, camera);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let size_px = size_in_pixels(rect, pixels_per_point);
    let placement = linked(&camera, shown_picture.full_px, picture.full_px, size_px);
    let frame = Frame { rect, pixels_per_point, size_px, placement };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::canvas_fill(ui.visuals()));
    let hidden = is_overlay_hidden(ui, state);
    let scene = scene(view, document, picture, &frame, state, hidden);
    callback::paint(&painter, rect, Side::Beside, Scene { split_px: None, ..scene });
    if hidden {
        return;
    }
    if view.mode == ViewMode::HeatMap {
        hatch::paint_hatch(&painter, &frame, document, picture);
    }
    marks::paint_faces(&painter, &frame, document);
}

/// The line above each of two pictures: its name and verdict, behind what else belongs there.
pub(in crate::gui) fn name_ui(
    ui: &mut Ui,
    document: &Document,
    bar: egui::Frame,
    before: impl FnOnce(&mut Ui),
) {
    bar.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            before(ui);
            let text = format!("{}: {}", visible(&document.name()), labels::state(document));
            ui.add(egui::Label::new(text).truncate());
        });
    });
}

/// Dragging and the wheel move the camera of the file shown; this one follows.
fn navigate(
    ui: &Ui,
    response: &Response,
    state: &mut CanvasState,
    shown: &Document,
    camera: Camera,
) {
    if response.dragged() {
        let delta = response.drag_delta() * ui.ctx().pixels_per_point();
        let mut placement = camera.placement;
        placement.x_px += f64::from(delta.x);
        placement.y_px += f64::from(delta.y);
        state.cameras.place(shown.id, placement);
        ui.ctx().request_repaint();
    }
    if response.contains_pointer() {
        let scroll = ui.input(|i| i.smooth_scroll_delta().y);
        if scroll != 0.0 {
            state.cameras.request(Request::ZoomBy(f64::from((scroll * ZOOM_PER_POINT).exp())));
            ui.ctx().request_repaint();
        }
    }
}

/// The placement in which the same part of another picture is seen, as a share of both.
fn linked(camera: &Camera, shown_px: [u32; 2], other_px: [u32; 2], size_px: [u32; 2]) -> Placement {
    let shown_size = camera.size_px().map(f64::from);
    let middle = camera.placement.upright_from_view(shown_size[0] / 2.0, shown_size[1] / 2.0);
    let scale = [0, 1].map(|i| f64::from(other_px[i]) / f64::from(shown_px[i].max(1)));
    let middle = Point { x: middle.x * scale[0] as f32, y: middle.y * scale[1] as f32 };
    let zoom = camera.placement.zoom / scale[0].max(1e-6);
    let half = vec2(size_px[0] as f32, size_px[1] as f32) / 2.0;
    Placement {
        zoom,
        x_px: f64::from(half.x) - f64::from(middle.x) * zoom,
        y_px: f64::from(half.y) - f64::from(middle.y) * zoom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::canvas::camera::Cameras;
    use crate::session::DocumentId;

    #[test]
    fn the_same_part_of_a_larger_picture_is_shown_as_large() {
        let mut cameras = Cameras::default();
        let id = DocumentId(1);
        cameras.update(id, [400, 200], [400, 300], 1.0);
        cameras.place(id, Placement { zoom: 2.0, x_px: -100.0, y_px: 10.0 });
        let camera = cameras.update(id, [400, 200], [400, 300], 1.0);
        let placement = linked(&camera, [400, 200], [800, 400], [200, 100]);
        assert!((placement.zoom - 1.0).abs() < 1e-9, "half as close: twice as many pixels");
        let a = camera.placement.upright_from_view(200.0, 150.0);
        let b = placement.upright_from_view(100.0, 50.0);
        assert!((a.x * 2.0 - b.x).abs() < 0.01 && (a.y * 2.0 - b.y).abs() < 0.01, "{a:?} {b:?}");
    }
}
