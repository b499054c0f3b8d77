//! The canvas: the picture, what is laid over it, zooming, moving, drawing a region.
//!
//! * **In**: the document shown, pointer and keys. **Out**: a scene for `gpu`, commands.
//! * **Not here**: pixels (`gpu`), verdicts in words (`panels`).

mod camera;
mod hatch;
mod input;
mod marks;
mod mask;
mod note;
mod region;

pub(super) use camera::{Cameras, Request};
pub(super) use region::Drawing;

use egui::{Id, Rect, Response, Sense, Ui};

use super::mask_tools::MaskTools;
use super::{bridge, theme, words};
use crate::base::{Affine, Point};
use crate::gpu::{Layer, MaskLayer, Patch, Placement, Scene};
use crate::session::{Command, Document, FaceItem, Picture, RescoredItem, View, ViewMode};

/// The canvas's own state: where one looks, what one drags.
#[derive(Default)]
pub(super) struct CanvasState {
    pub(super) cameras: Cameras,
    /// Place of the divider, 0 at the left edge, 1 at the right; `None` without one.
    pub(super) split: Option<f32>,
    /// A region being drawn.
    pub(super) drawing: Option<Drawing>,
    /// The annotator's tools.
    pub(super) mask: MaskTools,
    /// Pointer and arrows are those of the annotator.
    is_masking: bool,
    /// Everything laid over the picture is hidden as long as this is held.
    pub(super) is_hiding: bool,
    /// What is under the pointer, for the status bar.
    pub(super) under_pointer: Option<PixelFacts>,
    /// View pixels per picture pixel, for the status bar.
    pub(super) zoom: Option<f64>,
}

/// A pixel of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PixelFacts {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) rgb: [u8; 3],
}

/// Where the canvas lies on the screen, and how it shows the picture.
#[derive(Clone, Copy)]
struct Frame {
    rect: Rect,
    pixels_per_point: f32,
    size_px: [u32; 2],
    placement: Placement,
}

impl Frame {
    fn pixels_from_points(&self, pos: egui::Pos2) -> [f64; 2] {
        let offset = (pos - self.rect.min) * self.pixels_per_point;
        [f64::from(offset.x), f64::from(offset.y)]
    }

    fn upright_from_points(&self, pos: egui::Pos2) -> Point {
        let [x, y] = self.pixels_from_points(pos);
        self.placement.upright_from_view(x, y)
    }

    fn points_from_upright(&self, p: Point) -> egui::Pos2 {
        let [x, y] = self.placement.view_from_upright(p);
        self.rect.min + egui::vec2(x as f32, y as f32) / self.pixels_per_point
    }

    fn rect_from_upright(&self, r: &crate::base::Rect) -> Rect {
        Rect::from_two_pos(
            self.points_from_upright(Point { x: r.x, y: r.y }),
            self.points_from_upright(Point { x: r.x + r.w, y: r.y + r.h }),
        )
    }
}

/// The canvas's place in the focus order.
pub(super) fn canvas_id() -> Id {
    Id::unique("picture canvas")
}

/// Draws the document and takes in what is done to it.
pub(super) fn canvas_ui(
    ui: &mut Ui,
    view: &View,
    document: &Document,
    picture: &Picture,
    state: &mut CanvasState,
    out: &mut Vec<Command>,
) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.interact(rect, canvas_id(), Sense::click_and_drag());
    ui.advance_cursor_after_rect(rect);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let round = |v: f32| (v * pixels_per_point).round().max(0.0) as u32;
    let size_px = [
        round(rect.max.x).saturating_sub(round(rect.min.x)),
        round(rect.max.y).saturating_sub(round(rect.min.y)),
    ];
    let full_px = picture.full_px;
    let bounds = crate::base::Rect::new(0.0, 0.0, full_px[0] as f32, full_px[1] as f32);
    let camera = state.cameras.of(document.id, full_px, size_px, pixels_per_point);
    let mut frame = Frame { rect, pixels_per_point, size_px, placement: camera.placement };
    let divider = split_ui(ui, rect, &mut state.split);
    state.is_masking = view.masks.is_editing && state.drawing.is_none();
    input::navigate(ui, &response, &mut frame, state, document, full_px);
    state.zoom = Some(frame.placement.zoom);
    state.under_pointer = pixel_under_pointer(ui, &response, &frame, picture);

    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::canvas_fill(ui.visuals()));
    let hidden =
        state.is_hiding || ui.input(|i| i.key_down(egui::Key::H)) && !ui.ctx().text_edit_focused();
    bridge::paint(&painter, rect, scene(view, document, picture, &frame, state, hidden));
    marks::paint_pixel_grid(&painter, &frame, &bounds);
    if !hidden {
        if view.mode == ViewMode::HeatMap {
            hatch::paint_hatch(&painter, &frame, document, picture);
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
    note::note_ui(ui, rect, document, state.is_masking);
    describe(ui, &response, document, if hidden { ViewMode::Picture } else { view.mode });
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(rect.shrink(1.0), 0.0, stroke, egui::StrokeKind::Inside);
    }
}

fn describe(ui: &Ui, response: &Response, document: &Document, shown: ViewMode) {
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, ui.is_enabled(), "Picture canvas")
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(words::canvas(document, shown.words()));
    });
}

/// The divider as a widget of its own: dragged, or moved by the arrow keys when it has the focus.
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
        egui::WidgetInfo::slider(ui.is_enabled(), value, "Divider between before and after")
    });
    Some(response)
}

fn scene(
    view: &View,
    document: &Document,
    picture: &Picture,
    frame: &Frame,
    state: &CanvasState,
    hidden: bool,
) -> Scene {
    let mode = if hidden { ViewMode::Picture } else { view.mode };
    let degraded = document.faces.iter().filter(|_| !hidden).filter_map(|face| {
        let item = shown_trial(face)?;
        let image = std::sync::Arc::clone(&item.copy);
        Some(Patch { image, upright_from_patch: item.upright_from_copy })
    });
    let patches = document.faces.iter().filter_map(|face| {
        let patch = face.patch.as_ref()?;
        let image = match mode {
            ViewMode::Reconstruction => &patch.output,
            ViewMode::Residual => &patch.residual,
            ViewMode::Picture | ViewMode::HeatMap => return None,
        };
        let upright_from_patch = patch.upright_from_patch;
        Some(Patch { image: std::sync::Arc::clone(image), upright_from_patch })
    });
    let layers = document.faces.iter().filter(|_| mode == ViewMode::HeatMap).filter_map(|face| {
        let map = shown_trial(face).map_or(&face.map, |item| &item.map);
        let (map, map_from_upright) = map.as_ref()?;
        Some(Layer { map: std::sync::Arc::clone(map), map_from_upright: *map_from_upright })
    });
    // The scene's space is that of the pixels there are; while a video moves they are fewer.
    let pixels = picture.pyramid.picture();
    let full =
        crate::base::Rect::new(0.0, 0.0, picture.full_px[0] as f32, picture.full_px[1] as f32);
    let full_from_pixels = Affine::rect_to_rect(&pixels.bounds(), &full);
    let pixels_from_full = Affine::rect_to_rect(&full, &pixels.bounds());
    let zoom = frame.placement.zoom * f64::from(full.w) / f64::from(pixels.width_px);
    let patches = degraded.chain(patches).map(|patch| {
        let upright_from_patch = pixels_from_full.after(&patch.upright_from_patch);
        Patch { upright_from_patch, ..patch }
    });
    let layers = layers.map(|layer| {
        let map_from_upright = layer.map_from_upright.after(&full_from_pixels);
        Layer { map_from_upright, ..layer }
    });
    let masks = mask::layer(view, document, &state.mask).map(|masks| {
        let image_from_upright = masks.image_from_upright.after(&full_from_pixels);
        MaskLayer { image_from_upright, ..masks }
    });
    Scene {
        pyramid: std::sync::Arc::clone(&picture.pyramid),
        placement: Placement { zoom, ..frame.placement },
        view_size_px: frame.size_px,
        patches: patches.collect(),
        layers: layers.collect(),
        style: view.style(),
        split_px: state.split.filter(|_| !hidden).map(|at| at * frame.size_px[0] as f32),
        masks: masks.filter(|_| !hidden),
    }
}

/// The degraded copy that is looked at instead of the face.
fn shown_trial(face: &FaceItem) -> Option<&RescoredItem> {
    face.robustness.trial.as_ref()?.shown.as_deref()
}

fn pixel_under_pointer(
    ui: &Ui,
    response: &Response,
    frame: &Frame,
    picture: &Picture,
) -> Option<PixelFacts> {
    // A smaller copy has other pixels.
    let image = picture.is_exact().then(|| picture.pyramid.picture())?;
    let pos = ui.input(|i| i.pointer.hover_pos()).filter(|_| response.contains_pointer())?;
    let p = frame.upright_from_points(pos);
    let inside = image.bounds().contains(p);
    inside.then(|| {
        let (x, y) = (p.x as u32, p.y as u32);
        PixelFacts { x, y, rgb: image.get(i64::from(x), i64::from(y)) }
    })
}
