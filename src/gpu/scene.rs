//! What to draw, as plain values.
//!
//! `view` is the rectangle to draw into, in physical pixels from its top left corner.

use std::sync::Arc;

use crate::annotate::{Mask, PixelRect};
use crate::base::{Affine, Heatmap, Point, Rect, RgbImage};
use crate::signal::{OverlayStyle, Pyramid};

/// Position of the picture in the view. 64-bit, so that very large pictures do not jitter at high
/// zoom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// View pixels per upright pixel, above 0.
    pub zoom: f64,
    /// Left edge of the picture in the view.
    pub x_px: f64,
    /// Top edge of the picture in the view.
    pub y_px: f64,
}

impl Placement {
    /// The whole picture, centered, with a margin, never enlarged.
    pub fn fit(picture_px: [u32; 2], view_size_px: [f32; 2], margin_px: f32) -> Self {
        let [w, h] = view_size_px.map(|v| f64::from((v - 2.0 * margin_px).max(1.0)));
        let [pw, ph] = picture_px.map(f64::from);
        Self::centered(picture_px, view_size_px, (w / pw).min(h / ph).min(1.0))
    }

    /// The whole picture, centered, with a margin, as large as it fits.
    pub fn fill(picture_px: [u32; 2], view_size_px: [f32; 2], margin_px: f32, max: f64) -> Self {
        let [w, h] = view_size_px.map(|v| f64::from((v - 2.0 * margin_px).max(1.0)));
        let [pw, ph] = picture_px.map(f64::from);
        Self::centered(picture_px, view_size_px, (w / pw).min(h / ph).min(max))
    }

    /// The middle of the picture in the middle of the view.
    pub fn centered(picture_px: [u32; 2], view_size_px: [f32; 2], zoom: f64) -> Self {
        let [w, h] = view_size_px.map(f64::from);
        let [pw, ph] = picture_px.map(f64::from);
        Self { zoom, x_px: ((w - pw * zoom) / 2.0).round(), y_px: ((h - ph * zoom) / 2.0).round() }
    }

    /// Converts an upright position to view pixels.
    pub fn view_from_upright(&self, p: Point) -> [f64; 2] {
        [f64::from(p.x) * self.zoom + self.x_px, f64::from(p.y) * self.zoom + self.y_px]
    }

    /// From view pixels to upright positions.
    pub fn upright_from_view(&self, x_px: f64, y_px: f64) -> Point {
        Point {
            x: ((x_px - self.x_px) / self.zoom) as f32,
            y: ((y_px - self.y_px) / self.zoom) as f32,
        }
    }

    /// The visible part of the upright plane.
    pub fn shown(&self, view_size_px: [u32; 2]) -> Rect {
        let [w, h] = view_size_px.map(f64::from);
        Rect::from_corners(self.upright_from_view(0.0, 0.0), self.upright_from_view(w, h))
    }

    /// Changes the zoom; the point at the view position stays in place.
    #[must_use]
    pub fn zoomed_about(&self, x_px: f64, y_px: f64, zoom: f64) -> Self {
        let k = zoom / self.zoom;
        Self { zoom, x_px: x_px - (x_px - self.x_px) * k, y_px: y_px - (y_px - self.y_px) * k }
    }
}

/// A heat map over the picture.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The values.
    pub map: Arc<Heatmap>,
    /// Takes upright positions to map cells.
    pub map_from_upright: Affine,
}

/// A small opaque picture over the picture.
#[derive(Debug, Clone)]
pub struct Patch {
    /// Its pixels.
    pub image: Arc<RgbImage>,
    /// Takes its pixels to upright positions.
    pub upright_from_patch: Affine,
}

/// A mask to draw.
#[derive(Debug, Clone)]
pub struct MaskShown {
    /// On the stored pixel grid.
    pub mask: Arc<Mask>,
    /// Unique among all masks.
    pub version: u64,
    /// Recent changes: version before, version after, area. May be empty: then a new version is
    /// uploaded whole.
    pub changes: Vec<(u64, u64, PixelRect)>,
}

impl MaskShown {
    /// The area that changed since a version; `None` for no change, `everything` when unknown.
    pub(super) fn changed_since(&self, version: u64, everything: PixelRect) -> Option<PixelRect> {
        if version == self.version {
            return None;
        }
        let first = self.changes.iter().position(|(before, ..)| *before == version);
        let changes = first.map_or(&[][..], |first| &self.changes[first..]);
        let is_known = changes.last().is_some_and(|(_, after, _)| *after == self.version);
        let changed = changes.iter().map(|(.., area)| *area).reduce(PixelRect::union);
        if is_known { changed } else { Some(everything) }
    }
}

/// Which masks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaskMode {
    /// The mask drawn by hand.
    #[default]
    ByHand,
    ByModel,
    /// Both, and where they differ.
    Difference,
}

/// Masks over the picture, of one size.
#[derive(Debug, Clone)]
pub struct MaskLayer {
    /// Drawn by hand.
    pub by_hand: Option<MaskShown>,
    /// Marked by the model.
    pub by_model: Option<MaskShown>,
    /// Takes upright positions to the masks' pixels.
    pub image_from_upright: Affine,
    /// Which masks are shown.
    pub mode: MaskMode,
    /// Opacity of the tint, 0 to 1; outlines stay opaque.
    pub tint: f32,
}

/// The rows of `to_from_view`, for the given `to_from_upright`. The fourth value is padding.
pub(super) fn rows_from_view(
    to_from_upright: &Affine,
    placement: &Placement,
) -> ([f32; 4], [f32; 4]) {
    let Placement { zoom, x_px, y_px } = *placement;
    let [a, b, c, d, e, f] = to_from_upright.m.map(f64::from);
    let row = |p: f64, q: f64, r: f64| {
        [(p / zoom) as f32, (q / zoom) as f32, (r - (p * x_px + q * y_px) / zoom) as f32, 0.0]
    };
    (row(a, b, c), row(d, e, f))
}

/// Everything that one frame of the canvas needs.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The picture and its smaller copies.
    pub pyramid: Arc<Pyramid>,
    /// Position of the picture.
    pub placement: Placement,
    pub view_size_px: [u32; 2],
    /// Heat maps, drawn in this order.
    pub layers: Vec<Layer>,
    /// Opaque patches, drawn before the heat maps.
    pub patches: Vec<Patch>,
    /// Style of the heat maps.
    pub style: OverlayStyle,
    /// Left of this view column only the picture is drawn.
    pub split_px: Option<f32>,
    /// Masks, drawn last.
    pub masks: Option<MaskLayer>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_shows_all_and_never_enlarges() {
        let fit = Placement::fit([400, 100], [220.0, 200.0], 10.0);
        assert_eq!(fit, Placement { zoom: 0.5, x_px: 10.0, y_px: 75.0 });
        let small = Placement::fit([10, 10], [100.0, 100.0], 10.0);
        assert_eq!(small.zoom, 1.0);
    }

    #[test]
    fn zooming_keeps_the_place_under_the_cursor() {
        let before = Placement { zoom: 0.7, x_px: -31.0, y_px: 8.0 };
        let after = before.zoomed_about(120.0, 45.0, 9.0);
        let (a, b) = (before.upright_from_view(120.0, 45.0), after.upright_from_view(120.0, 45.0));
        assert!((a.x - b.x).abs() < 1e-3 && (a.y - b.y).abs() < 1e-3, "{a:?} {b:?}");
    }
}
