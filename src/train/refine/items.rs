//! Corrected pictures as the net is to see them.
//!
//! Pictures are decoded when they are drawn, so that large data sets fit. A face is cut out with
//! as much round it as the forger keeps, and brought to the size of the training photos, so that
//! corrected and replayed pictures differ in what was forged and not in how large they are.

use super::Learned;
use crate::annotate::{Decision, Mask};
use crate::base::{Affine, Frame, Limits, Phase, Point, Rect, TaskCtx};
use crate::dataset::{self, DataSet};
use crate::faces::Finder;
use crate::media;
use crate::prep;
use crate::train::Error;
use crate::train::data::Photo;
use crate::train::forge::{Given, Picture, Plane};

/// Longer side of the face box times this is kept: as far as any framing of a batch can see.
const KEPT_SCALE: f32 = 1.75;
/// Longer side of what is kept, at most: that of the training photos.
const MAX_SIDE_PX: f32 = 400.0;
/// A face counts as forged when this share of its box is in the mask.
const FORGED_SHARE: f32 = 0.005;

/// A face of a corrected picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Corrected {
    /// Place of the picture in the data set.
    record: usize,
    /// The face box, upright.
    face: Rect,
    /// Whether a person found something forged in it.
    pub is_forged: bool,
}

/// What a data set amounts to for training.
#[derive(Debug)]
pub struct Items {
    set: DataSet,
    /// To learn from.
    pub train: Vec<Corrected>,
    /// To measure on; of other sources and persons than those of `train`.
    pub held_out: Vec<Corrected>,
    /// Pictures left out, and why: a sentence each.
    pub left_out: Vec<String>,
}

impl Items {
    /// Looks at every picture of a data set. Faces come from the data set where it names them, else
    /// from the finder.
    ///
    /// # Errors
    ///
    /// Cancellation; a failing finder. Pictures that cannot be used are left out, with the reason.
    pub fn read(set: DataSet, finder: &mut Finder, ctx: &TaskCtx<'_>) -> Result<Self, Error> {
        let mut items = Self { set, train: Vec::new(), held_out: Vec::new(), left_out: Vec::new() };
        let total = items.set.records().len();
        for record in 0..total {
            ctx.step(Phase::Finding, record as u64, total as u64)?;
            match items.faces(record, finder)? {
                Ok(faces) => {
                    let is_train = items.set.records()[record].split == dataset::Split::Train;
                    let into = if is_train { &mut items.train } else { &mut items.held_out };
                    into.extend(faces);
                }
                Err(why) => {
                    let id = &items.set.records()[record].id;
                    items.left_out.push(format!("{id}: {why}"));
                }
            }
        }
        ctx.step(Phase::Finding, total as u64, total as u64)?;
        Ok(items)
    }

    /// The faces of a picture that can be learned from, or why there are none.
    fn faces(
        &self,
        at: usize,
        finder: &mut Finder,
    ) -> Result<Result<Vec<Corrected>, String>, Error> {
        let record = &self.set.records()[at];
        let decision = Decision::parse(&record.decision);
        let is_forged = match decision {
            Some(Decision::Forged) => true,
            Some(Decision::NothingForged) => false,
            Some(Decision::CannotTell) => {
                return Ok(Err("a person could not tell what is forged".to_owned()));
            }
            None => return Ok(Err(format!("{:?} is no known decision", record.decision))),
        };
        let (frame, mask) = match self.open(at) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let upright = frame.upright_from_image();
        let named = record.faces.iter().map(|[x, y, w, h]| Rect::new(*x, *y, *w, *h));
        let mut boxes: Vec<Rect> = named.map(|face| upright.apply_rect(&face)).collect();
        if boxes.is_empty() {
            let found = finder.find(&frame, &TaskCtx::silent())?;
            boxes = found.iter().map(|face| upright.apply_rect(&face.box_px)).collect();
        }
        if boxes.is_empty() {
            return Ok(Err("no face in it".to_owned()));
        }
        let from_upright = frame.image_from_upright();
        let is_in = |face: &Rect| share_of(&mask, &from_upright.apply_rect(face)) >= FORGED_SHARE;
        let faces: Vec<Corrected> = boxes
            .into_iter()
            // The other faces of a forged picture were not said to be real.
            .filter(|face| !is_forged || is_in(face))
            .map(|face| Corrected { record: at, face, is_forged })
            .collect();
        Ok(if faces.is_empty() { Err("the mask touches no face".to_owned()) } else { Ok(faces) })
    }

    /// The stored picture and its mask, both as they lie in the data set.
    fn open(&self, at: usize) -> Result<(Frame, Mask), Error> {
        let record = &self.set.records()[at];
        let path = self.set.image_path(record);
        let malformed = |e: &dyn std::fmt::Display| Error::malformed_file(&path, e);
        let still = media::open_still(&path, &Limits::default(), &TaskCtx::silent())
            .map_err(|e| malformed(&e))?;
        let wanted = record.image.image_sha256.as_ref().unwrap_or(&record.image.sha256);
        if !wanted.is_empty() && *wanted != still.sha256 {
            return Err(malformed(&"it is not the picture that the mask was drawn on"));
        }
        let mask = self.set.mask(record).map_err(|e| malformed(&e))?;
        let image = &still.frame.image;
        if [mask.width_px(), mask.height_px()] != [image.width_px, image.height_px] {
            return Err(malformed(&"the mask has another size than the picture"));
        }
        Ok((still.frame, mask))
    }

    /// A frame with the face that is meant, for a detector, and what is forged in it (image space).
    pub(super) fn frame(&self, item: &Corrected) -> Result<(Frame, Mask, Rect), Error> {
        let (frame, mask) = self.open(item.record)?;
        Ok((frame, mask, item.face))
    }

    /// A face with its surroundings, at most as large as a training photo.
    ///
    /// # Errors
    ///
    /// A picture that can no longer be decoded.
    pub fn given(&self, item: &Corrected) -> Result<Given, Error> {
        let (frame, mask) = self.open(item.record)?;
        Ok(cut(&frame, &mask, item.face))
    }

    /// Everything is learned from: what is measured on lies elsewhere.
    pub fn learn_all(&mut self) {
        self.train.append(&mut self.held_out);
    }

    /// Holds nothing out that a parent learned from; how many faces that were.
    pub fn drop_learned(&mut self, learned: &Learned) -> usize {
        let before = self.held_out.len();
        let records = self.set.records();
        self.held_out.retain(|face| !learned.knows(&records[face.record]));
        before - self.held_out.len()
    }

    /// What was learned before, and the sources, persons and pictures learned from here.
    #[must_use]
    pub fn learned_with(&self, before: Learned) -> Learned {
        let records = self.train.iter().map(|face| &self.set.records()[face.record]);
        before.with(records)
    }
}

/// A photo of a real face, brought to size as a corrected picture is.
pub(super) fn given_photo(photo: &Photo) -> Result<Given, Error> {
    let still = media::open_still(&photo.path, &Limits::default(), &TaskCtx::silent())
        .map_err(|e| Error::malformed_file(&photo.path, &e))?;
    let image = &still.frame.image;
    let nothing = Mask::new(image.width_px, image.height_px);
    Ok(cut(&still.frame, &nothing, photo.face))
}

/// A face (upright) with its surroundings, at most as large as a training photo.
fn cut(frame: &Frame, mask: &Mask, face: Rect) -> Given {
    let (side, center) = (face.w.max(face.h) * KEPT_SCALE, face.center());
    let square = Rect::new(center.x - side / 2.0, center.y - side / 2.0, side, side);
    let bounds = frame.upright.bounds();
    let kept = square.intersect(&bounds).unwrap_or(bounds);
    let scale = (MAX_SIDE_PX / kept.w.max(kept.h)).min(1.0);
    let size = |v: f32| ((v * scale).round() as u32).max(16);
    let (width, height) = (size(kept.w), size(kept.h));
    let picture = prep::resample(&frame.upright, &kept, width, height);
    let grid = Rect::new(0.0, 0.0, width as f32, height as f32);
    let upright_from_kept = Affine::rect_to_rect(&grid, &kept);
    let image_from_kept = frame.image_from_upright().after(&upright_from_kept);
    let kept_from_upright = Affine::rect_to_rect(&kept, &grid);
    Given {
        picture: Picture::from_rgb(&picture),
        mask: shares(mask, &image_from_kept, width as usize, height as usize),
        face: kept_from_upright.apply_rect(&face),
    }
}

/// The share of every pixel of a grid that is in the mask, by four looks.
fn shares(mask: &Mask, image_from_grid: &Affine, width: usize, height: usize) -> Plane {
    const LOOKS: [(f32, f32); 4] = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
    let mut data = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let looks = LOOKS.iter().filter(|(dx, dy)| {
                let at = Point { x: x as f32 + dx, y: y as f32 + dy };
                is_set(mask, image_from_grid.apply(at))
            });
            data.push(looks.count() as f32 / 4.0);
        }
    }
    Plane { width, height, data }
}

fn is_set(mask: &Mask, at: Point) -> bool {
    let is_inside = at.x >= 0.0
        && at.y >= 0.0
        && at.x < mask.width_px() as f32
        && at.y < mask.height_px() as f32;
    is_inside && mask.get(at.x as u32, at.y as u32)
}

/// The share of a rectangle that is in the mask, by a grid of looks.
fn share_of(mask: &Mask, rect: &Rect) -> f32 {
    const LOOKS: usize = 32;
    let step = |i: usize| (i as f32 + 0.5) / LOOKS as f32;
    let at = |i: usize| Point {
        x: rect.x + step(i % LOOKS) * rect.w,
        y: rect.y + step(i / LOOKS) * rect.h,
    };
    let n = (0..LOOKS * LOOKS).filter(|i| is_set(mask, at(*i))).count();
    n as f32 / (LOOKS * LOOKS) as f32
}
