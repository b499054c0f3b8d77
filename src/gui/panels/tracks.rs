//! The faces of a video: which there are, when they are seen, what is said of each.
//!
//! * **In**: the tracks. **Out**: rows that are clicked, and more of the one pointed out.
//! * **Not here**: the face in the frame shown (`findings`), the timeline.

use egui::{CollapsingHeader, RichText, Sense, Ui, vec2};

use super::gauge;
use crate::base::Verdict;
use crate::bundle::Thresholds;
use crate::gui::textures::Textures;
use crate::gui::{icons, theme, words};
use crate::session::{Command, TrackView, VideoView};

const ROW_HEIGHT: f32 = 64.0;
const THUMBNAIL: f32 = 42.0;

/// What holds for the whole video, then its faces.
pub(super) fn tracks_ui(
    ui: &mut Ui,
    video: &VideoView,
    thresholds: Option<&Thresholds>,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    ui.label(words::pass(video));
    ui.label(if video.info.has_audio {
        "Audio was not examined."
    } else {
        "Audio was not examined: this video has none."
    });
    for damage in video.damage.iter().take(5) {
        let at = words::time_code(damage.t_s);
        ui.label(format!("Stream damaged at {at}: {}.", damage.what.trim_end_matches('.')));
    }
    if video.damage.len() > 5 {
        ui.label(format!("And at {} more places.", video.damage.len() - 5));
    }
    ui.add_space(6.0);
    let n = video.tracks.len();
    ui.strong(match n {
        1 => "1 face".to_owned(),
        _ => format!("{n} faces"),
    });
    for track in &video.tracks {
        row_ui(ui, video, track, textures, out);
        if video.selected_track == Some(track.id) {
            detail_ui(ui, video, track, thresholds, out);
        }
    }
}

fn row_ui(
    ui: &mut Ui,
    video: &VideoView,
    track: &TrackView,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    let is_selected = video.selected_track == Some(track.id);
    let name = format!("Face {}", track.id);
    let (first, last) = track.span().unwrap_or_default();
    let time = |frame| words::time_code(video.seconds_of(frame));
    let seen = format!("{} to {}", time(first), time(last));
    let verdict = track.verdict.words();
    let spoken = format!("{name}: {verdict}, {}, {seen}", words::score(track.score));
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let visuals = ui.visuals();
    if is_selected {
        ui.painter().rect_filled(rect, 5.0, visuals.selection.bg_fill);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 5.0, visuals.widgets.hovered.weak_bg_fill);
    }
    if response.has_focus() {
        let stroke = visuals.selection.stroke;
        ui.painter().rect_stroke(rect, 5.0, stroke, egui::StrokeKind::Inside);
    }
    // The color of its line in the timeline.
    let stripe = rect.with_max_x(rect.left() + 4.0).shrink2(vec2(0.0, 4.0));
    ui.painter().rect_filled(stripe, 2.0, theme::track_color(track.id, visuals));
    let inner = rect.shrink2(vec2(6.0, 4.0)).with_min_x(rect.left() + 10.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner).layout(layout), |ui| {
        match &track.thumbnail {
            Some(pixels) => {
                textures.thumbnail(ui, pixels, THUMBNAIL, &format!("Picture of {name}"));
            }
            None => {
                ui.allocate_exact_size(vec2(THUMBNAIL, THUMBNAIL), Sense::hover());
            }
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let heading = match track.score {
                Some(score) => format!("{name}: {score:.2}"),
                None => name.clone(),
            };
            let label = |text: RichText| egui::Label::new(text).truncate().selectable(false);
            ui.horizontal(|ui| {
                icons::verdict_ui(ui, track.verdict, 14.0);
                ui.add(label(RichText::new(heading).strong()));
            });
            ui.add(label(RichText::new(verdict).small()));
            ui.add(label(RichText::new(&seen).small().color(ui.visuals().weak_text_color())));
        });
    });
    response
        .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, is_selected, &spoken));
    if response.on_hover_text("Go to its most suspicious moment").clicked() {
        out.push(Command::SelectTrack(Some(track.id)));
    }
}

fn detail_ui(
    ui: &mut Ui,
    video: &VideoView,
    track: &TrackView,
    thresholds: Option<&Thresholds>,
    out: &mut Vec<Command>,
) {
    // The only face has the score of the file, which stands above.
    if let Some(score) = track.score.filter(|_| video.tracks.len() > 1) {
        gauge::score_gauge(ui, score, track.verdict, thresholds);
    }
    if let Some(reason) = &track.reason {
        ui.label(words::sentence(reason));
    }
    let examined = track.samples.iter().filter(|s| s.score.is_some()).count();
    ui.weak(format!("Examined in {examined} frames."));
    if track.worst.is_empty() {
        return;
    }
    let heading = if track.verdict == Verdict::NoTraceFound {
        "Highest scores"
    } else {
        "Most suspicious moments"
    };
    CollapsingHeader::new(heading).default_open(true).show(ui, |ui| {
        for moment in &track.worst {
            let at = words::time_code(video.seconds_of(moment.frame));
            let text = format!("{at}: score {:.2}", moment.score);
            let is_here = video.position.index == moment.frame;
            let button = egui::Button::selectable(is_here, text);
            let hover = format!("Go to frame {}", moment.frame + 1);
            if ui.add(button).on_hover_text(hover).clicked() {
                out.extend([Command::Pause, Command::Seek(moment.frame)]);
            }
        }
    });
}
