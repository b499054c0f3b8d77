//! The loupe: the pixels under the pointer, enlarged, without anything over them.

use egui::{Color32, Mesh, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use super::state::Frame;
use crate::base::RgbImage;

/// Pixels of the picture on each side of the middle one.
const REACH: i64 = 15;
/// Side of an enlarged pixel, points.
const CELL: f32 = 6.0;
/// Between the pointer and the loupe, points.
const OFFSET: f32 = 18.0;

/// Draws the loupe beside the pointer, on the side where there is room.
pub(super) fn paint_loupe(
    painter: &Painter,
    frame: &Frame,
    picture: &RgbImage,
    pointer: egui::Pos2,
) {
    let middle = frame.upright_from_points(pointer);
    let (x0, y0) = (middle.x.floor() as i64, middle.y.floor() as i64);
    let place = place(frame.rect, pointer);
    let mut mesh = Mesh::default();
    for y in -REACH..=REACH {
        for x in -REACH..=REACH {
            let (column, row) = (x0 + x, y0 + y);
            let is_inside = (0..i64::from(picture.width_px)).contains(&column)
                && (0..i64::from(picture.height_px)).contains(&row);
            let color = if is_inside {
                let [r, g, b] = picture.get(column, row);
                Color32::from_rgb(r, g, b)
            } else {
                Color32::from_gray(40)
            };
            let corner = vec2((x + REACH) as f32, (y + REACH) as f32) * CELL;
            mesh.add_colored_rect(Rect::from_min_size(place.min + corner, vec2(CELL, CELL)), color);
        }
    }
    painter.add(mesh);
    painter.rect_stroke(
        place,
        0.0,
        Stroke::new(3.0, Color32::from_black_alpha(200)),
        StrokeKind::Outside,
    );
    painter.rect_stroke(place, 0.0, Stroke::new(1.0, Color32::WHITE), StrokeKind::Outside);
    let center = Rect::from_center_size(place.center(), vec2(CELL, CELL));
    painter.rect_stroke(center, 0.0, Stroke::new(2.0, Color32::BLACK), StrokeKind::Outside);
    painter.rect_stroke(center, 0.0, Stroke::new(1.0, Color32::WHITE), StrokeKind::Outside);
}

fn place(room: Rect, pointer: egui::Pos2) -> Rect {
    let side = (2 * REACH + 1) as f32 * CELL;
    let beside = |at: f32, end: f32| {
        if at + OFFSET + side <= end { at + OFFSET } else { at - OFFSET - side }
    };
    let corner = pos2(beside(pointer.x, room.max.x), beside(pointer.y, room.max.y));
    Rect::from_min_size(corner, vec2(side, side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loupe_stays_beside_the_pointer_and_in_the_canvas() {
        let room = Rect::from_min_size(pos2(100.0, 50.0), vec2(800.0, 600.0));
        for pointer in [pos2(110.0, 60.0), pos2(890.0, 640.0), pos2(500.0, 300.0)] {
            let place = place(room, pointer);
            assert!(room.contains_rect(place), "{pointer:?}: {place:?}");
            assert!(!place.contains(pointer), "{pointer:?}");
        }
    }
}
