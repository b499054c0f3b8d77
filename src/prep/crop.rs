//! The square crop around a face.

use crate::base::Rect;

/// The region a detector looks at.
///
/// A square of `scale` × the longer side of the face box about its center, pushed back inside the
/// picture. Where the picture is smaller than the square, the side concerned is cut to the
/// picture: what lies outside is never invented.
///
/// Coordinates are those of the picture, whose `bounds` begin at 0, 0. The result lies inside them
/// and is at least one pixel wide and high.
pub fn crop_rect(face: &Rect, scale: f32, bounds: &Rect) -> Rect {
    let side = face.w.max(face.h).max(1.0) * scale;
    let (width, height) = (bounds.w, bounds.h);
    let (w, h) = (side.min(width).max(1.0), side.min(height).max(1.0));
    let center = face.center();
    Rect::new(
        (center.x - w / 2.0).clamp(0.0, (width - w).max(0.0)),
        (center.y - h / 2.0).clamp(0.0, (height - h).max(0.0)),
        w,
        h,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_stay_inside_the_picture() {
        let picture = Rect::new(0.0, 0.0, 100.0, 80.0);
        let middle = crop_rect(&Rect::new(40.0, 30.0, 20.0, 20.0), 1.5, &picture);
        assert_eq!(middle, Rect::new(35.0, 25.0, 30.0, 30.0));
        let corner = crop_rect(&Rect::new(-5.0, -5.0, 20.0, 20.0), 1.5, &picture);
        assert_eq!(corner, Rect::new(0.0, 0.0, 30.0, 30.0), "pushed back inside");
        let tight = crop_rect(&Rect::new(0.0, 0.0, 100.0, 80.0), 1.5, &picture);
        assert_eq!(tight, Rect::new(0.0, 0.0, 100.0, 80.0), "clamped, not padded");
    }
}
