//! Everything a person can do to the session.
//!
//! Plain values; [`Session::apply`](crate::session::Session::apply) gives them meaning.

use std::path::PathBuf;
use std::sync::Arc;

use super::case::command::CaseCommand;
use super::document::id::DocumentId;
use super::masks::command::MaskCommand;
use super::preferences::settings::Theme;
use super::recovery::keeper::RecoveryChoice;
use super::reports::order::ReportCommand;
use super::reports::values::ReportKind;
use super::training::values::TrainingCommand;
use super::view::values::ViewMode;
use crate::base::{Rect, RgbImage};
use crate::detect::Degradation;
use crate::signal::{Colormap, OverlayMode};

/// A command to the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open these files and examine them, the first one first and shown. Files that are open are
    /// shown again.
    Open(Vec<PathBuf>),
    /// Show this document.
    Select(DocumentId),
    /// Show the document this many places further down the list (negative: up), around the ends.
    SelectNext(i32),
    /// Forget this document; work on it is stopped. With masks that are not saved this is a
    /// question first.
    Close(DocumentId),
    /// Point out one face of the document shown, or none.
    SelectFace(Option<usize>),
    /// Examine a region of the document shown; upright pixels.
    ExamineRegion(Rect),
    /// Try the series of degradations on a face of the document shown.
    TestRobustness(usize),
    /// Show a face of the document shown as if this had happened to it, examined anew; `None`
    /// brings the original back.
    TryDegraded(usize, Option<Degradation>),
    /// Examine a document once more: after a failure or a stop.
    ExamineAgain(DocumentId),
    /// Read what the file of a document says about itself, anew if it was read before.
    ReadMetadata(DocumentId),
    /// Compare what the file of a document says with the known genuine files.
    CompareMetadata(DocumentId),
    /// Compare what files say with the genuine files in this folder; `None` is the folder that
    /// pictures are compared with, if there is one.
    CompareMetadataWith(Option<PathBuf>),
    /// Compare pictures with the genuine material in this folder from now on, or with none. Open
    /// pictures are examined again.
    CompareWith(Option<PathBuf>),
    /// Stop what is being done and all that waits.
    Cancel,
    /// Play the video shown, from its beginning if it is at its end; or pause it.
    PlayPause,
    /// Pause the video shown.
    Pause,
    /// Go to a frame of the video shown; beyond the end is the last one. Goes on playing.
    Seek(usize),
    /// Pause and go this many frames further (negative: back).
    Step(i32),
    /// Go this many seconds further (negative: back). Goes on playing.
    Skip(f64),
    /// Pause at the next suspicious moment of any face (negative: the previous one), around the
    /// ends, and point that face out.
    NextMoment(i32),
    /// How fast the video plays; held to `0.25..=4.0`.
    SetSpeed(f32),
    /// Play round and round, or once.
    ToggleLoop,
    /// The frames played round and round, first and last; `None` is the whole clip.
    SetLoopRange(Option<(usize, usize)>),
    /// Point out a face of the video shown and pause at its most suspicious moment; or none.
    SelectTrack(Option<u32>),
    /// A small picture of this frame of the video shown is wanted.
    HoverThumbnail(usize),
    /// Work on the mask of what is shown.
    Mask(MaskCommand),
    /// Work on a case and its queue.
    Case(CaseCommand),
    /// Write the picture or frame shown with its overlay as a PNG file. A file that is there is
    /// never replaced.
    SavePicture {
        /// The new file.
        path: PathBuf,
        /// Text about the result, drawn; it goes below the picture.
        caption: Arc<RgbImage>,
    },
    /// Retrain, and choose detectors.
    Training(TrainingCommand),
    /// What is laid over the picture.
    SetMode(ViewMode),
    /// `0.0..=1.0`.
    SetOpacity(f32),
    /// `0.0..=1.0`; `None` is what the model's card says.
    SetThreshold(Option<f32>),
    /// Colors of maps.
    SetColormap(Colormap),
    /// How maps are drawn.
    SetOverlayMode(OverlayMode),
    /// Light, dark or as the system.
    SetTheme(Theme),
    /// The window has this size now, in points; the next one gets it.
    KeepWindowSize([f32; 2]),
    /// Empty the list of recent files.
    ForgetRecent,
    /// Take one file from the list of recent files.
    ForgetRecentFile(PathBuf),
    /// A notice was read.
    Dismiss(u64),
    /// Show what a command of the command line prints; `None` closes it.
    ShowReport {
        kind: Option<ReportKind>,
        /// The program that is run; `None` is this one.
        program: Option<PathBuf>,
        /// The folder of bundles that the window was opened with, if it was named.
        models: Option<PathBuf>,
        /// What is to be installed, if it is about that.
        file: Option<PathBuf>,
    },
    /// Make a report to hand over.
    Report(ReportCommand),
    /// Whether the model that did not come with the program may be used, now and later.
    AnswerForeign(bool),
    /// What becomes of masks that the last run left behind.
    Recover(RecoveryChoice),
    /// The program is about to end: unsaved masks stay for the next start, or go.
    KeepUnsavedAtEnd(bool),
    /// All notices were read.
    DismissAll,
    /// Tell the person something, for instance that a dialog could not be opened.
    Notify(String),
}
