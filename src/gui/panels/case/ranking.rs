//! The part of the queue panel for background examination and ranking.

use egui::{Button, Checkbox, ComboBox, DragValue, Label, ProgressBar, RichText, Ui};

use crate::base::text;
use crate::curate::QueueStrategy;
use crate::gui::case_state::CaseUiState;
use crate::session::{CaseCommand, CaseView, Command};

/// Width of the buttons beside the choice of a strategy, points.
const BUTTONS: f32 = 138.0;

pub(super) fn order_ui(
    ui: &mut Ui,
    case: &CaseView,
    window: &mut CaseUiState,
    out: &mut Vec<Command>,
) {
    survey_ui(ui, case, out);
    rank_ui(ui, case, window, out);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ranked_ui(ui, case);
        pace_ui(ui, case);
    });
}

fn survey_ui(ui: &mut Ui, case: &CaseView, out: &mut Vec<Command>) {
    let [done, failed, waiting] = case.examined();
    ui.horizontal(|ui| {
        let is_all_done = waiting == 0 && done + failed > 0;
        let (label, help) = if case.is_surveying {
            ("Pause", "Pause the background examination (F5)")
        } else if is_all_done {
            (
                "Re-examine",
                "Examine again the items that another detector examined or that could not be examined",
            )
        } else {
            ("Examine", "Examine the waiting items in the background while you work (F5)")
        };
        let can = case.is_writable() && (case.is_surveying || waiting > 0 || is_all_done);
        // As wide whichever word is on it.
        let button = Button::new(label).min_size(egui::vec2(74.0, 0.0));
        if ui.add_enabled(can, button).on_hover_text(help).clicked() {
            out.push(Command::Case(if is_all_done && !case.is_surveying {
                CaseCommand::SurveyAgain
            } else {
                CaseCommand::Survey(!case.is_surveying)
            }));
        }
        let n = done + failed;
        let total = n + waiting;
        let n_again = if case.is_surveying { case.n_again } else { 0 };
        let done_now = n.saturating_sub(n_again);
        let share = if total == 0 { 0.0 } else { done_now as f32 / total as f32 };
        let text = match failed {
            _ if n_again > 0 => format!("{n_again} to re-examine"),
            0 => format!("{n} of {total} examined"),
            failed => format!("{n} of {total} examined, {failed} failed"),
        };
        let width = ui.available_width();
        let bar = ProgressBar::new(share).desired_width(width).text(RichText::new(&text).small());
        let bar =
            ui.add(bar).on_hover_text(format!("{done} examined, {failed} failed, {waiting} waiting"));
        bar.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, &text));
    });
    look_ui(ui, case, out);
}

/// Every frame of videos, or a quick look.
fn look_ui(ui: &mut Ui, case: &CaseView, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let videos = ui.label(RichText::new("Videos").small());
        for (every_frame, label, help) in [
            (
                false,
                "Quick look",
                "Some frames spread over each video. The findings are marked as a quick look.",
            ),
            (
                true,
                "Every frame",
                "All frames of each video, also of those that had a quick look. Takes longer.",
            ),
        ] {
            let button = Button::selectable(
                case.examines_every_frame == every_frame,
                RichText::new(label).small(),
            );
            let response = ui.add_enabled(case.is_writable(), button).labelled_by(videos.id);
            if response.on_hover_text(help).clicked() {
                out.push(Command::Case(CaseCommand::ExamineEveryFrame(every_frame)));
            }
        }
    });
}

fn rank_ui(ui: &mut Ui, case: &CaseView, window: &mut CaseUiState, out: &mut Vec<Command>) {
    let mut strategy = window.strategy(case);
    ui.horizontal(|ui| {
        let shown = strategy.label();
        let width = (ui.available_width() - BUTTONS).max(90.0);
        // A choice is as wide as its words, whatever width it is given, unless there is no more.
        let response = ui.scope(|ui| {
            ui.set_max_width(width);
            let choice = ComboBox::from_id_salt("strategy").selected_text(shown).width(width);
            choice.height(280.0).truncate().show_ui(ui, |ui| {
                for one in QueueStrategy::ALL.iter().copied() {
                    ui.selectable_value(&mut strategy, one, one.label())
                        .on_hover_text(one.description());
                }
            })
        });
        let spoken = format!("Order of the queue: {shown}");
        response
            .inner
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
        quotas_ui(ui, window, strategy == QueueStrategy::Random);
        let can = case.is_writable() && !case.rows.is_empty();
        let help = "Sort the items to do in this order (Ctrl+G)";
        if ui.add_enabled(can, Button::new("Rank")).on_hover_text(help).clicked() {
            out.push(Command::Case(window.rank(case)));
        }
    });
    window.choose(strategy, case);
    // As high for the shortest sentence as for the longest.
    let size = egui::vec2(ui.available_width(), 44.0);
    ui.allocate_ui(size, |ui| {
        ui.set_min_size(size);
        let sentence = RichText::new(strategy.description()).small();
        ui.add(Label::new(sentence).wrap()).on_hover_text(strategy.description());
    });
}

fn ranked_ui(ui: &mut Ui, case: &CaseView) {
    let ranked = match (case.totals.n_ranked, case.examined()[0]) {
        (0, 0) => "Not ranked: examine first, then rank.".to_owned(),
        (0, _) => "Not ranked: in the order of adding.".to_owned(),
        (n, _) => match case.strategy.map(QueueStrategy::label) {
            Some(label) => format!("{n} ranked: {}.", label.to_lowercase()),
            None => format!("{n} ranked."),
        },
    };
    ui.add(Label::new(RichText::new(&ranked).small().weak()).truncate()).on_hover_text(&ranked);
}

/// The quotas, in a menu of their own.
fn quotas_ui(ui: &mut Ui, window: &mut CaseUiState, is_random: bool) {
    let changed = window.per_source > 0 || !window.duplicates_last;
    let label = if changed { "Quotas *" } else { "Quotas" };
    let config = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = egui::containers::menu::MenuButton::new(label).config(config);
    let (response, _) = button.ui(ui, |ui| {
        // Fields look like fields, not like entries of a menu.
        ui.reset_style();
        ui.set_min_width(230.0);
        quota_fields_ui(ui, window, is_random);
    });
    response.on_hover_text("Items per source, near-duplicates last, random seed");
}

fn quota_fields_ui(ui: &mut Ui, window: &mut CaseUiState, is_random: bool) {
    ui.horizontal(|ui| {
        let label = ui.label("Per source");
        let text_of = |n: f64, _: std::ops::RangeInclusive<usize>| match n as u32 {
            0 => "any number".to_owned(),
            n => format!("at most {n}"),
        };
        let drag = DragValue::new(&mut window.per_source).range(0..=100_000).speed(0.2);
        let drag = drag.custom_formatter(text_of).custom_parser(|text| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse().ok().or(Some(0.0))
        });
        let help = "Most pictures of one source before those of the other sources follow; \
                    0 is any number. Sources are the sub-folders that were added.";
        ui.add(drag).labelled_by(label.id).on_hover_text(help);
    });
    ui.horizontal(|ui| {
        let repeats = Checkbox::new(&mut window.duplicates_last, "Near-duplicates last");
        ui.add(repeats).on_hover_text("Pictures that look like an earlier one come at the end");
        let label = ui.add_enabled(is_random, Label::new("Seed"));
        let drag = DragValue::new(&mut window.seed).range(0..=u64::from(u32::MAX));
        let help = "The same seed gives the same random order";
        ui.add_enabled(is_random, drag).labelled_by(label.id).on_hover_text(help);
    });
}

/// Mean time per item and the time left.
fn pace_ui(ui: &mut Ui, case: &CaseView) {
    let text = match (case.mean_seconds(), case.seconds_left()) {
        (Some(mean), Some(left)) if left > 0.0 => {
            format!("{} per item; about {} left.", text::duration(mean), text::duration(left))
        }
        (Some(mean), _) => format!("{} per item; nothing is left to do.", text::duration(mean)),
        _ => "No item is done yet.".to_owned(),
    };
    ui.add(Label::new(RichText::new(text).small().weak()).truncate())
        .on_hover_text("Mean time per reviewed item; pauses of more than a minute do not count");
}
