//! Lines over the picture: faces, the pixel grid, the divider.

use egui::{Color32, FontId, Painter, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use super::scene::shown_trial;
use super::state::Frame;
use crate::base::{self, Point, Verdict};
use crate::gui::widgets::icons;
use crate::gui::{labels, theme};
use crate::session::Document;

/// Smallest zoom at which the pixel grid is drawn.
const GRID_FROM_ZOOM: f64 = 16.0;

/// The smallest face box that holds the position.
pub(super) fn face_at(document: &Document, p: Point) -> Option<usize> {
    let under = document.faces.iter().enumerate().filter(|(_, face)| face.upright_box.contains(p));
    let smallest = under.min_by(|a, b| a.1.upright_box.area().total_cmp(&b.1.upright_box.area()));
    smallest.map(|(i, _)| i)
}

/// A box around every face with its number and verdict: solid for the two definite verdicts, dashed
/// for the others.
pub(super) fn paint_faces(painter: &Painter, frame: &Frame, document: &Document) {
    for (i, face) in document.faces.iter().enumerate() {
        let rect = frame.rect_from_upright(&face.upright_box);
        let shown = shown_trial(face).map_or(&face.finding, |item| &item.finding);
        let verdict = shown.verdict;
        let color = theme::verdict_color_on_picture(verdict);
        let is_selected = document.selected_face == Some(i);
        let width = if is_selected { 2.5 } else { 1.25 };
        let rim = Stroke::new(width + 2.0, Color32::from_black_alpha(150));
        painter.rect_stroke(rect, 2.0, rim, StrokeKind::Middle);
        let stroke = Stroke::new(width, color);
        if verdict == Verdict::TracesFound || verdict == Verdict::NoTraceFound {
            painter.rect_stroke(rect, 2.0, stroke, StrokeKind::Middle);
        } else {
            let corners = [
                rect.left_top(),
                rect.right_top(),
                rect.right_bottom(),
                rect.left_bottom(),
                rect.left_top(),
            ];
            painter.extend(Shape::dashed_line(&corners, stroke, 7.0, 5.0));
        }
        let number = labels::number(i, face);
        paint_tag(painter, rect, number, verdict, color);
        if let Some(item) = shown_trial(face) {
            paint_note(painter, rect, &format!("Degraded: {}", item.degradation.label()));
        }
    }
}

fn paint_tag(painter: &Painter, rect: Rect, number: u64, verdict: Verdict, color: Color32) {
    let ink = Color32::from_rgb(240, 240, 240);
    let galley = painter.layout_no_wrap(number.to_string(), FontId::proportional(13.0), ink);
    let size = vec2(galley.size().x + 28.0, 20.0);
    let above = pos2(rect.left(), rect.top() - size.y - 2.0);
    let room = painter.clip_rect();
    let corner = above.clamp(room.min, (room.max - size).max(room.min));
    let tag = Rect::from_min_size(corner, size);
    painter.rect_filled(tag, 3.0, Color32::from_black_alpha(190));
    let icon = Rect::from_center_size(tag.left_center() + vec2(11.0, 0.0), vec2(13.0, 13.0));
    icons::paint_verdict(painter, icon, verdict, color);
    let text_at = pos2(tag.left() + 22.0, tag.center().y - galley.size().y / 2.0);
    painter.galley(text_at, galley, ink);
}

/// A label below a face, so that a degraded copy is not mistaken for the picture.
fn paint_note(painter: &Painter, rect: Rect, text: &str) {
    let ink = Color32::from_rgb(240, 240, 240);
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(13.0), ink);
    let size = galley.size() + vec2(12.0, 6.0);
    let room = painter.clip_rect();
    let below = pos2(rect.left(), rect.bottom() + 3.0);
    let corner = below.clamp(room.min, (room.max - size).max(room.min));
    painter.rect_filled(Rect::from_min_size(corner, size), 3.0, Color32::from_black_alpha(190));
    painter.galley(corner + vec2(6.0, 3.0), galley, ink);
}

/// The pixel grid, at high zoom.
pub(super) fn paint_pixel_grid(painter: &Painter, frame: &Frame, bounds: &base::Rect) {
    if frame.placement.zoom < GRID_FROM_ZOOM {
        return;
    }
    let Some(seen) = frame.placement.shown(frame.size_px).intersect(bounds) else {
        return;
    };
    let area = frame.rect_from_upright(&seen);
    let stroke =
        Stroke::new(1.0 / frame.pixels_per_point, Color32::from_gray(128).gamma_multiply(0.6));
    for x in seen.x.floor() as u32..=(seen.x + seen.w).ceil() as u32 {
        let at = frame.points_from_upright(Point { x: x as f32, y: 0.0 }).x;
        painter.vline(at, area.y_range(), stroke);
    }
    for y in seen.y.floor() as u32..=(seen.y + seen.h).ceil() as u32 {
        let at = frame.points_from_upright(Point { x: 0.0, y: y as f32 }).y;
        painter.hline(area.x_range(), at, stroke);
    }
}

/// The divider with its handle and the labels of its sides.
pub(super) fn paint_split(painter: &Painter, rect: Rect, split: f32, has_focus: bool) {
    let x = rect.left() + split * rect.width();
    painter.vline(x, rect.y_range(), Stroke::new(3.0, Color32::from_black_alpha(150)));
    painter.vline(x, rect.y_range(), Stroke::new(1.5, Color32::WHITE));
    let center = pos2(x, rect.center().y);
    if has_focus {
        painter.circle_filled(center, 15.0, Color32::from_rgb(60, 140, 220));
    }
    icons::paint_split_handle(painter, center, Color32::from_rgb(238, 240, 242));
    for (text, side, align) in
        [("Picture", -10.0, egui::Align2::RIGHT_TOP), ("Overlay", 10.0, egui::Align2::LEFT_TOP)]
    {
        let galley =
            painter.layout_no_wrap(text.to_owned(), FontId::proportional(12.5), Color32::WHITE);
        let label = align.anchor_size(pos2(x + side, rect.top() + 10.0), galley.size());
        painter.rect_filled(label.expand2(vec2(6.0, 3.0)), 3.0, Color32::from_black_alpha(170));
        painter.galley(label.min, galley, Color32::WHITE);
    }
}
