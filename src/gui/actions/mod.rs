//! Everything the keyboard does: one table for doing it and for the sheet that lists it.
//!
//! * **In**: key presses no text field wants. **Out**: [`Action`]s.
//! * **Not here**: what they mean (`keys`). Holding H, and Space while drawing, are looked at
//!   by the canvas.

mod case;
mod general;
mod mask;

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
    ToggleManual,
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
    Case(CaseAction),
}

/// What a key asks for of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaseAction {
    Open,
    Done,
    Skip,
    ToDo,
    Survey,
    Rank,
    Blind,
    Agree,
    Compare,
    Export,
    Retrain,
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
    SaveAll,
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

/// Every shortcut, in the order of the sheet.
pub(super) fn shortcuts() -> impl Iterator<Item = &'static Shortcut> {
    general::FIRST.iter().chain(case::ALL).chain(mask::ALL).chain(general::LAST)
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
    let all = shortcuts().flat_map(|shortcut| shortcut.keys);
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
        for (modifiers, key, _) in shortcuts().flat_map(|shortcut| shortcut.keys) {
            assert!(!seen.contains(&(*modifiers, *key)), "{key:?} is taken twice");
            // A plain key also matches with Shift held, so it must be asked for later.
            let plain = Modifiers { shift: false, ..*modifiers };
            let plain_before = modifiers.shift && seen.contains(&(plain, *key));
            assert!(!plain_before, "{key:?} hides its shifted form");
            seen.push((*modifiers, *key));
        }
    }
}
