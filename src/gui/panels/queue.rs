//! The left panel while a case is open: the case, its queue, the item shown.

use egui::{Button, Color32, ComboBox, Frame, Label, ProgressBar, RichText, ScrollArea, TextEdit, Ui};

use super::queue_list::{self, list_ui};
use super::queue_order::order_ui;
use super::Wishes;
use crate::base::Verdict;
use crate::case::{Access, Examined, ItemState};
use crate::gui::ask::Ask;
use crate::gui::case_window::{CaseWindow, CaseWish, FormKind};
use crate::gui::{theme, words};
use crate::session::{CaseCommand, CaseView, Command, QueueFilter, View};

/// Height of the lines about the item shown, points.
const DETAILS: f32 = 84.0;
/// The list is never lower; points.
const MIN_LIST: f32 = 140.0;

pub(in crate::gui) fn queue_ui(
    ui: &mut Ui,
    view: &View,
    case: &CaseView,
    window: &mut CaseWindow,
    wishes: &mut Wishes,
    out: &mut Vec<Command>,
) {
    // Only a very low window has to be scrolled as a whole.
    ScrollArea::vertical().id_salt("queue panel").auto_shrink([false, false]).show(ui, |ui| {
        let room = ui.clip_rect().bottom();
        head_ui(ui, case, wishes, out);
        work_ui(ui, case, out);
        egui::CollapsingHeader::new("Examine and rank")
            .default_open(true)
            .show(ui, |ui| order_ui(ui, case, window, out));
        filter_ui(ui, case, out);
        let left = room - ui.cursor().top() - DETAILS - 2.0 * ui.spacing().item_spacing.y - 8.0;
        let height = left.max(MIN_LIST);
        if case.order.is_empty() {
            empty_ui(ui, case, height, wishes, out);
        } else {
            list_ui(ui, view, case, window, height, out);
        }
        ui.separator();
        details_ui(ui, view, case);
    });
}

fn head_ui(ui: &mut Ui, case: &CaseView, wishes: &mut Wishes, out: &mut Vec<Command>) {
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.small_button("Close").on_hover_text("Everything in it is on the disk");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the case")
            });
            if close.clicked() {
                out.push(Command::Case(CaseCommand::Close));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let name = Label::new(RichText::new(case.name()).strong()).truncate();
                ui.add(name).on_hover_text(case.path.display().to_string());
            });
        });
    });
    let author = format!("Author: {}", case.author);
    ui.add(Label::new(RichText::new(author).weak()).truncate())
        .on_hover_text("Who draws and decides here; the log of the case names you");
    if let Access::ReadOnly { reason } = &case.access {
        let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
        let stroke = egui::Stroke::new(1.0, color);
        Frame::new().stroke(stroke).corner_radius(4.0).inner_margin(5.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let said = format!("Reading only: {reason}. Nothing you draw is kept in it.");
            ui.add(Label::new(RichText::new(said).color(color)).wrap());
        });
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 6.0;
        let mut wish = |ui: &mut Ui, can, words, help, what| {
            if ui.add_enabled(can, Button::new(words)).on_hover_text(help).clicked() {
                wishes.case.push(what);
            }
        };
        let can = case.is_writable();
        let help = "Pictures and videos; they stay where they are (also: drop them here)";
        wish(ui, can, "Add files…", help, CaseWish::Ask(Ask::AddFiles));
        let help = "Everything below a folder; its sub-folders are the sources";
        wish(ui, can, "Add folder…", help, CaseWish::Ask(Ask::AddFolder));
        let help = "What was decided as a data set (Ctrl+E)";
        wish(ui, true, "Export…", help, CaseWish::Form(FormKind::Export));
    });
}

/// One line, always there: long work, or that all is well.
fn work_ui(ui: &mut Ui, case: &CaseView, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let Some(work) = &case.work else {
            ui.add_enabled_ui(true, |ui| ui.set_min_height(ui.spacing().interact_size.y));
            ui.weak(if case.is_writable() {
                "Every stroke is saved at once."
            } else {
                "Nothing is saved."
            });
            return;
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let stop = ui.add_enabled(!work.is_stopping, Button::new("Stop"));
            let help = "What is done so far stays; an export goes on from there the next time";
            if stop.on_hover_text(help).clicked() {
                out.push(Command::Case(CaseCommand::Stop));
            }
            let said = words::case_work(work);
            let share = work.progress.filter(|p| p.total > 0);
            let share = share.map_or(0.0, |p| p.done as f32 / p.total as f32);
            let width = ui.available_width();
            let bar = ProgressBar::new(share).desired_width(width).text(said.clone());
            ui.add(bar).widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, &said)
            });
        });
    });
}

fn filter_ui(ui: &mut Ui, case: &CaseView, out: &mut Vec<Command>) {
    let old = &case.filter;
    let mut new = old.clone();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        ui.spacing_mut().button_padding.x = 6.0;
        let all = format!("All {}", case.rows.len());
        if ui.add(Button::selectable(old.state.is_none(), all)).clicked() {
            new.state = None;
        }
        for (state, n) in ItemState::ALL.into_iter().zip(case.counts()) {
            let words = format!("{} {n}", state.words());
            let button = Button::selectable(old.state == Some(state), words);
            if ui.add(button).on_hover_text("Show only these").clicked() {
                new.state = Some(state);
            }
        }
    });
    ui.horizontal(|ui| {
        let shown = old.verdict.map_or("Any verdict", Verdict::words);
        let choice = ComboBox::from_id_salt("verdict filter").selected_text(shown).width(112.0);
        let choice = choice.truncate().show_ui(ui, |ui| {
            ui.selectable_value(&mut new.verdict, None, "Any verdict");
            let verdicts = [
                Verdict::TracesFound,
                Verdict::Inconclusive,
                Verdict::NoTraceFound,
                Verdict::NotExamined,
            ];
            for verdict in verdicts {
                ui.selectable_value(&mut new.verdict, Some(verdict), verdict.words());
            }
        });
        let spoken = format!("Verdict: {shown}");
        choice.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken)
        });
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

/// Nothing to list: why, and what to do about it.
fn empty_ui(
    ui: &mut Ui,
    case: &CaseView,
    height: f32,
    wishes: &mut Wishes,
    out: &mut Vec<Command>,
) {
    let size = egui::vec2(ui.available_width(), height);
    ui.allocate_ui(size, |ui| {
        ui.set_min_size(size);
        ui.add_space(8.0);
        if case.rows.is_empty() {
            ui.label("The queue is empty.");
            ui.add(Label::new("Add files or a folder, or drop them on the window.").wrap());
            let can = case.is_writable();
            if ui.add_enabled(can, Button::new("Add a folder…")).clicked() {
                wishes.case.push(CaseWish::Ask(Ask::AddFolder));
            }
        } else {
            ui.label("No item is like that.");
            if ui.button("Show all items").clicked() {
                out.push(Command::Case(CaseCommand::Filter(QueueFilter::default())));
            }
        }
    });
}

/// The item shown in words, always as high.
fn details_ui(ui: &mut Ui, view: &View, case: &CaseView) {
    let size = egui::vec2(ui.available_width(), DETAILS);
    ui.allocate_ui(size, |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.y = 2.0;
        let Some(row) = view.document().and_then(|document| case.row_of(document)) else {
            ui.weak("No item is shown: click one, or press Page Down.");
            return;
        };
        ui.add(Label::new(RichText::new(queue_list::name_of(row)).strong()).truncate());
        let why = match (row.rank, &row.why, &row.examined) {
            (Some(rank), Some(why), _) => format!("{rank}. {}", words::sentence(why)),
            (_, _, Examined::Failed(reason)) => {
                format!("Not examined: {}", words::sentence(reason))
            }
            (None, _, Examined::Waiting) => "Not examined yet, so it has no rank.".to_owned(),
            _ if case.sums.n_ranked == 0 => "Nothing is ranked yet.".to_owned(),
            _ => "It was not ranked.".to_owned(),
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
