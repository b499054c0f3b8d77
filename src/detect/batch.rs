//! Several faces of video frames in one run of the network.

use super::{Aligned, Detector, Error};
use crate::base::{Affine, Face, FaceFinding, Heatmap, Point, Rect, Reliability, Tensor};

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
        shape[0] *= faces.len();
        let mut data = Vec::with_capacity(first.input.data.len() * faces.len());
        for face in faces {
            data.extend_from_slice(&face.input.data);
        }
        let raws = self.raw_batch(&Tensor { shape, data })?;
        let found = faces.iter().zip(raws).map(|(aligned, raw)| {
            let [x, y] = aligned.origin.map(|v| v as f32);
            let shifted = shift(&aligned.face, -x, -y);
            let finding = self.interpret(&aligned.part, &shifted, &aligned.crop, raw);
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
