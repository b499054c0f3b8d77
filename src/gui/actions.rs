//! Everything the keyboard does: one table for doing it and for the sheet that lists it.
//!
//! * **In**: key presses no text field wants. **Out**: [`Action`]s.
//! * **Not here**: what they mean (`app`). Holding H and Space are looked at by the canvas.

use egui::{Key, Modifiers};

use crate::session::ViewMode;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Action {
    OpenFiles,
    CloseFile,
    StepFile(i32),
    StepFace(i32),
    SetMode(ViewMode),
    ToggleSplit,
    MoveSplit(f32),
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
    ToggleSheet,
}

/// A line of the sheet.
pub(super) struct Shortcut {
    pub(super) group: &'static str,
    pub(super) shown: &'static str,
    pub(super) words: &'static str,
    keys: &'static [(Modifiers, Key, Action)],
}

const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const COMMAND: Modifiers = Modifiers::COMMAND;

/// Every shortcut, in the order of the sheet.
pub(super) const SHORTCUTS: [Shortcut; 26] = [
    line("Files", "Ctrl+O", "Open pictures", &[(COMMAND, Key::O, Action::OpenFiles)]),
    line("Files", "Ctrl+W", "Close the picture", &[(COMMAND, Key::W, Action::CloseFile)]),
    line(
        "Files",
        "Page Up, Page Down",
        "Previous, next picture",
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
    line("Show", "Hold H", "Hide everything laid over the picture", &[]),
    line("Show", "B", "Divider between before and after", &[(NONE, Key::B, Action::ToggleSplit)]),
    line(
        "Show",
        "[ and ]",
        "Move the divider",
        &[
            (NONE, Key::OpenBracket, Action::MoveSplit(-0.02)),
            (NONE, Key::CloseBracket, Action::MoveSplit(0.02)),
        ],
    ),
    line("Zoom", "F", "Whole picture", &[(NONE, Key::F, Action::Fit)]),
    line("Zoom", "A", "Actual size, one to one", &[(NONE, Key::A, Action::ActualSize)]),
    line("Zoom", "Z", "The face pointed out", &[(NONE, Key::Z, Action::ZoomToFace)]),
    line(
        "Zoom",
        "+ and -",
        "Closer, further away (also the wheel)",
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
        "More, less opaque",
        &[(SHIFT, Key::O, Action::Opacity(-0.05)), (NONE, Key::O, Action::Opacity(0.05))],
    ),
    line(
        "Heat map",
        "T, Shift+T",
        "Threshold up, down",
        &[(SHIFT, Key::T, Action::Threshold(-0.05)), (NONE, Key::T, Action::Threshold(0.05))],
    ),
    line(
        "Heat map",
        "C, Shift+C",
        "Next, previous colors",
        &[(SHIFT, Key::C, Action::StepColormap(-1)), (NONE, Key::C, Action::StepColormap(1))],
    ),
    line("Heat map", "M", "Heat, threshold or contour", &[(NONE, Key::M, Action::StepOverlayMode)]),
    line("Region", "R", "Draw a region to be examined", &[(NONE, Key::R, Action::DrawRegion)]),
    line("Region", "Arrow keys, Shift+Arrow keys", "Move, resize the region", &[]),
    line("Region", "Enter, Esc", "Examine the region, give it up", &[]),
    line("Window", "D", "Light or dark", &[(NONE, Key::D, Action::ToggleTheme)]),
    line(
        "Window",
        "F1 or ?",
        "This sheet",
        &[(NONE, Key::F1, Action::ToggleSheet), (NONE, Key::Questionmark, Action::ToggleSheet)],
    ),
];

const fn line(
    group: &'static str,
    shown: &'static str,
    words: &'static str,
    keys: &'static [(Modifiers, Key, Action)],
) -> Shortcut {
    Shortcut { group, shown, words, keys }
}

/// What was pressed since the last frame. Takes the keys, so that widgets do not see them too.
pub(super) fn pressed(ctx: &egui::Context) -> Vec<Action> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let all = SHORTCUTS.iter().flat_map(|shortcut| shortcut.keys);
    ctx.input_mut(|input| {
        all.filter(|(modifiers, key, _)| {
            // Without this, Ctrl+O would count as O too.
            let plain = modifiers.command || !input.modifiers.command;
            plain && input.consume_key(*modifiers, *key)
        })
        .map(|(_, _, action)| *action)
        .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_taken_twice_and_shifted_ones_come_first() {
        let mut seen: Vec<(Modifiers, Key)> = Vec::new();
        for (modifiers, key, _) in SHORTCUTS.iter().flat_map(|shortcut| shortcut.keys) {
            assert!(!seen.contains(&(*modifiers, *key)), "{key:?} is taken twice");
            // A plain key also matches with Shift held, so it must be asked for later.
            let plain_before = seen.contains(&(NONE, *key)) && *modifiers == SHIFT;
            assert!(!plain_before, "{key:?} hides its shifted form");
            seen.push((*modifiers, *key));
        }
    }
}
