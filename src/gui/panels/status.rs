//! The bar at the bottom: model and provider, zoom, pixel, progress.

use egui::{Align, Layout, ProgressBar, Ui};

use super::{notices_menu_ui, training};
use crate::base::text;
use crate::gui::canvas::CanvasState;
use crate::gui::labels;
use crate::gui::requests::WindowRequest;
use crate::session::{CaseCommand, CaseWork, Command, Pass, TrainingRun, TrainingState, View};

pub(in crate::gui) fn status_ui(
    ui: &mut Ui,
    view: &View<'_>,
    canvas: &CanvasState,
    is_software: bool,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        engine_ui(ui, view);
        if let Some(text) = view.training.map(training_text) {
            ui.separator();
            if ui.small_button(text).on_hover_text("Show the retraining (Ctrl+R)").clicked() {
                requests.push(WindowRequest::ToggleTraining);
            }
        }
        if is_software {
            ui.separator();
            ui.weak("Software rendering").on_hover_text(
                "This window is drawn without a graphics card. Results are the same; moving and \
                 zooming large pictures takes longer.",
            );
        }
        if view.document().is_some_and(|d| d.picture.is_some()) {
            if let Some(zoom) = canvas.zoom {
                ui.separator();
                ui.label(zoom_text(zoom)).on_hover_text("Screen pixels for each picture pixel");
            }
            if let Some(pixel) = canvas.under_pointer {
                ui.separator();
                let [r, g, b] = pixel.rgb;
                let map = pixel.map.map(|v| format!("  map {v:.2}")).unwrap_or_default();
                let text = format!("x {} y {}  RGB {r} {g} {b}{map}", pixel.x, pixel.y);
                ui.monospace(text)
                    .on_hover_text("Position, color and value of the heat map under the pointer");
            }
        }
        notices_menu_ui(ui, view, out);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            match view.case.and_then(|case| case.work.as_ref()) {
                Some(work) => case_work_ui(ui, work, out),
                None => progress_ui(ui, view, out),
            }
        });
    });
}

fn case_work_ui(ui: &mut Ui, work: &CaseWork, out: &mut Vec<Command>) {
    let help = "Finished work is kept; an export continues from there the next time";
    let stop = egui::Button::new("Stop");
    if ui.add_enabled(!work.is_stopping, stop).on_hover_text(help).clicked() {
        out.push(Command::Case(CaseCommand::Stop));
    }
    if let Some(progress) = work.progress.filter(|p| p.total > 0) {
        let share = progress.done as f32 / progress.total as f32;
        ui.add(ProgressBar::new(share).desired_width(90.0));
    }
    ui.add(egui::Label::new(labels::case_work(work)).truncate());
}

fn training_text(training: &TrainingRun) -> String {
    match &training.state {
        TrainingState::Running => match training::progress(training) {
            (what, Some(share)) => {
                let what = what.split(':').next().unwrap_or_default();
                format!("Retraining: {what}, {}", text::percent(share))
            }
            (what, None) => format!("Retraining: {what}"),
        },
        TrainingState::Stopped => "Retraining stopped".to_owned(),
        TrainingState::Failed(_) => "Retraining failed".to_owned(),
        TrainingState::Done(_) => "Retrained: see the comparison".to_owned(),
        TrainingState::Installed(trained) => format!("{} installed", trained.name),
    }
}

/// The phase of the job; for a video with the number of frames.
fn doing(view: &View<'_>) -> String {
    let Some(job) = &view.job else { return String::new() };
    let document = view.documents.iter().find(|d| d.id == job.document);
    match document.and_then(|document| document.video.as_ref()) {
        Some(video) if matches!(video.pass, Pass::Quick | Pass::Full) => labels::pass(video),
        _ => labels::phase(job.progress),
    }
}

fn zoom_text(zoom: f64) -> String {
    let percent = zoom * 100.0;
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn engine_ui(ui: &mut Ui, view: &View<'_>) {
    let Some(model) = &view.model else {
        ui.label("Model: loaded with the first file");
        return;
    };
    let engine = &model.engine;
    let text = format!("Model {} · {} · {}", model.card.name, engine.engine, engine.provider);
    let mut hover = "Model, inference engine and execution provider.".to_owned();
    for unused in &engine.unused_providers {
        hover.push('\n');
        hover.push_str(&labels::unused(unused));
    }
    ui.label(text).on_hover_text(hover);
}

fn progress_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    let Some(job) = view.job.as_ref().filter(|job| !job.is_live) else {
        ui.weak("Ready");
        return;
    };
    let stop = egui::Button::new("Cancel");
    if ui.add_enabled(!job.stopping, stop).on_hover_text("Cancel (Ctrl+.)").clicked() {
        out.push(Command::Cancel);
    }
    let share = job.progress.filter(|p| p.total > 0).map(|p| p.done as f32 / p.total as f32);
    if let Some(share) = share {
        ui.add(ProgressBar::new(share).desired_width(90.0));
    }
    let doing = if job.stopping { "Stopping".to_owned() } else { doing(view) };
    let waiting =
        if job.n_waiting > 0 { format!(", {} waiting", job.n_waiting) } else { String::new() };
    ui.add(egui::Label::new(format!("{doing}: {}{waiting}", job.name)).truncate());
}
