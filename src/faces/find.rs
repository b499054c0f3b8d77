//! Finding all faces of a picture at several scales.

use super::Error;
use super::decode::{Candidate, OUTPUTS, decode};
use super::merge::{ScalePass, longer_side, merge};
use crate::base::{Affine, Face, FaceOrigin, Frame, Phase, Point, Rect, RgbImage, TaskCtx};
use crate::bundle::{Bundle, InputSize, InputSpec, ModelKind};
use crate::infer::{Engine, Session};
use crate::prep::{resample, to_tensor};

/// Faces below this confidence are not reported.
///
/// Measured on 14 pictures without faces: the most confident false one had 0.52.
pub const MIN_CONFIDENCE: f32 = 0.6;
/// From this confidence on a face may be examined unasked.
pub const SURE_CONFIDENCE: f32 = 0.7;

/// Longer sides of the pictures given to the network. Every picture gets a pass at `MAIN_PX`; larger
/// ones one at `FINE_PX`, for small faces; those with a very large face, or none, also the coarse
/// passes, because a face that fills the picture is too large for the others.
const FINE_PX: u32 = 1280;
const MAIN_PX: u32 = 640;
const COARSE_PX: [u32; 2] = [320, 160];
/// Smallest face of a video frame in the network's input: the network is at its best from 20 px on
/// and finds most faces from here.
const LEAST_FACE_PX: f32 = 16.0;
/// The fine pass is for faces smaller than this, in input pixels.
const FINE_MAX_FACE_PX: f32 = 300.0;
/// A face larger than this in the main pass is detected again in a coarse one.
const MAIN_GOOD_FACE_PX: f32 = 350.0;
/// The coarse passes are for faces larger than this, in input pixels.
const COARSE_MIN_FACE_PX: f32 = 60.0;

/// The face finder, YuNet. One per thread.
pub struct Finder {
    session: Box<dyn Session>,
    spec: InputSpec,
    multiple_of: u32,
    sha256: String,
}

impl std::fmt::Debug for Finder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Finder").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Finder {
    /// Loads a bundle of the kind `face-finder`.
    ///
    /// # Errors
    ///
    /// [`Error::Model`] for bundles of another kind, [`Error::Infer`] when the engine refuses it.
    pub fn load(engine: &Engine, bundle: &Bundle) -> Result<Self, Error> {
        let spec = bundle.card.input.clone();
        let multiple_of = match spec.size {
            InputSize::MultipleOf(n) if bundle.card.kind == ModelKind::FaceFinder && n > 0 => n,
            _ => {
                let what = format!("the bundle {:?} is not a face finder", bundle.card.name);
                return Err(Error::Model { what });
            }
        };
        if bundle.card.outputs != OUTPUTS {
            let what = format!("it gives {:?}, not {OUTPUTS:?}", bundle.card.outputs);
            return Err(Error::Model { what });
        }
        let sha256 = bundle.card.file.sha256.clone();
        Ok(Self { session: engine.load(bundle)?, spec, multiple_of, sha256 })
    }

    /// All faces of a picture in image space, the largest first, boxes cut to the picture.
    ///
    /// Works on the upright picture, so that turned photos are no harder than others; faces may
    /// lean in any direction, but upside-down ones are found less surely. Pictures are never
    /// enlarged. Deterministic for one engine.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] between two passes, [`Error::Infer`], [`Error::Model`].
    pub fn find(&mut self, frame: &Frame, ctx: &TaskCtx<'_>) -> Result<Vec<Face>, Error> {
        let upright: &RgbImage = &frame.upright;
        let mut passes = Vec::new();
        let mut fine = None;
        if longest(upright) > MAIN_PX {
            let picture = shrink(upright, FINE_PX);
            passes.push(self.detect(&picture, upright, 0.0, FINE_MAX_FACE_PX, ctx)?);
            fine = Some(picture);
        }
        // Each smaller picture is made of the next larger one: the full one is read only once.
        let mut picture = shrink(fine.as_ref().unwrap_or(upright), MAIN_PX);
        let main = self.detect(&picture, upright, 0.0, f32::INFINITY, ctx)?;
        let largest = main.found.iter().map(longer_side).fold(0.0, f32::max) * main.scale;
        let mut wants_coarse = main.found.is_empty() || largest > MAIN_GOOD_FACE_PX;
        passes.push(main);
        for side in COARSE_PX {
            if !wants_coarse || longest(&picture) <= side {
                continue;
            }
            picture = shrink(&picture, side);
            let coarse = self.detect(&picture, upright, COARSE_MIN_FACE_PX, f32::INFINITY, ctx)?;
            wants_coarse = coarse.found.is_empty();
            passes.push(coarse);
        }
        passes.reverse();
        let mut faces: Vec<Face> =
            merge(passes).iter().filter_map(|candidate| to_face(candidate, frame)).collect();
        faces.sort_by(|a, b| b.box_px.area().total_cmp(&a.box_px.area()));
        Ok(faces)
    }

    /// SHA-256 of the model, lower-case hex.
    pub fn model_sha256(&self) -> &str {
        &self.sha256
    }

    /// The size at which faces of `min_face_px` pixels are still found in a picture of this longer
    /// side: what [`Finder::find_in_reduced`] should be given. Never larger than the picture.
    pub fn detection_side_px(longer_side_px: u32, min_face_px: f32) -> u32 {
        let wanted = longer_side_px as f32 * LEAST_FACE_PX / min_face_px.max(1.0);
        (wanted.ceil() as u32).clamp(MAIN_PX, FINE_PX).min(longer_side_px)
    }

    /// All faces of a video frame of which a reduced upright copy is given, in the space of the
    /// frame, whose bounds are `bounds`; the largest first, boxes cut to the frame.
    ///
    /// One look, and coarser ones where there is a very large face or none; [`Finder::find`] passes
    /// closer.
    ///
    /// # Errors
    ///
    /// As [`Finder::find`].
    pub fn find_in_reduced(
        &mut self,
        reduced: &RgbImage,
        bounds: &Rect,
        ctx: &TaskCtx<'_>,
    ) -> Result<Vec<Face>, Error> {
        let main = self.detect(reduced, reduced, 0.0, f32::INFINITY, ctx)?;
        let largest = main.found.iter().map(longer_side).fold(0.0, f32::max);
        let mut wants_coarse = main.found.is_empty() || largest > MAIN_GOOD_FACE_PX;
        let mut passes = vec![main];
        let mut picture = None;
        for side in COARSE_PX {
            let last = picture.as_ref().unwrap_or(reduced);
            if !wants_coarse || longest(last) <= side {
                continue;
            }
            let coarser = shrink(last, side);
            let coarse = self.detect(&coarser, reduced, COARSE_MIN_FACE_PX, f32::INFINITY, ctx)?;
            wants_coarse = coarse.found.is_empty();
            passes.push(coarse);
            picture = Some(coarser);
        }
        passes.reverse();
        let frame_from_reduced = Affine::rect_to_rect(&reduced.bounds(), bounds);
        let placed = |candidate: &Candidate| {
            let area = frame_from_reduced.apply_rect(&candidate.area).intersect(bounds)?;
            Some(Face {
                box_px: area,
                landmarks: Some(candidate.landmarks.map(|p| frame_from_reduced.apply(p))),
                confidence: candidate.confidence.clamp(0.0, 1.0),
                origin: FaceOrigin::Found,
            })
        };
        let mut faces: Vec<Face> = merge(passes).iter().filter_map(placed).collect();
        faces.sort_by(|a, b| b.box_px.area().total_cmp(&a.box_px.area()));
        Ok(faces)
    }

    /// One pass: runs the network on a reduced copy of `upright`. The faces are in upright space.
    fn detect(
        &mut self,
        picture: &RgbImage,
        upright: &RgbImage,
        min_face_px: f32,
        max_face_px: f32,
        ctx: &TaskCtx<'_>,
    ) -> Result<ScalePass, Error> {
        ctx.step(Phase::Finding, 0, 0)?;
        let padded = pad(picture, self.multiple_of);
        let outputs = self.session.run(&to_tensor(&padded, &self.spec))?;
        let (sx, sy) = (
            upright.width_px as f32 / picture.width_px as f32,
            upright.height_px as f32 / picture.height_px as f32,
        );
        let scaled = |p: Point| Point { x: p.x * sx, y: p.y * sy };
        let found = decode(&outputs, MIN_CONFIDENCE)?
            .into_iter()
            .map(|c| Candidate {
                area: Rect::new(c.area.x * sx, c.area.y * sy, c.area.w * sx, c.area.h * sy),
                landmarks: c.landmarks.map(scaled),
                confidence: c.confidence,
            })
            .collect();
        let scale = longest(picture) as f32 / longest(upright) as f32;
        Ok(ScalePass { scale, min_face_px, max_face_px, found })
    }
}

fn longest(picture: &RgbImage) -> u32 {
    picture.width_px.max(picture.height_px)
}

/// A copy whose longer side is at most `side_px`.
fn shrink(picture: &RgbImage, side_px: u32) -> RgbImage {
    let scale = side_px as f32 / longest(picture) as f32;
    if scale >= 1.0 {
        return picture.clone();
    }
    let scaled = |side: u32| ((side as f32 * scale).round() as u32).max(1);
    resample(picture, &picture.bounds(), scaled(picture.width_px), scaled(picture.height_px))
}

/// Black columns and rows at the right and the bottom up to the next multiple.
fn pad(picture: &RgbImage, multiple_of: u32) -> RgbImage {
    let width = picture.width_px.next_multiple_of(multiple_of);
    let height = picture.height_px.next_multiple_of(multiple_of);
    let mut padded = RgbImage::filled(width, height, [0; 3]);
    let from = picture.pixels.chunks_exact(picture.width_px as usize * 3);
    for (to, row) in padded.pixels.chunks_exact_mut(width as usize * 3).zip(from) {
        to[..row.len()].copy_from_slice(row);
    }
    padded
}

/// `None` for boxes outside the picture.
fn to_face(candidate: &Candidate, frame: &Frame) -> Option<Face> {
    let image_from_upright = frame.image_from_upright();
    let area = candidate.area.intersect(&frame.upright.bounds())?;
    Some(Face {
        box_px: image_from_upright.apply_rect(&area),
        landmarks: Some(candidate.landmarks.map(|p| image_from_upright.apply(p))),
        confidence: candidate.confidence.clamp(0.0, 1.0),
        origin: FaceOrigin::Found,
    })
}
