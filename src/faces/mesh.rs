//! 468 points on a face whose five landmarks are known.
//!
//! The network outputs points for any input. Three checks keep the reliable ones: the face is not
//! in profile, the network itself detects a face, and eyes, nose and mouth agree with YuNet.

use super::Error;
use crate::base::{Landmarks, Mesh, Point, Rect, RgbImage};
use crate::bundle::{Bundle, InputSize, InputSpec, ModelKind};
use crate::infer::{Engine, ModelSession};
use crate::prep::{RotatedSquare, cut_rotated, to_tensor};

/// Side of the network's input.
pub(super) const INPUT_PX: u32 = 192;
pub(super) const N_POINTS: usize = 468;
/// Names of the outputs: `[n, 468, 3]` in pixels of the input, and the probability of a face.
pub(super) const OUTPUTS: [&str; 2] = ["points", "score"];

/// Below this probability of a face the points are not trusted.
const MIN_SCORE: f32 = 0.9;
/// How far from either eye the tip of the nose must lie, along the line of the eyes, as a share of
/// their distance. Half is straight ahead. Looked at by eye: below a tenth some meshes leave the
/// face.
const MIN_NOSE_INSIDE: f32 = 0.1;
/// Largest mean distance between YuNet's landmarks and those of the mesh, as a share of the length
/// of the box's diagonal. The median of 354 photos is 0.02; the few above are hidden or dark faces.
const MAX_DISAGREEMENT: f32 = 0.05;

/// Face Mesh and when it may be trusted. One per thread.
pub struct MeshFinder {
    session: Box<dyn ModelSession>,
    spec: InputSpec,
    crop_scale: f32,
    sha256: String,
}

impl std::fmt::Debug for MeshFinder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeshFinder").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl MeshFinder {
    /// Name of the shipped bundle.
    pub const BUNDLE: &str = "facemesh";

    /// Loads a bundle of the kind `face-mesh`.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] for bundles of another kind, [`Error::Infer`] when the engine refuses it.
    pub fn load(engine: &Engine, bundle: &Bundle) -> Result<Self, Error> {
        let card = &bundle.card;
        let fits = card.kind == ModelKind::FaceMesh
            && card.input.size == InputSize::SquarePx(INPUT_PX)
            && card.outputs == OUTPUTS;
        let Some(crop_scale) = card.input.crop_scale.filter(|_| fits) else {
            let what = format!("the bundle {:?} is not a face mesh model", card.name);
            return Err(Error::Model { what });
        };
        let session = engine.load(bundle)?;
        Ok(Self { session, spec: card.input.clone(), crop_scale, sha256: card.file.sha256.clone() })
    }

    /// SHA-256 of the model, for caches of what it found.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The mesh of one face; `None` where the points would not be sure.
    ///
    /// Everything is in upright space. Deterministic for one engine.
    ///
    /// # Errors
    ///
    /// [`Error::Infer`] when the engine fails, [`Error::Model`] when its outputs have another
    /// shape.
    pub fn find(
        &mut self,
        upright: &RgbImage,
        face: &Rect,
        landmarks: &Landmarks,
    ) -> Result<Option<Box<Mesh>>, Error> {
        if !is_seen_from_the_front(landmarks) {
            return Ok(None);
        }
        let square = square_around(face, landmarks, self.crop_scale);
        let (mesh, score) = self.run(upright, &square)?;
        let is_sure = score > MIN_SCORE && disagreement(&mesh, face, landmarks) < MAX_DISAGREEMENT;
        Ok(is_sure.then_some(mesh))
    }

    /// Runs the network on a square: points in upright space and the probability of a face.
    fn run(
        &mut self,
        upright: &RgbImage,
        square: &RotatedSquare,
    ) -> Result<(Box<Mesh>, f32), Error> {
        let crop = cut_rotated(upright, square, INPUT_PX);
        let outputs = self.session.run(&to_tensor(&crop, &self.spec))?;
        let [points, score] = outputs.as_slice() else {
            return Err(Error::Model { what: format!("{} outputs instead of 2", outputs.len()) });
        };
        let mut mesh = Box::new([Point::default(); N_POINTS]);
        let ([1, n, 3], [score]) = (points.shape.as_slice(), score.data.as_slice()) else {
            return Err(Error::Model { what: format!("points of shape {:?}", points.shape) });
        };
        if *n != N_POINTS {
            return Err(Error::Model { what: format!("{n} points instead of {N_POINTS}") });
        }
        let upright_from_crop = square.picture_from_crop(INPUT_PX);
        for (point, xyz) in mesh.iter_mut().zip(points.data.chunks_exact(3)) {
            *point = upright_from_crop.apply(Point { x: xyz[0], y: xyz[1] });
        }
        Ok((mesh, *score))
    }
}

/// A square about the face that leans with the eyes.
fn square_around(face: &Rect, landmarks: &Landmarks, scale: f32) -> RotatedSquare {
    let [right_eye, left_eye, ..] = *landmarks;
    let angle = (left_eye.y - right_eye.y).atan2(left_eye.x - right_eye.x);
    RotatedSquare { center: face.center(), side: face.w.max(face.h).max(1.0) * scale, angle }
}

/// Whether the tip of the nose lies between the eyes.
fn is_seen_from_the_front(landmarks: &Landmarks) -> bool {
    let [right_eye, left_eye, nose, ..] = *landmarks;
    let (ex, ey) = (left_eye.x - right_eye.x, left_eye.y - right_eye.y);
    let length = ex * ex + ey * ey;
    let along = ((nose.x - right_eye.x) * ex + (nose.y - right_eye.y) * ey) / length;
    (MIN_NOSE_INSIDE..=1.0 - MIN_NOSE_INSIDE).contains(&along)
}

/// The five landmarks as the mesh has them. An eye is the middle of its corners.
fn landmarks_from_mesh(mesh: &Mesh) -> Landmarks {
    let middle = |a: usize, b: usize| Point {
        x: f32::midpoint(mesh[a].x, mesh[b].x),
        y: f32::midpoint(mesh[a].y, mesh[b].y),
    };
    [middle(33, 133), middle(362, 263), mesh[1], mesh[61], mesh[291]]
}

fn disagreement(mesh: &Mesh, face: &Rect, landmarks: &Landmarks) -> f32 {
    let own = landmarks_from_mesh(mesh);
    let sum: f32 = own.iter().zip(landmarks).map(|(a, b)| (a.x - b.x).hypot(a.y - b.y)).sum();
    sum / landmarks.len() as f32 / face.w.hypot(face.h).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A face whose eyes lie on a line that leans by a quarter, the nose `along` it.
    fn with_nose(along: f32) -> Landmarks {
        let at = |x: f32, y: f32| Point { x: 50.0 - y, y: 20.0 + x };
        [at(0.0, 0.0), at(40.0, 0.0), at(40.0 * along, 25.0), at(5.0, 50.0), at(35.0, 50.0)]
    }

    #[test]
    fn a_nose_before_or_beside_an_eye_is_a_profile() {
        for along in [0.12, 0.5, 0.88] {
            assert!(is_seen_from_the_front(&with_nose(along)), "{along}");
        }
        for along in [-0.4, 0.08, 0.92, 1.3, f32::NAN] {
            assert!(!is_seen_from_the_front(&with_nose(along)), "{along}");
        }
        let one_place = [Point { x: 3.0, y: 4.0 }; 5];
        assert!(!is_seen_from_the_front(&one_place), "eyes in one place");
    }

    #[test]
    fn a_mesh_agrees_with_its_own_landmarks_only() {
        let mesh: Mesh = std::array::from_fn(|i| Point { x: i as f32, y: (i % 7) as f32 });
        let face = Rect::new(0.0, 0.0, 30.0, 40.0);
        let own = landmarks_from_mesh(&mesh);
        assert_eq!(disagreement(&mesh, &face, &own), 0.0);
        let moved = own.map(|p| Point { x: p.x + 3.0, y: p.y - 4.0 });
        assert!(
            (disagreement(&mesh, &face, &moved) - 0.1).abs() < 1e-5,
            "5 px of a diagonal of 50"
        );
    }
}
