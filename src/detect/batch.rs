//! Many faces of video frames: made ready on one thread, examined together on another.

use super::{Detector, Error};
use crate::base::{Affine, Face, FaceFinding, Frame, Heatmap, Orientation, Point, Rect, RgbImage};
use crate::base::{Reliability, Tensor};
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
    /// `[1, 3, side, side]`.
    input: Tensor,
    part: Frame,
    /// Where the part begins in the frame.
    origin: [u32; 2],
    /// In the frame.
    face: Face,
    /// In the part.
    crop: Rect,
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
        let crop = Rect::new(crop.x - x, crop.y - y, crop.w, crop.h);
        let input = prep::prepare(&part, &crop, self.side_px, self.side_px, &self.spec);
        Aligned { input, part: Frame::new(part, Orientation::UPRIGHT), origin, face, crop }
    }
}

impl Detector {
    /// Examines faces in one run of the network; answers in their order, in the space of their
    /// frames, without reconstructions.
    ///
    /// # Errors
    ///
    /// As [`Detector::raw`].
    pub fn examine_aligned(&mut self, faces: &[Aligned]) -> Result<Vec<FaceFinding>, Error> {
        let Some(first) = faces.first() else { return Ok(Vec::new()) };
        let mut shape = first.input.shape.clone();
        shape[0] = faces.len();
        let mut data = Vec::with_capacity(first.input.data.len() * faces.len());
        for face in faces {
            data.extend_from_slice(&face.input.data);
        }
        let raws = self.raw_batch(&Tensor { shape, data })?;
        let found = faces.iter().zip(raws).map(|(aligned, raw)| {
            let [x, y] = aligned.origin.map(|v| v as f32);
            let shifted = shift(&aligned.face, -x, -y);
            let finding = self.finding(&aligned.part, &shifted, &aligned.crop, raw);
            let back = Affine { m: [1.0, 0.0, x, 0.0, 1.0, y] };
            let moved =
                |map: Heatmap| Heatmap { image_from_map: back.after(&map.image_from_map), ..map };
            FaceFinding {
                face: aligned.face.clone(),
                heatmap: finding.heatmap.map(moved),
                reliability: finding.reliability.map(|r| Reliability { map: moved(r.map), ..r }),
                ..finding
            }
        });
        Ok(found.collect())
    }
}

fn shift(face: &Face, x: f32, y: f32) -> Face {
    let b = &face.box_px;
    let landmarks = face.landmarks.map(|l| l.map(|p| Point { x: p.x + x, y: p.y + y }));
    Face { box_px: Rect::new(b.x + x, b.y + y, b.w, b.h), landmarks, ..face.clone() }
}
