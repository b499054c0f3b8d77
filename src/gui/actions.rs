//! Everything the keyboard does: one table for doing it and for the sheet that lists it.
//!
//! * **In**: key presses no text field wants. **Out**: [`Action`]s.
//! * **Not here**: what they mean (`app`). Holding H, and Space while drawing, are looked at
//!   by the canvas.

use egui::{Key, Modifiers};

use super::mask_tools::Tool;
use crate::annotate::FacePart;
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
    PlayPause,
    StepFrame(i32),
    Skip(f64),
    ToStart,
    ToEnd,
    NextMoment(i32),
    StepSpeed(i32),
    ToggleLoop,
    /// Begin or end the work on masks.
    EditMask,
    Mask(MaskAction),
}

/// What a key asks for while masks are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MaskAction {
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
    Load,
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
const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Every shortcut, in the order of the sheet.
pub(super) const SHORTCUTS: [Shortcut; 60] = [
    line("Files", "Ctrl+O", "Open pictures and videos", &[(COMMAND, Key::O, Action::OpenFiles)]),
    line("Files", "Ctrl+W", "Close the file", &[(COMMAND, Key::W, Action::CloseFile)]),
    line(
        "Files",
        "Page Up, Page Down",
        "Previous, next file",
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
    line("Mask", "E", "Work on the mask, or end it", &[(NONE, Key::E, Action::EditMask)]),
    line("Mask", "5", "Brush", &mask([(NONE, Key::Num5, MaskAction::Choose(Tool::Brush))])),
    line("Mask", "6", "Eraser", &mask([(NONE, Key::Num6, MaskAction::Choose(Tool::Eraser))])),
    line("Mask", "7", "Polygon", &mask([(NONE, Key::Num7, MaskAction::Choose(Tool::Polygon))])),
    line("Mask", "8", "Lasso", &mask([(NONE, Key::Num8, MaskAction::Choose(Tool::Lasso))])),
    line(
        "Mask",
        "9",
        "Wand on the picture",
        &mask([(NONE, Key::Num9, MaskAction::Choose(Tool::Wand))]),
    ),
    line(
        "Mask",
        "0",
        "Wand on the heat map",
        &mask([(NONE, Key::Num0, MaskAction::Choose(Tool::MapWand))]),
    ),
    line("Mask", "U", "Superpixel", &mask([(NONE, Key::U, MaskAction::Choose(Tool::Superpixel))])),
    line(
        "Mask",
        "Q, W",
        "Smaller, larger brush; with Shift: softer, harder",
        &mask([
            (SHIFT, Key::Q, MaskAction::Harden { more: false }),
            (SHIFT, Key::W, MaskAction::Harden { more: true }),
            (NONE, Key::Q, MaskAction::Resize { larger: false }),
            (NONE, Key::W, MaskAction::Resize { larger: true }),
        ]),
    ),
    line(
        "Mask",
        "V, Shift+V",
        "More, less tolerance of the wand; a click made last follows",
        &mask([
            (SHIFT, Key::V, MaskAction::Tolerate { more: false }),
            (NONE, Key::V, MaskAction::Tolerate { more: true }),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+wheel",
        "Threshold of the map, or tolerance of the wand; what was made last follows",
        &[],
    ),
    line(
        "Mask",
        "/, or hold Shift",
        "Take the area away instead of adding it",
        &mask([(NONE, Key::Slash, MaskAction::ToggleTakeAway)]),
    ),
    line(
        "Mask",
        "Y",
        "Show the mask, the model's marks, the difference",
        &mask([(NONE, Key::Y, MaskAction::StepLayer)]),
    ),
    line(
        "Mask",
        "Ctrl+T, Ctrl+Shift+T",
        "More, less tint",
        &mask([
            (COMMAND_SHIFT, Key::T, MaskAction::Tint { more: false }),
            (COMMAND, Key::T, MaskAction::Tint { more: true }),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+Z, Ctrl+Shift+Z or Ctrl+Y",
        "Undo, redo",
        &mask([
            (COMMAND_SHIFT, Key::Z, MaskAction::Redo),
            (COMMAND, Key::Y, MaskAction::Redo),
            (COMMAND, Key::Z, MaskAction::Undo),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+A",
        "Start from the model's map at the threshold",
        &mask([(COMMAND, Key::A, MaskAction::AcceptMap)]),
    ),
    line(
        "Mask",
        "Ctrl+1 to Ctrl+6",
        "Whole face, inner face, eyes, nose, mouth, lower face",
        &mask([
            (COMMAND, Key::Num1, MaskAction::FacePart(FacePart::Whole)),
            (COMMAND, Key::Num2, MaskAction::FacePart(FacePart::Inner)),
            (COMMAND, Key::Num3, MaskAction::FacePart(FacePart::Eyes)),
            (COMMAND, Key::Num4, MaskAction::FacePart(FacePart::Nose)),
            (COMMAND, Key::Num5, MaskAction::FacePart(FacePart::Mouth)),
            (COMMAND, Key::Num6, MaskAction::FacePart(FacePart::Lower)),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+F, Ctrl+I",
        "Fill holes, remove islands",
        &mask([
            (COMMAND, Key::F, MaskAction::FillHoles),
            (COMMAND, Key::I, MaskAction::RemoveIslands),
        ]),
    ),
    line(
        "Mask",
        "G, Shift+G",
        "Grow, shrink",
        &mask([(SHIFT, Key::G, MaskAction::Shrink), (NONE, Key::G, MaskAction::Grow)]),
    ),
    line(
        "Mask",
        "I, Delete",
        "Invert, clear",
        &mask([(NONE, Key::I, MaskAction::Invert), (NONE, Key::Delete, MaskAction::Clear)]),
    ),
    line(
        "Mask",
        "Ctrl+D, Ctrl+Shift+D",
        "Copy the mask to the next frame, carry it on with the face",
        &mask([
            (COMMAND_SHIFT, Key::D, MaskAction::Follow),
            (COMMAND, Key::D, MaskAction::CopyToNextFrame),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+N, Ctrl+Shift+N",
        "Next, previous copy not reviewed",
        &mask([
            (COMMAND_SHIFT, Key::N, MaskAction::NextUnreviewed(-1)),
            (COMMAND, Key::N, MaskAction::NextUnreviewed(1)),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+Enter, Ctrl+Backspace",
        "Accept, reject the copy and go to the next",
        &mask([
            (COMMAND, Key::Enter, MaskAction::Accept),
            (COMMAND, Key::Backspace, MaskAction::Reject),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+K",
        "Accept all copies that were on the screen, for instance while the video played",
        &mask([(COMMAND, Key::K, MaskAction::AcceptSeen)]),
    ),
    line(
        "Mask",
        "Ctrl+S, Ctrl+L",
        "Save, load the mask",
        &mask([(COMMAND, Key::S, MaskAction::Save), (COMMAND, Key::L, MaskAction::Load)]),
    ),
    line(
        "Mask",
        "Arrow keys, Enter",
        "Move the tool (Shift: by a pixel), use it; Shift+Enter: a line, or close the polygon",
        &[],
    ),
    line("Mask", "Space+drag, Backspace, Esc", "Move the picture; drop a corner, all corners", &[]),
    line(
        "Video",
        "Space or K",
        "Play, pause (K alone while a mask is drawn)",
        &[(NONE, Key::K, Action::PlayPause)],
    ),
    line(
        "Video",
        ", and .",
        "One frame back, on (also the arrow keys in the timeline)",
        &[(NONE, Key::Comma, Action::StepFrame(-1)), (NONE, Key::Period, Action::StepFrame(1))],
    ),
    line(
        "Video",
        "J, L",
        "One second back, on",
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
        "Round and round (Shift+drag in the timeline marks a part)",
        &[(NONE, Key::P, Action::ToggleLoop)],
    ),
    line("Window", "D", "Light or dark", &[(NONE, Key::D, Action::ToggleTheme)]),
    line(
        "Window",
        "F1 or ?",
        "This sheet",
        &[(NONE, Key::F1, Action::ToggleSheet), (NONE, Key::Questionmark, Action::ToggleSheet)],
    ),
];

const fn mask<const N: usize>(
    keys: [(Modifiers, Key, MaskAction); N],
) -> [(Modifiers, Key, Action); N] {
    let mut out = [(NONE, Key::E, Action::EditMask); N];
    let mut i = 0;
    while i < N {
        out[i] = (keys[i].0, keys[i].1, Action::Mask(keys[i].2));
        i += 1;
    }
    out
}

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
        all.flat_map(|(modifiers, key, action)| {
            // Without this, Ctrl+O would count as O too.
            let plain = modifiers.command || !input.modifiers.command;
            // On a slow machine a key may be pressed more than once in a frame.
            let n = if plain { input.count_and_consume_key(*modifiers, *key) } else { 0 };
            std::iter::repeat_n(*action, n)
        })
        .collect()
    })
}

/// Whether Space was pressed while no widget wants it. A held key counts once.
pub(super) fn plays(ctx: &egui::Context, is_ours: impl Fn(egui::Id) -> bool) -> bool {
    if ctx.text_edit_focused() || ctx.memory(egui::Memory::focused).is_some_and(|id| !is_ours(id)) {
        return false;
    }
    ctx.input_mut(|input| {
        let is_press = |event: &egui::Event| {
            matches!(event, egui::Event::Key { key: Key::Space, pressed: true, repeat: false, modifiers, .. }
                if modifiers.is_none())
        };
        let is_pressed = input.events.iter().any(is_press);
        is_pressed && input.consume_key(NONE, Key::Space)
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
