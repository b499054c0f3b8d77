//! What a front end sees of masks drawn by hand, and what can be done to them: plain values.
//!
//! * **In / out**: nothing; the nouns and wishes of the annotator's desk.
//! * **Not here**: giving them meaning (`masks`), files (`mask_file`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::annotate::{Brush, Change, FacePart, Mask, MaskLabel, PixelRect};
use crate::base::{Affine, ModelRef, Point};
use crate::case::StoredMask;
use crate::session::{Document, DocumentId};

/// A wish about the mask of the picture or frame shown. Positions are upright pixels.
#[derive(Debug, Clone, PartialEq)]
pub enum MaskCommand {
    /// Begin or end the work on masks. A video is paused.
    Edit(bool),
    /// Put the brush down.
    BeginStroke {
        /// Its tip.
        brush: Brush,
        /// Brush or eraser.
        change: Change,
        /// Where.
        at: Point,
    },
    /// Press a pen this hard from the next point on, `0.0..=1.0`; a brush put down is at 1.
    Press(f32),
    /// Move it through these points.
    ExtendStroke(Vec<Point>),
    /// Lift it: the stroke is one step of the history.
    EndStroke,
    /// What a closed line surrounds.
    Polygon {
        /// Its corners.
        corners: Vec<Point>,
        /// What is done with it.
        change: Change,
        /// It was drawn in one go.
        is_lasso: bool,
    },
    /// What looks like the pixel here and is joined to it.
    WandOnPicture {
        /// Where.
        at: Point,
        /// Largest difference of a channel.
        tolerance: u8,
        /// What is done with it.
        change: Change,
    },
    /// The part of the model's map here that reaches the threshold shown.
    WandOnMap {
        /// Where.
        at: Point,
        /// What is done with it.
        change: Change,
    },
    /// The superpixel here.
    Superpixel {
        /// Where.
        at: Point,
        /// About how large they are.
        side_px: u32,
        /// What is done with it.
        change: Change,
    },
    /// A part of the face pointed out.
    FacePart {
        /// Which.
        part: FacePart,
        /// What is done with it.
        change: Change,
    },
    /// Do the newest step once more, if it was the wand on the picture, with another tolerance; it
    /// stays one step. With `None`, if it came from the model's map, at the threshold shown now: the
    /// session wishes that itself when the threshold changes.
    Again {
        /// Largest difference of a channel.
        tolerance: Option<u8>,
    },
    /// Fill what the mask surrounds.
    FillHoles,
    /// Drop parts of fewer pixels.
    RemoveIslands(u32),
    /// Grow by so many pixels; negative: shrink.
    Grow(i32),
    /// Turn every pixel over.
    Invert,
    /// No pixel any more.
    Clear,
    /// The model's maps at the threshold shown, in place of what is there.
    AcceptMap,
    /// Copy the mask to the next frame of the video and go there.
    CopyToNextFrame,
    /// Carry the mask on to the frames that follow, moved with the face below it: to the end of the
    /// shot, or through this many frames. The copies are to be reviewed.
    Follow {
        /// `None`: to the end of the shot.
        n_frames: Option<usize>,
    },
    /// Go to the next copy that is not reviewed (negative: the previous one), around the ends.
    NextUnreviewed(i32),
    /// The copy shown is right; go to the next one.
    Accept,
    /// All copies that were on the screen since they were made are right, for instance while the
    /// clip played.
    AcceptSeen,
    /// The copy shown is wrong: empty it, which can be undone, and go to the next one.
    Reject,
    /// Take the newest step back.
    Undo,
    /// Do the step undone last again.
    Redo,
    /// Say what it is.
    SetLabel(MaskLabel),
    /// Write a PNG file and what is known of it beside.
    Save {
        /// Of the picture; what is known goes to the same name with `.json`.
        path: PathBuf,
        /// A file there that is no mask of this picture may be replaced.
        replaces: bool,
    },
    /// Save all masks of the document shown where they belong.
    SaveAll,
    /// Take the mask of a file in place of what is there.
    Load(PathBuf),
    /// Save all masks of a document where they belong, then close it.
    SaveAndClose(DocumentId),
    /// Close a document though masks of it are not saved.
    CloseAnyway(DocumentId),
    /// Leave the question unanswered.
    DismissQuestion,
}

/// What a person must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaskQuestion {
    /// This document has masks that are not saved.
    Close(DocumentId),
    /// There is a file at this path already, and why it is not simply replaced.
    Replace(PathBuf, String),
}

/// Where a mask that was carried on comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyView {
    /// Of this frame's mask.
    pub from_frame: usize,
    /// A person has looked at it and found it right.
    pub is_accepted: bool,
    /// The mask's version when it was copied: nobody has changed it since.
    pub(in crate::session) version: u64,
}

/// A mask drawn by hand.
#[derive(Debug, Clone)]
pub struct MaskView {
    /// On the stored pixel grid.
    pub mask: Arc<Mask>,
    /// Another one after every change; no two masks have the same.
    pub version: u64,
    /// The newest changes: version before, version after, where.
    pub changes: Vec<(u64, u64, PixelRect)>,
    /// Pixels set; while a stroke goes on, those before it.
    pub n_set: u64,
    /// What a person says of it.
    pub label: MaskLabel,
    /// The threshold at which the model's map was taken over as a start.
    pub started_from_map_at: Option<f32>,
    /// How often each tool was used.
    pub tools: BTreeMap<String, u32>,
    /// The model whose map was the start, when that was not in this session.
    pub started_from: Option<ModelRef>,
    /// It was carried on from another frame.
    pub copy: Option<CopyView>,
    /// It was on the screen while masks were worked on, since it was copied.
    pub is_seen: bool,
    /// Steps that can be taken back.
    pub n_undo: usize,
    /// Steps that can be done again.
    pub n_redo: usize,
    /// The file it was saved to or loaded from.
    pub saved_to: Option<PathBuf>,
    /// Hash of the file it was begun on, if that was known.
    pub media_sha256: Option<String>,
    pub(in crate::session) saved_version: u64,
    pub(in crate::session) saved_label: MaskLabel,
    pub(in crate::session) saved_copy: Option<CopyView>,
    /// Another reader's mask was laid out as this version.
    pub(in crate::session) laid_out: Option<(String, u64)>,
}

impl MaskView {
    /// There is something that is in no file.
    pub fn is_unsaved(&self) -> bool {
        let is_changed = self.version != self.saved_version
            || self.label != self.saved_label
            || self.copy != self.saved_copy;
        is_changed && !(self.saved_to.is_none() && self.is_nothing())
    }

    /// Nothing is drawn and nothing said: only a copy that was emptied has a label all the same.
    pub(in crate::session) fn is_nothing(&self) -> bool {
        self.n_set == 0 && (self.label == MaskLabel::default() || self.copy.is_some())
    }

    /// This much of it is kept somewhere.
    pub(in crate::session) fn set_kept(
        &mut self,
        version: u64,
        label: MaskLabel,
        copy: Option<CopyView>,
    ) {
        (self.saved_version, self.saved_label, self.saved_copy) = (version, label, copy);
    }

    /// Who drew it, as long as it is shown just as another reader left it in the case.
    pub fn laid_out_of(&self) -> Option<&str> {
        let (author, version) = self.laid_out.as_ref()?;
        (*version == self.version && self.label == self.saved_label).then_some(author)
    }

    /// Shows a mask that is kept elsewhere, in place of what there is; with the author if another
    /// reader drew it.
    pub(in crate::session) fn take_over(&mut self, stored: StoredMask, is_own: bool, version: u64) {
        let StoredMask { mask, label, author, tools, model, .. } = stored;
        self.n_set = mask.count();
        (self.n_undo, self.n_redo) = (0, 0);
        self.laid_out = (!is_own).then_some((author, version));
        // What another reader did is not one's own work.
        self.tools = if is_own { tools } else { BTreeMap::new() };
        (self.mask, self.label, self.version) = (Arc::new(mask), label, version);
        (self.started_from_map_at, self.started_from) = (stored.started_from_map_at, model);
        self.copy = None;
        // What is drawn from it is drawn anew.
        self.changes.clear();
        self.set_kept(version, self.label.clone(), None);
    }

    /// A copy that nobody has found right yet.
    pub fn is_unreviewed(&self) -> bool {
        self.n_set > 0 && self.copy.is_some_and(|copy| !copy.is_accepted)
    }
}

/// What the model's maps mark, for the layers.
#[derive(Debug, Clone)]
pub struct MarkedView {
    /// Of this document.
    pub document: DocumentId,
    /// And this frame.
    pub frame: usize,
    /// Where the maps reach this.
    pub threshold: f32,
    /// On the stored pixel grid.
    pub mask: Arc<Mask>,
    /// Another one for every mask.
    pub version: u64,
}

/// The annotator's desk.
#[derive(Debug, Clone, Default)]
pub struct MaskDeskView {
    /// Masks are being worked on.
    pub is_editing: bool,
    /// What takes a moment, for people.
    pub doing: Option<&'static str>,
    /// What the model marks in the picture shown, while masks are worked on.
    pub marked: Option<MarkedView>,
    /// What must be decided.
    pub question: Option<MaskQuestion>,
}

impl Document {
    /// The number masks of what is shown go by: of a video the frame, else 0. `None` while nothing
    /// is shown.
    pub fn mask_frame(&self) -> Option<usize> {
        match &self.video {
            Some(video) => video.shown,
            None => self.picture.is_some().then_some(0),
        }
    }

    /// The mask of what is shown.
    pub fn mask(&self) -> Option<&MaskView> {
        self.masks.get(&self.mask_frame()?)
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

    /// Masks that are in no file.
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
}
