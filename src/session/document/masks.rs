//! The masks of a document, and drawing on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::mask::DrawnMask;
use super::open::Document;
use crate::base::{Affine, FrameRef};
use crate::session::case::mask_state::CaseItem;

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
            let media_sha256 = self.media_sha256();
            self.facts.masks.insert(frame, DrawnMask::new(size, media_sha256));
        }
        self.facts.masks.get_mut(&frame)
    }

    /// The mask of a frame that has one.
    pub(in crate::session) fn known_mask_mut(&mut self, frame: usize) -> Option<&mut DrawnMask> {
        self.facts.masks.get_mut(&frame)
    }

    pub(in crate::session) fn masks_mut(&mut self) -> impl Iterator<Item = &mut DrawnMask> {
        self.facts.masks.values_mut()
    }

    /// All masks, with what the case part keeps of the document.
    pub(in crate::session) const fn masks_with_case_item(
        &mut self,
    ) -> (&BTreeMap<usize, DrawnMask>, &mut CaseItem) {
        (&self.facts.masks, &mut self.case_item)
    }

    /// Drops such masks, and names their frames.
    pub(in crate::session) fn drop_masks(
        &mut self,
        is_meant: impl Fn(&DrawnMask) -> bool,
    ) -> Vec<usize> {
        let dropped = self.facts.masks.extract_if(.., |_, mask| is_meant(mask));
        dropped.map(|(frame, _)| frame).collect()
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

    /// A frame of a video by its time.
    pub(in crate::session) fn frame_ref(&self, frame: usize) -> Option<FrameRef> {
        let video = self.video.as_ref()?;
        let time = video.frames.get(frame)?;
        let (numerator, denominator) = video.info.time_base;
        let time_base = [numerator, denominator];
        Some(FrameRef { index: time.index, pts: time.pts, time_base, t_s: time.t_s })
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
            Some(_) => format!("{}.frame{:06}.mask.png", self.file_name(), frame + 1),
            None => format!("{}.mask.png", self.file_name()),
        };
        self.path.parent().unwrap_or_else(|| Path::new("")).join(name)
    }

    /// Drops masks that do not fit the file any more, all of them when it is another clip now. True
    /// when one of them was not saved.
    pub(in crate::session) fn drop_misfit_masks(&mut self, is_other_clip: bool) -> bool {
        let size = self.image_px();
        let before = self.n_unsaved_masks();
        self.facts.masks.retain(|_, mask| !is_other_clip && Some(mask.size()) == size);
        self.n_unsaved_masks() < before
    }
}
