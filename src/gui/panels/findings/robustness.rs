//! Whether a finding survives compression, blur and scaling: the fixed series and a live trial.

use egui::{CollapsingHeader, RichText, Slider, Ui};

use super::severity;
use crate::base::{FaceFinding, text};
use crate::bundle::Thresholds;
use crate::detect::{self, Degradation, SERIES};
use crate::gui::widgets::icons;
use crate::gui::widgets::textures::Textures;
use crate::gui::{labels, theme};
use crate::session::{Command, DegradedFace, FaceItem, Trial};

/// Side of the picture of the degraded face.
const SMALL: f32 = 84.0;
/// The initial strength of each kind.
const STARTS: [Degradation; 3] =
    [Degradation::Jpeg(50), Degradation::Blur(1.0), Degradation::Scale(0.5)];

pub(super) fn robustness_ui(
    ui: &mut Ui,
    face_idx: usize,
    face: &FaceItem,
    thresholds: Option<&Thresholds>,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    if face.finding.score.is_none() {
        return;
    }
    CollapsingHeader::new("Robustness").default_open(true).show(ui, |ui| {
        ui.weak("Does the finding hold when the picture is compressed, blurred or scaled?");
        series_ui(ui, face_idx, face, thresholds, out);
        ui.add_space(4.0);
        trial_ui(ui, face_idx, face, textures, out);
    });
}

fn series_ui(
    ui: &mut Ui,
    face_idx: usize,
    face: &FaceItem,
    thresholds: Option<&Thresholds>,
    out: &mut Vec<Command>,
) {
    let tried = &face.robustness;
    let n_done = tried.series.len();
    ui.horizontal(|ui| {
        let label = if n_done > 0 && !tried.is_running { "Test again" } else { "Test" };
        let button = ui.add_enabled(!tried.is_running, egui::Button::new(label)).on_hover_text(
            "Examines this face at four JPEG qualities, three blur levels and three scales. The \
             file is not changed.",
        );
        if button.clicked() {
            out.push(Command::TestRobustness(face_idx));
        }
        if tried.is_running {
            ui.spinner();
            ui.label(format!("{n_done} of {} done", SERIES.len()));
        } else if n_done > 0 && !tried.is_complete() {
            ui.label(format!("Stopped after {n_done} of {}.", SERIES.len()));
        }
    });
    if n_done == 0 {
        return;
    }
    severity::severity_plot(ui, &face.finding, &tried.series, thresholds);
    if tried.is_complete() {
        let verdict =
            |item: &std::sync::Arc<DegradedFace>| (item.degradation, item.finding.verdict);
        let verdicts: Vec<_> = tried.series.iter().map(verdict).collect();
        ui.label(detect::robustness_sentence(face.finding.verdict, &verdicts));
    }
}

fn trial_ui(
    ui: &mut Ui,
    face_idx: usize,
    face: &FaceItem,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    let trial = face.robustness.trial.as_ref();
    let wanted = trial.map(|trial| trial.degradation);
    let mut try_out = |degradation| out.push(Command::TryDegraded(face_idx, degradation));
    ui.horizontal_wrapped(|ui| {
        ui.label("Try:");
        if ui.selectable_label(wanted.is_none(), "Original").clicked() {
            try_out(None);
        }
        for (start, name) in STARTS.into_iter().zip(["JPEG", "Blur", "Scale"]) {
            let is_chosen = wanted.is_some_and(|w| w.as_str() == start.as_str());
            if ui.selectable_label(is_chosen, name).clicked() && !is_chosen {
                try_out(Some(start));
            }
        }
    })
    .response
    .on_hover_text("Shows the degraded face in the picture with the heat map for it.");
    let Some(trial) = trial else { return };
    if let Some(changed) = strength_ui(ui, trial.degradation) {
        try_out(Some(changed));
    }
    result_ui(ui, trial, &face.finding, textures);
}

/// The slider of a kind; the new strength when it was moved.
fn strength_ui(ui: &mut Ui, degradation: Degradation) -> Option<Degradation> {
    let named = |response: egui::Response, name: &str| {
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, name));
        response.changed()
    };
    match degradation {
        Degradation::Jpeg(mut quality) => {
            let slider = Slider::new(&mut quality, 5..=95).text("quality");
            named(ui.add(slider), "JPEG quality").then_some(Degradation::Jpeg(quality))
        }
        Degradation::Blur(mut sigma) => {
            let slider = Slider::new(&mut sigma, 0.1..=6.0).step_by(0.1).text("px");
            named(ui.add(slider), "Blur in pixels").then_some(Degradation::Blur(sigma))
        }
        Degradation::Scale(factor) => {
            let mut percent = (factor * 100.0).round();
            let slider = Slider::new(&mut percent, 10.0..=95.0).step_by(1.0).text("% and back");
            named(ui.add(slider), "Scale in percent").then_some(Degradation::Scale(percent / 100.0))
        }
    }
}

fn result_ui(ui: &mut Ui, trial: &Trial, original: &FaceFinding, textures: &mut Textures) {
    let Some(item) = &trial.shown else {
        ui.weak("Being examined…");
        return;
    };
    ui.horizontal(|ui| {
        let name = format!("Degraded face, {}", item.degradation.label());
        textures.thumbnail(ui, &item.thumbnail, SMALL, &name);
        ui.vertical(|ui| {
            ui.label(item.degradation.label());
            let verdict = item.finding.verdict;
            ui.horizontal(|ui| {
                icons::verdict_ui(ui, verdict, 15.0);
                let color = theme::verdict_color(verdict, ui.visuals());
                ui.label(RichText::new(verdict.label()).color(color));
            });
            let before = original.score.map(|s| format!(" (original {s:.2})")).unwrap_or_default();
            let score = labels::score(item.finding.score);
            ui.label(format!("{}{before}", text::capitalized(&score)));
            ui.label(agreement_text(item)).on_hover_text(
                "Overlap: share of the marked cells that both maps mark. Correlation of the values: \
                 1 at best.",
            );
        });
    });
    ui.weak("The picture now shows the degraded face. \"Original\" restores it.");
}

fn agreement_text(item: &DegradedFace) -> String {
    let overlap = format!("Map overlap {:.2}", item.agreement.iou);
    item.agreement
        .correlation
        .map_or_else(|| overlap.clone(), |c| format!("{overlap}, correlation {c:.2}"))
}
