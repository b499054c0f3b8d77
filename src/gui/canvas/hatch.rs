//! Hatching over the unreliable cells of heat maps.

use egui::{Color32, Painter, Rect, Shape, Stroke, pos2};

use super::scene::shown_trial;
use super::state::Frame;
use crate::base;
use crate::session::{Document, FaceItem, Picture};
use crate::signal::HATCH_STEP_PX;

/// The reliability map of a face, or that of its degraded copy while one is shown.
fn shown_reliability(face: &FaceItem) -> Option<&base::Reliability> {
    shown_trial(face).map_or(&face.finding, |item| &item.finding).reliability.as_ref()
}

pub(super) fn paint_hatch(
    painter: &Painter,
    frame: &Frame,
    document: &Document,
    picture: &Picture,
) {
    let upright_from_image = picture.frame.upright_from_image();
    let (mut dark, mut light) = (Vec::new(), Vec::new());
    for reliability in document.faces.iter().filter_map(shown_reliability) {
        let map = &reliability.map;
        let upright_from_map = upright_from_image.after(&map.image_from_map);
        for y in 0..map.height {
            for x in (0..map.width).filter(|x| reliability.is_untrusted(*x, y)) {
                let cell = base::Rect::new(x as f32, y as f32, 1.0, 1.0);
                let cell = frame.rect_from_upright(&upright_from_map.apply_rect(&cell));
                if frame.rect.intersects(cell) {
                    lines(cell, 0.0, Color32::from_white_alpha(190), &mut light);
                    lines(cell, 2.0, Color32::from_black_alpha(190), &mut dark);
                }
            }
        }
    }
    painter.extend(dark);
    painter.extend(light);
}

/// The pieces within a cell of all lines `x + y = k · step + offset`.
fn lines(cell: Rect, offset: f32, color: Color32, out: &mut Vec<Shape>) {
    let step = HATCH_STEP_PX as f32;
    let first = ((cell.min.x + cell.min.y - offset) / step).ceil() as i32;
    let last = ((cell.max.x + cell.max.y - offset) / step).floor() as i32;
    for k in first..=last {
        let sum = k as f32 * step + offset;
        let left = cell.min.x.max(sum - cell.max.y);
        let right = cell.max.x.min(sum - cell.min.y);
        if left < right {
            let ends = [pos2(left, sum - left), pos2(right, sum - right)];
            out.push(Shape::line_segment(ends, Stroke::new(1.4, color)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_in_their_cell_and_meet_those_of_the_next() {
        let cell = Rect::from_min_max(pos2(3.0, 5.0), pos2(33.0, 25.0));
        let mut shapes = Vec::new();
        lines(cell, 0.0, Color32::WHITE, &mut shapes);
        // x + y runs from 8 to 58: 10, 20, 30, 40, 50.
        assert_eq!(shapes.len(), 5);
        for shape in &shapes {
            let Shape::LineSegment { points, .. } = shape else { panic!("{shape:?}") };
            for p in points {
                assert!(cell.expand(1e-3).contains(*p), "{p:?}");
                let sum = p.x + p.y;
                assert!((sum / 10.0 - (sum / 10.0).round()).abs() < 1e-4, "{p:?}");
            }
        }
    }
}
