//! The masks of a document, and drawing on them.

use std::path::{Path, PathBuf};

use super::mask::DrawnMask;
use super::open::Document;
use super::stroke::Stroke;
use crate::annotate::{Brush, Change};
use crate::base::{Affine, Point};

impl Document {
    /// The number under which the mask of what is shown is kept: of a video the frame, else 0.
    /// `None` while nothing is shown.
    pub fn mask_frame(&self) -> Option<usize> {
        match &self.video {
            Some(video) => video.shown,
            None => self.picture.is_some().then_some(0),
        }
    }

    /// The mask of what is shown.
    pub fn mask(&self) -> Option<&DrawnMask> {
        self.masks.get(&self.mask_frame()?)
    }

    /// The mask of a frame, made when there is none; `None` while no picture is there.
    pub(in crate::session) fn mask_mut(&mut self, frame: usize) -> Option<&mut DrawnMask> {
        let size = self.image_px()?;
        if !self.masks.contains_key(&frame) {
            self.masks.insert(frame, DrawnMask::new(size, self.media_sha256()));
        }
        self.masks.get_mut(&frame)
    }

    /// Size of the stored pixel grid.
    pub fn image_px(&self) -> Option<[u32; 2]> {
        let picture = self.picture.as_ref()?;
        let image = &picture.frame.image;
        Some(if self.video.is_some() { picture.full_px } else { [image.width_px, image.height_px] })
    }

    /// Takes upright positions to the stored pixel grid.
    pub fn image_from_upright(&self) -> Affine {
        match (&self.video, &self.picture) {
            (None, Some(picture)) => picture.frame.image_from_upright(),
            _ => Affine::IDENTITY,
        }
    }

    /// Masks that are neither in a file nor in the case.
    pub fn n_unsaved_masks(&self) -> usize {
        self.masks.values().filter(|mask| mask.is_unsaved()).count()
    }

    /// Frames with a copy that nobody has found right yet, in order.
    pub fn unreviewed_masks(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.masks.iter().filter(|(_, mask)| mask.is_unreviewed()).map(|(frame, _)| *frame)
    }

    /// Where the mask of a frame is saved unless a person says otherwise: beside the file.
    pub fn mask_path(&self, frame: usize) -> PathBuf {
        if let Some(path) = self.masks.get(&frame).and_then(|mask| mask.saved_to.clone()) {
            return path;
        }
        let name = match &self.video {
            Some(_) => format!("{}.frame{:06}.mask.png", self.name(), frame + 1),
            None => format!("{}.mask.png", self.name()),
        };
        self.path.parent().unwrap_or_else(|| Path::new("")).join(name)
    }

    /// Drops masks that do not fit the file any more, all of them when it is another clip now. True
    /// when one of them was not saved.
    pub(in crate::session) fn drop_misfit_masks(&mut self, is_other_clip: bool) -> bool {
        let size = self.image_px();
        let before = self.n_unsaved_masks();
        self.masks.retain(|_, mask| !is_other_clip && Some(mask.size()) == size);
        self.n_unsaved_masks() < before
    }
}

/// Drawing.
impl Document {
    /// Puts the brush down on the mask of a frame. `at` is in image space, `pressure` is
    /// `0.0..=1.0`.
    pub(in crate::session) fn begin_stroke(
        &mut self,
        frame: usize,
        brush: Brush,
        change: Change,
        at: Point,
        pressure: f32,
    ) {
        self.stroke = Some(Stroke::new(frame, brush, change, at, pressure));
        self.extend_stroke(&[at]);
    }

    /// Presses the pen this hard from the next point on; false when no brush is down.
    pub(in crate::session) const fn press(&mut self, pressure: f32) -> bool {
        match &mut self.stroke {
            Some(stroke) => {
                stroke.press(pressure);
                true
            }
            None => false,
        }
    }

    /// Moves the brush that is down through these points of image space.
    pub(in crate::session) fn extend_stroke(&mut self, points: &[Point]) {
        let Some(mut stroke) = self.stroke.take() else { return };
        if let Some(mask) = self.mask_mut(stroke.frame()) {
            stroke.extend(mask, points);
        }
        self.stroke = Some(stroke);
    }

    /// Lifts the brush: what was painted since it was put down becomes one step.
    pub(in crate::session) fn end_stroke(&mut self) {
        let Some(stroke) = self.stroke.take() else { return };
        if let Some(mask) = self.mask_mut(stroke.frame()) {
            stroke.end(mask);
        }
    }
}
