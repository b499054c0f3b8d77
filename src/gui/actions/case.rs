//! Shortcuts of a case and its queue, active while a case is open.

use egui::{Key, Modifiers};

use super::action::{Action, CaseAction, Shortcut, line};

const NONE: Modifiers = Modifiers::NONE;
const COMMAND: Modifiers = Modifiers::COMMAND;
const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Shortcuts of cases.
pub(super) const ALL: &[Shortcut] = &[
    line(
        "Case",
        "F2",
        "Mark as done and go to the next item",
        &case([(NONE, Key::F2, CaseAction::Done)]),
    ),
    line("Case", "F3", "Skip and go to the next item", &case([(NONE, Key::F3, CaseAction::Skip)])),
    line("Case", "F6", "Reopen the item", &case([(NONE, Key::F6, CaseAction::ToDo)])),
    line(
        "Case",
        "F5",
        "Start or pause the examination in the background",
        &case([(NONE, Key::F5, CaseAction::Survey)]),
    ),
    line("Case", "Ctrl+G", "Rank the queue", &case([(COMMAND, Key::G, CaseAction::Rank)])),
    line("Case", "F7", "Hide or show other readers", &case([(NONE, Key::F7, CaseAction::Blind)])),
    line(
        "Case",
        "F8",
        "Agree with the other reader, or withdraw the agreement",
        &case([(NONE, Key::F8, CaseAction::Agree)]),
    ),
    line("Case", "F9", "Compare two readers", &case([(NONE, Key::F9, CaseAction::Compare)])),
    line("Case", "F10", "Table of findings", &case([(NONE, Key::F10, CaseAction::Findings)])),
    line(
        "Case",
        "Ctrl+Shift+F",
        "Search what the files say",
        &case([(COMMAND_SHIFT, Key::F, CaseAction::Search)]),
    ),
    line(
        "Case",
        "Ctrl+E, Ctrl+R",
        "Export the case, retrain the detector",
        &case([(COMMAND, Key::E, CaseAction::Export), (COMMAND, Key::R, CaseAction::Retrain)]),
    ),
    line("Case", "Up, Down, Enter", "In the queue: move between rows, open one", &[]),
];

const fn case<const N: usize>(
    keys: [(Modifiers, Key, CaseAction); N],
) -> [(Modifiers, Key, Action); N] {
    let mut out = [(NONE, Key::E, Action::EditMask); N];
    let mut i = 0;
    while i < N {
        out[i] = (keys[i].0, keys[i].1, Action::Case(keys[i].2));
        i += 1;
    }
    out
}
