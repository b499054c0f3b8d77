//! The tooltip of a frame in the timeline: time, thumbnail, scores.

use egui::{Response, RichText, Ui};

use super::plot::{Plot, TimelineState};
use crate::base::text;
use crate::gui::labels;
use crate::gui::widgets::icons;
use crate::gui::widgets::textures::Textures;
use crate::session::{Command, VideoView};

/// Longer side of the thumbnail, points.
const SIDE: f32 = 168.0;
/// Most thumbnails along a timeline: frames closer together share one.
const N_PICTURES: f64 = 160.0;

pub(super) fn hover_ui(
    response: Response,
    video: &VideoView,
    plot: &Plot,
    state: &mut TimelineState,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    let Some(pos) = response.hover_pos() else {
        state.asked = None;
        return;
    };
    let frame = plot.frame_at(video, pos.x);
    let seen = video.frame_at(plot.to_s).saturating_sub(video.frame_at(plot.from_s)) + 1;
    let every = ((seen as f64 / N_PICTURES).ceil() as usize).max(1);
    let pictured = frame / every * every;
    if state.asked != Some(pictured) {
        state.asked = Some(pictured);
        out.push(Command::HoverThumbnail(pictured));
    }
    response.on_hover_ui_at_pointer(|ui| frame_ui(ui, video, frame, pictured, every, textures));
}

fn frame_ui(
    ui: &mut Ui,
    video: &VideoView,
    frame: usize,
    pictured: usize,
    every: usize,
    textures: &mut Textures,
) {
    let time = text::time_code(video.seconds_of(frame));
    ui.label(RichText::new(format!("{time}, frame {}", frame + 1)).strong());
    let (w, h) = (video.info.width_px.max(1) as f32, video.info.height_px.max(1) as f32);
    let size = egui::vec2(w, h) * (SIDE / w.max(h));
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    ui.painter().rect_filled(rect, 2.0, ui.visuals().extreme_bg_color);
    if let Some(pixels) = video.thumbnail_near(pictured, 2 * every) {
        let texture = textures.get(ui.ctx(), pixels);
        let uv = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        ui.painter().image(texture.id(), rect, uv, egui::Color32::WHITE);
    }
    if !video.examined.get(frame).copied().unwrap_or(false) {
        ui.label("Not examined");
        return;
    }
    let mut is_empty = true;
    for track in &video.tracks {
        let Some(sample) = track.at(frame) else { continue };
        is_empty = false;
        ui.horizontal(|ui| {
            icons::verdict_ui(ui, sample.verdict, 13.0);
            let (id, score) = (track.id, labels::score(sample.score));
            ui.label(format!("Face {id}: {score}, {}", sample.verdict.label().to_lowercase()));
        });
    }
    if is_empty {
        ui.label("No face in this frame");
    }
}
