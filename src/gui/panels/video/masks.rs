//! The frames with masks, along the lower edge of the timeline.

use egui::{Color32, Rect, Ui, pos2};

use super::plot::Plot;
use crate::session::{Document, VideoView};

/// Colors of the shader `canvas/mask.wgsl`.
const REVIEWED: Color32 = Color32::from_rgb(86, 180, 233);
const UNREVIEWED: Color32 = Color32::from_rgb(230, 159, 0);
/// Height of the marks; unreviewed copies are half as high, so that color is not the only difference.
const HEIGHT: f32 = 5.0;

/// A mark for every frame with a mask.
pub(super) fn paint_masks(ui: &Ui, plot: &Plot, document: &Document, video: &VideoView) {
    let painter = ui.painter_at(plot.rect);
    let bottom = plot.rect.bottom();
    for (frame, mask) in document.masks.iter().filter(|(_, mask)| mask.n_set > 0) {
        let (left, right) = plot.span_of(video, *frame);
        let is_open = mask.is_unreviewed();
        let (color, height) = if is_open { (UNREVIEWED, HEIGHT / 2.0) } else { (REVIEWED, HEIGHT) };
        let right = right.max(left + 2.0);
        let mark = Rect::from_min_max(pos2(left, bottom - height), pos2(right, bottom));
        painter.rect_filled(mark, 0.0, color);
    }
}
