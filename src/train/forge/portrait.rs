//! A decoded photo of a face, as the forger wants it.

use super::pixels::picture::Picture;
use super::pixels::raster::Window;
use crate::base::{Landmarks, Mesh, Rect};

/// A decoded photo of a real face. Upright space.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The pixels.
    pub picture: Picture,
    /// Five landmarks.
    pub landmarks: Landmarks,
    /// The face box.
    pub face: Rect,
    /// 468 points, where they are known.
    pub mesh: Option<Box<Mesh>>,
}

impl Portrait {
    /// The square of `scale` × the longer side of the face box about its center, as far as there
    /// is picture. Forging less is faster.
    #[must_use]
    pub fn cut_to_face(&self, scale: f32) -> Self {
        let (side, center) = (self.face.w.max(self.face.h) * scale, self.face.center());
        let rect = Rect::new(center.x - side / 2.0, center.y - side / 2.0, side, side);
        self.cut_to(&Window::from_rect(&rect, self.picture.size()))
    }

    /// The part in a window that lies inside the picture.
    #[must_use]
    pub fn cut_to(&self, window: &Window) -> Self {
        let mut mesh = self.mesh.clone();
        for point in mesh.iter_mut().flat_map(|m| m.iter_mut()) {
            *point = window.inside(*point);
        }
        let corner = (window.x as f32, window.y as f32);
        Self {
            picture: self.picture.cut(window),
            landmarks: self.landmarks.map(|p| window.inside(p)),
            face: Rect { x: self.face.x - corner.0, y: self.face.y - corner.1, ..self.face },
            mesh,
        }
    }

    /// Distance of the eyes, the unit of all lengths of a forgery.
    pub(in crate::train::forge) fn unit(&self) -> f32 {
        let (a, b, mouth) = (self.landmarks[0], self.landmarks[1], self.landmarks[3]);
        // Profiles bring the eyes together; the face's height then stands in.
        ((a.x - b.x).hypot(a.y - b.y)).max((a.x - mouth.x).hypot(a.y - mouth.y) * 0.6).max(4.0)
    }
}
