//! The retraining window: data set, progress, comparison.

use egui::{
    Button, Context, Grid, Label, ProgressBar, RichText, ScrollArea, TextEdit, Ui, Vec2, vec2,
};
use serde_json::Value;

use crate::base::text;
use crate::base::text::visible_path;
use crate::gui::case_state::{CaseUiState, FormKind};
use crate::gui::file_picker::prompt::FilePrompt;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::floating;
use crate::gui::widgets::floating::Opens;
use crate::session::{Command, Trained, TrainingCommand, TrainingRun, TrainingState, View};

/// Size of the window, points.
const SIZE: Vec2 = vec2(560.0, 520.0);
/// Room for a button beside a path, points.
const BROWSE: f32 = 86.0;

/// Shows the window.
pub(in crate::gui) fn training_ui(
    ctx: &Context,
    view: &View<'_>,
    window: &mut CaseUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let mut stays = true;
    floating::window(ctx, "Retraining", SIZE, Opens::Middle, &mut stays).show(ctx, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let model = view.model.map(|model| model.card.name.as_str());
            ui.label(match model {
                Some(name) => format!("Detector in use: {name}"),
                None => "Detector in use: loaded with the first file".to_owned(),
            });
            ui.separator();
            match &view.training {
                None => start_ui(ui, view, window, requests, out),
                Some(training) => run_ui(ui, (training, view.is_detector_changing), window, out),
            }
        });
    });
    window.is_training_open = stays;
}

fn start_ui(
    ui: &mut Ui,
    view: &View<'_>,
    window: &mut CaseUiState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    ui.add(Label::new(
        "Trains the detector in use on the masks of a Pentimento data set. This takes minutes to \
         hours; you can keep working or close this window. Nothing is installed before you have \
         seen how the new detector compares with the old one.",
    ).wrap());
    let exported = view.case.and_then(|case| case.exported.as_ref());
    if window.training_set.is_empty()
        && let Some(exported) = exported
    {
        window.training_set = exported.display().to_string();
    }
    let label = ui.label("Training data set");
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(&mut window.training_set)
            .hint_text("a folder exported as a Pentimento data set")
            .desired_width(ui.available_width() - BROWSE);
        ui.add(edit).labelled_by(label.id);
        if ui.button("Browse…").clicked() {
            requests.push(WindowRequest::PickFiles(FilePrompt::TrainingSet));
        }
    });
    if exported.is_none() && view.case.is_some() {
        ui.horizontal_wrapped(|ui| {
            ui.weak("This case is not exported yet.");
            if ui.button("Export…").clicked() {
                requests.push(WindowRequest::ShowForm(FormKind::Export));
            }
        });
    }
    ui.add_space(4.0);
    let set = window.training_set.trim();
    if ui.add_enabled(!set.is_empty(), Button::new("Start the training")).clicked() {
        let (set, program) = (set.into(), window.trainer.clone());
        out.push(Command::Training(TrainingCommand::Start { set, program }));
    }
}

fn run_ui(
    ui: &mut Ui,
    (training, is_changing): (&TrainingRun, bool),
    window: &CaseUiState,
    out: &mut Vec<Command>,
) {
    let set = visible_path(&training.set);
    ui.add(Label::new(format!("Training on {set}")).truncate())
        .on_hover_text(format!("{set}\nCheckpoints and log: {}", visible_path(&training.run)));
    let mut button = |ui: &mut Ui, label: &str, help: &str, command: TrainingCommand| {
        let response = ui.add_enabled(!is_changing, Button::new(label)).on_hover_text(help);
        let wait = "Switching detectors";
        if response.on_disabled_hover_text(wait).clicked() {
            out.push(Command::Training(command));
        }
    };
    let again =
        TrainingCommand::Start { set: training.set.clone(), program: window.trainer.clone() };
    let discard = "Discard this training; its files stay in the run folder";
    match &training.state {
        TrainingState::Running => {
            ui.horizontal(|ui| {
                let help = "Training continues from its last checkpoint when you start it again";
                button(ui, "Stop the training", help, TrainingCommand::Stop);
                progress_ui(ui, training);
            });
        }
        TrainingState::Stopped => {
            ui.label("Stopped. Training can continue from its last checkpoint.");
            ui.horizontal(|ui| {
                button(ui, "Continue", "From the last checkpoint", again);
                button(ui, "Discard", discard, TrainingCommand::Dismiss);
            });
        }
        TrainingState::Failed(what) => {
            ui.add(Label::new(RichText::new("The training failed.").strong()).wrap());
            ui.add(Label::new(text::sentence(what)).wrap());
            ui.horizontal(|ui| {
                button(ui, "Try again", "From the last checkpoint", again);
                button(ui, "Discard", discard, TrainingCommand::Dismiss);
            });
        }
        TrainingState::Done(trained) => {
            comparison_ui(ui, trained);
            ui.horizontal(|ui| {
                let label = format!("Install {}", trained.name);
                let help = "Copies it into your detector folder and uses it from now on";
                button(ui, &label, help, TrainingCommand::Install);
                button(ui, "Discard", discard, TrainingCommand::Dismiss);
            });
        }
        TrainingState::Installed(trained) => {
            comparison_ui(ui, trained);
            ui.label(RichText::new(format!("{} is installed and in use.", trained.name)).strong());
            ui.horizontal(|ui| {
                let help = "Uses the previous detector again";
                button(ui, "Roll back", help, TrainingCommand::RollBack);
                button(ui, "Finish", "Close this training", TrainingCommand::Dismiss);
            });
        }
    }
    log_ui(ui, training);
}

fn progress_ui(ui: &mut Ui, training: &TrainingRun) {
    let (text, share) = progress(training);
    let bar = ProgressBar::new(share.unwrap_or(0.0)).desired_width(ui.available_width());
    ui.add(bar.text(text.clone()))
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, &text));
}

/// Progress of a training, as text and as a share.
pub(super) fn progress(training: &TrainingRun) -> (String, Option<f32>) {
    let Some((phase, done, total)) = &training.progress else {
        return ("starting".to_owned(), None);
    };
    let label = match phase.as_str() {
        "evaluating" => "measuring",
        "finding" => "looking for faces",
        word => word,
    };
    match *total {
        0 => (label.to_owned(), None),
        total => (format!("{label}: {done} of {total}"), Some(*done as f32 / total as f32)),
    }
}

fn log_ui(ui: &mut Ui, training: &TrainingRun) {
    ui.separator();
    ui.weak("Training log");
    let area = ScrollArea::both().id_salt("training log").stick_to_bottom(true);
    area.max_height(110.0).min_scrolled_height(110.0).auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for line in &training.log {
            let text = RichText::new(line).monospace().small();
            ui.add(Label::new(text).extend());
        }
    });
}

/// Name of a figure and its key in the trainer's output.
const FIGURES: [(&str, &str); 7] = [
    ("AUC", "auc"),
    ("Balanced accuracy", "balanced_accuracy"),
    ("Detection rate", "detection_rate"),
    ("False alarms", "false_positive_rate"),
    ("Missed forgeries", "miss_rate"),
    ("Overlap of map and mask (IoU)", "iou"),
    ("Pixel AUC", "pixel_auc"),
];

fn comparison_ui(ui: &mut Ui, trained: &Trained) {
    let (before, after) = (&trained.comparison["before"], &trained.comparison["after"]);
    let name = |side: &Value| side["name"].as_str().map(str::to_owned);
    Grid::new("comparison").num_columns(3).striped(true).spacing([24.0, 3.0]).show(ui, |ui| {
        ui.label("");
        for (word, side) in [("Before", before), ("After", after)] {
            let text = RichText::new(word).strong();
            ui.label(text).on_hover_text(name(side).unwrap_or_default());
        }
        ui.end_row();
        for (title, part) in
            [("Held-out corrected pictures", "held_out"), ("Test photos, own forgeries", "photos")]
        {
            if !before[part].is_object() {
                ui.weak(format!("{title}: not measured"));
                ui.label("");
                ui.label("");
                ui.end_row();
                continue;
            }
            let count = |key: &str| before[part][key].as_u64().unwrap_or(0);
            let n = format!("{} real, {} forged", count("n_real"), count("n_forged"));
            ui.label(RichText::new(title).strong());
            ui.weak(n);
            ui.label("");
            ui.end_row();
            for (label, key) in FIGURES {
                ui.label(label);
                for side in [before, after] {
                    let value = side[part][key].as_f64();
                    let text = value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
                    ui.label(RichText::new(text).monospace());
                }
                ui.end_row();
            }
        }
    });
    ui.add_space(4.0);
    ui.add(Label::new(RichText::new(&trained.sentence).strong()).wrap());
}
