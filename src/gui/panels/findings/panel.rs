//! The right panel: verdict, selected face, model, file, warnings.

use egui::{CollapsingHeader, Label, RichText, ScrollArea, Ui};

use super::bookmarks::{BookmarkForm, bookmarks_ui};
use super::{quality, robustness, tracks};
use crate::base::text::visible_path;
use crate::base::{NotExamined, Verdict, text};
use crate::gui::widgets::textures::Textures;
use crate::gui::widgets::{gauge, icons};
use crate::gui::{labels, theme};
use crate::session::{Command, Document, DocumentState, FaceItem, ModelFacts, OpenVideo, View};
use crate::signal::RESIDUAL_GAIN;

/// Side of the three small pictures of the autoencoder.
const SMALL: f32 = 84.0;
/// Sizes of the verdict on a file, see [`big_verdict_ui`].
const OF_FILE: [f32; 2] = [24.0, 18.0];
/// Parts that were not examined, listed beside the verdict.
const MAX_LEFT_OUT: usize = 2;

pub(in crate::gui) fn findings_ui(
    ui: &mut Ui,
    view: &View<'_>,
    textures: &mut Textures,
    bookmark: &mut BookmarkForm,
    out: &mut Vec<Command>,
) {
    let Some(document) = view.document() else {
        ui.weak("Findings appear here.");
        return;
    };
    let model = view.model;
    // Sideways too: what is wider than the panel would push it over the picture.
    ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(4.0);
        verdict_ui(ui, document, model, out);
        if let Some(video) = &document.video {
            ui.add_space(6.0);
            let thresholds = model.and_then(|m| m.card.thresholds);
            tracks::tracks_ui(ui, video, thresholds.as_ref(), textures, out);
        }
        let selected = document.selected_face.and_then(|i| Some((i, document.faces.get(i)?)));
        if let Some((i, face)) = selected {
            ui.add_space(6.0);
            ui.separator();
            if document.video.is_some() {
                ui.strong("In this frame");
            }
            face_ui(ui, i, face, document, model, textures);
            if document.video.is_none() && Some(face.finding.verdict) != document.verdict {
                let thresholds = model.and_then(|m| m.card.thresholds);
                let finding = &face.finding;
                ui.label(labels::meaning(finding.verdict, finding.score, thresholds.as_ref()));
            }
            ui.add_space(4.0);
            let thresholds = model.and_then(|m| m.card.thresholds);
            robustness::robustness_ui(ui, i, face, thresholds.as_ref(), textures, out);
        } else if document.video.is_some() {
            // The list of faces shows it.
        } else if !document.faces.is_empty() {
            ui.weak("Click a face to see what was found in it.");
        }
        ui.add_space(6.0);
        ui.separator();
        if let Some((case, item)) = view.case.zip(document.item) {
            bookmarks_ui(ui, case, item, document, bookmark, out);
        }
        warnings_ui(ui, document);
        file_ui(ui, document);
        if let Some(model) = model {
            model_ui(ui, model);
        }
    });
}

fn verdict_ui(
    ui: &mut Ui,
    document: &Document,
    model: Option<&ModelFacts>,
    out: &mut Vec<Command>,
) {
    ui.strong(document.name());
    match &document.state {
        DocumentState::Waiting | DocumentState::Working if document.video.is_some() => {
            if document.verdict.is_some() {
                ui.weak("So far:");
                result_ui(ui, document, model);
            }
        }
        DocumentState::Waiting => {
            ui.label("Waiting.");
        }
        DocumentState::Working => {
            ui.label("Being examined…");
        }
        DocumentState::Cancelled | DocumentState::Failed(_) => {
            ended_early_ui(ui, document, model, out);
        }
        DocumentState::Done => result_ui(ui, document, model),
    }
}

/// An examination that was stopped or failed: what it found until then, or that there is nothing.
fn ended_early_ui(
    ui: &mut Ui,
    document: &Document,
    model: Option<&ModelFacts>,
    out: &mut Vec<Command>,
) {
    let why_not = labels::why_not_examined(document);
    if let Some(why) = &why_not {
        not_examined_ui(ui, why);
    }
    if let DocumentState::Failed(reason) = &document.state {
        if why_not.is_none() {
            ui.label(format!("The examination failed: {}", text::sentence(reason)));
        }
        ui.weak(
            "Run `pentimento doctor` on the command line to see what is missing and how to fix it.",
        );
    }
    if why_not.is_none() {
        ui.label("Stopped before the end. The findings are for the examined part only.");
    }
    again_ui(ui, document, out);
    if why_not.is_none() {
        result_ui(ui, document, model);
    }
}

/// Says in the place of the verdict that there is none, and why.
fn not_examined_ui(ui: &mut Ui, why: &str) {
    big_verdict_ui(ui, Verdict::NotExamined, Verdict::NotExamined.label(), OF_FILE);
    ui.label(labels::because(why));
}

fn result_ui(ui: &mut Ui, document: &Document, model: Option<&ModelFacts>) {
    let Some(verdict) = document.verdict else { return };
    if let Some(why) = labels::why_not_examined(document) {
        not_examined_ui(ui, &why);
        if document.picture.is_some() {
            ui.weak("Press R and draw a region to examine it anyway.");
        }
        return;
    }
    let left_out = labels::left_out(document);
    big_verdict_ui(ui, verdict, verdict.label_of_file(!left_out.is_empty()), OF_FILE);
    left_out_ui(ui, left_out);
    let thresholds = labels::thresholds(document, model);
    if let Some(score) = document.score {
        gauge::score_gauge(ui, score, verdict, thresholds.as_ref());
        let n = document.video.as_ref().map_or(document.faces.len(), |v| v.tracks.len());
        if n > 1 {
            ui.weak(format!("Score {score:.2}, from the most suspicious of {n} faces."));
        } else {
            ui.weak(format!("Score {score:.2} on a scale from 0 to 1."));
        }
    }
    if let Some(reason) = &document.reason {
        ui.label(text::sentence(reason));
    }
    ui.label(labels::meaning(verdict, document.score, thresholds.as_ref()));
    if let Some(blind_spots) = verdict.blind_spots() {
        ui.label(blind_spots);
    }
    if let Some(caution) = model.and_then(|m| m.card.error_rates.caution()) {
        ui.label(caution);
    }
}

/// A verdict: icon, words, color; sizes of icon and words in points.
fn big_verdict_ui(ui: &mut Ui, verdict: Verdict, words: &str, [icon, size]: [f32; 2]) {
    ui.horizontal(|ui| {
        icons::verdict_ui(ui, verdict, icon);
        let color = theme::verdict_color(verdict, ui.visuals());
        ui.add(Label::new(RichText::new(words).size(size).color(color)).wrap());
    });
}

/// What the verdict says nothing about, where it stands; the rest is among the warnings.
fn left_out_ui(ui: &mut Ui, left_out: &[NotExamined]) {
    for part in left_out.iter().take(MAX_LEFT_OUT) {
        ui.label(text::sentence(&text::visible(&part.to_string())));
    }
    if left_out.len() > MAX_LEFT_OUT {
        let n = left_out.len() - MAX_LEFT_OUT;
        ui.label(format!("Not examined: {n} more parts, listed under Warnings."));
    }
}

fn again_ui(ui: &mut Ui, document: &Document, out: &mut Vec<Command>) {
    if ui.button("Re-examine").clicked() {
        out.push(Command::ExamineAgain(document.id));
    }
}

fn face_ui(
    ui: &mut Ui,
    face_idx: usize,
    face: &FaceItem,
    document: &Document,
    model: Option<&ModelFacts>,
    textures: &mut Textures,
) {
    let finding = &face.finding;
    ui.horizontal(|ui| {
        let name = labels::face_name(face_idx, face);
        textures.thumbnail(ui, &face.thumbnail, 56.0, &format!("Picture of {name}"));
        ui.vertical(|ui| {
            ui.strong(name);
            big_verdict_ui(ui, finding.verdict, finding.verdict.label(), [16.0, 14.5]);
        });
    });
    let thresholds = model.and_then(|m| m.card.thresholds);
    // The score of a single face equals that of the file, shown above.
    let is_only = document.video.is_none() && document.faces.len() == 1;
    if let Some(score) = finding.score.filter(|_| !is_only) {
        gauge::score_gauge(ui, score, finding.verdict, thresholds.as_ref());
    }
    if let Some(reason) = &finding.reason {
        ui.label(text::sentence(reason));
    }
    // Where it weakened the verdict it is among the limits below.
    let sentence = finding.reference.map(|comparison| comparison.sentence());
    if let Some(sentence) = sentence.filter(|sentence| !finding.caveats.contains(sentence)) {
        ui.label(text::sentence(&sentence));
    }
    if let Some(region) = &finding.region {
        ui.label(format!("Mostly marked: {region}."));
    }
    if let (Some(map), Some(t)) = (&finding.heatmap, &thresholds) {
        let highest = map.values.iter().copied().fold(0.0, f32::max);
        ui.label(format!("Highest map value {highest:.2}; the threshold is {:.2}.", t.map));
    }
    quality::quality_ui(ui, finding);
    let b = &face.upright_box;
    ui.weak(format!("At {:.0}, {:.0}; {:.0} × {:.0} px", b.x, b.y, b.w, b.h));
    if let Some(patch) = &face.patch {
        ui.add_space(4.0);
        let gaps = 2.0 * ui.spacing().item_spacing.x;
        let side = SMALL.min((ui.available_width() - gaps) / 3.0);
        ui.horizontal(|ui| {
            for (pixels, label) in [
                (&patch.input, "Input"),
                (&patch.output, "Reconstruction"),
                (&patch.residual, "Residual"),
            ] {
                ui.vertical(|ui| {
                    textures.thumbnail(ui, pixels, side, &format!("{label} of this face"));
                    ui.label(RichText::new(label).small());
                });
            }
        })
        .response
        .on_hover_text(format!(
            "The network's input, its reconstruction, and the difference, amplified \
             {RESIDUAL_GAIN:.0} times. Blur is normal; the residual alone proves nothing."
        ));
    }
}

fn model_ui(ui: &mut Ui, model: &ModelFacts) {
    let card = &model.card;
    CollapsingHeader::new("About the detector").default_open(false).show(ui, |ui| {
        ui.strong(&card.name);
        ui.label(&card.summary);
        if let Some(t) = &card.thresholds {
            ui.label(format!(
                "In its own test it called {} of genuine faces forged and found no trace in {} of our \
                 own test forgeries. The rest of the forgeries was found or left undecided.",
                text::percent(t.false_positive_rate),
                text::percent(t.miss_rate)
            ));
        }
        ui.label(Verdict::BLIND_SPOTS);
        CollapsingHeader::new("Technical details").show(ui, |ui| technical_ui(ui, model));
    });
}

/// What specialists need to repeat a result.
fn technical_ui(ui: &mut Ui, model: &ModelFacts) {
    let card = &model.card;
    ui.label(format!("Run by {} on {}.", model.engine.engine, model.engine.provider));
    for unused in &model.engine.unused_providers {
        ui.label(labels::unused(unused));
    }
    hash_ui(ui, "Model", &card.file.sha256);
    for (set, figures) in &card.measured {
        ui.strong(set);
        for (name, value) in figures {
            ui.label(format!("{name}: {value:.3}"));
        }
    }
    ui.weak(&card.source.origin);
}

fn file_ui(ui: &mut Ui, document: &Document) {
    CollapsingHeader::new("File").default_open(false).show(ui, |ui| {
        ui.label(visible_path(&document.path));
        if let Some(facts) = &document.file_facts {
            ui.label(facts.size_text());
            for (label, time) in [("Changed", &facts.modified), ("Created here", &facts.created)] {
                if let Some(time) = time {
                    ui.label(format!("{label} {time} UTC")).on_hover_text(
                        "As the file system says; copying a file may change its dates",
                    );
                }
            }
        }
        if let Some(report) = &document.report {
            if report.width_px > 0 {
                ui.label(format!("{} × {} px as stored", report.width_px, report.height_px));
            }
            hash_ui(ui, "File", &report.sha256);
            ui.weak(format!("Examined in {:.1} s", report.elapsed_ms as f32 / 1000.0));
        }
        if let Some(video) = &document.video {
            video_facts_ui(ui, video);
        }
    });
}

fn video_facts_ui(ui: &mut Ui, video: &OpenVideo) {
    let info = &video.info;
    ui.label(format!("{} × {} px as shown", info.width_px, info.height_px));
    let rate = if info.is_variable { "on average, variable" } else { "constant" };
    ui.label(format!("{} frames, {:.3} per second ({rate})", info.n_frames, info.fps));
    ui.label(format!("{} in {}, {}", info.codec, info.container, info.pixel_format));
    if info.rotation_deg != 0 {
        ui.label(format!("Stored rotated by {} degrees; shown upright", info.rotation_deg));
    }
    hash_ui(ui, "File", &video.sha256);
    if let Some(report) = &video.report {
        ui.weak(format!("Examined in {:.1} s", report.elapsed_ms as f32 / 1000.0));
    }
}

/// A hash in short form; whole on hover, and copied by a click.
fn hash_ui(ui: &mut Ui, of: &str, sha256: &str) {
    if sha256.is_empty() {
        return;
    }
    let short: String = sha256.chars().take(16).collect();
    let text = RichText::new(format!("SHA-256 {short}…")).monospace().size(12.0);
    let response = ui.button(text).on_hover_text(format!("{sha256}\nClick to copy"));
    let spoken = format!("{of} SHA-256 {sha256}, copy");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if response.clicked() {
        ui.copy_text(sha256.to_owned());
    }
}

fn warnings_ui(ui: &mut Ui, document: &Document) {
    let of_still = document.report.as_ref().map(|report| &report.warnings);
    let of_video = document.video.as_ref().and_then(|video| video.report.as_ref());
    let warnings = of_still.or_else(|| of_video.map(|report| &report.warnings));
    let Some(warnings) = warnings.filter(|warnings| !warnings.is_empty()) else { return };
    CollapsingHeader::new(format!("Warnings ({})", warnings.len())).default_open(true).show(
        ui,
        |ui| {
            for warning in warnings {
                ui.label(text::sentence(&warning.0));
            }
        },
    );
}
