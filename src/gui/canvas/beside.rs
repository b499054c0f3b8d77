//! A second file beside the one shown, at the same place and zoom.

use egui::{Response, Sense, TextureOptions, Ui, pos2, vec2};

use super::camera::{Camera, Request};
use super::marks;
use super::state::{CanvasState, Frame};
use crate::base::{Point, text::visible};
use crate::gpu::Placement;
use crate::gui::widgets::textures::Textures;
use crate::gui::{labels, theme};
use crate::session::{Document, Picture, View, ViewMode};

/// Longer side of the picture as it is uploaded; larger ones are shown by a smaller copy.
const MAX_PX: u32 = 4096;
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
    textures: &mut Textures,
) {
    ui.horizontal(|ui| {
        if ui.small_button("Close").on_hover_text("Show one file only").clicked() {
            state.beside = None;
        }
        let name = document.name();
        let text = format!("{}: {}", visible(&name), labels::state(document));
        ui.add(egui::Label::new(text).truncate());
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
    let size_px = [rect.width(), rect.height()].map(|side| (side * pixels_per_point) as u32);
    let placement = linked(&camera, shown_picture.full_px, picture.full_px, size_px);
    let frame = Frame { rect, pixels_per_point, size_px, placement };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::canvas_fill(ui.visuals()));
    let mut levels = picture.pyramid.levels.iter();
    let pixels = levels.find(|level| level.width_px.max(level.height_px) <= MAX_PX);
    if let Some(pixels) = pixels {
        let options = TextureOptions {
            magnification: egui::TextureFilter::Nearest,
            ..TextureOptions::LINEAR
        };
        let texture = textures.get_with(ui.ctx(), pixels, options);
        let [width, height] = picture.full_px.map(|side| side as f32);
        let place = frame.rect_from_upright(&crate::base::Rect::new(0.0, 0.0, width, height));
        let uv = egui::Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), place, uv, egui::Color32::WHITE);
    }
    if view.mode != ViewMode::Picture && !state.is_hiding {
        marks::paint_faces(&painter, &frame, document);
    }
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
