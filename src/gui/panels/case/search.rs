//! The search over what the files of a case say, above the queue.

use egui::{Button, ComboBox, Key, Label, RichText, TextEdit, Ui};

use crate::base::text::{counted, visible};
use crate::gui::search_state::{SearchKind, SearchState, criterion_text};
use crate::session::{CaseCommand, CaseSearch, CaseView, Command};

/// Width of the choice, points; that of the filter above it.
const CHOICE: f32 = 112.0;
/// Width of the button, points.
const BUTTON: f32 = 46.0;
/// Points of the field below which it goes to the next line.
const LEAST_ROOM: f32 = 90.0;

pub(super) fn search_ui(
    ui: &mut Ui,
    case: &CaseView,
    state: &mut SearchState,
    out: &mut Vec<Command>,
) {
    // A line of its own for the choice leaves room to type in a small window.
    let is_narrow = ui.available_width() < CHOICE + BUTTON + LEAST_ROOM;
    if is_narrow {
        kind_ui(ui, state);
    }
    ui.horizontal(|ui| {
        if !is_narrow {
            kind_ui(ui, state);
        }
        let room = (ui.available_width() - BUTTON - ui.spacing().item_spacing.x).max(40.0);
        let is_asked = what_ui(ui, state, room);
        let criterion = state.criterion();
        let can = criterion.is_some() && case.work.is_none();
        let help = "Show only the items whose files say this. What was not read yet is read first; \
                    the search can be stopped below.";
        let button = Button::new("Find").min_size(egui::vec2(BUTTON, 0.0));
        let response = ui.add_enabled(can, button).on_hover_text(help);
        let why_not =
            if case.work.is_some() { "Other work on the case goes on" } else { "Type something" };
        if response.on_disabled_hover_text(why_not).clicked() || (is_asked && can) {
            out.extend(criterion.map(CaseCommand::Search).map(Command::Case));
        }
    });
    if let Some(search) = &case.search {
        found_ui(ui, search, out);
    }
}

/// What kind of statement is searched for.
fn kind_ui(ui: &mut Ui, state: &mut SearchState) {
    let shown = state.kind.label();
    let choice = ui.scope(|ui| {
        ui.set_max_width(CHOICE);
        let choice = ComboBox::from_id_salt("kind of search").selected_text(shown);
        choice.width(CHOICE).truncate().show_ui(ui, |ui| {
            for kind in SearchKind::ALL {
                ui.selectable_value(&mut state.kind, kind, kind.label()).on_hover_text(kind.help());
            }
        })
    });
    let spoken = format!("What the files say: {shown}");
    let response = choice.inner.response.on_hover_text(format!(
        "Searches what the files say about themselves.\n{}",
        state.kind.help()
    ));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
}

/// The field for what is searched for; true when Enter was pressed in it.
fn what_ui(ui: &mut Ui, state: &mut SearchState, room: f32) -> bool {
    let takes_focus = std::mem::take(&mut state.takes_focus);
    if let Some(hint) = state.kind.hint() {
        let edit = TextEdit::singleline(&mut state.text).hint_text(hint).desired_width(room);
        let response = ui.add(edit).on_hover_text(state.kind.help());
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Search what the files say")
        });
        if takes_focus {
            response.request_focus();
        }
        return response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    }
    if state.kind == SearchKind::Credential {
        let all = SearchState::credentials();
        let shown = all.get(state.credential).copied().unwrap_or_default();
        let choice = ui.scope(|ui| {
            ui.set_max_width(room);
            let choice = ComboBox::from_id_salt("word for the credential").selected_text(shown);
            choice.width(room).truncate().show_ui(ui, |ui| {
                for (at, label) in all.iter().enumerate() {
                    ui.selectable_value(&mut state.credential, at, *label);
                }
            })
        });
        let response = choice.inner.response.on_hover_text(shown);
        let spoken = format!("Word for the credential: {shown}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
        return false;
    }
    ui.add_space(room);
    false
}

/// How much was found, and the way back to all items.
fn found_ui(ui: &mut Ui, search: &CaseSearch, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.small_button("Show all").on_hover_text("Show all items again").clicked() {
                out.push(Command::Case(CaseCommand::EndSearch));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let text = RichText::new(count_text(search)).small().strong();
                ui.add(Label::new(text).truncate()).on_hover_text(searched_text(search));
            });
        });
    });
}

fn count_text(search: &CaseSearch) -> String {
    let what = criterion_text(&search.criterion);
    let left = match search.n_unknown {
        0 => String::new(),
        n => format!(" ({n} not searched)"),
    };
    format!("{} found{left}: {}", search.found.len(), visible(&what))
}

fn searched_text(search: &CaseSearch) -> String {
    let mut more = format!("{} searched.", counted(search.n_searched, "file"));
    if search.n_unknown > 0 {
        more = format!(
            "{more} {} could not be: unreadable, changed since they were added, or the case is \
             read-only.",
            counted(search.n_unknown, "file")
        );
    }
    format!("{more} Point at an item to see what its file says.")
}
