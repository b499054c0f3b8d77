//! Shortcuts of the mask editor, active while a mask is edited.

use egui::{Key, Modifiers};

use super::action::{Action, MaskAction, Shortcut, line};
use crate::annotate::FacePart;
use crate::gui::mask_tools::Tool;

const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const COMMAND: Modifiers = Modifiers::COMMAND;
const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Shortcuts of the mask editor.
pub(super) const ALL: &[Shortcut] = &[
    line("Mask", "E", "Start or end editing the mask", &[(NONE, Key::E, Action::EditMask)]),
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
        "Raise, lower the wand's tolerance; the last click is updated",
        &mask([
            (SHIFT, Key::V, MaskAction::Tolerate { more: false }),
            (NONE, Key::V, MaskAction::Tolerate { more: true }),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+wheel",
        "Threshold of the map or tolerance of the wand; the last selection is updated",
        &[],
    ),
    line(
        "Mask",
        "/, or hold Shift",
        "Subtract the area instead of adding it",
        &mask([(NONE, Key::Slash, MaskAction::ToggleTakeAway)]),
    ),
    line(
        "Mask",
        "Y",
        "Show the mask, the model's marks or the difference",
        &mask([(NONE, Key::Y, MaskAction::StepLayer)]),
    ),
    line(
        "Mask",
        "Ctrl+T, Ctrl+Shift+T",
        "Stronger, weaker tint",
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
        "Copy the mask to the next frame, propagate it along the track",
        &mask([
            (COMMAND_SHIFT, Key::D, MaskAction::Follow),
            (COMMAND, Key::D, MaskAction::CopyToNextFrame),
        ]),
    ),
    line(
        "Mask",
        "Ctrl+N, Ctrl+Shift+N",
        "Next, previous unreviewed copy",
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
        "Accept all copies that were shown, for example while the video played",
        &mask([(COMMAND, Key::K, MaskAction::AcceptSeen)]),
    ),
    line(
        "Mask",
        "Ctrl+S, Ctrl+Shift+S, Ctrl+L",
        "Save the mask, save all masks beside the file, load a mask",
        &mask([
            (COMMAND_SHIFT, Key::S, MaskAction::SaveAll),
            (COMMAND, Key::S, MaskAction::Save),
            (COMMAND, Key::L, MaskAction::Load),
        ]),
    ),
    line(
        "Mask",
        "Arrow keys, Enter",
        "Move the tool (with Shift by one pixel), apply it; Shift+Enter draws a line or closes the polygon",
        &[],
    ),
    line(
        "Mask",
        "Space+drag, Backspace, Esc",
        "Move the picture; remove the last corner, all corners",
        &[],
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
