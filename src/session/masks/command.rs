//! What a person can do to masks: plain values.

use std::path::PathBuf;

use crate::annotate::{Brush, Change, FacePart, MaskLabel};
use crate::base::Point;
use crate::session::document::id::DocumentId;

/// A command for the mask of the picture or frame shown. Positions are upright pixels.
#[derive(Debug, Clone, PartialEq)]
pub enum MaskCommand {
    /// Begin or end editing masks. A video is paused.
    Edit(bool),
    /// Put the brush down.
    BeginStroke {
        /// Its shape and size.
        brush: Brush,
        /// Brush or eraser.
        change: Change,
        /// The pixel pointed at.
        at: Point,
    },
    /// Press the pen this hard from the next point on, `0.0..=1.0`. A stroke begins at 1.
    Press(f32),
    /// Move the brush through these points.
    ExtendStroke(Vec<Point>),
    /// Lift the brush: the stroke becomes one step of the history.
    EndStroke,
    /// Add or take away what a closed line surrounds.
    Polygon {
        corners: Vec<Point>,
        /// Add or take away.
        change: Change,
        /// It was drawn in one go.
        is_lasso: bool,
    },
    /// Add or take away the pixels that look like this one and are connected to it.
    WandOnPicture {
        /// The pixel pointed at.
        at: Point,
        /// Largest difference of a channel.
        tolerance: u8,
        /// Add or take away.
        change: Change,
    },
    /// Add or take away the part of the model's map here that reaches the threshold shown.
    WandOnMap {
        /// The pixel pointed at.
        at: Point,
        /// Add or take away.
        change: Change,
    },
    /// Add or take away the superpixel here.
    Superpixel {
        /// The pixel pointed at.
        at: Point,
        /// About how large they are.
        side_px: u32,
        /// Add or take away.
        change: Change,
    },
    /// Add or take away a part of the selected face.
    FacePart {
        part: FacePart,
        /// Add or take away.
        change: Change,
    },
    /// Do the newest step once more with another tolerance, if it was the wand on the picture; it
    /// stays one step. With `None`: at the threshold shown now, if the step came from the model's
    /// map. The session does that itself when the threshold changes.
    Again {
        /// Largest difference of a channel.
        tolerance: Option<u8>,
    },
    FillHoles,
    /// Drop islands of fewer pixels.
    RemoveIslands(u32),
    /// Grow by so many pixels; negative: shrink.
    Grow(i32),
    /// Invert every pixel.
    Invert,
    /// Clear every pixel.
    Clear,
    /// Replace the mask by the model's maps at the threshold shown.
    AcceptMap,
    /// Copy the mask to the next frame of the video and go there.
    CopyToNextFrame,
    /// Propagate the mask along the track of the face below it: to the end of the shot, or through
    /// this many frames. The copies are to be reviewed.
    Follow {
        /// `None`: to the end of the shot.
        n_frames: Option<usize>,
    },
    /// Go to the next copy that is not reviewed (negative: the previous one), around the ends.
    NextUnreviewed(i32),
    /// The copy shown is right; go to the next one.
    Accept,
    /// All copies that were on the screen since they were made are right, for instance because the
    /// clip played.
    AcceptSeen,
    /// The copy shown is wrong: empty it, which can be undone, and go to the next one.
    Reject,
    /// Undo the newest step.
    Undo,
    /// Redo the step undone last.
    Redo,
    /// Set the label: kind, confidence, note.
    SetLabel(MaskLabel),
    /// Write the mask as a PNG file, and a JSON file with its facts beside it.
    Save {
        /// The PNG file; the JSON file has the same name with `.json`.
        path: PathBuf,
        /// A file there that is no mask of this picture may be replaced.
        replaces: bool,
    },
    /// Save all masks of the document shown where they belong.
    SaveAll,
    /// Save all masks of all documents where they belong.
    SaveEverything,
    /// Replace the mask by that of a file.
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

impl MaskCommand {
    /// Whether a video must stand still for it: what is drawn on is the frame shown.
    pub(in crate::session) const fn pauses_video(&self) -> bool {
        match self {
            Self::Edit(is_editing) => *is_editing,
            Self::DismissQuestion
            | Self::CloseAnyway(_)
            | Self::SaveAndClose(_)
            | Self::SaveAll
            | Self::SaveEverything
            | Self::SetLabel(_)
            | Self::Press(_)
            | Self::ExtendStroke(_)
            | Self::EndStroke => false,
            _ => true,
        }
    }
}
