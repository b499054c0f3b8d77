//! The bar above the picture while a case is open: next, done, skip, other readers.

use egui::{Button, Label, RichText, Ui};

use crate::case::ItemState;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::bar::bar_ui;
use crate::session::{CaseCommand, CaseView, Command, View};

/// Letters of a reader's name on a button.
const MAX_NAME: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum CaseBarGroup {
    Step,
    Decide,
    Readers,
    Tables,
}

pub(in crate::gui) fn case_bar_ui(
    ui: &mut Ui,
    view: &View<'_>,
    case: &CaseView,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let groups =
        [CaseBarGroup::Step, CaseBarGroup::Decide, CaseBarGroup::Readers, CaseBarGroup::Tables];
    bar_ui(ui, "case", &groups, |ui, group| match group {
        CaseBarGroup::Step => step_ui(ui, case, out),
        CaseBarGroup::Decide => decide_ui(ui, view, case, out),
        CaseBarGroup::Readers => readers_ui(ui, view, case, out),
        CaseBarGroup::Tables => tables_ui(ui, requests),
    });
}

fn button(ui: &mut Ui, can: bool, label: &str, help: &str) -> bool {
    ui.add_enabled(can, Button::new(label)).on_hover_text(help).clicked()
}

fn step_ui(ui: &mut Ui, case: &CaseView, out: &mut Vec<Command>) {
    let has_rows = !case.order.is_empty();
    if button(ui, has_rows, "Previous item", "Previous item to do (Page Up)") {
        out.push(Command::Case(CaseCommand::TakeNext(-1)));
    }
    if button(ui, has_rows, "Next item", "Next item to do (Page Down)") {
        out.push(Command::Case(CaseCommand::TakeNext(1)));
    }
}

fn decide_ui(ui: &mut Ui, view: &View<'_>, case: &CaseView, out: &mut Vec<Command>) {
    let shown = view.document().filter(|document| document.item.is_some());
    let row = shown.and_then(|document| case.row_of(document));
    let state = row.map(|row| case.state_for_reader(row));
    let can_mark = state.is_some() && case.is_writable();
    let can = |to: ItemState| can_mark && state != Some(to);
    let mut mark = |state| out.push(Command::Case(CaseCommand::Mark(state)));
    let help = "Mark as reviewed and go to the next item (F2). Without a mask this means that \
                nothing forged was seen.";
    if button(ui, can_mark, "Done", help) {
        mark(ItemState::Done);
    }
    let help = "Set aside and go to the next item (F3)";
    if button(ui, can(ItemState::Skipped), "Skip", help) {
        mark(ItemState::Skipped);
    }
    if button(ui, can(ItemState::ToDo), "Reopen", "Set back to \"To do\" (F6)") {
        mark(ItemState::ToDo);
    }
}

fn readers_ui(ui: &mut Ui, view: &View<'_>, case: &CaseView, out: &mut Vec<Command>) {
    let help = "Hides what other readers drew, so that you judge independently. Items they have \
                finished stay in your queue. It stays on for this case until you switch it off (F7).";
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
    let label = name.map_or_else(
        || "Agree".to_owned(),
        |name| format!("Agree with {}", name.chars().take(MAX_NAME).collect::<String>()),
    );
    let agree = Button::selectable(has_agreed, label);
    let help = "You have checked this reader's mask and agree with it (F8)";
    let response = ui.add_enabled(why_not.is_empty(), agree).on_hover_text(help);
    if response.on_disabled_hover_text(why_not).clicked() {
        out.push(Command::Case(CaseCommand::Review(!has_agreed)));
    }
    let text = match (case.is_blind, case.other_readers.as_slice()) {
        (true, _) => "Other readers are hidden".to_owned(),
        (false, _) if shown.is_none() => "No item is shown".to_owned(),
        (false, []) => "No other reader".to_owned(),
        (false, names) => format!("Also read by {}", names.join(", ")),
    };
    // Of one width, whoever has read the item.
    let size = egui::vec2(170.0, ui.spacing().interact_size.y);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_size(size);
        ui.add(Label::new(RichText::new(&text).weak()).truncate()).on_hover_text(&text);
    });
}

fn tables_ui(ui: &mut Ui, requests: &mut Vec<WindowRequest>) {
    let help = "A table of what was found in every item: sort, filter, save as CSV (F10)";
    if button(ui, true, "Findings", help) {
        requests.push(WindowRequest::ToggleFindings);
    }
    let help = "How well two readers agree on the pictures that both have read (F9)";
    if button(ui, true, "Compare readers", help) {
        requests.push(WindowRequest::CompareReaders);
    }
}
