//! The left panel while a case is open: the case, its queue, the item shown.

use egui::{Button, Color32, ComboBox, Frame, Label, RichText, ScrollArea, TextEdit, Ui};

use super::ranking::order_ui;
use super::rows;
use super::rows::list_ui;
use super::search::search_ui;
use crate::base::text::visible_path;
use crate::base::{Verdict, text};
use crate::case::{Access, Examined, ItemState};
use crate::gui::case_state::{CaseUiState, FormKind};
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::gui::{labels, theme};
use crate::session::{CaseCommand, CaseView, Command, QueueFilter, View};

/// Height of the lines about the item shown, points.
const DETAILS: f32 = 68.0;
/// Height of the gaps between list, details and edge of the panel, points.
const BELOW: f32 = 26.0;
/// With less room than this below the head of the panel, the ranking options are folded away;
/// points.
const LOW: f32 = 420.0;
/// The list is never lower; points.
const MIN_LIST: f32 = 132.0;

pub(in crate::gui) fn queue_ui(
    ui: &mut Ui,
    view: &View<'_>,
    case: &CaseView,
    window: &mut CaseUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    // Only a very low window has to be scrolled as a whole.
    ScrollArea::both().id_salt("queue panel").auto_shrink([false, false]).show(ui, |ui| {
        let room = ui.clip_rect().bottom();
        head_ui(ui, case, requests);
        if room - ui.cursor().top() < LOW {
            let order = egui::CollapsingHeader::new("Examine and rank");
            order.show(ui, |ui| order_ui(ui, case, window, out));
        } else {
            order_ui(ui, case, window, out);
        }
        filter_ui(ui, case, out);
        search_ui(ui, case, &mut window.search, out);
        let left = room - ui.cursor().top() - DETAILS - BELOW;
        let height = left.max(MIN_LIST);
        if case.order.is_empty() {
            empty_ui(ui, case, height, out);
        } else {
            list_ui(ui, view, case, window, height, out);
        }
        ui.separator();
        details_ui(ui, view, case);
    });
}

fn head_ui(ui: &mut Ui, case: &CaseView, requests: &mut Vec<WindowRequest>) {
    let named = format!("{}  ·  {}", case.name(), case.author);
    let help = format!(
        "{}\nYou work as {}. This name is stored with every mask and decision.",
        visible_path(&case.path),
        case.author
    );
    ui.add(Label::new(RichText::new(named).strong()).truncate()).on_hover_text(help);
    if let Access::ReadOnly { reason } = &case.access {
        let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
        let stroke = egui::Stroke::new(1.0, color);
        Frame::new().stroke(stroke).corner_radius(4.0).inner_margin(5.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let sentence = format!("Read-only: {reason}. Nothing you draw is saved.");
            ui.add(Label::new(RichText::new(sentence).color(color)).wrap());
        });
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 6.0;
        let mut button = |ui: &mut Ui, can, label, help, request| {
            if ui.add_enabled(can, Button::new(label)).on_hover_text(help).clicked() {
                requests.push(request);
            }
        };
        let can = case.is_writable();
        let help = "Pictures and videos; the files stay where they are (or drop them here)";
        button(ui, can, "Add files…", help, WindowRequest::PickFiles(FilePrompt::AddFiles));
        let help = "All pictures and videos of a folder; its sub-folders become the sources";
        button(ui, can, "Add folder…", help, WindowRequest::PickFiles(FilePrompt::AddFolder));
        let help = "Export the results as a data set (Ctrl+E)";
        button(ui, true, "Export…", help, WindowRequest::ShowForm(FormKind::Export));
    });
}

fn filter_ui(ui: &mut Ui, case: &CaseView, out: &mut Vec<Command>) {
    let old = &case.filter;
    let mut new = old.clone();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(3.0, 3.0);
        ui.spacing_mut().button_padding = egui::vec2(5.0, 2.0);
        ui.spacing_mut().interact_size.y = 20.0;
        let small = |label: String| RichText::new(label).small();
        let all = small(format!("All {}", case.rows.len()));
        if ui.add(Button::selectable(old.state.is_none(), all)).clicked() {
            new.state = None;
        }
        for (state, n) in ItemState::ALL.iter().copied().zip(case.counts()) {
            let label = small(format!("{} {n}", state.label()));
            let button = Button::selectable(old.state == Some(state), label);
            if ui.add(button).on_hover_text("Show only these").clicked() {
                new.state = Some(state);
            }
        }
    });
    ui.horizontal(|ui| {
        let shown = old.verdict.map_or("Any verdict", Verdict::label);
        let choice = ui.scope(|ui| {
            ui.set_max_width(112.0);
            let choice = ComboBox::from_id_salt("verdict filter").selected_text(shown);
            choice.width(112.0).truncate().show_ui(ui, |ui| {
                ui.selectable_value(&mut new.verdict, None, "Any verdict");
                let verdicts = [
                    Verdict::TracesFound,
                    Verdict::Inconclusive,
                    Verdict::NoTraceFound,
                    Verdict::NotExamined,
                ];
                for verdict in verdicts {
                    ui.selectable_value(&mut new.verdict, Some(verdict), verdict.label());
                }
            })
        });
        let spoken = format!("Verdict: {shown}");
        choice
            .inner
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
        let edit = TextEdit::singleline(&mut new.text).hint_text("name, source or person");
        let response = ui.add(edit.desired_width(f32::INFINITY));
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find in the queue")
        });
    });
    if new != *old {
        out.push(Command::Case(CaseCommand::Filter(new)));
    }
}

/// Why the list is empty, and the remedy.
fn empty_ui(ui: &mut Ui, case: &CaseView, height: f32, out: &mut Vec<Command>) {
    let size = egui::vec2(ui.available_width(), height);
    ui.allocate_ui(size, |ui| {
        ui.set_min_size(size);
        ui.add_space(8.0);
        if case.rows.is_empty() {
            ui.label("The queue is empty.");
            ui.add(Label::new("Add files or a folder, or drop them on the window.").wrap());
        } else {
            let what = match &case.search {
                Some(search) if search.found.is_empty() => "No file says this.",
                Some(_) => "No item that was found matches the filter.",
                None => "No item matches the filter.",
            };
            ui.label(what);
            if ui.button("Show all items").clicked() {
                if case.search.is_some() {
                    out.push(Command::Case(CaseCommand::EndSearch));
                }
                out.push(Command::Case(CaseCommand::Filter(QueueFilter::default())));
            }
        }
    });
}

/// Details of the item shown; constant height.
fn details_ui(ui: &mut Ui, view: &View<'_>, case: &CaseView) {
    let size = egui::vec2(ui.available_width(), DETAILS);
    ui.allocate_ui(size, |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.y = 2.0;
        let Some(row) = view.document().and_then(|document| case.row_of(document)) else {
            ui.weak("No item is open: click one, or press Page Down.");
            return;
        };
        ui.add(Label::new(RichText::new(rows::name_of(row)).strong()).truncate());
        let why = match (row.rank, &row.why, &row.examined) {
            (Some(rank), Some(why), _) => format!("{rank}. {}", text::sentence(why)),
            (_, _, Examined::Failed(reason)) => labels::not_examined(&text::visible(reason)),
            (None, _, Examined::Waiting) => "Not examined yet, so it has no rank.".to_owned(),
            _ if case.totals.n_ranked == 0 => "Nothing is ranked yet.".to_owned(),
            _ => "Not ranked.".to_owned(),
        };
        let text = RichText::new(&why).small().color(weak_or(ui, row.rank.is_none()));
        ScrollArea::vertical().id_salt("why").auto_shrink([false, false]).show(ui, |ui| {
            ui.add(Label::new(text).wrap());
        });
    });
}

fn weak_or(ui: &Ui, is_weak: bool) -> Color32 {
    if is_weak { ui.visuals().weak_text_color() } else { ui.visuals().text_color() }
}
