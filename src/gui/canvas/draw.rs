//! Draws the canvas and handles input on it.

use egui::{Id, Rect, Response, Sense, Ui};

use super::callback::Side;
use super::camera::Request;
use super::scene::{scene, shown_trial};
use super::state::{CanvasState, Frame, PixelFacts, canvas_id};
use super::{callback, hatch, input, loupe, marks, mask, note, region};
use crate::base::Point;
use crate::gui::requests::WindowRequest;
use crate::gui::result::result_entries_ui;
use crate::gui::{labels, theme};
use crate::session::{Command, Document, Picture, View, ViewMode};

/// Draws the document and handles input.
#[expect(clippy::too_many_arguments, reason = "one call site; each is a different kind of thing")]
pub(in crate::gui) fn canvas_ui(
    ui: &mut Ui,
    view: &View<'_>,
    document: &Document,
    picture: &Picture,
    state: &mut CanvasState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.interact(rect, canvas_id(), Sense::click_and_drag());
    ui.advance_cursor_after_rect(rect);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let size_px = size_in_pixels(rect, pixels_per_point);
    let full_px = picture.full_px;
    let bounds = crate::base::Rect::new(0.0, 0.0, full_px[0] as f32, full_px[1] as f32);
    let camera = state.cameras.update(document.id, full_px, size_px, pixels_per_point);
    let mut frame = Frame { rect, pixels_per_point, size_px, placement: camera.placement };
    let divider = split_ui(ui, rect, &mut state.split);
    state.is_masking = view.masks.is_editing && state.drawing.is_none();
    input::navigate(ui, &response, &mut frame, state, document, full_px);
    state.zoom = Some(frame.placement.zoom);
    state.under_pointer = pixel_under_pointer(ui, &response, &frame, picture, document);

    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::canvas_fill(ui.visuals()));
    let hidden = is_overlay_hidden(ui, state);
    let shown = scene(view, document, picture, &frame, state, hidden);
    callback::paint(&painter, rect, Side::Shown, shown);
    marks::paint_pixel_grid(&painter, &frame, &bounds);
    if !hidden {
        if view.mode == ViewMode::HeatMap {
            // Left of the divider lies the picture alone.
            let from = rect.left() + state.split.unwrap_or(0.0) * rect.width();
            let overlay = painter.with_clip_rect(rect.with_min_x(from));
            hatch::paint_hatch(&overlay, &frame, document, picture);
        }
        marks::paint_faces(&painter, &frame, document);
        if response.clicked() && state.drawing.is_none() && !state.is_masking {
            let clicked = response.interact_pointer_pos().map(|pos| frame.upright_from_points(pos));
            let face = clicked.and_then(|p| marks::face_at(document, p));
            out.push(Command::SelectFace(face));
        }
    }
    if let (Some(split), false) = (state.split, hidden) {
        marks::paint_split(&painter, rect, split, divider.is_some_and(|d| d.has_focus()));
    }
    region::region_ui(ui, &response, &frame, state, &bounds, out);
    if state.is_masking {
        mask::mask_ui(ui, &response, &mut frame, state, view, out);
    }
    let pointer = ui.input(|i| i.pointer.hover_pos()).filter(|_| response.contains_pointer());
    if let Some(pointer) = pointer.filter(|_| state.has_loupe && picture.is_exact()) {
        loupe::paint_loupe(&painter, &frame, picture.pyramid.picture(), pointer);
    }
    note::note_ui(ui, rect, document, state.is_masking);
    context_menu(&response, view, state, requests);
    describe(ui, &response, document, if hidden { ViewMode::Picture } else { view.mode });
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(rect.shrink(1.0), 0.0, stroke, egui::StrokeKind::Inside);
    }
}

/// Width and height of a part of the window; its edges lie on whole pixels.
pub(super) fn size_in_pixels(rect: Rect, pixels_per_point: f32) -> [u32; 2] {
    let round = |v: f32| (v * pixels_per_point).round().max(0.0) as u32;
    [
        round(rect.max.x).saturating_sub(round(rect.min.x)),
        round(rect.max.y).saturating_sub(round(rect.min.y)),
    ]
}

/// Whether a person wants to see the picture alone.
pub(super) fn is_overlay_hidden(ui: &Ui, state: &CanvasState) -> bool {
    state.is_hiding || ui.input(|i| i.key_down(egui::Key::H)) && !ui.ctx().text_edit_focused()
}

/// What can be done with the picture, on a right click.
fn context_menu(
    response: &Response,
    view: &View<'_>,
    state: &mut CanvasState,
    requests: &mut Vec<WindowRequest>,
) {
    response.context_menu(|ui| {
        result_entries_ui(ui, view, requests);
        ui.separator();
        for (label, keys, request) in
            [("Fit the picture", "F", Request::Fit), ("Actual size", "A", Request::ActualSize)]
        {
            if ui.add(egui::Button::new(label).shortcut_text(keys)).clicked() {
                state.cameras.request(request);
            }
        }
        let loupe = egui::Button::selectable(state.has_loupe, "Loupe").shortcut_text("F4");
        if ui.add(loupe).clicked() {
            state.has_loupe = !state.has_loupe;
        }
    });
}

fn describe(ui: &Ui, response: &Response, document: &Document, shown: ViewMode) {
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, ui.is_enabled(), "Picture canvas")
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(labels::canvas(document, shown.label()));
    });
}

/// The divider: dragged, or moved by the arrow keys when it has the focus.
fn split_ui(ui: &Ui, rect: Rect, split: &mut Option<f32>) -> Option<Response> {
    let at = split.as_mut()?;
    let x = rect.left() + *at * rect.width();
    let handle = Rect::from_x_y_ranges(x - 8.0..=x + 8.0, rect.y_range());
    let id = Id::unique("before and after divider");
    let response =
        ui.interact(handle, id, Sense::drag()).on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    if response.dragged() {
        *at += response.drag_delta().x / rect.width().max(1.0);
    }
    if response.has_focus() {
        let arrows = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(id, arrows));
        let steps = ui.input_mut(|i| {
            let mut count = |key| i.count_and_consume_key(egui::Modifiers::NONE, key) as f32;
            count(egui::Key::ArrowRight) - count(egui::Key::ArrowLeft)
        });
        *at += 0.02 * steps;
    }
    *at = at.clamp(0.0, 1.0);
    let value = f64::from(*at);
    response.widget_info(|| {
        egui::WidgetInfo::slider(ui.is_enabled(), value, "Divider between picture and overlay")
    });
    Some(response)
}

fn pixel_under_pointer(
    ui: &Ui,
    response: &Response,
    frame: &Frame,
    picture: &Picture,
    document: &Document,
) -> Option<PixelFacts> {
    // A smaller copy has other pixels.
    let image = picture.is_exact().then(|| picture.pyramid.picture())?;
    let pos = ui.input(|i| i.pointer.hover_pos()).filter(|_| response.contains_pointer())?;
    let p = frame.upright_from_points(pos);
    let inside = image.bounds().contains(p);
    inside.then(|| {
        let (x, y) = (p.x as u32, p.y as u32);
        let rgb = image.get(i64::from(x), i64::from(y));
        PixelFacts { x, y, rgb, map: map_value(document, p) }
    })
}

/// The highest value that the heat maps shown have at a position; `None` beside all of them.
fn map_value(document: &Document, p: Point) -> Option<f32> {
    let values = document.faces.iter().filter_map(|face| {
        let map = shown_trial(face).map_or(&face.map, |item| &item.map);
        let (map, map_from_upright) = map.as_ref()?;
        map.sample(map_from_upright.apply(p))
    });
    values.reduce(f32::max)
}
