//! The state of the canvas between frames, and its place on the screen.

use egui::{Id, Rect};

use super::camera::Cameras;
use crate::base::{Point, Rect as ImageRect};
use crate::gpu::Placement;
use crate::gui::mask_tools::MaskTools;
use crate::session::DocumentId;

/// The state of the canvas between frames.
#[derive(Default)]
pub(in crate::gui) struct CanvasState {
    pub(in crate::gui) cameras: Cameras,
    /// Position of the divider, 0 at the left edge, 1 at the right; `None` without one.
    pub(in crate::gui) split: Option<f32>,
    /// The file shown beside the active one.
    pub(in crate::gui) beside: Option<DocumentId>,
    /// The active file of the last frame.
    shown: Option<DocumentId>,
    /// A region being drawn.
    pub(in crate::gui) drawing: Option<Drawing>,
    pub(in crate::gui) mask: MaskTools,
    /// Pointer and arrow keys belong to the mask editor.
    pub(super) is_masking: bool,
    /// The loupe follows the pointer.
    pub(in crate::gui) has_loupe: bool,
    /// The overlay is hidden while the button is held.
    pub(in crate::gui) is_hiding: bool,
    /// The pixel under the pointer, for the status bar.
    pub(in crate::gui) under_pointer: Option<PixelFacts>,
    /// View pixels per picture pixel, for the status bar.
    pub(in crate::gui) zoom: Option<f64>,
}

impl CanvasState {
    /// Another file may be active now. Where that is the one beside, both change places.
    pub(in crate::gui) fn follow_active(&mut self, active: Option<DocumentId>) {
        let before = std::mem::replace(&mut self.shown, active);
        if before != active && self.beside.is_some() && self.beside == active {
            self.beside = before;
        }
    }
}

/// A region being drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::gui) struct Drawing {
    /// In upright pixels; `None` before the first frame.
    pub(super) rect: Option<ImageRect>,
    pub(super) drag_start: Option<Point>,
}

/// A pixel of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gui) struct PixelFacts {
    pub(in crate::gui) x: u32,
    pub(in crate::gui) y: u32,
    pub(in crate::gui) rgb: [u8; 3],
    /// Highest value of the heat maps there; `None` beside them.
    pub(in crate::gui) map: Option<f32>,
}

/// Position of the canvas on the screen, and placement of the picture in it.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) rect: Rect,
    pub(super) pixels_per_point: f32,
    pub(super) size_px: [u32; 2],
    pub(super) placement: Placement,
}

impl Frame {
    pub(super) fn pixels_from_points(&self, pos: egui::Pos2) -> [f64; 2] {
        let offset = (pos - self.rect.min) * self.pixels_per_point;
        [f64::from(offset.x), f64::from(offset.y)]
    }

    pub(super) fn upright_from_points(&self, pos: egui::Pos2) -> Point {
        let [x, y] = self.pixels_from_points(pos);
        self.placement.upright_from_view(x, y)
    }

    pub(super) fn points_from_upright(&self, p: Point) -> egui::Pos2 {
        let [x, y] = self.placement.view_from_upright(p);
        self.rect.min + egui::vec2(x as f32, y as f32) / self.pixels_per_point
    }

    pub(super) fn rect_from_upright(&self, r: &ImageRect) -> Rect {
        Rect::from_two_pos(
            self.points_from_upright(Point { x: r.x, y: r.y }),
            self.points_from_upright(Point { x: r.x + r.w, y: r.y + r.h }),
        )
    }
}

/// The widget id of the canvas.
pub(in crate::gui) fn canvas_id() -> Id {
    Id::unique("picture canvas")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_beside_and_the_active_one_change_places() {
        let [one, two, three] = [1, 2, 3].map(|id| Some(DocumentId(id)));
        let mut state = CanvasState::default();
        state.follow_active(one);
        state.beside = two;
        state.follow_active(two);
        assert_eq!(state.beside, one);
        state.follow_active(three);
        assert_eq!(state.beside, one, "a third file stands beside the same one");
        state.follow_active(three);
        assert_eq!(state.beside, one);
    }
}
