//! The actions of keys, and one row of the table of shortcuts.

use egui::{Key, Modifiers};

use crate::annotate::FacePart;
use crate::gui::mask_tools::Tool;
use crate::session::ViewMode;

/// The action of a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gui) enum Action {
    OpenFiles,
    CloseFile,
    CopyResult,
    SavePicture,
    StepFile(i32),
    StepFace(i32),
    SetMode(ViewMode),
    ToggleSplit,
    ToggleLoupe,
    /// Size the brush while masks are edited, else move the divider.
    Bracket {
        is_right: bool,
    },
    DrawRegion,
    Fit,
    ActualSize,
    ZoomToFace,
    Zoom(f64),
    Opacity(f32),
    Threshold(f32),
    StepColormap(i32),
    StepOverlayMode,
    ToggleTheme,
    Stop,
    ToggleShortcuts,
    ToggleManual,
    ToggleMetadata,
    PlayPause,
    StepFrame(i32),
    Skip(f64),
    ToStart,
    ToEnd,
    NextMoment(i32),
    StepSpeed(i32),
    ToggleLoop,
    /// Start or end editing masks.
    EditMask,
    Mask(MaskAction),
    Case(CaseAction),
}

/// The action of a key in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum CaseAction {
    Open,
    Done,
    Skip,
    ToDo,
    Survey,
    Rank,
    Blind,
    Agree,
    Compare,
    Findings,
    Search,
    Export,
    Retrain,
}

/// The action of a key while masks are edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum MaskAction {
    Choose(Tool),
    Resize { larger: bool },
    Harden { more: bool },
    Tolerate { more: bool },
    ToggleTakeAway,
    StepLayer,
    Undo,
    Redo,
    AcceptMap,
    FacePart(FacePart),
    FillHoles,
    RemoveIslands,
    Grow,
    Shrink,
    Invert,
    Clear,
    CopyToNextFrame,
    Follow,
    NextUnreviewed(i32),
    Accept,
    AcceptSeen,
    Reject,
    Tint { more: bool },
    Save,
    SaveAll,
    Load,
}

/// A row of the list of shortcuts.
pub(in crate::gui) struct Shortcut {
    pub(in crate::gui) group: &'static str,
    pub(in crate::gui) shown: &'static str,
    pub(in crate::gui) meaning: &'static str,
    pub(super) keys: &'static [(Modifiers, Key, Action)],
}

pub(super) const fn line(
    group: &'static str,
    shown: &'static str,
    meaning: &'static str,
    keys: &'static [(Modifiers, Key, Action)],
) -> Shortcut {
    Shortcut { group, shown, meaning, keys }
}
