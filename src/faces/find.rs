//! Finding all faces of a picture at several scales.

use super::Error;
use super::decode::{Candidate, OUTPUTS, decode, suppress};
use super::merge::{MAX_IOU, ScalePass, longer_side, merge};
use super::tiles::{self, tiles};
use crate::base::{
    Affine, Face, FaceOrigin, Frame, Landmarks, Orientation, Phase, Point, Rect, RgbImage, TaskCtx,
};
use crate::bundle::{Bundle, InputSize, InputSpec, ModelKind};
use crate::infer::{Engine, ModelSession};
use crate::prep::{resample, to_tensor};

/// Faces below this confidence are not reported.
///
/// Measured on 14 pictures without faces: the most confident false one had 0.52.
pub const MIN_CONFIDENCE: f32 = 0.6;
/// From this confidence on a face may be examined unasked.
pub const SURE_CONFIDENCE: f32 = 0.7;

/// Longer sides of the pictures given to the network. Every picture gets a pass at `MAIN_PX`; larger
/// ones one at `FINE_PX`, for small faces, and tiles where that is too coarse for the smallest face
/// wanted; those with a very large face, or none, also the coarse passes, because a face that fills
/// the picture is too large for the others.
const FINE_PX: u32 = 1280;
const MAIN_PX: u32 = 640;
const COARSE_PX: [u32; 2] = [320, 160];
/// Smallest face of a video frame in the network's input: the network is at its best from 20 px on
/// and finds most faces from here.
const LEAST_FACE_PX: f32 = 16.0;
/// The smallest face wanted of a picture has this size in the tiles. Of 40 faces of the samples, 17 are
/// found at 13 px, 32 at 14 px and all at 24 px.
const TILE_FACE_PX: f32 = 24.0;
/// Tiles begin where the fine pass would shrink pictures by more than this again.
const FINE_REACH: f32 = 1.25;
/// More faces than this are cut off, least sure first.
const MAX_FACES: usize = 1000;
/// A face leans on its side if its eyes stand this steeply, as the sine of their angle.
const LYING_SINE: f32 = 0.85;
/// The fine pass is for faces smaller than this, in input pixels.
const FINE_MAX_FACE_PX: f32 = 300.0;
/// A face larger than this in the main pass is detected again in a coarse one.
const MAIN_GOOD_FACE_PX: f32 = 350.0;
/// The coarse passes are for faces larger than this, in input pixels.
const COARSE_MIN_FACE_PX: f32 = 60.0;

/// The face finder, YuNet. One per thread.
pub struct Finder {
    session: Box<dyn ModelSession>,
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

    /// The faces of [`Finder::find_from`] from 48 px on.
    ///
    /// # Errors
    ///
    /// As [`Finder::find_from`].
    pub fn find(&mut self, frame: &Frame, ctx: &TaskCtx<'_>) -> Result<Vec<Face>, Error> {
        Ok(self.find_from(frame, 48.0, ctx)?.faces)
    }

    /// All faces of a picture in image space, the largest first, boxes cut to the picture. Those
    /// whose longer side has at least `min_face_px` are found however large the picture is; many
    /// smaller ones as well.
    ///
    /// Works on the upright picture, so that turned photos are no harder than others; faces may
    /// lean in any direction, but upside-down ones are found less surely. Pictures are never
    /// enlarged. Deterministic for one engine.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] between two passes, [`Error::Infer`], [`Error::Model`].
    pub fn find_from(
        &mut self,
        frame: &Frame,
        min_face_px: f32,
        ctx: &TaskCtx<'_>,
    ) -> Result<FoundFaces, Error> {
        let upright: &RgbImage = &frame.upright;
        let mut passes = Vec::new();
        let mut fine = None;
        let mut scale = (TILE_FACE_PX / min_face_px.max(1.0)).min(1.0);
        while longest(upright) as f32 * scale > FINE_PX as f32 * FINE_REACH {
            passes.push(self.detect_in_tiles(upright, scale, ctx)?);
            scale /= 2.0;
        }
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
        let merged = merge(passes);
        let n_left_out = merged.len().saturating_sub(MAX_FACES);
        let kept = merged.iter().take(MAX_FACES);
        let mut faces: Vec<Face> = kept.filter_map(|found| to_face(found, frame)).collect();
        faces.sort_by(|a, b| b.box_px.area().total_cmp(&a.box_px.area()));
        Ok(FoundFaces { faces, n_left_out })
    }

    /// The orientation in which a picture shows sure faces upright, if it lies on its side or stands
    /// on its head; tried on a small copy.
    ///
    /// # Errors
    ///
    /// As [`Finder::find_from`].
    pub fn better_orientation(
        &mut self,
        frame: &Frame,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Orientation>, Error> {
        let small = shrink(&frame.upright, MAIN_PX);
        let (mut orientation, mut turn) = (frame.orientation, Orientation::UPRIGHT);
        let mut best = None;
        for _ in 0..3 {
            orientation = orientation.turned_right();
            turn = turn.turned_right();
            let turned = turn.upright(&small);
            let pass = self.detect(&turned, &turned, 0.0, f32::INFINITY, ctx)?;
            let sure = suppress(pass.found, MAX_IOU);
            let sure = sure.iter().filter(|c| c.confidence >= SURE_CONFIDENCE);
            let sum: f32 = sure.filter(|c| !is_lying(&c.landmarks)).map(|c| c.confidence).sum();
            if sum > best.map_or(0.0, |(most, _)| most) {
                best = Some((sum, orientation));
            }
        }
        Ok(best.map(|(_, orientation)| orientation))
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

    /// The longer side of the smallest face that is found in a frame of this longer side, whatever is
    /// asked for.
    pub fn least_face_px(longer_side_px: u32) -> f32 {
        longer_side_px as f32 * LEAST_FACE_PX / FINE_PX as f32
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
        let merged = merge(passes);
        let mut faces: Vec<Face> = merged.iter().take(MAX_FACES).filter_map(placed).collect();
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
        let upright_from_input = Affine::rect_to_rect(&picture.bounds(), &upright.bounds());
        let seen = self.run(picture, ctx)?;
        let found = seen.iter().map(|c| placed(c, &upright_from_input)).collect();
        let scale = longest(picture) as f32 / longest(upright) as f32;
        Ok(ScalePass { scale, min_face_px, max_face_px, found })
    }

    /// One pass over tiles of a picture reduced by `scale`, each cut out of the whole: the reduced
    /// picture is never in memory.
    fn detect_in_tiles(
        &mut self,
        upright: &RgbImage,
        scale: f32,
        ctx: &TaskCtx<'_>,
    ) -> Result<ScalePass, Error> {
        let scaled = |side: u32| ((side as f32 * scale).round() as u32).max(1);
        let mut found = Vec::new();
        for tile in tiles(scaled(upright.width_px), scaled(upright.height_px)) {
            let [x, y, w, h] = tile.place;
            let picture = resample(upright, &tile.in_picture(scale), w, h);
            let seen = suppress(self.run(&picture, ctx)?, MAX_IOU);
            let corner = Point { x: x as f32, y: y as f32 };
            let owned = seen.iter().filter(|c| {
                let center = c.area.center();
                tile.owns(Point { x: center.x + corner.x, y: center.y + corner.y })
            });
            let upright_from_input =
                Affine::rect_to_rect(&picture.bounds(), &tile.in_picture(scale));
            found.extend(owned.map(|c| placed(c, &upright_from_input)));
        }
        Ok(ScalePass { scale, min_face_px: 0.0, max_face_px: tiles::MAX_FACE_PX, found })
    }

    /// What the network sees in a picture, in its pixels.
    fn run(&mut self, picture: &RgbImage, ctx: &TaskCtx<'_>) -> Result<Vec<Candidate>, Error> {
        ctx.step(Phase::Finding, 0, 0)?;
        self.session.stop_with(ctx.cancel.clone());
        let padded = pad(picture, self.multiple_of);
        decode(&self.session.run(&to_tensor(&padded, &self.spec))?, MIN_CONFIDENCE)
    }
}

/// The faces of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundFaces {
    /// The largest first.
    pub faces: Vec<Face>,
    /// Faces beyond the largest number kept, which are not among them.
    pub n_left_out: usize,
}

fn placed(candidate: &Candidate, upright_from_input: &Affine) -> Candidate {
    Candidate {
        area: upright_from_input.apply_rect(&candidate.area),
        landmarks: candidate.landmarks.map(|p| upright_from_input.apply(p)),
        confidence: candidate.confidence,
    }
}

/// Whether the eyes of an upright picture's face stand one above the other, or upside down.
pub fn is_lying(landmarks: &Landmarks) -> bool {
    let [right_eye, left_eye, ..] = landmarks;
    let (x, y) = (left_eye.x - right_eye.x, left_eye.y - right_eye.y);
    let length = x.hypot(y);
    length > 0.0 && (y.abs() > LYING_SINE * length || x < 0.0)
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
