//! The faces of a video: when they are visible, and their verdicts.

use egui::{CollapsingHeader, RichText, Sense, Ui, vec2};

use crate::base::{Verdict, n_examined, text};
use crate::bundle::Thresholds;
use crate::gui::widgets::row::{Row, row_ui};
use crate::gui::widgets::textures::Textures;
use crate::gui::widgets::{gauge, icons};
use crate::gui::{labels, theme};
use crate::session::{Command, FaceTrack, OpenVideo};

const ROW_HEIGHT: f32 = 64.0;
const THUMBNAIL: f32 = 42.0;

/// Facts about the whole video, then its faces.
pub(super) fn tracks_ui(
    ui: &mut Ui,
    video: &OpenVideo,
    thresholds: Option<&Thresholds>,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    ui.label(labels::pass(video));
    ui.label(if video.info.has_audio {
        "Audio was not examined."
    } else {
        "Audio was not examined: this video has none."
    });
    for damage in video.damage.iter().take(5) {
        let at = text::time_code(damage.t_s);
        ui.label(format!("Stream damaged at {at}: {}.", damage.what.trim_end_matches('.')));
    }
    if video.damage.len() > 5 {
        ui.label(format!("And in {} more places.", video.damage.len() - 5));
    }
    ui.add_space(6.0);
    let n = video.tracks.len();
    ui.strong(match n {
        1 => "1 face".to_owned(),
        _ => format!("{n} faces"),
    });
    for track in &video.tracks {
        track_ui(ui, video, track, textures, out);
        if video.selected_track == Some(track.id) {
            detail_ui(ui, video, track, thresholds, out);
        }
    }
}

fn track_ui(
    ui: &mut Ui,
    video: &OpenVideo,
    track: &FaceTrack,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    let is_selected = video.selected_track == Some(track.id);
    let name = format!("Face {}", track.id);
    let (first, last) = track.span().unwrap_or_default();
    let time = |frame| text::time_code(video.seconds_of(frame));
    let seen = format!("{} to {}", time(first), time(last));
    let verdict = track.verdict.label();
    let spoken = format!("{name}: {verdict}, {}, {seen}", labels::score(track.score));
    // The color of its line in the timeline.
    let stripe = Some(theme::track_color(track.id, ui.visuals()));
    let row = Row { stripe, ..Row::new(ROW_HEIGHT, is_selected) };
    let response = row_ui(ui, row, &spoken, |ui| {
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
    if response.on_hover_text("Go to its most suspicious moment").clicked() {
        out.push(Command::SelectTrack(Some(track.id)));
    }
}

fn detail_ui(
    ui: &mut Ui,
    video: &OpenVideo,
    track: &FaceTrack,
    thresholds: Option<&Thresholds>,
    out: &mut Vec<Command>,
) {
    // The score of a single face equals that of the file, shown above.
    if let Some(score) = track.score.filter(|_| video.tracks.len() > 1) {
        gauge::score_gauge(ui, score, track.verdict, thresholds);
    }
    if let Some(reason) = &track.reason {
        ui.label(text::sentence(reason));
    }
    ui.weak(format!("Examined in {} frames.", n_examined(&track.samples)));
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
            let at = text::time_code(video.seconds_of(moment.frame));
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
