//! The table of shortcuts, and which of them were pressed.

use egui::{Key, Modifiers};

use super::action::{Action, Shortcut};
use super::{case, general, mask};

/// Every shortcut, in the order of the list.
pub(in crate::gui) fn shortcuts() -> impl Iterator<Item = &'static Shortcut> {
    general::FIRST.iter().chain(case::ALL).chain(mask::ALL).chain(general::LAST)
}

/// Actions of the keys pressed since the last frame. Consumes the keys, so that widgets do not see
/// them.
pub(in crate::gui) fn pressed(ctx: &egui::Context) -> Vec<Action> {
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

/// Whether Space was pressed while no other widget has the focus. A held key counts once.
pub(in crate::gui) fn plays(ctx: &egui::Context, is_ours: impl Fn(egui::Id) -> bool) -> bool {
    if ctx.text_edit_focused() || ctx.memory(egui::Memory::focused).is_some_and(|id| !is_ours(id)) {
        return false;
    }
    ctx.input_mut(|input| {
        let is_press = |event: &egui::Event| {
            matches!(event, egui::Event::Key { key: Key::Space, pressed: true, repeat: false, modifiers, .. }
                if modifiers.is_none())
        };
        let is_pressed = input.events.iter().any(is_press);
        is_pressed && input.consume_key(Modifiers::NONE, Key::Space)
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
