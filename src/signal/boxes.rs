//! Boxes and bars drawn into a picture.

use crate::base::{Rect, RgbImage, Verdict};

/// The color of a verdict in a picture that leaves the program.
pub const fn verdict_color(verdict: Verdict) -> [u8; 3] {
    match verdict {
        Verdict::TracesFound => [230, 70, 60],
        Verdict::Inconclusive => [240, 190, 60],
        Verdict::NoTraceFound => [120, 170, 220],
        Verdict::NotExamined => [150; 3],
    }
}

/// Draws the outline of a rectangle, `line_px` wide, inside it. Parts outside the picture are left
/// out.
pub fn draw_box(picture: &mut RgbImage, r: &Rect, line_px: f32, color: [u8; 3]) {
    let (right, bottom) = (r.x + r.w - line_px, r.y + r.h - line_px);
    for side in [
        Rect::new(r.x, r.y, r.w, line_px),
        Rect::new(r.x, bottom, r.w, line_px),
        Rect::new(r.x, r.y, line_px, r.h),
        Rect::new(right, r.y, line_px, r.h),
    ] {
        fill_rect(picture, &side, color);
    }
}

/// Fills a rectangle, as far as it lies in the picture.
pub fn fill_rect(picture: &mut RgbImage, r: &Rect, color: [u8; 3]) {
    let Some(r) = r.intersect(&picture.bounds()) else { return };
    let (x0, x1) = (r.x as usize, ((r.x + r.w).round() as usize).min(picture.width_px as usize));
    let (y0, y1) = (r.y as usize, ((r.y + r.h).round() as usize).min(picture.height_px as usize));
    let stride = picture.width_px as usize * 3;
    for row in picture.pixels.chunks_exact_mut(stride).take(y1).skip(y0) {
        row[x0 * 3..x1.max(x0) * 3].as_chunks_mut::<3>().0.fill(color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_an_outline_cut_at_the_edge_of_the_picture() {
        let mut picture = RgbImage::filled(20, 10, [0; 3]);
        draw_box(&mut picture, &Rect::new(4.0, 2.0, 30.0, 6.0), 1.0, [9; 3]);
        assert_eq!(picture.get(4, 5), [9; 3], "left");
        assert_eq!(picture.get(19, 2), [9; 3], "top");
        assert_eq!(picture.get(19, 5), [0; 3], "its right side lies outside");
        assert_eq!(picture.get(10, 5), [0; 3], "not filled");
        draw_box(&mut picture, &Rect::new(400.0, 2.0, 30.0, 6.0), 1.0, [9; 3]);
    }
}
