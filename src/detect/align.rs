//! Faces of video frames, cut out and made ready for the detector on a thread of their own.

use super::looks;
use crate::base::{Face, Frame, Orientation, Rect, RgbImage, Tensor};
use crate::bundle::InputSpec;
use crate::prep;

/// Prepares faces for one detector.
#[derive(Debug, Clone)]
pub struct Aligner {
    pub(super) spec: InputSpec,
    pub(super) side_px: u32,
    pub(super) crop_scale: f32,
}

/// A face ready to be examined.
#[derive(Debug)]
pub struct Aligned {
    /// `[looks, 3, side, side]`.
    pub(super) input: Tensor,
    pub(super) part: Frame,
    /// Origin of the part in the frame.
    pub(super) origin: [u32; 2],
    /// In the frame.
    pub(super) face: Face,
    /// In the part.
    pub(super) crop: Rect,
}

impl Aligner {
    /// The part of a frame that is needed to examine a face: the detector's square, and round it
    /// what the low-pass of its edges reaches. Inside `bounds`, which begin at 0, 0.
    pub fn area(&self, face: &Rect, bounds: &Rect) -> Rect {
        let crop = prep::crop_rect(face, self.crop_scale, bounds);
        let reach = (crop.w.max(crop.h) / self.side_px as f32).max(1.0).ceil() + 1.0;
        // What is measured of the picture is measured in the box, which may lie outside the square.
        let x0 = crop.x.min(face.x) - reach;
        let y0 = crop.y.min(face.y) - reach;
        let x1 = (crop.x + crop.w).max(face.x + face.w) + reach;
        let y1 = (crop.y + crop.h).max(face.y + face.h) + reach;
        let wide = Rect::new(x0, y0, x1 - x0, y1 - y0);
        wide.intersect(bounds).unwrap_or(*bounds)
    }

    /// Makes a face ready. `part` begins at `origin` and holds [`area`](Self::area); `face` and
    /// `bounds` are those of the frame.
    pub fn align(&self, part: RgbImage, origin: [u32; 2], face: Face, bounds: &Rect) -> Aligned {
        let crop = prep::crop_rect(&face.box_px, self.crop_scale, bounds);
        let [x, y] = origin.map(|v| v as f32);
        let moved = |crop: Rect| Rect::new(crop.x - x, crop.y - y, crop.w, crop.h);
        let crops = looks::crops(&face.box_px, bounds, self.crop_scale, &self.spec);
        let crops: Vec<Rect> = crops.into_iter().map(moved).collect();
        let input = looks::prepared(&part, &crops, self.side_px, &self.spec);
        let crop = moved(crop);
        Aligned { input, part: Frame::new(part, Orientation::UPRIGHT), origin, face, crop }
    }
}
