//! The bar above the picture while a case is open: next, done, skip, other readers.

use egui::{Button, RichText, Ui};

use crate::case::ItemState;
use crate::gui::requests::WindowRequest;
use crate::session::{CaseCommand, CaseView, Command, View};

pub(in crate::gui) fn case_bar_ui(
    ui: &mut Ui,
    view: &View,
    case: &CaseView,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let shown = view.document().filter(|document| document.item.is_some());
    let state = shown.and_then(|document| case.row_of(document)).map(|row| row.state);
    let can_mark = state.is_some() && case.is_writable();
    ui.horizontal_wrapped(|ui| {
        let mut button = |ui: &mut Ui, can, words: &str, help: &str, command: CaseCommand| {
            if ui.add_enabled(can, Button::new(words)).on_hover_text(help).clicked() {
                out.push(Command::Case(command));
            }
        };
        let has_rows = !case.order.is_empty();
        let help = "Previous item to do (Page Up)";
        button(ui, has_rows, "Previous item", help, CaseCommand::TakeNext(-1));
        let help = "Next item to do (Page Down)";
        button(ui, has_rows, "Next item", help, CaseCommand::TakeNext(1));
        ui.separator();
        let can = |to: ItemState| can_mark && state != Some(to);
        let help = "Mark as reviewed and go to the next item (F2). Without a mask this means that \
                    nothing forged was seen.";
        button(ui, can_mark, "Done", help, CaseCommand::Mark(ItemState::Done));
        let help = "Set aside and go to the next item (F3)";
        button(ui, can(ItemState::Skipped), "Skip", help, CaseCommand::Mark(ItemState::Skipped));
        let help = "Set back to \"To do\" (F6)";
        button(ui, can(ItemState::ToDo), "Reopen", help, CaseCommand::Mark(ItemState::ToDo));
        ui.separator();
        readers_ui(ui, view, case, requests, out);
    });
}

fn readers_ui(
    ui: &mut Ui,
    view: &View,
    case: &CaseView,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let help = "Hides what other readers drew, so that you judge independently. Items they have \
                finished stay in your queue (F7).";
    let blind = Button::selectable(case.is_blind, "Read blind");
    if ui.add(blind).on_hover_text(help).clicked() {
        out.push(Command::Case(CaseCommand::ReadBlind(!case.is_blind)));
    }
    let shown = view.document().filter(|document| document.item.is_some());
    let has_agreed = shown.is_some_and(|document| case.has_agreed(document));
    let (name, why_not) = match case.agreeable(shown) {
        Ok((name, _)) => (Some(name), String::new()),
        Err(why) => (case.other_readers.first().filter(|_| shown.is_some()).cloned(), why),
    };
    let words = name.map_or_else(|| "Agree".to_owned(), |name| format!("Agree with {name}"));
    let agree = Button::selectable(has_agreed, words);
    let help = "You have checked this reader's mask and agree with it (F8)";
    let response = ui.add_enabled(why_not.is_empty(), agree).on_hover_text(help);
    if response.on_disabled_hover_text(why_not).clicked() {
        out.push(Command::Case(CaseCommand::Review(!has_agreed)));
    }
    let said = match (case.is_blind, case.other_readers.as_slice()) {
        (true, _) => "Other readers are hidden".to_owned(),
        (false, _) if shown.is_none() => "No item is shown".to_owned(),
        (false, []) => "No other reader".to_owned(),
        (false, names) => format!("Also read by {}", names.join(", ")),
    };
    ui.label(RichText::new(said).weak());
    ui.separator();
    let help = "How well two readers agree on the pictures that both have read (F9)";
    if ui.button("Compare readers").on_hover_text(help).clicked() {
        requests.push(WindowRequest::CompareReaders);
    }
}
