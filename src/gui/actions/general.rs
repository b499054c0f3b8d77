//! Shortcuts that are always active: files, view, zoom, heat map, regions, videos, the window.

use egui::{Key, Modifiers};

use super::action::{Action, CaseAction, Shortcut, line};
use crate::session::ViewMode;

const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const COMMAND: Modifiers = Modifiers::COMMAND;
const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// At the top of the list of shortcuts.
pub(super) const FIRST: &[Shortcut] = &[
    line(
        "Files",
        "Ctrl+O, Ctrl+Shift+O",
        "Open pictures and videos, open a case",
        &[
            (COMMAND_SHIFT, Key::O, Action::Case(CaseAction::Open)),
            (COMMAND, Key::O, Action::OpenFiles),
        ],
    ),
    line("Files", "Ctrl+W", "Close the file", &[(COMMAND, Key::W, Action::CloseFile)]),
    line(
        "Files",
        "Ctrl+Shift+C, Ctrl+Shift+P",
        "Copy the result as text, save the picture with its overlay",
        &[
            (COMMAND_SHIFT, Key::C, Action::CopyResult),
            (COMMAND_SHIFT, Key::P, Action::SavePicture),
        ],
    ),
    line(
        "Files",
        "Page Up, Page Down",
        "Previous, next file; with a case open, the next item to do",
        &[(NONE, Key::PageUp, Action::StepFile(-1)), (NONE, Key::PageDown, Action::StepFile(1))],
    ),
    line(
        "Files",
        "N, Shift+N",
        "Next, previous face",
        &[(SHIFT, Key::N, Action::StepFace(-1)), (NONE, Key::N, Action::StepFace(1))],
    ),
    line("Files", "Ctrl+.", "Stop the work", &[(COMMAND, Key::Period, Action::Stop)]),
    line("Show", "1", "Picture", &[(NONE, Key::Num1, Action::SetMode(ViewMode::Picture))]),
    line("Show", "2", "Heat map", &[(NONE, Key::Num2, Action::SetMode(ViewMode::HeatMap))]),
    line(
        "Show",
        "3",
        "Reconstruction",
        &[(NONE, Key::Num3, Action::SetMode(ViewMode::Reconstruction))],
    ),
    line("Show", "4", "Residual", &[(NONE, Key::Num4, Action::SetMode(ViewMode::Residual))]),
    line("Show", "Hold H", "Hide the overlay", &[]),
    line(
        "Show",
        "B",
        "Compare picture and overlay with a divider",
        &[(NONE, Key::B, Action::ToggleSplit)],
    ),
    line(
        "Show",
        "[ and ]",
        "Move the divider; while a mask is edited: smaller, larger brush",
        &[
            (NONE, Key::OpenBracket, Action::Bracket { is_right: false }),
            (NONE, Key::CloseBracket, Action::Bracket { is_right: true }),
        ],
    ),
    line("Zoom", "F", "Fit the whole picture, small ones enlarged", &[(NONE, Key::F, Action::Fit)]),
    line(
        "Zoom",
        "F4",
        "Loupe: the pixels under the pointer without overlay",
        &[(NONE, Key::F4, Action::ToggleLoupe)],
    ),
    line("Zoom", "A", "Actual size (1:1)", &[(NONE, Key::A, Action::ActualSize)]),
    line("Zoom", "Z", "Zoom to the selected face", &[(NONE, Key::Z, Action::ZoomToFace)]),
    line(
        "Zoom",
        "+ and -",
        "Zoom in, out (also the mouse wheel)",
        &[
            (NONE, Key::Plus, Action::Zoom(1.25)),
            (NONE, Key::Equals, Action::Zoom(1.25)),
            (NONE, Key::Minus, Action::Zoom(0.8)),
        ],
    ),
    line("Zoom", "Arrow keys", "Move the picture (also drag; Space+drag while drawing)", &[]),
    line(
        "Heat map",
        "O, Shift+O",
        "Increase, decrease the opacity",
        &[(SHIFT, Key::O, Action::Opacity(-0.05)), (NONE, Key::O, Action::Opacity(0.05))],
    ),
    line(
        "Heat map",
        "T, Shift+T",
        "Raise, lower the threshold",
        &[(SHIFT, Key::T, Action::Threshold(-0.05)), (NONE, Key::T, Action::Threshold(0.05))],
    ),
    line(
        "Heat map",
        "C, Shift+C",
        "Next, previous color map",
        &[(SHIFT, Key::C, Action::StepColormap(-1)), (NONE, Key::C, Action::StepColormap(1))],
    ),
    line("Heat map", "M", "Heat, threshold or contour", &[(NONE, Key::M, Action::StepOverlayMode)]),
    line("Region", "R", "Draw a region to examine", &[(NONE, Key::R, Action::DrawRegion)]),
    line("Region", "Arrow keys, Shift+Arrow keys", "Move, resize the region", &[]),
    line("Region", "Enter, Esc", "Examine the region, cancel", &[]),
];

/// Shortcuts for the end of the list.
pub(super) const LAST: &[Shortcut] = &[
    line(
        "Video",
        "Space or K",
        "Play, pause (K alone while a mask is drawn)",
        &[(NONE, Key::K, Action::PlayPause)],
    ),
    line(
        "Video",
        ", and .",
        "One frame back, forward (also the arrow keys in the timeline)",
        &[(NONE, Key::Comma, Action::StepFrame(-1)), (NONE, Key::Period, Action::StepFrame(1))],
    ),
    line(
        "Video",
        "J, L",
        "One second back, forward",
        &[(NONE, Key::J, Action::Skip(-1.0)), (NONE, Key::L, Action::Skip(1.0))],
    ),
    line(
        "Video",
        "Home, End",
        "First, last frame",
        &[(NONE, Key::Home, Action::ToStart), (NONE, Key::End, Action::ToEnd)],
    ),
    line(
        "Video",
        "X, Shift+X",
        "Next, previous suspicious moment",
        &[(SHIFT, Key::X, Action::NextMoment(-1)), (NONE, Key::X, Action::NextMoment(1))],
    ),
    line(
        "Video",
        "S, Shift+S",
        "Faster, slower",
        &[(SHIFT, Key::S, Action::StepSpeed(-1)), (NONE, Key::S, Action::StepSpeed(1))],
    ),
    line(
        "Video",
        "P",
        "Loop (Shift+drag in the timeline marks a part)",
        &[(NONE, Key::P, Action::ToggleLoop)],
    ),
    line(
        "Metadata",
        "F11",
        "Open or close what the file says about itself",
        &[(NONE, Key::F11, Action::ToggleMetadata)],
    ),
    line("Metadata", "Left, Right", "Previous, next tab", &[]),
    line("Metadata", "Up, Down, Home, End", "Move between the rows of a table", &[]),
    line("Metadata", "Ctrl+F, Ctrl+C", "Search in the fields, copy the selected row", &[]),
    line("Metadata", "Esc", "Leave the search, close the window", &[]),
    line("Window", "D", "Switch between light and dark", &[(NONE, Key::D, Action::ToggleTheme)]),
    line("Window", "Esc", "Close the topmost window or dialog", &[]),
    line("Window", "F1", "Open or close the manual", &[(NONE, Key::F1, Action::ToggleManual)]),
    line(
        "Window",
        "?",
        "Show these shortcuts",
        &[(NONE, Key::Questionmark, Action::ToggleShortcuts)],
    ),
];
